"""Under which conditions a reaction is carried out, by what recorded reactions like it used.

Like it are those that make a similar product, and those that change the same atoms in the same surroundings; each
counts for the molecules it used by how similar its product and its reactants are. What the question names already is
not asked for: records differ in whether a base stands among the reactants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray
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

_NEAREST: Final = 4.0
"""The same power where only the nearest shall count."""


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
    ALONE = "one molecule"
    """Any molecule of all that helps, by itself."""

    def read(self, reaction: RecordedReaction) -> list[str]:
        """Return these molecules of a record, each ion by itself and as often as it is written."""
        match self:
            case Part.WHOLE | Part.ALONE:
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
class MoleculeUse:
    """What share of the precedents used a molecule, by several ways to weigh them; each 0 to 1.

    Attributes:
        share: By similarity and by what they have in common with the question.
        alike: The same, of those with the same change in the same surroundings alone.
        beside: The same, by how many of the molecules that the question names they used too.
        near: By a higher power of the similarity.
        records: All alike.
        nearest: Similarity of the most similar one that used it, of product times reactants.
    """

    share: float = 0.0
    alike: float = 0.0
    beside: float = 0.0
    near: float = 0.0
    records: float = 0.0
    nearest: float = 0.0


@dataclass
class Conditions:
    """Molecules that may help a reaction.

    Attributes:
        molecules: Canonical SMILES, sorted; ions each by themselves and as often as they stand in a salt.
        parts: As which part of a record precedents used just these.
        share: Of all that precedents say, weighed by similarity: those that used just these and nothing else that is
            asked for, 0 to 1.
        likeness: The most that a precedent that used these has in common with the question.
        uses: Each molecule that a precedent used -> by how many; of all proposals of a question the same.
        given: Molecules of the question.
        named: Those of them that give no atom to the product: what helps and is named already.
        precedents: Reactions that used them, those that count most first.
    """

    molecules: tuple[str, ...]
    parts: set[Part] = field(default_factory=set)
    share: float = 0.0
    likeness: Likeness = Likeness.PRODUCT
    uses: Mapping[str, MoleculeUse] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
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
    given = frozenset(filter(None, f"{reactants}.{reagents}".split(".")))
    named = frozenset(filter(None, f"{spectators}.{reagents}".split(".")))
    near: dict[tuple[int, int], Precedent] = {}
    for following in dict.fromkeys((None, core, template)):
        for one in find_precedents(stores, [product], NEIGHBOURS, following=following):
            near.setdefault((id(one.store), one.row), one)
    mine = make_fingerprint(reactants)
    weighed: list[_Weighed] = []
    for one in near.values():
        reaction = one.reaction
        whole = PARTS[asked][0].read(reaction)
        likeness = _compare(one, template, core)
        if not whole or (likeness is Likeness.PRODUCT and one.similarity < _LEAST):
            continue
        alike = one.similarity * tanimoto(mine, make_fingerprint(reaction.reactants))
        common = len(named & set(Part.WHOLE.read(reaction))) / len(named) if named else 0.0
        weighed.append(_Weighed(one, reaction, likeness, alike, common, tuple(leave_out(whole, given))))
    weighed.sort(key=lambda one: (-one.weight, one.precedent.place))
    uses = _count_uses(weighed)
    total = sum(one.weight for one in weighed) or 1.0
    found: dict[tuple[str, ...], Conditions] = {}
    for each in weighed:
        for part, molecules in _list_sets(each, asked, given):
            said = found.setdefault(molecules, Conditions(molecules, uses=uses, given=given, named=len(named)))
            said.parts.add(part)
            if part is PARTS[asked][0]:
                said.share += each.weight / total
            said.likeness = max(said.likeness, each.likeness, key=lambda likeness: likeness.weight)
            if each.precedent not in said.precedents[-1:]:
                said.precedents.append(each.precedent)

    def order(one: Conditions) -> tuple[float, float, tuple[str, ...]]:
        return -one.share, -sum(uses[each].share for each in sorted(set(one.molecules))), one.molecules

    return sorted(found.values(), key=order)


@dataclass(frozen=True)
class _Weighed:
    """A precedent that says something of what is asked for.

    Attributes:
        precedent: Where it stands.
        reaction: What it says.
        likeness: What it has in common with the question.
        alike: Similarity of its product times that of its reactants.
        common: Share of the molecules that help and are named in the question which it used too.
        molecules: What it used of what is asked for.
    """

    precedent: Precedent
    reaction: RecordedReaction
    likeness: Likeness
    alike: float
    common: float
    molecules: tuple[str, ...]

    @property
    def weight(self) -> float:
        return float(self.alike**_SHARPNESS * self.likeness.weight)


def _count_uses(weighed: Sequence[_Weighed]) -> dict[str, MoleculeUse]:
    """Return what share of the precedents used each molecule."""
    sums: dict[str, NDArray[np.float64]] = {}
    nearest: dict[str, float] = {}
    total = np.zeros(5)
    for one in weighed:
        weight = one.weight
        is_same = one.likeness is Likeness.SURROUNDINGS
        weights = np.array(
            [weight, weight * is_same, weight * one.common, one.alike**_NEAREST * one.likeness.weight, 1.0]
        )
        total += weights
        for molecule in set(one.molecules):
            sums[molecule] = sums.get(molecule, 0.0) + weights
            nearest[molecule] = max(nearest.get(molecule, 0.0), one.alike)
    whole = np.where(total > 0, total, 1.0)
    uses = {}
    for molecule, of in sums.items():
        share, alike, beside, near, records = (of / whole).tolist()
        uses[molecule] = MoleculeUse(share, alike, beside, near, records, nearest[molecule])
    return uses


def _list_sets(one: _Weighed, asked: Asked, given: Collection[str]) -> Iterator[tuple[Part, tuple[str, ...]]]:
    """Yield what a precedent used together; of its parts those that hold no ion without its partner."""
    for part in PARTS[asked]:
        molecules = one.molecules if part is PARTS[asked][0] else tuple(leave_out(part.read(one.reaction), given))
        is_cut = part is not PARTS[asked][0] and sum(map(read_charge, molecules)) != 0
        if molecules and not is_cut:  # the partner of an ion is recorded as another part
            yield part, molecules
    if asked is Asked.HELPING:
        yield from ((Part.ALONE, (each,)) for each in dict.fromkeys(one.molecules) if read_charge(each) == 0)


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
