"""Recorded constants, and the pH of a solution as the balance of its charges."""

from __future__ import annotations

import math

import pytest
from rdkit import Chem

from anymol.chem.acidity import (
    compute_ph,
    count_compounds,
    dissolve,
    find_acid_base,
    find_system,
    list_compounds,
)
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
    assert acid.count_charge(acid.pka[0]) == pytest.approx(-0.5)


def test_the_shares_of_the_forms_are_one_and_neighbours_are_equal_at_their_pka() -> None:
    acid = find_acid_base(Chem.MolFromSmiles("OP(=O)(O)O"))
    assert acid is not None
    shares = acid.share_forms(7.20)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares[-1] == pytest.approx(shares[-2]) == pytest.approx(0.5, abs=1e-4)
    assert (acid.find_pka(0), acid.find_pka(-1), acid.find_pka(1)) == (2.15, 7.20, None)


@pytest.mark.parametrize(
    ("smiles", "point"),
    [("NCC(=O)O", 5.97), ("NCCCCC(N)C(=O)O", 9.74), ("NC(CC(=O)O)C(=O)O", 2.77), ("NC(Cc1c[nH]cn1)C(=O)O", 7.59)],
)
def test_the_isoelectric_point_lies_between_the_two_constants_beside_the_neutral_form(
    smiles: str, point: float
) -> None:
    acid = find_acid_base(Chem.MolFromSmiles(smiles))
    assert acid is not None
    assert acid.find_isoelectric_point() == pytest.approx(point, abs=0.01)  # as textbooks of biochemistry print it


def test_an_acid_or_a_base_alone_has_no_isoelectric_point() -> None:
    for smiles in ("CC(=O)O", "CN", "NCCN"):
        acid = find_acid_base(Chem.MolFromSmiles(smiles))
        assert acid is not None and acid.find_isoelectric_point() is None


def test_of_a_salt_the_weak_part_is_meant() -> None:
    for smiles, name in (("[NH4+].[Cl-]", "ammonia"), ("CC(=O)[O-].[Na+]", "acetic acid"), ("Cl", "hydrogen chloride")):
        found = find_system(Chem.MolFromSmiles(smiles))
        assert found is not None and found[0].name == name
    assert find_system(Chem.MolFromSmiles("[NH4+].CC(=O)[O-]")) is None


def test_steps_rise_and_every_name_stands_once() -> None:
    compounds = list(list_compounds())
    assert all(list(one.pka) == sorted(one.pka) for one in compounds)
    assert len({one.name for one in compounds}) == len(compounds)
    # A compound without a net charge is one of its own forms.
    assert all(one.can_have(0) for one in compounds)


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
