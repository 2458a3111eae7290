"""Forms at hand, and how much of a substance they hold."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.substances import Substance, find_substance
from anymol.calculations.weighed_forms import count_units, find_weighed_form
from anymol.errors import UserError


def find(name: str) -> Substance:
    found = find_substance(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("substance", "text", "mass"),
    [
        ("CuSO4", "I only have the pentahydrate", 249.68),
        ("CuSO4", "it is there as CuSO4·5H2O", 249.68),
        ("magnesium chloride", "our bottle is the hexahydrate", 203.30),
        ("lidocaine", "from the hydrochloride", 270.80),
        ("citrate", "using trisodium citrate dihydrate", 294.10),
        ("metformin", "from metformin hydrochloride", 165.63),
    ],
)
def test_forms(substance: str, text: str, mass: float) -> None:
    found = find_weighed_form(find(substance), text)
    assert found is not None and found.mass == pytest.approx(mass, abs=0.01)


@pytest.mark.parametrize("text", ["in water", "using ethanol", "a carbohydrate", "as a solution in the fridge"])
def test_no_form(text: str) -> None:
    assert find_weighed_form(find("glucose"), text) is None


@pytest.mark.parametrize(
    "text", ["not the pentahydrate", "the pentahydrate or the trihydrate", "from the free base", "from FeSO4"]
)
def test_what_is_no_form_of_it(text: str) -> None:
    with pytest.raises(UserError):
        find_weighed_form(find("CuSO4"), text)


@pytest.mark.parametrize(
    ("whole", "part", "number"),
    [
        ("atropine sulfate", "atropine", 2),
        ("metformin hydrochloride", "metformin", 1),
        ("CaCl2", "chloride", 2),
        ("Al2(SO4)3", "sulfate", 3),
        ("CuSO4·5H2O", "CuSO4", 1),
        ("sodium acetate", "acetate", 1),
    ],
)
def test_units(whole: str, part: str, number: int) -> None:
    assert count_units(find(whole), find(part)) == number


def test_the_free_base_of_a_salt_is_a_substance() -> None:
    assert find("metformin HCl free base").formula == find("metformin free base").formula == "C4H11N5"
    assert find_substance("choline chloride free base") is None


@pytest.mark.parametrize(
    ("question", "grams"),
    [
        ("How do I make 10 mL of 50 mM Tris from Tris-HCl?", 5e-4 * 157.60),
        ("100 mL of 0.1 M Na2HPO4 from Na2HPO4-7H2O, how many g", 0.01 * 268.06),
        ("100 mL of 0.1 M CuSO4 using CuSO4-5H2O, how many g", 0.01 * 249.68),
        ("100 mL of 0.1 M NaCl from the powder, how many g", 0.01 * 58.44),
        ("100 mL of 0.1 M NaCl using PBS, how many g", 0.01 * 58.44),
    ],
)
def test_what_it_is_made_from_is_weighed(question: str, grams: float) -> None:
    found = calculate("dilution", text=question)
    assert found.value * {"g": 1.0, "mg": 1e-3}[found.unit] == pytest.approx(grams, rel=1e-3)


@pytest.mark.parametrize("how", ["from", "using"])
def test_what_it_is_made_from_is_not_skipped(how: str) -> None:
    with pytest.raises(UserError, match="not known what frobnium is"):
        calculate("dilution", text=f"50 mM Tris {how} frobnium, 10 mL, how many mg")
