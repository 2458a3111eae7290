"""The law of Beer and Lambert, worked by hand: A = epsilon c l."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        (
            "A solution has absorbance 0.5 in a 1 cm cell, epsilon 10000 M-1 cm-1. What is the concentration?",
            50.0,
            "\u00b5M",
        ),
        ("Beer-Lambert: A = 0.8, c = 20 uM, l = 1 cm: extinction coefficient?", 40000.0, "L/(mol cm)"),
        # 6220 x 20e-6
        ("What is the absorbance of 20 uM NADH at 340 nm, epsilon 6220 M-1 cm-1?", 0.1244, None),
        ("A = 0.6, \u03b5 = 6220 L mol-1 cm-1, path 5 mm: concentration in mM?", 0.1929, "mM"),
        # 0.622 / 6220 = 1e-4 M; 0.3 / (15 000) = 2e-5 M
        ("absorbance 0.622, epsilon 6.22 mM-1 cm-1, 1 cm: concentration?", 100.0, "\u00b5M"),
        ("absorbance 0.3, 15 mM\u207b\u00b9cm\u207b\u00b9, 1 cm: concentration?", 20.0, "\u00b5M"),
        ("absorbance 0.36, epsilon = 18 mM^-1 cm^-1, 1 cm: concentration?", 20.0, "\u00b5M"),
        ("A = 0.622, epsilon 6.22 mM^{-1} cm^{-1}: concentration?", 100.0, "\u00b5M"),
        ("A = 0.622, epsilon 6.22 per mM per cm: concentration?", 100.0, "\u00b5M"),
        ("A = 0.622, epsilon 6220 (M cm)-1: concentration?", 100.0, "\u00b5M"),
        ("A = 0.622, epsilon 6.22/(mM cm): concentration?", 100.0, "\u00b5M"),
        # 1 / (10 000 x 0.01)
        ("absorbance 1, epsilon 10000 M-1 cm-1, path 100 \u00b5m: concentration in mM?", 10.0, "mM"),
        ("absorbance 1, epsilon 10000 M-1 cm-1, path 1 dm: concentration in \u00b5M?", 10.0, "\u00b5M"),
        ("absorbance of 20% transmittance", 0.699, None),
        ("What is the transmittance of a solution with absorbance 1?", 10.0, "%"),
        ("absorbance 0.5, epsilon 10000 M-1 cm-1, concentration 25 uM: path length?", 2.0, "cm"),
    ],
)
def test_one_from_the_others(question: str, value: float, unit: str | None) -> None:
    assert choose_text_calculation(question) == "absorbance"
    found = calculate("absorbance", text=question)
    assert (float(found.text), found.unit) == (pytest.approx(value, rel=1e-3), unit)


def test_the_path_that_is_not_told_is_said() -> None:
    found = calculate("absorbance", text="absorbance 0.5, epsilon 10000 M-1 cm-1: concentration?")
    assert found.notes == ("the path is taken as 1 cm",)


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("absorbance 0.5, absorbance 0.7, epsilon 10000 M-1 cm-1: concentration?", "are told"),
        ("absorbance of 10 uM and 20 uM dye, epsilon 5000 M-1 cm-1", "several concentrations"),
        ("epsilon 5000 M-1 cm-1, c = 10 uM, A = 0.05: what?", "not clear"),
    ],
)
def test_what_does_not_follow_is_refused(question: str, fault: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=fault):
        calculate("absorbance", text=question)


def test_a_spectrum_is_not_computed() -> None:
    assert choose_text_calculation("What is the extinction coefficient of NADH?") is None


@pytest.mark.parametrize(
    "question",
    [
        "absorbance 0.5, epsilon 0.667 mL mg-1 cm-1, 1 cm: concentration?",
        "absorbance 0.5, epsilon 0.667 (mg/mL)-1 cm-1, 1 cm: concentration?",
        "absorbance 0.5, epsilon 0.667 per percent: concentration?",
        "absorbance 0.5, epsilon 6220 cm2/mol, 1 cm: concentration?",
        "absorbance of 0.5 mg/mL BSA, epsilon 43824 M-1 cm-1: concentration?",
    ],
)
def test_what_has_another_unit_is_refused(question: str) -> None:
    with pytest.raises(InvalidTaskInputError):
        calculate("absorbance", text=question)
