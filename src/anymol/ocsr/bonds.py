"""What a drawing may show between two atoms."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class BondMark(IntEnum):
    """The mark between a first and a second atom; the numbers are the network's outputs."""

    NONE = 0
    SINGLE = 1
    DOUBLE = 2
    TRIPLE = 3
    WEDGE = 4
    """A wedge, narrow at the first atom."""
    WEDGE_BACK = 5
    """A wedge, narrow at the second atom."""
    HASH = 6
    """Hashes, narrow at the first atom."""
    HASH_BACK = 7
    """Hashes, narrow at the second atom."""


REVERSED: Final = (
    BondMark.NONE,
    BondMark.SINGLE,
    BondMark.DOUBLE,
    BondMark.TRIPLE,
    BondMark.WEDGE_BACK,
    BondMark.WEDGE,
    BondMark.HASH_BACK,
    BondMark.HASH,
)
"""What each mark is when its atoms are named in the other order."""
