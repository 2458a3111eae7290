"""Formulas, masses and percentages against published ones."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.errors import UserError

ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


@pytest.mark.parametrize(
    ("smiles", "formula", "average", "monoisotopic", "nominal"),
    [
        (ASPIRIN, "C9H8O4", 180.16, 180.0423, 180),
        (CAFFEINE, "C8H10N4O2", 194.19, 194.0804, 194),
        ("OCC1OC(O)C(O)C(O)C1O", "C6H12O6", 180.16, 180.0634, 180),  # glucose
        ("ClC(Cl)(Cl)Cl", "CCl4", 153.82, 151.8754, 152),
        ("BrBr", "Br2", 159.81, 157.8367, 158),
        ("C[N+](C)(C)CCO", "C5H14NO+", 104.17, 104.1070, 104),  # choline; the electron is off
        ("[2H]O[2H]", "D2O", 20.03, 20.0231, 20),
        ("[13CH4]", "[13C]H4", 17.04, 17.0347, 17),
        ("O=C([O-])c1ccccc1O.[Na+]", "C7H5NaO3", 160.10, 160.0136, 160),
        ("[Na+].[Cl-]", "ClNa", 58.44, 57.9586, 58),
    ],
)
def test_masses(smiles: str, formula: str, average: float, monoisotopic: float, nominal: int) -> None:
    assert calculate("formula", smiles).value == formula
    assert calculate("average_mass", smiles).value == pytest.approx(average, abs=0.011)
    assert calculate("monoisotopic_mass", smiles).value == pytest.approx(monoisotopic, abs=1e-4)
    assert calculate("nominal_mass", smiles).value == nominal


def test_what_is_exact_is_told_from_what_is_computed() -> None:
    assert calculate("formula", ASPIRIN).exact and calculate("nominal_mass", ASPIRIN).exact
    assert not calculate("average_mass", ASPIRIN).exact  # atomic weights are measured
    assert not calculate("logp", ASPIRIN).exact


def test_a_salt_says_that_it_is_taken_whole() -> None:
    notes = calculate("average_mass", "O=C([O-])c1ccccc1O.[Na+]").notes
    assert any("1 C7H5O3-" in note and "1 Na+" in note for note in notes)
    assert not calculate("average_mass", ASPIRIN).notes


def test_the_empirical_formula_is_the_smallest() -> None:
    assert calculate("formula", "OCC1OC(O)C(O)C(O)C1O", text="empirical formula").value == "CH2O"
    assert calculate("formula", "c1ccccc1", text="empirical formula").value == "CH"
    assert calculate("formula", ASPIRIN, text="empirical formula").value == "C9H8O4"


def test_elemental_analysis() -> None:
    parts = {part.label: part.value for part in calculate("element_percentages", CAFFEINE).parts}
    assert parts == {"C": 49.48, "H": 5.19, "N": 28.85, "O": 16.48}  # as handbooks print it
    iron = calculate("element_percentages", "Fe2O3", text="percentage of iron in ¤")
    assert iron.value == pytest.approx(69.94, abs=0.01) and iron.unit == "% by mass"
    assert calculate("element_percentages", "CuSO4.5H2O").text.startswith("Cu 25.45 %")


def test_the_percentages_add_up() -> None:
    for smiles in (ASPIRIN, CAFFEINE, "[NH3][Pt]([NH3])(Cl)Cl", "[2H]C([2H])([2H])O"):
        assert sum(float(part.value) for part in calculate("element_percentages", smiles).parts) == pytest.approx(
            100, abs=0.03
        )


def test_atoms_are_counted_by_element() -> None:
    assert calculate("atom_counts", "CCO", text="how many carbon atoms has ¤").value == 2
    assert calculate("atom_counts", "CCO", text="hydrogens").value == 6
    assert calculate("atom_counts", "ClC(Cl)Br", text="how many halogens").value == 3
    assert calculate("atom_counts", "CCO", text="How many nitrogens are in ¤?").value == 0
    assert calculate("atom_counts", "CCO").text == "9 atoms: C 2, H 6, O 1"


def test_charges_are_told_by_atom() -> None:
    glycine = calculate("formal_charge", "[NH3+]CC(=O)[O-]")
    assert glycine.value == 0
    assert [(part.label, part.value, part.atoms) for part in glycine.parts] == [("N1", 1, (0,)), ("O5", -1, (4,))]
    assert calculate("formal_charge", "[Fe+3]").text == "+3"
    assert calculate("formal_charge", "SO4^2-").value == -2


@pytest.mark.parametrize(
    ("smiles", "degree"),
    [
        ("c1ccccc1", 4), ("CC#N", 2), ("c1ccccc1[N+](=O)[O-]", 5), (CAFFEINE, 6), ("FC(F)(F)F", 0), ("ClC=C", 1),
        ("C[N+](C)(C)C", 0), ("C[NH3+].[Cl-]", 0), ("CC(=O)[O-]", 1), ("C12C3C4C1C5C2C3C45", 5), ("C", 0),
        ("CS(=O)C", 0), ("CP(=O)(OC)OC", 0),
    ],
)  # fmt: skip
def test_degree_of_unsaturation(smiles: str, degree: int) -> None:
    assert calculate("unsaturation", smiles).value == degree


def test_a_structure_that_the_rule_does_not_see_is_said() -> None:
    assert "multiple bonds 1" in calculate("unsaturation", "CS(=O)C").notes[0]
    assert "no valence" in calculate("unsaturation", "[NH3][Pt]([NH3])(Cl)Cl").notes[0]
    assert calculate("unsaturation", "C10H16").value == 3
    assert calculate("unsaturation", "C8H9NO2").value == 5
    assert "no closed-shell" in calculate("unsaturation", "CH3").notes[0]
    with pytest.raises(UserError, match="valence"):
        calculate("unsaturation", "PtCl2H6N2")


@pytest.mark.parametrize(
    ("smiles", "text", "share"),
    [
        ("NC(N)=O", "% N in it", 46.65),
        ("O.O.O.O.O.O=S(=O)([O-])[O-].[Cu+2]", "what percent of it is water", 36.08),
        ("O.O.[Cl-].[Cl-].[Ba+2]", "% water in it", 14.75),
    ],
)
def test_a_share_of_an_element_by_its_symbol_and_of_water(smiles: str, text: str, share: float) -> None:
    assert calculate("element_percentages", smiles, text=text).value == pytest.approx(share, abs=0.01)


def test_what_holds_no_water_is_no_hydrate() -> None:
    with pytest.raises(UserError, match="no water of crystallisation"):
        calculate("element_percentages", "CCO", text="% water in it")
