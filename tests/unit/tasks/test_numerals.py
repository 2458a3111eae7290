"""Numbers in words."""

from __future__ import annotations

from anymol.tasks.numerals import NUMERALS


def test_numbers_from_zero_to_ninety_nine() -> None:
    assert sorted(NUMERALS.values()) == list(range(100))
    assert (NUMERALS["zero"], NUMERALS["twelve"], NUMERALS["forty"], NUMERALS["twenty-one"]) == (0, 12, 40, 21)
