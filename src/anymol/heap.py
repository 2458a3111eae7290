"""The heap of the C library, where it keeps more than programs of ours can use."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_MOST_HEAPS: Final = -8
"""What glibc calls M_ARENA_MAX."""


def share_one_heap() -> bool:
    """Let all threads that begin from now on take memory from one heap, and return whether they will.

    glibc gives each thread a heap of its own, and what is freed in one serves no other: a batch of retrosynthesis held
    130 MB more for it, and was no faster. Only a program may choose so for its process, not a library.
    """
    if sys.platform != "linux":
        return False
    choose = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has none
    return choose is not None and bool(choose(_MOST_HEAPS, 1))
