"""Bonds on the shortest path, counted by hand."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.errors import UserError
from anymol.tasks.routing import route


@pytest.mark.parametrize(
    ("smiles", "bonds"),
    [
        ("**", 1),
        ("*CCO*", 4),
        ("*C1CCCCC1*", 3),  # ortho: ring bond between, and one to each mark
        ("*c1ccc(*)cc1", 5),  # para
        ("C(*)(*)C", 2),
    ],
)
def test_between_two_open_places(smiles: str, bonds: int) -> None:
    assert calculate("shortest_path", smiles).value == bonds


def test_between_two_numbered_atoms_and_their_path() -> None:
    found = calculate("shortest_path", "OCCCN", text="bonds between atoms 1 and 5")
    assert found.value == 4
    assert found.parts[0].atoms == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("smiles", "text", "said"),
    [
        ("CCO", "", "marks 0 with"),
        ("*CC(*)*", "", "marks 3 with"),
        ("*C.C*", "", "no path of bonds"),
        ("CCO", "between atoms 1 and 9", "has 3 atoms"),
    ],
)
def test_what_is_not_said_or_not_there_is_asked_for(smiles: str, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("shortest_path", smiles, text=text)


def test_the_question_is_understood() -> None:
    question = (
        "Determine the number of bonds along the shortest path connecting the two dummy atoms (denoted by '*'). Count "
        "each bond equally, including those directly attached to the dummy atoms. c1(occc1)CSCC(CS)(C*)*"
    )
    assert route(question).calculations == ("shortest_path",)
    assert route("How many bonds apart are atoms 1 and 5?", has_molecule=True, molecules=1).calculations == (
        "shortest_path",
    )
