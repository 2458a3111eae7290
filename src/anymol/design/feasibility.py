"""Whether any molecule can meet a specification: what contradicts itself is refused with the reason."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from rdkit import Chem

from anymol.chem.formula import count_formula
from anymol.chem.groups import GROUPS
from anymol.design.group_fragments import FRAGMENTS, count_needed, count_needed_rings
from anymol.errors import InvalidTaskInputError
from anymol.tasks.specifications import FEATURES, Specification

ELEMENT_COUNTS: Final[Mapping[str, str]] = {
    "C": "carbon_atoms", "N": "nitrogen_atoms", "O": "oxygen_atoms", "S": "sulfur_atoms", "P": "phosphorus_atoms",
    "F": "fluorine_atoms", "Cl": "chlorine_atoms", "Br": "bromine_atoms", "I": "iodine_atoms", "B": "boron_atoms",
    "Si": "silicon_atoms",
}  # fmt: skip
"""Element -> feature that counts its atoms."""
_VALENCES: Final = {"C": 4, "Si": 4, "N": 3, "P": 3, "B": 3, "O": 2, "S": 2, "H": 1, "F": 1, "Cl": 1, "Br": 1, "I": 1}
_MORE_VALENCES: Final = {"S": 4, "P": 2}
"""What an element may hold beside: sulfones, phosphates."""
_CONTAINED: Final = {
    "aromatic_rings": "rings", "alcohol": "hydroxyl", "phenol": "hydroxyl", "primary_amide": "amide",
    "rotatable_bonds": "single_bonds",
}  # fmt: skip
"""Feature -> feature that is never smaller."""


def require_feasible(specification: Specification) -> None:
    """Refuse what no molecule can meet.

    Raises:
        InvalidTaskInputError: With the reason.

    Example:
        >>> from anymol.tasks.specification_words import parse_specification
        >>> require_feasible(parse_specification("formula C2H2, 5 rings"))
        Traceback (most recent call last):
        ...
        anymol.errors.InvalidTaskInputError: no molecule is like this: C2H2 has 2 degrees of unsaturation, and ...
    """
    lows, highs = _collect_bounds(specification)
    for feature, low in lows.items():
        if low > highs.get(feature, math.inf):
            raise _refuse(f"{_say(feature, low)} and at most {highs[feature]:g} contradict each other", specification)
    for part, whole in _CONTAINED.items():
        if lows.get(part, 0.0) > highs.get(whole, math.inf):
            raise _refuse(
                f"{_say(part, lows[part])} are among {highs[whole]:g} {FEATURES[whole].plural}", specification
            )
    _require_elements(specification, lows, highs)
    _require_rings(specification, lows, highs)
    if specification.formula is not None:
        _require_formula(specification, specification.formula, lows, highs)


def _collect_bounds(specification: Specification) -> tuple[dict[str, float], dict[str, float]]:
    """Return the highest lower and the lowest upper bound of each feature."""
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    for one in specification.constraints:
        if one.low is not None:
            lows[one.feature] = max(lows.get(one.feature, -math.inf), one.low)
        if one.high is not None:
            highs[one.feature] = min(highs.get(one.feature, math.inf), one.high)
    return lows, highs


def _list_groups(lows: Mapping[str, float]) -> list[str]:
    """Return the named groups that are asked for."""
    names = {group.replace(" ", "_").replace("-", "_").lower(): group for group in GROUPS}
    return [names[feature] for feature, low in lows.items() if low > 0 and names.get(feature) in FRAGMENTS]


def _require_elements(specification: Specification, lows: Mapping[str, float], highs: Mapping[str, float]) -> None:
    """Refuse groups whose atoms are not allowed, and more atoms than there may be."""
    needed = {element: lows.get(feature, 0.0) for element, feature in ELEMENT_COUNTS.items()}
    for group in _list_groups(lows):
        for element, count in count_needed(group).items():
            allowed = highs.get(ELEMENT_COUNTS.get(element, ""), math.inf)
            if count > allowed:
                name = FEATURES[ELEMENT_COUNTS[element]].plural
                raise _refuse(f"a {group} group has {count} {element}, and at most {allowed:g} {name} are allowed",
                              specification)  # fmt: skip
            needed[element] = max(needed.get(element, 0.0), count)
    halogens = sum(lows.get(ELEMENT_COUNTS[one], 0.0) for one in ("F", "Cl", "Br", "I"))
    if halogens > highs.get("halogen_atoms", math.inf):
        raise _refuse(f"{halogens:g} halogens are asked for, and at most {highs['halogen_atoms']:g}", specification)
    total = sum(needed.values())
    if total > highs.get("heavy_atoms", math.inf):
        raise _refuse(
            f"what is asked for has {total:g} heavy atoms, and at most {highs['heavy_atoms']:g} are allowed",
            specification,
        )
    table = Chem.GetPeriodicTable()
    weight = sum(count * table.GetAtomicWeight(element) for element, count in needed.items() if count)
    if weight > highs.get("molecular_weight", math.inf):
        raise _refuse(
            f"the atoms that are asked for weigh {weight:.1f} g/mol, and at most {highs['molecular_weight']:g} are "
            f"allowed",
            specification,
        )


def _require_rings(specification: Specification, lows: Mapping[str, float], highs: Mapping[str, float]) -> None:
    rings, fewest = highs.get("rings", math.inf), lows.get("rings", 0.0)
    for group in _list_groups(lows):
        if count_needed_rings(group) > rings:
            raise _refuse(f"a {group} has a ring, and at most {rings:g} rings are allowed", specification)
        fewest = max(fewest, count_needed_rings(group))
    if lows.get("aromatic_rings", 0.0) > 0 and highs.get("aromatic_bonds", math.inf) < _LEAST_AROMATIC:
        raise _refuse(f"an aromatic ring has at least {_LEAST_AROMATIC} aromatic bonds", specification)
    if lows.get("aromatic_bonds", 0.0) > 0 and highs.get("aromatic_bonds", math.inf) < _LEAST_AROMATIC:
        raise _refuse(f"aromatic bonds come in rings of at least {_LEAST_AROMATIC}", specification)
    if lows.get("aromatic_bonds", 0.0) > 0 and highs.get("aromatic_rings", math.inf) == 0:
        raise _refuse("aromatic bonds are those of aromatic rings, and none are allowed", specification)
    atoms = highs.get("heavy_atoms", math.inf)
    most = _count_most_rings(atoms)
    if fewest > most:
        raise _refuse(f"{atoms:g} heavy atoms cannot hold {_say('rings', fewest)}: at most {most:g}", specification)


_LEAST_AROMATIC: Final = 3
"""Bonds of the smallest ring that RDKit calls aromatic: that of the cyclopropenyl cation."""


def _count_most_rings(atoms: float) -> float:
    """Return the most rings of so many atoms of valence four."""
    if math.isinf(atoms):
        return atoms
    return max(0.0, min(atoms * (atoms - 1) / 2, 2 * atoms) - atoms + 1) if atoms >= 1 else 0.0


def _require_formula(
    specification: Specification, formula: str, lows: Mapping[str, float], highs: Mapping[str, float]
) -> None:
    """Refuse a formula that no closed-shell molecule has, or that has not the atoms or rings that are asked for."""
    counts = count_formula(formula)
    if all(element in _VALENCES for element in counts):
        # A tree of n atoms has n - 1 bonds; what valences are left over beyond that are rings and multiple bonds.
        ends = sum((_VALENCES[element] - 2) * count for element, count in counts.items()) + 2
        if ends % 2:
            raise _refuse(f"{formula} has an odd number of valences: only a radical or an ion has it", specification)
        unsaturation = ends // 2
        spare = sum(_MORE_VALENCES.get(element, 0) * count for element, count in counts.items()) // 2
        if unsaturation + spare < 0:
            raise _refuse(f"{formula} has more hydrogens or halogens than its valences hold", specification)
        rings = lows.get("rings", 0.0)
        if rings > unsaturation + spare:
            raise _refuse(
                f"{formula} has {unsaturation} degrees of unsaturation, and {_say('rings', rings)} need {rings:g}",
                specification,
            )
    for element, feature in ELEMENT_COUNTS.items():
        number = counts.get(element, 0)
        if not lows.get(feature, -math.inf) <= number <= highs.get(feature, math.inf):
            raise _refuse(f"{formula} has {number} {FEATURES[feature].plural}, and others are asked for", specification)
    heavy = sum(number for element, number in counts.items() if element != "H")
    if not lows.get("heavy_atoms", -math.inf) <= heavy <= highs.get("heavy_atoms", math.inf):
        raise _refuse(f"{formula} has {heavy} heavy atoms, and another number is asked for", specification)
    for group in _list_groups(lows):
        missing = Counter(count_needed(group)) - Counter(dict(counts))
        if missing:
            shown = ", ".join(f"{number} {element}" for element, number in sorted(missing.items()))
            raise _refuse(f"{formula} lacks {shown} for a {group}", specification)


def _say(feature: str, number: float) -> str:
    known = FEATURES[feature]
    return f"{number:g} {known.singular if number == 1 else known.plural}"


def _refuse(reason: str, specification: Specification) -> InvalidTaskInputError:
    return InvalidTaskInputError(
        f"no molecule is like this: {reason}", value=str(specification), hint="leave one of the conditions out"
    )
