"""Acids and bases by the percentage on their labels: the molarities of textbooks' tables of concentrated reagents."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.commercial_solutions import complete_labels
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("label", "molarity"),
    [
        ("37% HCl", 12.0),
        ("32% HCl", 10.2),
        ("98% sulfuric acid", 18.4),
        ("96% H2SO4", 18.0),
        ("65% HNO3", 14.4),
        ("70% nitric acid", 15.7),
        ("85% phosphoric acid", 14.7),
        ("28% ammonia", 14.8),
        ("28% NH4OH", 14.8),
        ("25% ammonia", 13.3),
        ("48% HF", 27.6),
        ("70% HClO4", 11.6),
        ("48% HBr", 8.8),
        ("57% HI", 7.6),
        ("30% H2O2", 9.8),
        ("88% formic acid", 23.0),
        ("50% NaOH", 19.1),
        ("45% KOH", 11.7),
        ("glacial acetic acid", 17.4),
        ("concentrated hydrochloric acid", 12.0),
        ("conc. HNO3", 15.7),
        ("concentrated ammonium hydroxide", 14.8),
    ],
)
def test_the_molarity_of_what_is_sold(label: str, molarity: float) -> None:
    found = calculate("dilution", text=f"What is the molarity of {label}?")
    assert found.unit == "M"
    assert float(found.text) == pytest.approx(molarity, rel=0.01)
    assert any("density" in note and "g/mL at 20" in note for note in found.notes)


def test_what_was_taken_is_said() -> None:
    found = calculate("dilution", text="How do I make 1 L of 0.1 M HCl from concentrated HCl?")
    assert float(found.text) == pytest.approx(8.3, abs=0.05)
    assert found.notes[0] == "concentrated HCl is taken as 37 %"


def test_a_density_that_is_told_is_kept() -> None:
    told = "molarity of 37% HCl, density 1.19 g/mL"
    assert complete_labels(told).text == told


@pytest.mark.parametrize(
    "text",
    [
        "molarity of 37% aqueous methylamine",  # not in the table
        "500 mL of 10% NaOH",  # a solid is weighed, grams in 100 mL
        "3% hydrogen peroxide in mol/L",  # too dilute to matter
        "molarity of 37% (w/v) HCl",
        "12 M concentrated HCl",
        "concentrated HCl (12 M)",
        "glacial phosphoric acid",
        "what is concentrated in the sample",
    ],
)
def test_what_is_not_completed(text: str) -> None:
    assert complete_labels(text).text == text
    assert complete_labels(text).notes == ()


def test_a_percentage_beyond_the_table_has_no_density() -> None:
    with pytest.raises(InvalidTaskInputError, match="needs the density"):
        calculate("dilution", text="What is the molarity of 45% HCl?")


@pytest.mark.parametrize("label", ["30% HBr", "30% HClO4", "20% HCl in dioxane", "48% HBr in acetic acid"])
def test_what_is_not_near_a_solution_that_is_listed_has_no_density(label: str) -> None:
    assert complete_labels(f"molarity of {label}").text == f"molarity of {label}"
    with pytest.raises(InvalidTaskInputError, match="needs the density"):
        calculate("dilution", text=f"What is the molarity of {label}?")


def test_the_first_listed_solution_has_its_density() -> None:
    # 1480 g/L x 0.47 / 80.91 g/mol
    assert float(calculate("dilution", text="What is the molarity of 47% HBr?").text) == pytest.approx(8.597, rel=1e-3)


def test_a_solution_in_water_keeps_its_density() -> None:
    # 1098 g/L x 0.20 / 36.46 g/mol
    found = calculate("dilution", text="What is the molarity of 20% HCl in water?")
    assert float(found.text) == pytest.approx(6.023, rel=1e-3)


@pytest.mark.parametrize(
    "question", ["What is the molarity of 137% HCl?", "mix 10 g of 150% HCl with 20 g of 10% HCl, percentage?"]
)
def test_a_percentage_above_a_hundred_is_refused(question: str) -> None:
    with pytest.raises(InvalidTaskInputError, match="at most 100"):
        calculate("dilution", text=question)


def test_moles_and_grams_in_a_volume() -> None:
    # 10 mL x 1.184 g/mL x 0.37 / 36.46 g/mol = 0.1202 mol
    assert float(calculate("stoichiometry", text="How many moles in 10 mL of 37% HCl?").text) == pytest.approx(
        0.120, abs=1e-3
    )
    grams = calculate("stoichiometry", text="How many grams of HCl are in 100 mL of concentrated hydrochloric acid?")
    assert float(grams.text) == pytest.approx(43.8, abs=0.1)


def test_two_percentages_by_weight_are_diluted_by_their_densities() -> None:
    # 500 mL x 1.047 x 0.10 = 52.4 g HCl, in 1.184 x 0.37 = 0.438 g/mL
    found = calculate("dilution", text="How much 37% HCl do I need to make 500 mL of 10% HCl?")
    assert float(found.text) == pytest.approx(119.5, abs=0.5)


@pytest.mark.parametrize(
    ("question", "calculation"),
    [
        ("What is the molarity of concentrated sulfuric acid?", "dilution"),
        ("How many moles in 10 mL of 37% HCl?", "stoichiometry"),
        ("What happens when ethanol is heated with concentrated sulfuric acid?", None),
    ],
)
def test_concentrated_acid_is_an_amount_where_amounts_are_asked(question: str, calculation: str | None) -> None:
    assert choose_text_calculation(question) == calculation
