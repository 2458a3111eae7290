"""Molecular formulas as people write them."""

from __future__ import annotations

import re

from rdkit import Chem

from anymol.errors import UserError

_PIECE = re.compile(r"([A-Z][a-z]?)(\d*)")
_WHOLE = re.compile(rf"(?:{_PIECE.pattern})+")


def parse_formula(text: str) -> dict[str, int]:
    """Return the number of atoms of each element.

    Raises:
        UserError: It is no plain formula: brackets, charges, dots or unknown elements.

    >>> parse_formula("CH3COOH")
    {'C': 2, 'H': 4, 'O': 2}
    """
    compact = "".join(text.split())
    if not _WHOLE.fullmatch(compact):
        raise UserError("this is no molecular formula", value=text, hint="write elements and counts, as C9H8O4")
    counts: dict[str, int] = {}
    for element, number in _PIECE.findall(compact):
        if element not in _SYMBOLS:
            raise UserError(f"'{element}' is no element", value=text, hint="write elements and counts, as C9H8O4")
        counts[element] = counts.get(element, 0) + int(number or 1)
    return counts


def write_hill(counts: dict[str, int]) -> str:
    """Return a formula in Hill order: carbon, hydrogen, then the alphabet.

    >>> write_hill({"O": 4, "C": 9, "H": 8})
    'C9H8O4'
    """
    first = [element for element in ("C", "H") if "C" in counts and element in counts]
    order = [*first, *sorted(set(counts) - set(first))]
    return "".join(f"{element}{counts[element] if counts[element] > 1 else ''}" for element in order)


_SYMBOLS = frozenset(Chem.GetPeriodicTable().GetElementSymbol(number) for number in range(1, 119))
