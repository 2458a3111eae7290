"""Combustion analysis: the formula of a sample from the carbon dioxide, water and nitrogen that it burns to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from anymol.calculations.elements import TABLE
from anymol.calculations.quantities import Dimension, Quantity, find_quantities, write
from anymol.errors import InvalidTaskInputError, UserError

_PRODUCTS: Final = (
    ("C", 1, 44.009, r"(?:CO2|CO\u2082|carbon dioxide)"),
    ("H", 2, 18.015, r"(?:H2O|H\u2082O|water)"),
    ("N", 2, 28.014, r"(?:N2|N\u2082|nitrogen(?: gas)?)"),
    ("S", 1, 64.063, r"(?:SO2|SO\u2082|sulfur dioxide|sulphur dioxide)"),
)
"""Element, how many of it a product holds, the product's molar mass, g/mol, and its names."""
_BURNS: Final = re.compile(r"\b(?:combust\w*|burn\w*|oxidi[sz]ed completely)\b", re.IGNORECASE)
_FORMULA: Final = re.compile(r"\b(?:empirical|molecular|simplest|chemical)?\s*formula\b|\bempirical\b", re.IGNORECASE)
_HYDROCARBON: Final = re.compile(r"\bhydrocarbon\b", re.IGNORECASE)
_ONLY: Final = re.compile(
    r"\b(?:contain\w*|consist\w*|made|composed)(?:\s+\w+){0,3}?\s+(?P<elements>(?:(?:only|of|just)\s+)*"
    r"(?:(?:carbon|hydrogen|oxygen|nitrogen|sulfur|sulphur|C|H|N|O|S)(?:\s*,?\s*(?:and\s+)?|\b))+)",
    re.IGNORECASE,
)
_SLACK: Final = 0.015
"""Share of a sample that may be missing without being oxygen, or be found too much: an error of weighing."""
_OXYGEN: Final = 15.999


def asks_about_combustion(question: str) -> bool:
    """Whether a question asks for the formula of what was burnt.

    >>> asks_about_combustion("Combustion of 1.00 g gave 3.14 g CO2 and 1.29 g H2O. Empirical formula?")
    True
    >>> asks_about_combustion("How much CO2 does the combustion of 1 g methane give?")
    False
    """
    return bool(_BURNS.search(question) and _FORMULA.search(question) and len(_find_products(question)) > 1)


@dataclass(frozen=True)
class Burnt:
    """What a combustion analysis says.

    Attributes:
        shares: Percentage by mass of each element.
        notes: How it follows.
    """

    shares: dict[str, float]
    notes: tuple[str, ...]


def read_combustion(text: str) -> Burnt:
    """Return what a sample consists of; what carbon, hydrogen and the like leave of its mass is oxygen.

    Args:
        text: The question.

    Raises:
        InvalidTaskInputError: The mass of the sample is not told, or its elements weigh more than it.
    """
    products = _find_products(text)
    sample = _find_sample(text, [quantity for _, quantity in products.values()])
    masses: dict[str, float] = {}
    notes: list[str] = []
    for symbol, (number, quantity) in products.items():
        moles = number * _count_moles(symbol, quantity)
        masses[symbol] = moles * float(TABLE.GetAtomicWeight(symbol))
        notes.append(
            f"{quantity.written}: {write(moles, Dimension.AMOUNT)} {symbol}, {write(masses[symbol], Dimension.MASS)}"
        )
    found = sum(masses.values())
    told_elements = _read_elements(text)
    if sample is None:
        if not _is_without_oxygen(text, told_elements):
            raise InvalidTaskInputError(
                "the mass of the sample is not told, and with it not how much oxygen it holds", value=text, hint=_HINT
            )
        return Burnt({symbol: 100.0 * mass / found for symbol, mass in masses.items()}, tuple(notes))
    left = sample.value - found
    if left < -_SLACK * sample.value:
        raise InvalidTaskInputError(
            f"the elements found weigh {write(found, Dimension.MASS)}, more than the sample", value=text, hint=_HINT
        )
    if left > _SLACK * sample.value:
        if _is_without_oxygen(text, told_elements):
            raise InvalidTaskInputError(
                f"{write(left, Dimension.MASS)} of the sample is none of the elements that it shall consist of",
                value=text,
                hint=_HINT,
            )
        masses["O"] = left
        notes.append(f"the rest, {write(left, Dimension.MASS)}, is oxygen: {write(left / _OXYGEN, Dimension.AMOUNT)}")
    whole = sum(masses.values())
    return Burnt({symbol: 100.0 * mass / whole for symbol, mass in masses.items()}, tuple(notes))


def _count_moles(symbol: str, quantity: Quantity) -> float:
    (mass,) = (weight for element, _, weight, _ in _PRODUCTS if element == symbol)
    return quantity.value if quantity.dimension is Dimension.AMOUNT else quantity.value / mass


def _find_products(text: str) -> dict[str, tuple[int, Quantity]]:
    """Return the element of each product that is told, how many of it the product holds, and its amount."""
    found: dict[str, tuple[int, Quantity]] = {}
    try:
        quantities = [one for one in find_quantities(text) if one.dimension in (Dimension.MASS, Dimension.AMOUNT)]
    except UserError:
        return {}
    for symbol, number, _, names in _PRODUCTS:
        for quantity in quantities:
            behind = re.match(rf"\s*(?:of\s+)?{names}(?!\w)", text[quantity.end :], re.IGNORECASE)
            before = re.search(rf"(?<!\w){names}\s*(?:is|was|weighs|weighed|:|=|\()?\s*$", text[: quantity.start], re.I)
            if behind is not None or before is not None:
                found.setdefault(symbol, (number, quantity))
    return found


def _find_sample(text: str, products: Sequence[Quantity]) -> Quantity | None:
    """Return the mass that was burnt.

    Raises:
        InvalidTaskInputError: Several masses may be it.
    """
    masses = [one for one in find_quantities(text) if one.dimension is Dimension.MASS and one not in products]
    masses = [one for one in masses if not re.match(r"\s*(?:/|per )", text[one.end :])]
    if len(masses) > 1:
        raise InvalidTaskInputError("several masses may be that of the sample", value=text, hint=_HINT)
    return masses[0] if masses else None


def _read_elements(text: str) -> frozenset[str]:
    """Return the elements that a sample is said to consist of; none where that is not said."""
    match = _ONLY.search(text)
    if match is None:
        return frozenset()
    words = {"carbon": "C", "hydrogen": "H", "oxygen": "O", "nitrogen": "N", "sulfur": "S", "sulphur": "S"}
    named = re.findall(r"carbon|hydrogen|oxygen|nitrogen|sulfur|sulphur|\b[CHNOS]\b", match["elements"], re.IGNORECASE)
    return frozenset(words.get(one.lower(), one.upper()) for one in named)


def _is_without_oxygen(text: str, elements: frozenset[str]) -> bool:
    return _HYDROCARBON.search(text) is not None or (len(elements) > 1 and "O" not in elements)


_HINT: Final = "for example: Combustion of 1.00 g gave 1.47 g CO2 and 0.60 g H2O: which empirical formula?"
