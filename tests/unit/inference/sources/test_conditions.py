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
    check = next(one for one in _check(given, Conditions(helping), []) if one.name == "elements")
    assert check.passed is passed
    assert f"holds {strange}," in check.detail or passed


def test_conditions_without_the_oxidant_name_those_that_have_it() -> None:
    given = TaskInput(reactants="OCc1ccccc1", products="O=Cc1ccccc1")
    solvent, whole = Conditions(("ClCCl",)), Conditions(("ClCCl", "[O]=[Mn]=[O]"))
    check = next(one for one in _check(given, solvent, [solvent, whole]) if one.name == "redox")
    assert check.passed is None
    assert check.detail.endswith("nothing here oxidises: more is needed, as in ClCCl.[O]=[Mn]=[O]")
    assert all(one.name != "redox" for one in _check(given, whole, [solvent, whole]))
