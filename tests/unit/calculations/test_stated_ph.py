"""A pH in a sentence."""

from __future__ import annotations

import pytest

from anymol.calculations.stated_ph import find_ph, read_ph
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("text", "ph"),
    [
        ("net charge of lysine at pH 7", 7.0),
        ("is it ionised at a pH value of 7,4?", 7.4),
        ("a buffer with pH = 5.0", 5.0),
        ("a buffer whose pH is 5.", 5.0),
        ("pH: 5, 0.1 M", 5.0),
        ("how much Tris for pH 8.0 and 50 mM in 1 L", 8.0),  # what follows is an amount, and no second pH
        ("its charge at physiological pH", 7.4),
        ("its charge at neutral pH", 7.0),
    ],
)
def test_it_is_read(text: str, ph: float) -> None:
    assert read_ph(text, "") == ph


@pytest.mark.parametrize(
    "text",
    [
        "pH of 0.1 M HCl",
        "pH 50 mM Tris",
        "pH 12.5 mM",
        "charge at pH 2-9",
        "charge at pH 2.5 to 9.5",
        "pH 5 or 6.5",
        "pHs",
    ],
)
def test_an_amount_and_a_range_are_none(text: str) -> None:
    assert not find_ph(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("at pH 5 and at pH 4", "several"),
        ("its pH", "one pH"),
        ("pH 5 and another pH", "one pH"),
        ("pH 19", "0 and 14"),
    ],
)
def test_one_is_needed(text: str, says: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=says):
        read_ph(text, "")
