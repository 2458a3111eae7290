"""Under which conditions a reaction is carried out, by what recorded reactions like it used.

Like it are those that make a similar product, and those that change the same atoms in the same surroundings; each
counts for the molecules it used by how similar its product and its reactants are. What the question names already is
not asked for: records differ in whether a base stands among the reactants.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from statistics import median
from typing import Final

from rdkit import Chem

from anymol.chem.atom_mapping import map_reaction
from anymol.chem.fingerprints import tanimoto
from anymol.chem.parsing import parse_smiles
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.chem.templates import extract_template
from anymol.retrieval.reactions.outcomes import Precedent, find_precedents, make_fingerprint
from anymol.retrieval.reactions.store import ReactionStore

NEIGHBOURS: Final = 60
"""Nearest reactions, and as many nearest of the same change, without and with the same surroundings."""

_SHARPNESS: Final = 1.5
"""Power of the similarities by which a precedent counts."""

_LEAST: Final = 0.3
"""Similarity of the product below which a precedent of another change says nothing."""

_NEVER: Final = 1e-3
"""Chance of a molecule that no precedent used."""


class Likeness(StrEnum):
    """What a precedent has in common with the question."""

    PRODUCT = "a similar product"
    CHANGE = "the same change"
    SURROUNDINGS = "the same change in the same surroundings"

    @property
    def weight(self) -> float:
        """How much a precedent counts that has it: the more, the more it says."""
        return _WEIGHTS[self]


_WEIGHTS: Final = {Likeness.PRODUCT: 1.0, Likeness.CHANGE: 3.0, Likeness.SURROUNDINGS: 6.0}


class Asked(StrEnum):
    """Which of the molecules that help a reaction are asked for."""

    HELPING = "what helps"
    """All of them."""
    SOLVENTS = "solvents"
    CATALYSTS = "catalysts"


class Part(StrEnum):
    """Which molecules of a record stand together."""

    WHOLE = "all that helps"
    REAGENTS = "reagents"
    SOLVENTS = "solvents"
    CATALYSTS = "catalysts"
    MEDIUM = "solvents and catalysts"

    def read(self, reaction: RecordedReaction) -> list[str]:
        """Return these molecules of a record, each ion by itself and as often as it is written."""
        match self:
            case Part.WHOLE:
                written = reaction.helping
            case Part.REAGENTS:
                written = reaction.reagents
            case Part.SOLVENTS:
                written = reaction.solvents
            case Part.CATALYSTS:
                written = reaction.catalysts
            case Part.MEDIUM:
                written = f"{reaction.solvents}.{reaction.catalysts}"
        return sorted(filter(None, written.split(".")))


PARTS: Final[Mapping[Asked, tuple[Part, ...]]] = {
    # The first is what is asked for; the others are proposed where the rest may be named already.
    Asked.HELPING: (Part.WHOLE, Part.SOLVENTS, Part.MEDIUM, Part.CATALYSTS, Part.REAGENTS),
    Asked.SOLVENTS: (Part.SOLVENTS,),
    Asked.CATALYSTS: (Part.CATALYSTS,),
}


@dataclass
class Conditions:
    """Molecules that may help a reaction.

    Attributes:
        molecules: Canonical SMILES, sorted; ions each by themselves and as often as they stand in a salt.
        parts: As which part of a record precedents used just these.
        share: Of all that precedents say, weighed by similarity: those that used just these and nothing else that is
            asked for, 0 to 1.
        likeness: The most that a precedent that used these has in common with the question.
        chances: What share of the precedents used each, in the order of the molecules without repeats.
        others: Log of the chance that none of the other molecules of precedents is used, nats.
        named: Molecules of the question that give no atom to the product: what helps and is named already.
        precedents: Reactions that used them, those that count most first.
    """

    molecules: tuple[str, ...]
    parts: set[Part] = field(default_factory=set)
    share: float = 0.0
    likeness: Likeness = Likeness.PRODUCT
    chances: tuple[float, ...] = ()
    others: float = 0.0
    named: int = 0
    precedents: list[Precedent] = field(default_factory=list)

    @property
    def smiles(self) -> str:
        """The molecules, dot-joined."""
        return ".".join(self.molecules)

    @property
    def similarity(self) -> float:
        """Of the product to that of the nearest precedent."""
        return max((one.similarity for one in self.precedents), default=0.0)

    @property
    def temperature_c(self) -> float | None:
        """Median temperature of the precedents, degrees Celsius; None where no record tells one."""
        told = [one.reaction.temperature_c for one in self.precedents]
        return median([one for one in told if one is not None]) if any(one is not None for one in told) else None


def propose_conditions(
    stores: Sequence[ReactionStore], reactants: str, product: str, asked: Asked, *, reagents: str = ""
) -> list[Conditions]:
    """Return what helped reactions like this one, the most usual first.

    Args:
        stores: Where precedents are looked for.
        reactants: Canonical SMILES, dot-joined; what helps may be among them.
        product: Canonical SMILES of one molecule.
        asked: Which molecules are asked for. Reactions that name none of them say nothing.
        reagents: Canonical SMILES of what else is named, dot-joined.

    Raises:
        InvalidSmilesError: Reactants or product do not parse.
    """
    template, core, spectators = find_change(reactants, product)
    given = set(filter(None, f"{reactants}.{reagents}".split(".")))
    named = len(set(filter(None, f"{spectators}.{reagents}".split("."))))
    near: dict[tuple[int, int], Precedent] = {}
    for following in dict.fromkeys((None, core, template)):
        for one in find_precedents(stores, [product], NEIGHBOURS, following=following):
            near.setdefault((id(one.store), one.row), one)
    mine = make_fingerprint(reactants)
    weighed: list[tuple[float, Likeness, RecordedReaction, Precedent]] = []
    for one in near.values():
        reaction = one.reaction
        if not PARTS[asked][0].read(reaction):
            continue
        likeness = _compare(one, template, core)
        if likeness is Likeness.PRODUCT and one.similarity < _LEAST:
            continue
        alike = one.similarity * tanimoto(mine, make_fingerprint(reaction.reactants))
        weight = alike**_SHARPNESS * likeness.weight
        weighed.append((weight, likeness, reaction, one))
    weighed.sort(key=lambda one: (-one[0], one[3].place))
    whole = sum(weight for weight, *_ in weighed) or 1.0
    found: dict[tuple[str, ...], Conditions] = {}
    chances: dict[str, float] = {}
    for weight, likeness, reaction, precedent in weighed:
        for part in PARTS[asked]:
            molecules = tuple(leave_out(part.read(reaction), given))
            if part is PARTS[asked][0]:
                for molecule in dict.fromkeys(molecules):
                    chances[molecule] = chances.get(molecule, 0.0) + weight / whole
            is_cut = part is not PARTS[asked][0] and sum(read_charge(one) for one in molecules) != 0
            if not molecules or is_cut:  # the partner of an ion is recorded as another part
                continue
            said = found.setdefault(molecules, Conditions(molecules, named=named))
            said.parts.add(part)
            if part is PARTS[asked][0]:
                said.share += weight / whole
            said.likeness = max(said.likeness, likeness, key=lambda one: one.weight)
            if precedent not in said.precedents[-1:]:
                said.precedents.append(precedent)
    for molecules, said in found.items():
        said.chances = tuple(max(chances.get(one, 0.0), _NEVER) for one in dict.fromkeys(molecules))
        said.others = sum(math.log(max(1 - value, _NEVER)) for one, value in chances.items() if one not in molecules)
    return sorted(found.values(), key=lambda one: (-one.share, -sum(one.chances), one.molecules))


def leave_out(molecules: Sequence[str], given: Collection[str]) -> list[str]:
    """Return molecules without those that are given; of given ions, only those whose partner is given too.

    Where sodium acetate is given, sodium hydroxide keeps its sodium.

    Args:
        molecules: Canonical SMILES, each ion by itself.
        given: Canonical SMILES.
    """
    kept = [one for one in molecules if one not in given or read_charge(one) > 0]
    excess = sum(map(read_charge, kept))
    left = []
    for one in kept:
        if one in given and excess >= read_charge(one) > 0:
            excess -= read_charge(one)
        else:
            left.append(one)
    return left


@lru_cache(maxsize=4096)
def read_charge(smiles: str) -> int:
    """Return the total charge of a molecule."""
    return Chem.GetFormalCharge(parse_smiles(smiles)) if "[" in smiles else 0


def _compare(precedent: Precedent, template: str | None, core: str | None) -> Likeness:
    if template is not None and precedent.template == template:
        return Likeness.SURROUNDINGS
    return Likeness.CHANGE if core is not None and precedent.core == core else Likeness.PRODUCT


def find_change(reactants: str, product: str) -> tuple[str | None, str | None, str]:
    """Return the template of a reaction, the same without surroundings, and the inputs that give no atom, dot-joined.

    Both templates are None where atoms of the product have no origin, or nothing changes.

    Raises:
        InvalidSmilesError: Reactants or product do not parse.
    """
    mapped = map_reaction(reactants, product)
    if mapped.missing:
        return None, None, mapped.spectators
    return extract_template(mapped), extract_template(mapped, radius=0), mapped.spectators
