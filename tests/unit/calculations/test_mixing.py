"""Two solutions of one solute: the rule of mixtures, worked by hand."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "text", "unit"),
    [
        # (100 x 2 + 300 x 0.5) / 400 = 0.875
        ("Mix 100 mL of 2 M NaOH with 300 mL of 0.5 M NaOH: what is the final concentration in M?", "0.875", "M"),
        ("Mix 50 mL of 1 M NaCl with 50 mL of 3 M NaCl: final concentration?", "2", "M"),
        # (10 + 80) / 300 = 30 %
        ("I mix 100 g of 10% NaCl with 200 g of 40% NaCl. What percentage results?", "30", "%"),
        ("Combine 10 mL of 1 M, 20 mL of 2 M and 10 mL of 3 M glucose: concentration?", "2", "M"),
    ],
)
def test_the_strength_of_a_mixture(question: str, text: str, unit: str) -> None:
    assert choose_text_calculation(question) == "dilution"
    found = calculate("dilution", text=question)
    assert (found.text, found.unit) == (text, unit)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # 30 is half way from 10 to 50
        ("I have 10% and 50% sulfuric acid. How much of each to get 100 g of 30%?", "50 g and 50 g"),
        # 20 is a quarter of the way from 10 to 50
        ("How do I mix 10% and 50% glucose to get 200 mL of 20% glucose?", "150 mL and 50 mL"),
        ("How much 50% glucose must I add to 100 mL of 10% glucose to get 30%?", "100"),
        # (70 - 40) : (96 - 70) parts of the stronger and of the weaker
        ("In what ratio do I mix 96% and 40% ethanol to get 70%?", "46.43 : 53.57"),
    ],
)
def test_how_much_of_each(question: str, text: str) -> None:
    assert choose_text_calculation(question) == "dilution"
    assert calculate("dilution", text=question).text == text


def test_volumes_of_percent_by_weight_count_by_their_densities() -> None:
    # 10 %: 1.047 g/mL, 30 %: 1.149 g/mL; (104.7 x 0.1 + 114.9 x 0.3) / 219.6 = 20.46 %
    found = calculate("dilution", text="Mix 100 mL of 10% HCl with 100 mL of 30% HCl: concentration?")
    assert float(found.text) == pytest.approx(20.46, abs=0.02)


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("Mix 100 mL of 2 M NaOH with 300 mL of 0.5 M HCl: what is the final concentration?", "two solutes"),
        ("Mix 100 mL of 10% (w/w) NaCl with 100 mL of 20% (w/w) NaCl: concentration?", "density"),
        ("Mix 100 g of 10% NaCl with 100 mL of 20% NaCl: concentration?", "masses and volumes"),
        ("How much 10% and 10% glucose for 100 mL of 30% glucose?", "the same"),
    ],
)
def test_what_does_not_follow_is_refused(question: str, fault: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=fault):
        calculate("dilution", text=question)


def test_water_is_no_second_solution() -> None:
    found = calculate("dilution", text="Mix 100 mL of 2 M NaCl with 300 mL of water: concentration?")
    assert (found.text, found.unit) == ("500", "mM")
