"""Electrons of free atoms and ions in their ground state, shell by shell."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from anymol.errors import UserError

_SUBSHELLS: Final = tuple((n, angular) for n in range(1, 8) for angular in range(min(n, 4)))
_ORDER: Final = tuple(sorted(_SUBSHELLS, key=lambda one: (sum(one), one)))
"""Subshells as they are filled: by n + l, then by n (Madelung's rule)."""
_LETTERS: Final = "spdf"
_NOBLE: Final = ((86, "Rn"), (54, "Xe"), (36, "Kr"), (18, "Ar"), (10, "Ne"), (2, "He"))
_EXCEPTIONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        24: "3d5 4s1", 29: "3d10 4s1", 41: "4d4 5s1", 42: "4d5 5s1", 44: "4d7 5s1", 45: "4d8 5s1", 46: "4d10",
        47: "4d10 5s1", 57: "5d1 6s2", 58: "4f1 5d1 6s2", 64: "4f7 5d1 6s2", 78: "4f14 5d9 6s1", 79: "4f14 5d10 6s1",
        89: "6d1 7s2", 90: "6d2 7s2", 91: "5f2 6d1 7s2", 92: "5f3 6d1 7s2", 93: "5f4 6d1 7s2", 96: "5f7 6d1 7s2",
        103: "5f14 7s2 7p1",
    }
)  # fmt: skip
"""Atoms that fill their subshells otherwise (NIST), behind the noble gas."""


def write_configuration(number: int, charge: int = 0) -> str:
    """Return the configuration of an atom or ion, behind the noble gas before it.

    A cation has lost the electrons outside the noble gas of the largest n first, of these those of the largest l; an
    anion has gained them as the next atom has them. Singly charged ions of most d and f elements do not follow that.

    Args:
        number: Atomic number, 1 to 118.
        charge: Elementary charges.

    Raises:
        UserError: There are fewer than no electrons, or more than are known, or the ion follows no rule.

    >>> write_configuration(26), write_configuration(26, 3), write_configuration(17, -1)
    ('[Ar] 3d6 4s2', '[Ar] 3d5', '[Ar]')
    """
    electrons = number - charge
    if not 0 <= electrons <= 118 or not 1 <= number <= 118:
        raise UserError("there is no such ion", value=f"{number}, charge {charge:+d}", hint="give a charge it can have")
    filled = _fill(number if charge > 0 else electrons)
    core = next((_fill(count) for count, _ in _NOBLE if count < number), {})
    if (
        charge == 1
        and any(angular >= 2 for n, angular in filled.keys() - core.keys())
        and not _is_post_transition(filled)
    ):
        raise UserError(
            "singly charged ions of transition elements follow no simple rule",
            value=f"{number}, charge {charge:+d}",
            hint="ask of the atom, or of the ion of a higher charge",
        )
    for _ in range(max(charge, 0)):
        outermost = max(filled.keys() - core.keys(), default=None) or max(filled)
        filled[outermost] -= 1
        if not filled[outermost]:
            del filled[outermost]
    return _write(filled) or "no electrons"


def _is_post_transition(filled: Mapping[tuple[int, int], int]) -> bool:
    """Whether d and f subshells are full or half full, and an s or p electron leaves."""
    inner = {count for (_, angular), count in filled.items() if angular >= 2}
    return inner <= {5, 7, 10, 14} and max(filled)[1] < 2


def _fill(electrons: int) -> dict[tuple[int, int], int]:
    """Return the number of electrons of each subshell (n, l) of a neutral atom."""
    core = next((count for count, _ in _NOBLE if count < electrons), 0)
    if electrons in _EXCEPTIONS:
        outer = {(int(one[0]), _LETTERS.index(one[1])): int(one[2:]) for one in _EXCEPTIONS[electrons].split()}
        return _fill(core) | outer
    filled: dict[tuple[int, int], int] = {}
    for subshell in _ORDER:
        taken = min(4 * subshell[1] + 2, electrons)
        if taken:
            filled[subshell] = taken
            electrons -= taken
    return filled


def _write(filled: Mapping[tuple[int, int], int]) -> str:
    for count, gas in _NOBLE:
        core = _fill(count)
        if all(filled.get(subshell) == number for subshell, number in core.items()):
            outer = {subshell: number for subshell, number in filled.items() if subshell not in core}
            if outer or sum(filled.values()) == count:
                return " ".join([f"[{gas}]", *_list(outer)])
    return " ".join(_list(filled))


def _list(filled: Mapping[tuple[int, int], int]) -> list[str]:
    return [f"{n}{_LETTERS[angular]}{count}" for (n, angular), count in sorted(filled.items())]
