"""A split for sets that come without one."""

from __future__ import annotations

import hashlib
from typing import Final

_MODULUS: Final = 20
"""One key in so many is val, another one is test."""


def assign_hashed_split(key: str, salt: str) -> str:
    """Return the split that follows from a hash of a key.

    A molecule that is written in two ways has two keys. The builder refuses in training what it evaluates, by
    connectivity, so that such a molecule costs rows and leaks nothing.

    Args:
        key: What is split: a molecule or a product, as the set writes it.
        salt: Name of the set.
    """
    remainder = int.from_bytes(hashlib.sha256(f"anymol-{salt}-v1:{key}".encode()).digest()[:8], "big") % _MODULUS
    return {0: "val", 1: "test"}.get(remainder, "train")
