"""The elements, and molecular formulas as people and programs write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from rdkit import Chem

from anymol.errors import UserError

ELEMENTS: Final = frozenset(Chem.GetPeriodicTable().GetElementSymbol(number) for number in range(1, 119))
"""Symbols of all elements."""

_PIECE = re.compile(r"([A-Z][a-z]?|\[\d+[A-Z][a-z]?\])(\d*)")
_PLAIN = re.compile(r"(?:[A-Z][a-z]?\d*)+")


def parse_formula(text: str) -> Counter[str]:
    """Return the number of atoms of each element of a formula that a person wrote.

    Raises:
        UserError: It is not a plain formula: brackets, charges, dots or unknown elements.

    >>> sorted(parse_formula("CH3COOH").items())
    [('C', 2), ('H', 4), ('O', 2)]
    """
    compact = "".join(text.split())
    if not _PLAIN.fullmatch(compact):
        raise UserError("this is not a molecular formula", value=text, hint="write elements and counts, as C9H8O4")
    counts = count_formula(compact)
    if strange := sorted(set(counts) - ELEMENTS):
        raise UserError(f"'{strange[0]}' is not an element", value=text, hint="write elements and counts, as C9H8O4")
    return counts


def count_formula(text: str) -> Counter[str]:
    """Return the number of atoms of each element of a formula that a program wrote; its charge is passed over.

    An isotope in brackets counts by itself, as in ``[2H]``.

    >>> sorted(count_formula("C2H5[2H]O-").items())
    [('C', 2), ('H', 5), ('O', 1), ('[2H]', 1)]
    """
    counts: Counter[str] = Counter()
    for symbol, number in _PIECE.findall(text):
        counts[symbol] += int(number or 1)
    return counts


def weigh_formula(counts: Mapping[str, int]) -> float:
    """Return the average molar mass of a formula, g/mol: all that its weight needs.

    >>> round(weigh_formula(parse_formula("C6H12O6")), 2)
    180.16
    """
    table = Chem.GetPeriodicTable()
    return float(sum(table.GetAtomicWeight(symbol) * count for symbol, count in counts.items()))


def weigh_isotopes(counts: Mapping[str, int]) -> float:
    """Return the mass (Da) of a formula of the most abundant isotope of each element, and of the isotopes it names.

    >>> round(weigh_isotopes(parse_formula("C8H10N4O2")), 4)
    194.0804
    """
    return sum(weigh_isotope(symbol) * count for symbol, count in counts.items())


def weigh_isotope(symbol: str) -> float:
    """Return the mass (Da) of an isotope, ``[13C]``, or of the most abundant one of an element, ``C``."""
    table = Chem.GetPeriodicTable()
    if not symbol.startswith("["):
        return float(table.GetMostCommonIsotopeMass(symbol))
    element = symbol.strip("[]").lstrip("0123456789")
    return float(table.GetMassForIsotope(element, int(symbol.strip("[]").removesuffix(element))))


def write_formula(counts: Mapping[str, int], charge: int = 0) -> str:
    """Return a formula in Hill order (carbon, hydrogen, then the alphabet; without carbon the alphabet alone).

    Isotopes, as ``[13C]``, D and T, stand behind their element.

    >>> write_formula({"O": 4, "C": 9, "H": 8}), write_formula({"S": 1, "O": 4}, charge=-2)
    ('C9H8O4', 'O4S-2')
    >>> write_formula({"Cl": 3, "C": 1, "D": 1}), write_formula({"O": 2, "H": 2, "Ca": 1})
    ('CDCl3', 'CaH2O2')
    """
    first = ("C", "H") if any(count and _find_element(symbol) == "C" for symbol, count in counts.items()) else ()

    def place(symbol: str) -> tuple[int, str, str]:
        element = _find_element(symbol)
        return (first.index(element) if element in first else len(first), element, symbol if symbol != element else "")

    ordered = sorted(counts, key=place)
    sign = "+" if charge > 0 else "-" if charge else ""
    atoms = "".join(f"{symbol}{_number(counts[symbol])}" for symbol in ordered if counts.get(symbol))
    return f"{atoms}{sign}{_number(abs(charge))}"


def _find_element(symbol: str) -> str:
    """Return the element of an isotope: ``[13C]`` is C, D is H."""
    return "H" if symbol in ("D", "T") else symbol.strip("[]").lstrip("0123456789")


def _number(count: int) -> str:
    return str(count) if count > 1 else ""
