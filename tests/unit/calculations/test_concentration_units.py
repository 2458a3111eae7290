"""Concentrations in other units, by hand: imatinib 493.62, NaCl 58.44, glucose 180.16, caffeine 194.19 g/mol."""

from __future__ import annotations

import pytest

from anymol.calculations.amount_questions import choose_amount_calculation
from anymol.calculations.calculate import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("50 ug/mL imatinib in uM", 50e-3 / 493.62 * 1e6, "µM"),
        ("50 ug/mL imatinib mesylate in uM", 50e-3 / 589.72 * 1e6, "µM"),
        ("0.9 % saline in mM", 9 / 58.44 * 1e3, "mM"),
        ("5 % dextrose in mM", 50 / 180.16 * 1e3, "mM"),
        ("90 mg/dL glucose in mM", 0.9 / 180.16 * 1e3, "mM"),
        ("5 mM glucose in mg/dL", 5e-3 * 180.16 * 100, "mg/dL"),
        ("convert 100 nM imatinib to ng/mL", 49.362, "ng/mL"),
        ("convert 2 mg/mL BSA (66.5 kDa) to uM", 2 / 66500 * 1e6, "µM"),
        ("convert 2 mg/mL BSA (66,500 g/mol) to uM".replace("BSA", "protein"), 2 / 66500 * 1e6, "µM"),
        ("1 mg/mL of a 150 kDa antibody in uM", 1 / 150e3 * 1e6, "µM"),
        ("5 mg/mL of a peptide of MW 1.2504 kDa in mM", 5 / 1250.4 * 1e3, "mM"),
        ("convert 5 mg/mL caffeine to g/L", 5.0, "g/L"),  # told as a molarity before
        ("convert 0.5 mM to uM", 500.0, "µM"),  # needs no substance
        ("1 M NaCl in % w/v", 5.844, "% w/v"),
        ("70 % v/v ethanol, density 0.789 g/mL, in M", 0.7 * 789 / 46.07, "M"),
        # An amount and the concentration that it shall have.
        ("10 mM stock in DMSO, 5 mg of a compound with MW 412.5, how much DMSO do I add", 5 / 412.5 / 0.01, "mL"),
        ("I have 5 mg of imatinib, how many uL DMSO for a 10 mM stock", 5 / 493.62 / 0.01 * 1e3, "µL"),
        ("how much water for 2 g NaCl to make 1 M", 2 / 58.44 * 1e3, "mL"),
        ("in how many mL must I dissolve 5 mg caffeine for 1 mg/mL", 5.0, "mL"),
    ],
)
def test_units(question: str, value: float, unit: str) -> None:
    assert choose_amount_calculation(question) == "dilution"
    found = calculate("dilution", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("2 mg/mL BSA in uM", "may be a protein"),
        ("37 % NaCl in M", "needs the density"),
        ("70 % v/v ethanol in M", "needs the density"),
        ("convert 1 M HCl to mM and g/L", "both asked for"),
        ("1 M NaCl in % w/w", "by weight or volume needs"),
        ("2 mg/mL in uM", "not named"),
        ("phosphate buffered saline 0.9 % in mM", "not named"),
        ("how much DMSO for 5 mg for a 10 mM stock", "not said what 5 mg is of"),
        ("how much DMSO for 5 mg and 3 mg of caffeine for a 10 mM stock", "one amount"),
        ("convert 2 mg/mL caffeine (MW 300) to mM", "weighs 194"),
    ],
)
def test_what_is_not_told_is_asked_for(question: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("dilution", text=question)


def test_a_percentage_of_no_kind_is_said_to_be_read_as_weight_in_volume() -> None:
    assert "w/v" in calculate("dilution", text="0.9 % saline in mM").notes[0]


def test_a_concentration_in_the_unit_that_is_asked_for() -> None:
    found = calculate("stoichiometry", text="concentration of 5 mg imatinib in 10 mL in mg/mL")
    assert (found.value, found.unit) == (0.5, "mg/mL")
