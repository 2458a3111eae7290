"""Numbers in English words."""

from __future__ import annotations

from typing import Final

_TO_NINETEEN: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

NUMERALS: Final[dict[str, int]] = {
    **{word: number for number, word in enumerate(_TO_NINETEEN)},
    **{word: 10 * tens for tens, word in enumerate(_TENS, 2)},
    **{f"{word}-{_TO_NINETEEN[unit]}": 10 * tens + unit for tens, word in enumerate(_TENS, 2) for unit in range(1, 10)},
}
"""Words for 0 to 99, lower case, with their numbers."""
