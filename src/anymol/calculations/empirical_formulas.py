"""Composition backwards: formulas from percentages by mass or a combustion, and from an empirical one with a mass."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from math import gcd
from typing import Final

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.combustion import asks_about_combustion, read_combustion
from anymol.calculations.elements import ELEMENT_WORDS, ELEMENTS, HALOGENS, TABLE, order_elements
from anymol.calculations.formulas import read_formula
from anymol.calculations.stated_masses import find_stated_masses
from anymol.chem.formula import write_formula
from anymol.errors import InvalidTaskInputError, UserError

_NUMBER: Final = r"(?:\d+(?:[.,]\d+)?|\.\d+)"
_SHARE: Final = re.compile(
    rf"(?<![\w.,])(?P<before>{_NUMBER})\s*(?:wt\.?\s*)?(?:%|percent)\s*(?:by (?:mass|weight)\s*)?(?:of\s+|is\s+)?"
    rf"(?P<behind>{ELEMENT_WORDS})\b|(?<![\w])(?P<front>{ELEMENT_WORDS})\s*(?:is|=|:|,)?\s*"
    rf"(?P<after>{_NUMBER})(?![.,]?\d)\s*(?:%|percent|(?=[,;:.?]|and\b|$))",
    re.IGNORECASE,
)
"""A percentage of an element: '40.0% C', 'C 40.00', 'carbon: 40.0 %'."""
_REST: Final = re.compile(
    r"\b(?:and )?(?:the )?(?:rest|remainder|balance)\s*(?:(?:of it )?(?:is|being)|:|=)?\s*"
    rf"(?P<element>{ELEMENT_WORDS})\b",
    re.IGNORECASE,
)
_EMPIRICAL: Final = re.compile(
    r"\bempirical(?: formula)?\s*(?:is|=|:|of)?\s*(?P<formula>(?-i:[A-Z])[A-Za-z0-9]*)(?![\w%])", re.IGNORECASE
)
_ASKS: Final = re.compile(r"\b(?:empirical|molecular|simplest|chemical)?\s*formula\b|\bempirical\b", re.IGNORECASE)
_OTHER: Final = re.compile(r"\b(?:CO2|H2O|combust\w*|burn\w*|m/z|exact mass|monoisotopic)\b")
_MOST_MULTIPLE: Final = 12
"""Most atoms of the rarest element in an empirical formula that is looked for."""
_MOST_ATOMS: Final = 60
_LEAST_SUM: Final = 98.5
_MOST_SUM: Final = 101.5
_FIT: Final = 0.4
"""Percentage points by which a share may differ from the formula's: what elemental analysis is held to."""


def asks_for_empirical_formula(question: str) -> bool:
    """Whether a question asks for a formula from percentages, or from an empirical formula.

    >>> asks_for_empirical_formula("40.0% C, 6.7% H, 53.3% O empirical formula?")
    True
    >>> asks_for_empirical_formula("empirical formula of glucose")
    False
    """
    if asks_about_combustion(question):
        return True
    if not _ASKS.search(question):
        return False
    return len(list(_SHARE.finditer(question))) > 1 or _find_empirical(question) is not None


def _find_empirical(text: str) -> Counter[str] | None:
    """Return the empirical formula that a text states beside a molar mass; None where it states none."""
    match = _EMPIRICAL.search(text)
    if match is None or not find_stated_masses(text):
        return None
    try:
        return read_formula(match["formula"])[0].counts
    except UserError:
        return None


def read_shares(text: str) -> dict[str, float]:
    """Return the percentage by mass of each element that a text tells; 'the rest is oxygen' completes them.

    Raises:
        InvalidTaskInputError: An element is told twice, or they do not add up to 100 %.

    >>> read_shares("40.0% C, 6.7% H and the rest is oxygen")
    {'C': 40.0, 'H': 6.7, 'O': 53.3}
    """
    shares: dict[str, float] = {}
    for match in _SHARE.finditer(text):
        symbol = _read_symbol(match["behind"] or match["front"])
        if symbol in shares:
            raise InvalidTaskInputError(f"{symbol} is told twice", value=text, hint=_HINT)
        shares[symbol] = float((match["before"] or match["after"]).replace(",", "."))
    rest = _REST.search(text)
    if rest is not None:
        symbol = _read_symbol(rest["element"])
        if symbol in shares:
            raise InvalidTaskInputError(f"{symbol} is told twice", value=text, hint=_HINT)
        shares[symbol] = round(100.0 - sum(shares.values()), 4)
    total = sum(shares.values())
    if not _LEAST_SUM <= total <= _MOST_SUM or min(shares.values(), default=0.0) <= 0.0:
        raise InvalidTaskInputError(
            f"the percentages add up to {total:g} %, and not to 100 %",
            value=text,
            hint="tell every element; or: the rest is O",
        )
    return shares


