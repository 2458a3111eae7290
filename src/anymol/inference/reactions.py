"""Reactions in the forms in which people give them: notation, words, or a mixture whose roles nobody says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from anymol.chem.mixtures import separate_mixture
from anymol.chem.parsing import parse_smiles
from anymol.chem.reaction import Reaction, is_reaction, join_molecules, parse_reaction
from anymol.chem.redox import oxidises, reduces
from anymol.chem.written_reaction import Place, has_arrow, parse_written_reaction
from anymol.errors import AnyMolError, InvalidReactionError, UserError, shorten
from anymol.readers.resolve import resolve_molecule
from anymol.tasks.task import ReagentsState, TaskInput

Resolve = Callable[[str], tuple[str, str | None]]
"""Text that names a molecule -> canonical SMILES and, where it is not obvious, how it was understood."""


@dataclass(frozen=True)
class ReadReaction:
    """A reaction as it was understood.

    Attributes:
        reaction: Its molecules; where it `is_mixture`, the roles of its reactants are open.
        notes: How its pieces were read, and what of it is not shown to the model.
        substrate: What words name first, which reacts more often than not; empty where there are no words.
    """

    reaction: Reaction
    notes: tuple[str, ...] = ()
    substrate: str = ""


def read_reaction(written: str, resolve: Resolve) -> ReadReaction:
    """Read a reaction: reaction SMILES, a dot-joined mixture, one molecule in any form, or words.

    Args:
        written: What was given.
        resolve: Reads molecules.

    Raises:
        InvalidReactionError: A notation or a piece is wrong; it is named.
        UserError: One molecule was given, and nothing reads it.
    """
    wrong: InvalidReactionError | None = None
    if is_reaction(written) or not has_arrow(written):
        try:
            reaction = parse_reaction(written)
            return ReadReaction(reaction, reaction.notes)
        except InvalidReactionError as error:
            wrong = error
    found = parse_written_reaction(written, _names_molecule)
    unread = [part.text for part in found.parts if not _names_molecule(part.text)]
    if wrong is not None and is_reaction(written) and unread and not any(_is_worded(part.text) for part in found.parts):
        raise wrong  # a slip in a notation: its own error says where
    if wrong is not None and [part.text for part in found.parts] == [written.strip()] and not found.conditions:
        smiles, note = resolve(written)
        return ReadReaction(Reaction(_cut(smiles), is_mixture=True), () if note is None else (note,))
    sides: dict[Place, list[str]] = {place: [] for place in Place}
    notes: list[str] = []
    last = ""
    for part in found.parts:
        try:
            smiles, note = resolve(part.text)
        except UserError as error:
            raise InvalidReactionError(
                f"'{shorten(part.text)}' in the reaction cannot be read: {error.message}",
                value=written,
                hint=error.hint,
            ) from None
        if part.is_aside and smiles == last:
            continue  # '3-methyl-1-butanol (isoamyl alcohol)': one molecule under two names
        last = smiles
        is_behind = part.is_aside and part.place is Place.PRODUCT
        sides[_place_behind(sides) if is_behind else part.place] += _cut(smiles)
        notes += [note] if note is not None else []
    if found.conditions:
        notes.append(f"read as amounts and conditions, which the model is not told: {', '.join(found.conditions)}")
    is_open = bool(sides[Place.OPEN])
    reacting = sides[Place.OPEN if is_open else Place.REACTANT]
    reaction = Reaction(tuple(reacting), tuple(sides[Place.REAGENT]), tuple(sides[Place.PRODUCT]), is_open)
    first = sides[Place.OPEN][:1] if found.parts[0].place is Place.OPEN else []
    return ReadReaction(reaction, tuple(notes), "".join(first))


def _place_behind(sides: Mapping[Place, Sequence[str]]) -> Place:
    """Return the place of what stands in brackets behind a product, and makes it: 'benzyl alcohol -> PhCHO (PCC)'."""
    return Place.OPEN if sides[Place.OPEN] else Place.REAGENT


def settle_roles(found: ReadReaction) -> ReadReaction:
    """Return a reaction with reactants and reagents told apart where its roles were open; else as it is."""
    reaction = found.reaction
    if not reaction.is_mixture or not reaction.reactants:
        return found
    parted = separate_mixture(reaction.reactants, reaction.reagents)
    # An oxidant gives atoms to many products, and is not what is oxidised.
    others = [one for one in parted.reactants if not oxidises(one) and not reduces(one)]
    is_solvent_alone = found.substrate in parted.reagents and _is_largest(found.substrate, others)
    if is_solvent_alone:
        # Toluene and cyclohexene help in most records; named before all others, and larger than these, they react.
        parted = replace(
            parted,
            reactants=(found.substrate, *parted.reactants),
            reagents=tuple(one for one in parted.reagents if one != found.substrate),
            doubtful=tuple(dict.fromkeys((found.substrate, *parted.doubtful))),
        )
    reagents = _write_once(parted.reagents)
    settled = replace(reaction, reactants=parted.reactants, reagents=reagents, is_mixture=False)
    if len(set(reaction.reactants)) == 1:
        return replace(found, reaction=settled)
    said = f"the mixture was parted into reactants {join_molecules(parted.reactants)}"
    said += (
        f" and reagents {join_molecules(parted.reagents)}"
        if parted.reagents
        else "; nothing in it looks like a reagent"
    )
    said += (
        " (the first molecule is taken to react since it is named first)"
        if is_solvent_alone
        else f" (probability {parted.probability:.2f} that a patent record parts it so)"
    )
    if parted.doubtful:
        said += f", doubtful: {join_molecules(parted.doubtful)}"
    return ReadReaction(settled, (*found.notes, f"{said}; to say the roles, write reactants>reagents>"))


def _is_largest(smiles: str, others: Sequence[str]) -> bool:
    """Whether a molecule is neutral and has more carbons than any of some others."""
    carbons, *rest = (_count_carbons(one) for one in (smiles, *others))
    return carbons > max(rest, default=0) and re.search(r"\+|-\]", smiles) is None


def _count_carbons(smiles: str) -> int:
    return sum(atom.GetSymbol() == "C" for atom in parse_smiles(smiles).GetAtoms())


def fill_reaction(task_input: TaskInput, reaction: Reaction) -> TaskInput:
    """Return an input whose reactants and reagents are those of a reaction with settled roles."""
    state = ReagentsState.SEPARATED if reaction.reagents else ReagentsState.DROPPED
    return replace(
        task_input,
        reactants=join_molecules(reaction.reactants) or None,
        reagents=join_molecules(reaction.reagents) or None,
        reagents_state=state,
    )


def _write_once(reagents: Iterable[str]) -> tuple[str, ...]:
    """Return reagents without repeats, as records write them: four ligands of one metal are one; ions stay."""
    kept: list[str] = []
    for smiles in reagents:
        if smiles not in kept or "+" in smiles or "-]" in smiles:
            kept.append(smiles)
    return tuple(kept)


def _cut(smiles: str) -> tuple[str, ...]:
    return tuple(smiles.split("."))


def _is_worded(text: str) -> bool:
    """Whether a piece is a name, not a notation."""
    try:
        parse_reaction(text)
    except InvalidReactionError:
        return _names_molecule(text)
    return False


@lru_cache(maxsize=4096)
def _names_molecule(text: str) -> bool:
    """Whether programs read a molecule in a text; the model is not asked, which reads something in most."""
    try:
        resolve_molecule(text)
    except AnyMolError:
        return False
    return True
