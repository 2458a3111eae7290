"""Chemical formulas as equations write them: groups, hydrates, charges."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from anymol.calculations.elements import TABLE
from anymol.chem.formula import ELEMENTS
from anymol.errors import UserError

_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]*[⁺⁻]")
_STATE = re.compile(r"\s*\((?:s|l|g|aq|conc\.?|dil\.?|cr|solid|liquid|gas)\)\s*$", re.IGNORECASE)
_CHARGE = re.compile(r"\^?\{?(?P<first>\d*)(?P<sign>[+-])(?P<second>\d*)\}?$")
_CARET = re.compile(r"\^\{?(?P<charge>\d*[+-]|[+-]\d+)\}?$")
_ELEMENT = re.compile(r"(?P<symbol>[A-Z][a-z]?)(?P<count>\d*)")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_DEEPEST: Final = 20
_MOST: Final = 100_000


@dataclass(frozen=True)
class Species:
    """What a formula stands for.

    Attributes:
        text: As written, without its state.
        counts: Number of atoms of each element; of an electron none.
        charge: Its charge, elementary charges.
    """

    text: str
    counts: Counter[str]
    charge: int = 0

    @property
    def mass(self) -> float:
        """Average mass, g/mol."""
        return float(sum(_weigh(symbol) * count for symbol, count in self.counts.items()))


def _weigh(symbol: str) -> float:
    match symbol:
        case "D":
            return float(TABLE.GetMassForIsotope(1, 2))
        case "T":
            return float(TABLE.GetMassForIsotope(1, 3))
        case _:
            return float(TABLE.GetAtomicWeight(symbol))


def read_formula(text: str) -> tuple[Species, ...]:
    """Return what a formula may mean; several where a digit before a sign may be a subscript or a charge.

    The likelier reading stands first: ``Fe3+`` is iron(III), ``NH4+`` ammonium, ``SO42-`` sulfate.

    Raises:
        UserError: It is not a formula.

    >>> [(one.text, one.charge) for one in read_formula("Fe3+")]
    [('Fe3+', 3), ('Fe3+', 1)]
    >>> sorted(read_formula("CuSO4·5H2O")[0].counts.items())
    [('Cu', 1), ('H', 10), ('O', 9), ('S', 1)]
    """
    written = _STATE.sub("", "".join(text.split()))
    plain = _RAISED.sub(lambda match: "^" + match.group().translate(_SUPERSCRIPTS), written.translate(_SUBSCRIPTS))
    plain = plain.replace("\u2212", "-").replace("\u2013", "-")
    if not plain or len(plain) > 200:
        raise _refuse(text)
    if re.fullmatch(r"e(?:\^?-)?", plain):
        return (Species(written, Counter(), -1),)
    readings = []
    for body, charge in _split_charge(plain):
        counts = _count_hydrate(body, text)
        readings.append(Species(written, counts, charge))
    if not readings:
        raise _refuse(text)
    _refuse_zeros(plain, readings[0], text)
    return tuple(readings)


_SLIP: Final = re.compile(r"(C|N|F|Cl|Br|I)\1(?![a-z])|[A-Za-z]1(?!\d)|\)(?!\d)")
"""What a SMILES has and a formula without hydrogen has not: an atom twice, a ring, a branch without a number."""


def is_formula(text: str) -> bool:
    """Whether a text reads as a formula, and not as a SMILES with a slip: ``C1CC`` opens a ring.

    >>> is_formula("CH3COOH"), is_formula("C60"), is_formula("C1CC"), is_formula("FC(F)(F)(F)F")
    (True, True, False, False)
    """
    if _SLIP.search(_STATE.sub("", text)) is not None and "H" not in text:
        return False
    try:
        read_formula(text)
    except UserError:
        return False
    return True


def _refuse(text: str) -> UserError:
    return UserError("this is not a chemical formula", value=text, hint="write it as K2Cr2O7, Ca(OH)2 or Fe^3+")


_ZERO_FOR_O = re.compile(r"(?<=[A-Za-z\d)])0(?=\d|$)")
_BONDS: Final = {"C": 4, "N": 3, "P": 5, "O": 2, "S": 6, "Si": 4, "B": 3} | dict.fromkeys(("F", "Cl", "Br", "I"), 1)


def _refuse_zeros(plain: str, species: Species, text: str) -> None:
    """Refuse a zero that stands for the letter O: ``H20``, ``C6H1206``, ``C8H9N02``.

    A count does not begin with a zero; and where there are more hydrogens than the other atoms can bear, and fewer with
    an O, the zero is one.

    Raises:
        UserError: There is such a zero; the hint writes the formula with the letter.
    """
    if "0" not in plain:
        return
    lettered = _ZERO_FOR_O.sub("O", plain)
    leads = re.search(r"(?<!\d)0", plain) is not None
    if not leads and (lettered == plain or _fits_hydrogens(species.counts)):
        return
    raise UserError("this formula has a zero where an O may be meant", value=text, hint=f"write {lettered}")


def _fits_hydrogens(counts: Counter[str]) -> bool:
    """Whether the other atoms can bear the hydrogens; of elements that are not in the table nothing is known."""
    others = {symbol: count for symbol, count in counts.items() if symbol not in ("H", "D", "T")}
    if not others.keys() <= _BONDS.keys():
        return True
    hydrogens = sum(counts[symbol] for symbol in ("H", "D", "T"))
    # One molecule of n atoms takes n - 1 bonds to hold together; one hydrogen more is a proton.
    most = sum(_BONDS[symbol] * count for symbol, count in others.items()) - 2 * max(sum(others.values()) - 1, 0)
    return hydrogens <= max(most, 0) + 4 if others else hydrogens <= 4


def _split_charge(plain: str) -> list[tuple[str, int]]:
    """Return (body, charge) for every reading, the likeliest first."""
    caret = _CARET.search(plain)
    if caret is not None:
        digits = re.sub(r"[+-]", "", caret["charge"])
        sign = -1 if "-" in caret["charge"] else 1
        return [(plain[: caret.start()], sign * int(digits or 1))]
    doubled = re.search(r"(?P<sign>\+{2,4}|-{2,4})$", plain)
    if doubled is not None:
        return [(plain[: doubled.start()], len(doubled["sign"]) * (1 if doubled["sign"][0] == "+" else -1))]
    match = _CHARGE.search(plain)
    if match is None:
        return [(plain, 0)]
    sign = 1 if match["sign"] == "+" else -1
    body = plain[: match.start()]
    if match["second"]:
        return [(body + match["first"], sign * int(match["second"]))]
    digits = match["first"]
    if not digits or (body.endswith(("]", ")", "}")) and len(digits) == 1):
        as_charge = (body, sign * int(digits or 1))
        return [as_charge] if not digits or body.endswith("]") else [as_charge, (body + digits, sign)]
    # SO42-: the last digit is the charge, what stands before it the subscript.
    as_charge = (body + digits[:-1], sign * int(digits[-1]))
    as_subscript = (body + digits, sign)
    if digits[-1] == "0":
        return [as_subscript]
    alone = re.fullmatch(r"[A-Z][a-z]?", body) is not None and len(digits) == 1
    metal = alone and body not in ("H", "C", "N", "O", "I", "Br", "Cl", "F", "S", "P")
    return (
        [as_charge, as_subscript]
        if metal or len(digits) > 1 or body in ("O", "S", "N", "P")
        else ([as_subscript, as_charge])
    )


def _count_hydrate(body: str, text: str) -> Counter[str]:
    """Return the atoms of a body whose parts are joined by dots, each with its own number in front."""
    total: Counter[str] = Counter()
    for piece in re.split(r"[·.*•⋅]", body):
        match = re.fullmatch(r"(?P<number>\d*)(?P<rest>.+)", piece)
        if match is None:
            raise _refuse(text)
        for symbol, count in _count(match["rest"], text).items():
            total[symbol] += count * int(match["number"] or 1)
    if not total or max(total.values()) > _MOST:
        raise _refuse(text)
    return total


def _count(body: str, text: str, depth: int = 0) -> Counter[str]:
    counts: Counter[str] = Counter()
    place = 0
    while place < len(body):
        sign = body[place]
        if sign in _CLOSING:
            end = _find_end(body, place)
            if end is None or depth > _DEEPEST:
                raise _refuse(text)
            number = re.match(r"\d*", body[end + 1 :])
            assert number is not None
            for symbol, count in _count(body[place + 1 : end], text, depth + 1).items():
                counts[symbol] += count * int(number.group() or 1)
            place = end + 1 + number.end()
            continue
        match = _ELEMENT.match(body, place)
        if match is None or (match["symbol"] not in ELEMENTS and match["symbol"] not in ("D", "T")):
            raise _refuse(text)
        for symbol, times in _expand(match["symbol"], body[:place], text).items():
            counts[symbol] += times * int(match["count"] or 1)
        place = match.end()
    return counts


def _expand(symbol: str, before: str, text: str) -> Mapping[str, int]:
    """Return the atoms of a symbol: those of acetyl, tosyl and propoxy where chemists write these, and no element."""
    if symbol == "Pr" and before.endswith(("O", "Oi", "On")):
        return _GROUPS[symbol]
    if symbol in ("Ac", "Ts") and _ELEMENT_SALT.fullmatch("".join(text.split())) is None:
        return _GROUPS[symbol]
    return {symbol: 1}


_GROUPS: Final = {"Ac": {"C": 2, "H": 3, "O": 1}, "Ts": {"C": 7, "H": 7, "O": 2, "S": 1}, "Pr": {"C": 3, "H": 7}}
_ELEMENT_SALT = re.compile(r"(?:Ac|Ts)\d*(?:\^?3?\+|O3|S3|F3|Cl3|Br3|I3)?")
"""Actinium and tennessine by themselves and in the salts that are written like theirs."""


def _find_end(body: str, start: int) -> int | None:
    """Return where the bracket closes that opens at `start`; None where it does not."""
    opening, closing = body[start], _CLOSING[body[start]]
    depth = 0
    for place in range(start, len(body)):
        depth += (body[place] == opening) - (body[place] == closing)
        if depth == 0:
            return place
    return None
