"""Masses that parts of a formula have; the ions of caffeine are those of its published fragmentation."""

from __future__ import annotations

import pytest

from anymol.chem.formula import parse_formula, weigh_isotopes
from anymol.chem.subformulas import count_skeletons, find_subformulas
from anymol.modalities.adduct import ELECTRON

CAFFEINE = parse_formula("C8H10N4O2")
ASPIRIN = parse_formula("C9H8O4")
# [M+H]+, less CH3NCO, less CO besides: C8H11N4O2+, C6H8N3O+, C5H8N3+.
IONS = [195.0877, 138.0662, 110.0713]


def find(masses: list[float], counts: dict[str, int], **more: int) -> list[bool]:
    return find_subformulas([mz + ELECTRON for mz in masses], counts, ppm=5, least=0.0001, **more).tolist()


def test_ions_of_a_molecule_are_parts_of_its_formula() -> None:
    assert find(IONS, CAFFEINE, extra_hydrogens=2) == [True, True, True]
    assert find(IONS, ASPIRIN, extra_hydrogens=2) == [False, False, False]


def test_the_protonated_molecule_needs_the_proton() -> None:
    assert find(IONS[:1], CAFFEINE) == [False]


def test_a_heavy_isotope_is_another_atom() -> None:
    heavy = weigh_isotopes({"C": 1, "H": 1, "[2H]": 3})
    assert find_subformulas([heavy], {"C": 1, "H": 4}, ppm=1, least=0.0001).tolist() == [False]
    assert find_subformulas([heavy], {"C": 1, "H": 1, "[2H]": 3}, ppm=1, least=0.0001).tolist() == [True]


def test_each_choice_of_atoms_is_tried() -> None:
    formula = {"C": 2, "N": 1, "O": 1, "H": 0}
    masses = [weigh_isotopes({"C": c, "N": n, "O": o}) for c in range(3) for n in range(2) for o in range(2)]
    assert count_skeletons(formula) == len(masses) == 12
    assert all(find_subformulas(masses, formula, ppm=1, least=0.0001))


def test_a_formula_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        find_subformulas([100.0], {"C": 2000, "N": 2000}, ppm=10, least=0.003)
