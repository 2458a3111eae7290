"""Amounts and units as people write them."""

from __future__ import annotations

import pytest

from anymol.calculations.quantities import Dimension, find_quantities, find_unit, read_number, scale, write
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("2.5 mmol", 2.5e-3, Dimension.AMOUNT),
        ("500 mg", 0.5, Dimension.MASS),
        ("5 µg", 5e-6, Dimension.MASS),
        ("5 μg", 5e-6, Dimension.MASS),
        ("1 kg", 1000.0, Dimension.MASS),
        ("100-mL", 0.1, Dimension.VOLUME),
        ("250ml", 0.25, Dimension.VOLUME),
        ("3 cm3", 3e-3, Dimension.VOLUME),
        ("150mM", 0.15, Dimension.MOLARITY),
        ("0.1 mol/L", 0.1, Dimension.MOLARITY),
        ("2 mol/dm3", 2.0, Dimension.MOLARITY),
        ("1.18 g/mL", 1180.0, Dimension.DENSITY),
        ("5 mg/mL", 5.0, Dimension.DENSITY),
        ("37%", 37.0, Dimension.PERCENT),
        ("10 ppm", 10.0, Dimension.RATIO),
        ("1.2 equiv.", 1.2, Dimension.EQUIVALENTS),
        ("5 mol%", 5.0, Dimension.MOL_PERCENT),
        ("3e-3 mol", 3e-3, Dimension.AMOUNT),
        ("6.022 x 10^23 molecules", 6.022e23, Dimension.PARTICLES),
        ("6.022×10²³ molecules", 6.022e23, Dimension.PARTICLES),
        ("1,000 mg", 1.0, Dimension.MASS),
        ("1,5 g", 1.5, Dimension.MASS),
        ("0,125 L", 0.125, Dimension.VOLUME),
        ("2 grams", 2.0, Dimension.MASS),
        ("3 millimoles", 3e-3, Dimension.AMOUNT),
    ],
)
def test_one_quantity(text: str, value: float, dimension: Dimension) -> None:
    (found,) = find_quantities(text)
    assert found.value == pytest.approx(value, rel=1e-12) and found.dimension is dimension
    assert found.written == text.strip()


@pytest.mark.parametrize(
    "text", ["2-chloropyridine", "pH 7", "3 L/min", "4-methyl", "C6H12O6", "version 2.5", "M", "10 minutes"]
)
def test_what_is_no_quantity(text: str) -> None:
    assert find_quantities(text) == []


@pytest.mark.parametrize("text", ["5 Mg of salt", "1 N HCl", "3 ML", "2 m solution", "1 oz"])
def test_wrong_units_are_refused_with_what_is_right(text: str) -> None:
    with pytest.raises(UserError, match="not a unit here") as caught:
        find_quantities(text)
    assert caught.value.hint


def test_case_tells_millimolar_from_millimetres() -> None:
    assert find_quantities("5 mM")[0].dimension is Dimension.MOLARITY
    with pytest.raises(UserError):
        find_quantities("5 mm")


def test_kinds_of_percent() -> None:
    assert [one.kind for one in find_quantities("0.9 % (w/v), 70% v/v, 5 % w/w, 3 % by weight, 2 %")] == [
        "w/v", "v/v", "w/w", "w/w", "",
    ]  # fmt: skip


def test_numbers() -> None:
    assert read_number("1,234,567.8") == 1234567.8 and read_number("12,34") == 12.34
    assert read_number("6.022", "23") == pytest.approx(6.022e23)


@pytest.mark.parametrize("text", ["1e999 mol", "5e400 g", "1e-999 M", "9" * 400 + " g"])
def test_numbers_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="out of range"):
        find_quantities(text)


def test_values_are_written_in_the_unit_that_reads_best() -> None:
    assert write(0.0025, Dimension.AMOUNT) == "2.5 mmol"
    assert write(0.0416667, Dimension.VOLUME) == "41.67 mL"
    assert write(1500.0, Dimension.MASS) == "1.5 kg"
    assert scale(0.0025, Dimension.AMOUNT, "mol") == ("0.0025", "mol")
    assert find_unit("How many milligrams is that?", Dimension.MASS) == "mg"
    assert find_unit("How many mL?", Dimension.VOLUME) == "mL"
    assert find_unit("How many?", Dimension.MASS) is None
