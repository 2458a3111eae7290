"""Factors of dilutions, and of several that follow one another."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.dilution_factors import read_factor
from anymol.calculations.quantities import find_quantities
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("1:10 dilution of 5 mM ATP", (10,)),
        ("dilute 1 in 20", (20,)),
        ("1:1,000 dilution", (1000,)),
        ("1+9 dilution of 100 mM", (10,)),  # one part and nine parts
        ("a tenfold dilution", (10,)),
        ("dilute 1 mM 5 times", (5,)),
        ("10x to 1x", (10,)),
        ("Make 500 mL of 1x from 10x stock", (10,)),
        ("5x buffer down to 2x", (2.5,)),
        ("1:10 dilution then 1:5 of a 100 mM stock", (10, 5)),
        ("1:2 dilution of 10 mM followed by another 1:2", (2, 2)),
        ("three successive 1:10 dilutions of 5 mM", (10, 10, 10)),
        ("two 10-fold dilutions of 1 M", (10, 10)),
        ("serial 1:4 dilution five times", (4,) * 5),
        ("dilute 1:10 twice", (10, 10)),
        ("a 1:100 dilution of 5 mM, repeated 3 times", (100, 100, 100)),
        ("after the third 1:10 dilution", (10, 10, 10)),
    ],
)
def test_steps(text: str, steps: tuple[float, ...]) -> None:
    found = read_factor(text, find_quantities(text))
    assert found is not None and found.steps == pytest.approx(steps)


@pytest.mark.parametrize("text", ["dilute 10 mL of 5 M to 1 M", "what is 1/2 L of water", "0.1:5", "C10 x C2"])
def test_no_factor(text: str) -> None:
    assert read_factor(text, find_quantities(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "1:10 and 1:5 dilutions of 100 mM",  # two answers
        "serial 1:10 dilution of 5 mM",  # how often
        "three 1:10 dilutions repeated 4 times",
        "tube 5 of a 1:10 dilution",
        "1:10 dilution of a 10x buffer",
        "three 1:10 dilutions then 1:5",
    ],
)
def test_what_leaves_the_steps_open_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not clear"):
        read_factor(text, find_quantities(text))


def test_concentrations_after_and_before() -> None:
    after = calculate("dilution", text="1:10 dilution then 1:5 of a 100 mM stock, final?")
    assert (after.value, after.unit) == (2.0, "mM")
    assert "10 x 5 = 50 altogether" in after.notes
    before = calculate("dilution", text="after a 1:10 dilution it is 5 mM, what was the original concentration")
    assert (before.value, before.unit) == (50.0, "mM")
    with pytest.raises(UserError, match="each step"):
        calculate("dilution", text="two 1:10 dilutions of 5 mL of 1 M")
