"""Facts of the elements: the periodic table on the wall."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.calculations.element_facts import asks_about_element
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("atomic number of gold", 79),
        ("What is the atomic mass of iron?", 55.845),
        ("atomic weight of Cl", pytest.approx(35.45, abs=0.01)),
        ("symbol for potassium", "K"),
        ("Which element has the atomic number 26?", "iron"),
        ("what element is Sb", "antimony"),
        ("Which element has the symbol W?", "tungsten"),
        ("how many protons does carbon have", 6),
        ("electron configuration of iron", "[Ar] 3d6 4s2"),
        ("What's the electron configuration of Fe3+?", "[Ar] 3d5"),
        ("electron configuration of Fe+3", "[Ar] 3d5"),
        ("electron configuration of iron(II)", "[Ar] 3d6"),
        ("electron configuration of O 2-", "[Ne]"),
        ("atomic mass of carbon-14", pytest.approx(14.00324, abs=1e-5)),
    ],
)
def test_facts(question: str, expected: object) -> None:
    assert asks_about_element(question)
    assert calculate("element", text=question).value == expected


def test_isotopes_of_nature_make_up_the_whole() -> None:
    found = calculate("element", text="isotopes of bromine")
    assert [part.label for part in found.parts] == ["79Br", "81Br"]
    assert sum(float(part.value) for part in found.parts) == pytest.approx(100.0, abs=0.01)


@pytest.mark.parametrize(
    "question",
    [
        "isotope pattern of chlorobenzene", "What is the mass of iron?", "Why do isotopes have different masses?",
        "Which element has the highest molar mass?", "symbol of NaCl", "How many protons can urea donate?",
        "atomic weight of sodium chloride", "isotopes of CO2", "how many protons does carbon dioxide have",
    ],
)  # fmt: skip
def test_other_questions_are_left_alone(question: str) -> None:
    assert not asks_about_element(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which element has the atomic number 200?",
        "isotopes of technetium",
        "symbol of",
        "stable isotopes of potassium",
        "electron configuration of the sodium ion",
    ],
)
def test_what_there_is_not(question: str) -> None:
    with pytest.raises(InvalidTaskInputError):
        calculate("element", text=question)
