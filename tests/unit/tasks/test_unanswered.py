"""What nothing here knows is declined by its name, with where it is found."""

from __future__ import annotations

import pytest

from anymol.errors import UnknownTaskError
from anymol.tasks.routing import route


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("What is the boiling point of ethanol?", "boiling points"),
        ("bp of acetone", "boiling points"),
        ("What's the melting point of naphthalene?", "melting points"),
        ("What is the density of toluene?", "densities"),
        ("What is the CAS number of caffeine?", "CAS numbers"),
        ("What is the LD50 of caffeine?", "lethal doses"),
        ("Predict the 1H NMR of ethyl acetate", "NMR shifts"),
        ("Is nitroglycerin explosive?", "explosions"),
        ("Is acetone flammable?", "flammability"),
        ("price of palladium acetate", "prices"),
        ("What is the vapor pressure of water at 25 C?", "vapour pressures"),
        ("Heat of combustion of methane?", "heats of formation"),
        ("How does vanillin smell?", "smells"),
    ],
)
def test_it_is_named(question: str, what: str) -> None:
    with pytest.raises(UnknownTaskError, match=f"no data on .*{what}") as caught:
        route(question)
    assert caught.value.hint.startswith("look in ")


def test_what_can_be_answered_beside_it_is_told() -> None:
    with pytest.raises(UnknownTaskError, match="no data on boiling points") as caught:
        route("formula and boiling point of ethanol")
    assert caught.value.hint.endswith("ask by itself for formula")


@pytest.mark.parametrize(
    "question",
    [
        "What is the density of CO2 at 25 \u00b0C and 1 atm?",
        "What is the molarity of 37 % HCl, density 1.18 g/mL?",
        "How many NMR signals in the 13C spectrum of toluene?",
        "Is 64-17-5 a valid CAS number?",
    ],
)
def test_what_is_answered_is_not_declined(question: str) -> None:
    assert route(question).calculations


def test_another_word_that_is_not_understood_is_named_itself() -> None:
    with pytest.raises(UnknownTaskError) as caught:
        route("How many elephants weigh as much as the formula of caffeine?")
    assert "no data" not in str(caught.value)
