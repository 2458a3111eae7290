"""Design to a specification: the real molecules nearest to it, mended by small changes until every part holds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.chem.formula import count_formula
from anymol.chem.groups import GROUPS
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.chem.plausibility import count_alerts, list_oddities
from anymol.design.candidate import Candidate
from anymol.design.environments import find_least_familiar, measure_familiarity
from anymol.design.feasibility import ELEMENT_COUNTS, require_feasible
from anymol.design.group_fragments import FRAGMENTS
from anymol.design.moves import list_moves
from anymol.design.seeds import Seeds, read_seeds
from anymol.errors import AnyMolError, InvalidTaskInputError
from anymol.tasks.specifications import FEATURES, Constraint, FeatureKind, Specification

_STARTS: Final = 8
"""Molecules that mending begins with."""
_ROUNDS: Final = 16
"""Most small changes that lead to a design."""
_FEW_ROUNDS: Final = 6
"""The same where no element but those named is allowed: a wish, not a condition."""
_TRIED: Final = 32
"""Changes that are tried on each molecule of a round."""
_RATED: Final = 20
"""Molecules of a round whose plausibility is looked at."""
_SPARE: Final = 1
"""Designs that are found beyond those that are wanted, to choose from."""
_CHOICE: Final = 6
"""Real molecules that make a choice: where fewer meet a specification, others are made."""
_CHOSEN_FROM: Final = 20
"""Real molecules that meet a specification, of which the most sensible are shown."""
_QUANTITY_SCALE: Final = {
    "molecular_weight": 15.0, "logp": 0.5, "tpsa": 10.0, "molar_refractivity": 5.0, "qed": 0.05,
}  # fmt: skip
"""What counts as much as one atom, ring or group too many, in the unit of the quantity."""
_ODDITY: Final = 1.5
"""What an oddity counts, in atoms too many, while a design is mended."""


@dataclass(frozen=True)
class _Draft:
    """A molecule on the way.

    Attributes:
        smiles: Canonical SMILES.
        molecule: The molecule.
        shortfall: How far it is from the specification.
        oddities: How many oddities it has that were not asked for; an atom bonded as it hardly ever is counts a half.
        start: The real molecule that it began as.
        changes: How many small changes it is away from that.
    """

    smiles: str
    molecule: Chem.Mol
    shortfall: float
    oddities: float
    start: str
    changes: int

    @property
    def badness(self) -> float:
        """What is made small."""
        return self.shortfall + _ODDITY * self.oddities


def search_designs(specification: Specification, limit: int) -> list[Candidate]:
    """Return molecules that meet a specification, the most sensible first; where none was found, the nearest.

    Real molecules that meet it are preferred to those that were made of them. The same specification gives the same
    molecules each time.

    Args:
        specification: What they must fit.
        limit: Most molecules returned.

    Raises:
        InvalidTaskInputError: No molecule can meet it; the message says why.

    Example:
        >>> from anymol.tasks.specification_words import parse_specification
        >>> search_designs(parse_specification("1 ring, 1 carboxylic acid"), 1)[0].shortfall
        0.0
    """
    require_feasible(specification)
    closed = _close(specification)
    if closed is not None:
        found = _search(closed, limit, _FEW_ROUNDS)
        if found[0].shortfall == 0.0:
            return found
    return _search(specification, limit)


def _close(specification: Specification) -> Specification | None:
    """Return a specification that allows no element but those it speaks of; None where it speaks of none, or cannot.

    Seven carbons and three oxygens are asked for by one who thinks of no nitrogen.
    """
    others = _list_other_elements(specification)
    if not others:
        return None
    none = tuple(Constraint(feature, 0, 0) for feature in others)
    closed = Specification((*specification.constraints, *none), specification.formula)
    try:
        require_feasible(closed)
    except InvalidTaskInputError:
        return None
    return closed


def _search(specification: Specification, limit: int, rounds: int = _ROUNDS) -> list[Candidate]:
    """Return what meets a specification, the most sensible first; where nothing does, the nearest."""
    seeds = read_seeds()
    far = _measure_seeds(specification, seeds)
    # Of those that are as near, the ones of ordinary size come first.
    order = np.lexsort((np.abs(seeds.get("heavy_atoms") - _USUAL_SIZE), far))
    asked = _list_asked_oddities(specification)
    fitting = [seeds.smiles[place] for place in order[:_CHOSEN_FROM] if far[place] == 0.0]
    found = {draft.smiles: draft for draft in (_begin(one, specification) for one in fitting) if draft.badness == 0.0}
    if len(found) < max(limit, _CHOICE):
        starts = [seeds.smiles[place] for place in order[:_STARTS]]
        found |= _mend(starts, specification, asked, max(limit, _CHOICE) + _SPARE, rounds)
    best = sorted(found.values(), key=lambda draft: (draft.badness, -_rate(draft), draft.smiles))
    return [Candidate(draft.smiles, _tell(draft), None, draft.shortfall) for draft in best[:limit]]


def measure_shortfall(molecule: Chem.Mol, specification: Specification) -> float:
    """Return how far a molecule is from a specification: 0 where it meets every part that was understood.

    One atom, ring or group too many or too few counts 1.
    """
    total = sum(_miss(FEATURES[one.feature].measure(molecule), one) for one in specification.constraints)
    if specification.formula is not None:
        total += _miss_formula(rdMolDescriptors.CalcMolFormula(molecule), specification.formula)
    return total


def _miss(value: float, constraint: Constraint) -> float:
    low, high = constraint.low, constraint.high
    scale = _QUANTITY_SCALE.get(constraint.feature, 1.0)
    if low is not None and value < low:
        return (low - value) / scale
    return (value - high) / scale if high is not None and value > high else 0.0


def _miss_formula(written: str, wanted: str) -> float:
    found, asked = count_formula(written), count_formula(wanted)
    elements = set(found) | set(asked)
    return float(sum(abs(found[one] - asked[one]) * (0.5 if one == "H" else 1.0) for one in elements))


def _measure_seeds(specification: Specification, seeds: Seeds) -> NDArray[np.float64]:
    """Return how far each real molecule is from a specification, shape (N,)."""
    total = np.zeros(len(seeds.smiles))
    for one in specification.constraints:
        values, scale = seeds.get(one.feature).astype(np.float64), _QUANTITY_SCALE.get(one.feature, 1.0)
        slack = 0.0005 if FEATURES[one.feature].kind is FeatureKind.QUANTITY else 0.0  # values are stored rounded
        if one.low is not None:
            total += np.maximum(0.0, one.low + slack - values) / scale
        if one.high is not None:
            total += np.maximum(0.0, values - one.high + slack) / scale
    if specification.formula is not None:
        asked = count_formula(specification.formula)
        for element, feature in ELEMENT_COUNTS.items():
            total += np.abs(seeds.get(feature) - asked[element])
    return total


def _list_other_elements(specification: Specification) -> tuple[str, ...]:
    """Return the features of the elements that are not spoken of, where a number of some is."""
    atoms = {*ELEMENT_COUNTS.values(), "halogen_atoms"}
    named = {one.feature for one in specification.constraints} & atoms
    if not any(one.feature in atoms and (one.low or 0) > 0 for one in specification.constraints):
        return ()
    halogens = {"fluorine_atoms", "chlorine_atoms", "bromine_atoms", "iodine_atoms"}
    spoken = named | (halogens if "halogen_atoms" in named else set()) | {"carbon_atoms"}
    return tuple(feature for feature in ELEMENT_COUNTS.values() if feature not in spoken)


_SIZE: Final = 0.12
"""What each heavy atom more or less than the usual size counts."""


def _mend(
    starts: list[str], specification: Specification, asked: frozenset[str], wanted: int, rounds: int
) -> dict[str, _Draft]:
    """Change molecules a little, over and over, and follow those that come nearer to a specification.

    Returns:
        Those that meet it, by SMILES; where none does, the nearest.
    """
    # The seed of the generator is the request, so that it has the same answer in every process.
    rng = random.Random(str(specification))
    fragments = _list_wanted(specification)
    beam = [_begin(one, specification) for one in starts]
    seen = {draft.smiles for draft in beam}
    met = {draft.smiles: draft for draft in beam if draft.shortfall == 0.0}
    nearest = min(beam, key=_order)
    for _ in range(rounds):
        children = _change(beam, specification, asked, fragments, rng, seen)
        met |= {draft.smiles: draft for draft in children if draft.shortfall == 0.0}
        beam = sorted((*beam, *children), key=_order)[:_STARTS]
        nearest = min(nearest, beam[0], key=_order)
        if sum(draft.oddities == 0.0 for draft in met.values()) >= wanted:
            break
    return met or {nearest.smiles: nearest}


def _order(draft: _Draft) -> tuple[float, int, str]:
    return draft.badness, draft.changes, draft.smiles


def _change(
    beam: list[_Draft],
    specification: Specification,
    asked: frozenset[str],
    fragments: list[str],
    rng: random.Random,
    seen: set[str],
) -> list[_Draft]:
    """Return the most promising molecules that are one small change away from some others."""
    products: list[tuple[float, str, _Draft]] = []
    for parent in beam:
        for product in list_moves(parent.molecule, fragments, rng, _TRIED):
            shortfall = measure_shortfall_safely(product, specification)
            if shortfall is None or shortfall > parent.badness + 1.0:
                continue
            smiles = write_canonical(product)
            if smiles not in seen and "." not in smiles:
                seen.add(smiles)
                products.append((shortfall, smiles, parent))
    products.sort(key=lambda row: row[:2])
    children = []
    for shortfall, smiles, parent in products[:_RATED]:
        molecule = parse_smiles(smiles)
        oddities = _count_oddities(molecule, asked)
        children.append(_Draft(smiles, molecule, shortfall, oddities, parent.start, parent.changes + 1))
    return children


def measure_shortfall_safely(molecule: Chem.Mol, specification: Specification) -> float | None:
    """Return :func:`measure_shortfall`; None where a quantity cannot be computed."""
    try:
        return measure_shortfall(molecule, specification)
    except AnyMolError:
        return None


def _begin(smiles: str, specification: Specification) -> _Draft:
    """Return a real molecule as a draft; those of the table have no oddities."""
    molecule = parse_smiles(smiles)
    return _Draft(smiles, molecule, measure_shortfall(molecule, specification), 0.0, smiles, 0)


_LEAST_FAMILIAR: Final = 0.5
"""Least logarithm of how often the neighbours of each atom occur in real molecules: more than never."""


def _count_oddities(molecule: Chem.Mol, asked: frozenset[str]) -> float:
    """Return what speaks against a molecule: oddities that were not asked for, and an atom bonded as never seen."""
    named = sum(one not in asked for one in list_oddities(molecule))
    return named + 0.5 * (find_least_familiar(molecule) < _LEAST_FAMILIAR)


def _list_asked_oddities(specification: Specification) -> frozenset[str]:
    """Return the oddities that a specification asks for by naming the group."""
    names = {one.feature for one in specification.constraints if (one.low or 0) > 0}
    return frozenset(oddity for feature, oddities in _ASKED.items() if feature in names for oddity in oddities)


_ASKED: Final = {
    "peroxide": ("peroxide", "chain of heteroatoms", "N-O-N, O-N-O or S-O-S chain"),
    "hemiacetal": ("hemiacetal or hydrate",),
    "acyl_halide": ("acyl or formyl halide",),
    "disulfide": ("chain of heteroatoms",),
    "hydrazine": ("N-N single bond to an amine with H on both", "chain of heteroatoms"),
    "phosphine": ("unusual valence of S or P",),
    "nitroso": ("nitro or nitroso on N",),
    "azo": ("chain of heteroatoms",),
    "isocyanate": ("ketene", "allene or cumulene"),
    "sulfonyl_chloride": ("halogen on N, O or S",),
}  # fmt: skip
"""Feature -> oddities that its group has."""


def _list_wanted(specification: Specification) -> list[str]:
    """Return the fragments that give what a specification asks for at least one of."""
    names = {group.replace(" ", "_").replace("-", "_").lower(): group for group in GROUPS}
    wanted = [
        FRAGMENTS[names[one.feature]]
        for one in specification.constraints
        if (one.low or 0) > 0 and names.get(one.feature) in FRAGMENTS
    ]
    for one in specification.constraints:
        if (one.low or 0) > 0:
            wanted += _FEATURE_FRAGMENTS.get(one.feature, ())
    if specification.formula is not None:
        wanted += [_ELEMENT_FRAGMENTS[one] for one in count_formula(specification.formula) if one in _ELEMENT_FRAGMENTS]
    return wanted


_ELEMENT_FRAGMENTS: Final = {
    "N": "N", "O": "O", "S": "SC", "P": "P(=O)(OC)OC", "F": "F", "Cl": "Cl", "Br": "Br", "I": "I", "B": "B(O)O",
    "Si": "[Si](C)(C)C", "C": "C",
}  # fmt: skip
_FEATURE_FRAGMENTS: Final = {
    **{feature: (_ELEMENT_FRAGMENTS[element],) for element, feature in ELEMENT_COUNTS.items()},
    "halogen_atoms": ("F", "Cl"), "rings": ("C1CC1", "c1ccccc1", "C1CCNCC1"),
    "aromatic_rings": ("c1ccccc1", "c1cccnc1"),
    "double_bonds": ("C(C)=O", "C=C", "C(N)=O"), "triple_bonds": ("C#N", "C#C"),
    "aromatic_bonds": ("c1ccccc1", "c1ccsc1"),
    "single_bonds": ("C", "CC"), "rotatable_bonds": ("CCC", "OCC"), "hbond_donors": ("O", "N"),
    "hbond_acceptors": ("OC", "C#N"), "stereocentres": ("C(C)O", "C(C)N", "C(C)CC"), "heavy_atoms": ("C", "CC"),
}  # fmt: skip
"""What raises a feature."""


def _rate(draft: _Draft) -> float:
    """Return how sensible a design looks: real, familiar, without alerts, neither tiny nor huge."""
    size = draft.molecule.GetNumHeavyAtoms()
    rating = measure_familiarity(draft.molecule) - 0.8 * count_alerts(draft.molecule)
    rating -= _CHARGE * len(draft.molecule.GetSubstructMatches(_LONE_CHARGES))
    return rating - _SIZE * abs(size - _USUAL_SIZE) - _MADE * (draft.changes > 0)


_LONE_CHARGES: Final = Chem.MolFromSmarts("[$([+;!$(*~[-])]),$([-;!$(*~[+])])]")
"""Charged atoms but those of nitro groups and the like: of a zwitterion, the uncharged form is meant."""
_CHARGE: Final = 2.0
"""What each of them counts against a design."""
_MADE: Final = 0.5
"""What a molecule that was made counts less than a real one."""
_USUAL_SIZE: Final = 18
"""Heavy atoms of a molecule that one would show first where no size is asked for."""


def _tell(draft: _Draft) -> str:
    if not draft.changes:
        return "a real molecule"
    return f"{draft.start} with {draft.changes} small change{'s' if draft.changes > 1 else ''}"
