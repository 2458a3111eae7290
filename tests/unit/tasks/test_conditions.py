"""Tasks of conditions, yields and procedures: what is checked of their answers."""

from __future__ import annotations

import pytest

from anymol.tasks.conditions import PROCEDURE_WRITING, SOLVENT_PREDICTION, YIELD_PREDICTION
from anymol.tasks.reaction_classes import REACTION_CLASSES, name_reaction_class
from anymol.tasks.task import TaskInput

COUPLING = TaskInput(reactants="Brc1ccccc1.OB(O)c1ccccc1", products="c1ccc(-c2ccccc2)cc1")


@pytest.mark.parametrize(
    ("percent", "passed"), [(0.0, True), (99.9, True), (100.0, True), (104.0, False), (-3.0, False)]
)
def test_a_yield_is_a_percentage(percent: float, passed: bool) -> None:
    (check,) = YIELD_PREDICTION.verify(COUPLING, percent)
    assert check.passed is passed


def test_the_product_is_not_its_own_solvent() -> None:
    assert all(check.passed for check in SOLVENT_PREDICTION.verify(COUPLING, "C1COCCO1"))
    assert any(check.passed is False for check in SOLVENT_PREDICTION.verify(COUPLING, "c1ccc(-c2ccccc2)cc1"))


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("It was cooled to -78 °C and warmed to 25 °C.", True),
        ("It was cooled to −78 °C.", True),
        ("It was heated to 900 °C.", False),
        ("It was cooled to -250 °C.", False),
        ("It was stirred overnight.", None),
    ],
)
def test_temperatures_of_a_procedure_can_be_reached(text: str, passed: bool | None) -> None:
    (check,) = PROCEDURE_WRITING.verify(COUPLING, text)
    assert check.passed is passed


def test_codes_of_reactions_are_named_by_their_first_number() -> None:
    # USPTO-50k numbers ten classes; NameRxn goes on with a dot.
    assert len(REACTION_CLASSES) == 10
    assert name_reaction_class("1") == name_reaction_class("1.7.9") == "heteroatom alkylation or arylation"
    assert name_reaction_class("10.1.1") == "functional group addition"
    assert name_reaction_class("Suzuki coupling") == "C-C bond formation"
    assert name_reaction_class("0.0") is None and name_reaction_class("") is None
