"""Numbers of stereoisomers that textbooks give, and mirror images."""

from __future__ import annotations

import pytest

from anymol.calculations.calculation import Inquiry, Subject
from anymol.calculations.stereoisomers import MIRROR_IMAGE, STEREOISOMERS
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("smiles", "count", "said"),
    [
        ("OC(=O)C(O)C(O)C(=O)O", 3, "1 pair of enantiomers and 1 achiral"),  # tartaric acid
        ("CC(Br)C(Br)C", 3, "1 pair of enantiomers and 1 achiral"),
        ("CC(Br)C(Cl)C", 4, "2 pairs of enantiomers"),
        ("CC(N)C(=O)O", 2, "1 pair of enantiomers"),
        ("CC=CC", 2, "2 achiral"),
        ("CC1CCC(C)CC1", 2, "2 achiral"),  # 1,4-dimethylcyclohexane
        ("CC1CCCCC1C", 3, "1 pair of enantiomers and 1 achiral"),  # 1,2-dimethylcyclohexane
        ("OCC(O)C(O)C(O)C(O)C=O", 16, "8 pairs of enantiomers"),  # aldohexoses
        ("OC1C(O)C(O)C(O)C(O)C1O", 9, "1 pair of enantiomers and 7 achiral"),  # inositols
        ("CC(N)C(=O)[O-].[Na+]", 2, "1 pair of enantiomers"),
        ("C[C@H](O)[2H]", 2, "1 pair of enantiomers"),
        ("CC1(C)C2CCC1(C)C(=O)C2", 2, "1 pair of enantiomers"),  # camphor: the bridge forbids the other two
    ],
)
def test_a_constitution_has_so_many(smiles: str, count: int, said: str) -> None:
    found = STEREOISOMERS.run(Inquiry((Subject(smiles),), ""))
    assert found.value == count
    assert said in found.statement


def test_one_without_any_says_so_and_a_given_one_is_counted_with_the_others() -> None:
    assert "no stereoisomer beside itself" in STEREOISOMERS.run(Inquiry((Subject("CCO"),), "")).statement
    found = STEREOISOMERS.run(Inquiry((Subject("C[C@H](N)C(=O)O", "L-alanine"),), ""))
    assert (found.value, found.notes) == (2, ("the configuration that is given is one of them",))


@pytest.mark.parametrize(("smiles", "reason"), [("CC=C=CC", "beside centres"), ("C(C(F)Cl)" * 10, "too many")])
def test_what_cannot_be_counted_is_refused(smiles: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        STEREOISOMERS.run(Inquiry((Subject(smiles),), ""))


def test_a_mirror_image() -> None:
    found = MIRROR_IMAGE.run(Inquiry((Subject("C[C@H](N)C(=O)O", "L-alanine"),), ""))
    assert found.value == canonicalize_smiles("C[C@@H](N)C(=O)O")
    meso = "O=C(O)[C@@H](O)[C@@H](O)C(=O)O"
    assert "achiral" in MIRROR_IMAGE.run(Inquiry((Subject(meso),), "")).statement
    assert "achiral" in MIRROR_IMAGE.run(Inquiry((Subject("CCO", "ethanol"),), "")).statement
    with pytest.raises(UserError, match="leaves open"):
        MIRROR_IMAGE.run(Inquiry((Subject("CC(N)C(=O)O", "alanine"),), ""))


def test_the_mirror_image_of_a_sugar_leaves_its_anomeric_centre_open() -> None:
    d_glucose, l_glucose = "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", "OC[C@@H]1OC(O)[C@@H](O)[C@H](O)[C@H]1O"
    found = MIRROR_IMAGE.run(Inquiry((Subject(d_glucose, "D-glucose"),), ""))
    assert found.value == canonicalize_smiles(l_glucose)
    assert found.notes == ("1 stereocentre left open here and there alike",)


@pytest.mark.parametrize("smiles", ["OC(F)C[C@H](F)O", "O=C(O)[C@H](O)C(O)C(=O)O", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"])
def test_what_may_be_its_own_mirror_image_is_not_settled(smiles: str) -> None:
    with pytest.raises(UserError, match="leaves open"):
        MIRROR_IMAGE.run(Inquiry((Subject(smiles),), ""))


def test_what_rings_may_add_is_said_and_no_achirality_is_claimed_of_them() -> None:
    binol = "Oc1ccc2ccccc2c1-c1c(O)ccc2ccccc12"
    assert "axis" in STEREOISOMERS.run(Inquiry((Subject(binol),), "")).notes[-1]
    with pytest.raises(UserError, match="not judged"):
        MIRROR_IMAGE.run(Inquiry((Subject(binol),), ""))
