"""Optimisation: the property moves as asked, and the molecule stays similar."""

from __future__ import annotations

import pytest

from anymol.tasks.optimisation import AIMS, MOLECULE_OPTIMISATION, check_optimised
from anymol.tasks.task import TaskInput

TOLUIC_ACID, ETHYL_BENZOIC_ACID = "Cc1ccc(C(=O)O)cc1", "CCc1ccc(C(=O)O)cc1"


def judge(before: str, after: str, text: str) -> dict[str, bool | None]:
    return {one.name: one.passed for one in check_optimised(before, after, AIMS[text])}


def test_a_methylene_more_raises_logp_and_refractivity() -> None:
    # Crippen gives a CH2 about +0.25 (aromatic side chain) and 4.6 cm^3/mol.
    for text in ("raise LogP", "raise MR"):
        assert judge(TOLUIC_ACID, ETHYL_BENZOIC_ACID, text) == {"property_moved": True, "still_similar": True}
        other = text.replace("raise", "lower")
        assert judge(TOLUIC_ACID, ETHYL_BENZOIC_ACID, other)["property_moved"] is False
        assert judge(ETHYL_BENZOIC_ACID, TOLUIC_ACID, other)["property_moved"] is True


def test_the_same_molecule_and_another_one_will_not_do() -> None:
    assert judge(TOLUIC_ACID, TOLUIC_ACID, "raise LogP") == {"property_moved": False, "still_similar": True}
    assert judge(TOLUIC_ACID, "CCCCCCCCCC", "raise LogP") == {"property_moved": True, "still_similar": False}


def test_answers_are_verified_by_the_aim_that_was_asked() -> None:
    asked = TaskInput(molecule=TOLUIC_ACID, text="lower LogP")
    checks = MOLECULE_OPTIMISATION.verify(asked, "O=C(O)c1ccc(CO)cc1")
    assert [one.name for one in checks] == ["parses", "property_moved", "still_similar"]
    assert all(one.passed for one in checks)


@pytest.mark.parametrize("text", AIMS)
def test_every_aim_names_a_descriptor(text: str) -> None:
    assert judge("CCO", "CCO", text)["property_moved"] is False