def _read_symbol(written: str) -> str:
    return ELEMENTS.get(written.lower(), written[0].upper() + written[1:].lower())


def fit_formula(shares: dict[str, float]) -> Counter[str]:
    """Return the formula of smallest whole numbers that has the given percentages by mass.

    Raises:
        UserError: None has them.

    >>> sorted(fit_formula({"C": 40.0, "H": 6.7, "O": 53.3}).items())
    [('C', 1), ('H', 2), ('O', 1)]
    """
    total = sum(shares.values())
    moles = {symbol: share / float(TABLE.GetAtomicWeight(symbol)) for symbol, share in shares.items()}
    least = min(moles.values())
    for multiple in range(1, _MOST_MULTIPLE + 1):
        counts = Counter({symbol: round(amount / least * multiple) for symbol, amount in moles.items()})
        if counts.total() > _MOST_ATOMS:
            break
        if _measure_error(counts, shares, total) <= _tolerate(multiple):
            _require_hydrogens(counts)
            return counts
    raise UserError(
        "no formula of small whole numbers has these percentages",
        value=", ".join(f"{symbol} {share:g} %" for symbol, share in shares.items()),
        hint="check them; every element must be told",
    )


def _require_hydrogens(counts: Counter[str]) -> None:
    """Refuse a compound of carbon with more hydrogens than it can bear.

    Raises:
        UserError: It has more.
    """
    others = sum(count for symbol, count in counts.items() if symbol not in ("C", "H", "N", "P", "O", "S", *HALOGENS))
    if counts["C"] and counts["H"] > 2 * counts["C"] + 3 * (counts["N"] + counts["P"]) + 4 * others + 3:
        raise UserError(
            f"{write_formula(counts)} has more hydrogens than it can bear",
            value=write_formula(counts),
            hint="check them",
        )


def scale_formula(shares: dict[str, float], mass: float) -> Counter[str]:
    """Return the formula that has the given percentages and the given molar mass, g/mol.

    Raises:
        UserError: None has both.
    """
    total = sum(shares.values())
    counts = Counter(
        {symbol: round(mass * share / total / float(TABLE.GetAtomicWeight(symbol))) for symbol, share in shares.items()}
    )
    if min(counts.values()) < 1 or _measure_error(counts, shares, total) > _FIT:
        raise UserError(
            f"no formula of {mass:g} g/mol has these percentages",
            value=", ".join(f"{symbol} {share:g} %" for symbol, share in shares.items()),
            hint="check the molar mass and the percentages",
        )
    _require_hydrogens(counts)
    return counts


def _tolerate(multiple: int) -> float:
    """Return how far off a share may be, percentage points: more atoms fit anything, and must fit better."""
    return _FIT if multiple == 1 else min(_FIT, 0.6 / multiple)


def _measure_error(counts: Counter[str], shares: dict[str, float], total: float) -> float:
    """Return the greatest difference of a share, percentage points."""
    weights = {symbol: count * float(TABLE.GetAtomicWeight(symbol)) for symbol, count in counts.items()}
    whole = sum(weights.values())
    return max(abs(100.0 * weights[symbol] / whole - 100.0 * share / total) for symbol, share in shares.items())


