"""What proposed conditions must bring."""

from __future__ import annotations

import pytest

from anymol.inference.sources.conditions import _check
from anymol.retrieval.reactions.conditions import Conditions
from anymol.tasks.task import TaskInput


@pytest.mark.parametrize(
    ("reactants", "product", "helping", "passed", "strange"),
    [
        ("OCc1ccccc1", "FCc1ccccc1", ("ClCCl",), False, "F"),  # no fluorine goes in
        ("OCc1ccccc1", "FCc1ccccc1", ("CCN(CC)S(F)(F)F", "ClCCl"), True, ""),
        ("Brc1ccccc1", "CC1(C)OB(c2ccccc2)OC1(C)C", ("C1CCOC1",), False, "B"),
        ("CCO.CC(=O)O", "CCOC(C)=O", ("O=S(=O)(O)O",), True, ""),
    ],
)
def test_a_product_with_an_element_that_nothing_brings_fails(
    reactants: str, product: str, helping: tuple[str, ...], passed: bool, strange: str
) -> None:
    given = TaskInput(reactants=reactants, products=product)
    check = next(one for one in _check(given, Conditions(helping)) if one.name == "elements")
    assert check.passed is passed
    assert f"holds {strange}," in check.detail or passed
