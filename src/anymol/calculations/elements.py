"""The elements by name, and what they weigh."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from rdkit import Chem

TABLE: Final = Chem.GetPeriodicTable()
"""RDKit's periodic table: atomic weights, isotopes with mass (Da) and abundance."""

_OTHER_NAMES: Final = {"aluminum": "Al", "caesium": "Cs", "cesium": "Cs", "sulphur": "S", "aluminium": "Al"}

ELEMENTS: Final = {TABLE.GetElementName(number).lower(): TABLE.GetElementSymbol(number) for number in range(1, 119)} | (
    _OTHER_NAMES
)
"""Name of an element, in lower case -> symbol."""

ELEMENT_WORDS: Final = "|".join(sorted({*ELEMENTS, *ELEMENTS.values()}, key=len, reverse=True))
"""Names and symbols of the elements, the longest first, for a regular expression."""

HALOGENS: Final = ("F", "Cl", "Br", "I")


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(sorted(ELEMENTS, key=len, reverse=True))})s?\b", re.IGNORECASE)


def find_elements(text: str) -> tuple[str, ...]:
    """Return the symbols of the elements that a text names, in its order, each once.

    >>> find_elements("How many carbons and nitrogen atoms?")
    ('C', 'N')
    """
    return tuple(dict.fromkeys(ELEMENTS[name.lower()] for name in _pattern().findall(text)))


def name_element(symbol: str) -> str:
    """Return the name of an element in lower case."""
    return str(TABLE.GetElementName(TABLE.GetAtomicNumber(symbol))).lower()


def order_elements(counts: Mapping[str, float]) -> list[str]:
    """Return the symbols in Hill order: carbon and hydrogen first where there is carbon, then the alphabet."""
    first = [symbol for symbol in ("C", "H") if counts.get("C") and counts.get(symbol)]
    return [*first, *sorted(set(counts) - set(first))]