def _empirical_formula(asked: Inquiry) -> Result:
    text = asked.text
    if asks_about_combustion(text):
        return _burn(text)
    if _OTHER.search(text):
        raise InvalidTaskInputError("formulas follow from percentages by mass here", value=text, hint=_HINT)
    masses, stated = find_stated_masses(text), _find_empirical(text)
    if len(masses) > 1:
        raise InvalidTaskInputError("several molar masses are stated", value=text, hint="state one")
    if masses:
        counts = scale_formula(read_shares(text), masses[0]) if stated is None else _multiply(stated, masses[0], text)
        return _tell_molecular(counts, masses[0], text)
    empirical = fit_formula(read_shares(text))
    written = write_formula(empirical)
    if re.search(r"\bmolecular formula\b", text, re.IGNORECASE):
        raise InvalidTaskInputError(
            "percentages fix the proportions alone", value=text, hint=f"{written} or a multiple: state the molar mass"
        )
    notes = ("the molecular formula is this or a multiple; with the molar mass it can be told",)
    return Result(written, written, f"The empirical formula is {written}.", parts=_list_parts(empirical), notes=notes)


def _burn(text: str) -> Result:
    """Return the formula of what was burnt: the empirical one, and with a molar mass the molecular one."""
    if re.search(r"%|\bpercent\b", text) and _SHARE.search(text):
        raise InvalidTaskInputError("percentages by mass and a combustion are both told", value=text, hint=_HINT)
    burnt = read_combustion(text)
    empirical = fit_formula(burnt.shares)
    masses = find_stated_masses(text)
    notes = (*burnt.notes, ", ".join(f"{symbol} {share:.2f} %" for symbol, share in burnt.shares.items()))
    if len(masses) > 1:
        raise InvalidTaskInputError("several molar masses are stated", value=text, hint="state one")
    if masses:
        told = _tell_molecular(_multiply(empirical, masses[0], text), masses[0], text)
        return replace(told, notes=(*notes, *told.notes))
    written = write_formula(empirical)
    notes += ("the molecular formula is this or a multiple; with the molar mass it can be told",)
    return Result(written, written, f"The empirical formula is {written}.", parts=_list_parts(empirical), notes=notes)


def _multiply(empirical: Counter[str], mass: float, text: str) -> Counter[str]:
    """Return the multiple of a formula that has a molar mass, g/mol."""
    number = round(mass / _weigh(empirical))
    if number < 1:
        raise UserError(
            f"{mass:g} g/mol is less than one {write_formula(empirical)}", value=text, hint="check the molar mass"
        )
    return Counter({symbol: number * count for symbol, count in empirical.items()})


def _tell_molecular(counts: Counter[str], mass: float, text: str) -> Result:
    weight = _weigh(counts)
    if abs(mass - weight) > max(1.0, 0.01 * mass):
        raise UserError(
            f"{mass:g} g/mol is stated, and {write_formula(counts)} has {weight:.2f}",
            value=text,
            hint="check the molar mass",
        )
    number = gcd(*counts.values())
    empirical = write_formula({symbol: count // number for symbol, count in counts.items()})
    if re.search(r"\bempirical formula\b(?!\s*(?:is|=|:|of)?\s*(?-i:[A-Z]))", text) and "molecular" not in text:
        return Result(empirical, empirical, f"The empirical formula is {empirical}.", parts=_list_parts(counts))
    molecular = write_formula(counts)
    statement = f"The molecular formula is {molecular} ({number} x {empirical}, {weight:.2f} g/mol)."
    return Result(molecular, molecular, statement, parts=_list_parts(counts))


def _list_parts(counts: Counter[str]) -> tuple[Part, ...]:
    return tuple(Part(symbol, counts[symbol]) for symbol in order_elements(counts))


def _weigh(counts: Counter[str]) -> float:
    return float(sum(count * TABLE.GetAtomicWeight(symbol) for symbol, count in counts.items()))


_HINT: Final = "for example: 40.0 % C, 6.7 % H, 53.3 % O, molar mass 180: which formula?"

EMPIRICAL_FORMULA: Final = Calculation(
    name="empirical_formula",
    title="formula from percentages",
    words=(
        "empirical formula from", "formula from percentages", "formula from elemental analysis", "simplest formula",
    ),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="smallest whole numbers whose percentages by mass are within 0.4 points, the more atoms the nearer",
    compute=_empirical_formula,
    program=Program.ANYMOL,
    example=Example("What is the empirical formula of 40.0% C, 6.7% H, 53.3% O?", (), "CH2O"),
)  # fmt: skip
