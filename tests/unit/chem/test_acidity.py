"""Recorded constants, and the pH of a solution as the balance of its charges."""

from __future__ import annotations

import math

import pytest
from rdkit import Chem

from anymol.chem.acidity import compute_ph, count_compounds, dissolve, find_acid_base
from anymol.errors import UserError


def test_every_compound_is_found_by_its_own_structure() -> None:
    assert count_compounds() > 100
    for smiles in ("CC(=O)O", "[NH4+]", "OP(=O)(O)[O-]", "[Cl-]", "[O-][N+](=O)[O-]", "[C-]#N"):
        assert find_acid_base(Chem.MolFromSmiles(smiles)) is not None


def test_every_state_of_protonation_is_the_same_acid() -> None:
    forms = ("OP(=O)(O)O", "OP(=O)(O)[O-]", "OP(=O)([O-])[O-]", "[O-]P(=O)([O-])[O-]")
    assert {find_acid_base(Chem.MolFromSmiles(one)) for one in forms} == {find_acid_base(Chem.MolFromSmiles(forms[0]))}


def test_isomers_at_a_double_bond_are_told_apart() -> None:
    maleic, fumaric, open_one = (Chem.MolFromSmiles(f"OC(=O){bond}C(=O)O") for bond in (r"/C=C\\"[:-1], "/C=C/", "C=C"))
    cis, trans = find_acid_base(maleic), find_acid_base(fumaric)
    assert cis is not None and trans is not None
    assert cis.pka[0] < trans.pka[0]
    assert find_acid_base(open_one) is None


def test_the_charge_of_an_acid_at_its_pka_is_one_half() -> None:
    acid = find_acid_base(Chem.MolFromSmiles("CC(=O)O"))
    assert acid is not None
    assert acid.count_charge(10.0 ** -acid.pka[0]) == pytest.approx(-0.5)


@pytest.mark.parametrize("concentration", [1e-6, 1e-3, 0.1])
def test_a_weak_acid_obeys_its_equilibrium(concentration: float) -> None:
    h = 10.0 ** -compute_ph([(concentration, dissolve("OC(=O)c1ccccc1"))])
    base = h - 1e-14 / h
    assert h * base / (concentration - base) == pytest.approx(10.0**-4.20, rel=1e-6)


def test_an_acid_and_as_much_base_are_their_salt() -> None:
    together = compute_ph([(0.1, dissolve("CC(=O)O")), (0.1, dissolve("[Na+].[OH-]"))])
    assert together == pytest.approx(compute_ph([(0.1, dissolve("CC(=O)[O-].[Na+]"))]), abs=1e-9)
    assert together == pytest.approx(
        compute_ph([(0.1, dissolve("CC(=O)[O-]"))]), abs=1e-9
    )  # its counter-ion is a bystander


def test_ions_of_strong_acids_and_bases_leave_water_neutral() -> None:
    for salt in ("[Na+].[Cl-]", "[K+].[O-][N+](=O)[O-]", "[O-][Cl+3]([O-])([O-])[O-].C[N+](C)(C)C"):
        assert compute_ph([(0.1, dissolve(salt))]) == pytest.approx(7.0, abs=1e-9)


def test_nothing_but_water() -> None:
    assert math.isclose(compute_ph([]), 7.0, abs_tol=1e-9)


@pytest.mark.parametrize("smiles", ["[Fe+3].[Cl-].[Cl-].[Cl-]", "OCC1OC(O)C(O)C(O)C1O", "CC(=O)[OH2+]", "[O-]OC"])
def test_what_is_not_recorded_is_refused(smiles: str) -> None:
    with pytest.raises(UserError, match="no dissociation constant"):
        dissolve(smiles)
