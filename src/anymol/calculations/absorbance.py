"""The law of Beer and Lambert: absorbance, absorption coefficient, concentration and path, each from the others."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Program,
    Result,
    Takes,
    make_number,
)
from anymol.calculations.quantities import Dimension, find_quantities, find_unit, read_number, scale, write_digits
from anymol.errors import InvalidTaskInputError, UserError

_NUMBER: Final = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.,]\d+)?|\.\d+)(?:\s*(?:[x\u00d7*\u00b7]\s*10\s*\^?\s*|[eE])[-+]?\d+)?"
)
_PER_CM: Final = r"cm\s*\^?[({]?(?:-1|\u207b\u00b9)[)}]?"
_PER_MOLAR: Final = r"(?-i:[munp\u00b5\u03bc]?M)\s*\^?[({]?(?:-1|\u207b\u00b9)[)}]?"
_MOLE: Final = r"[munp\u00b5\u03bc]?mol"
_MOLAR: Final = (
    rf"(?:{_PER_MOLAR}\s*[\u00b7*.]?\s*{_PER_CM}|{_PER_CM}\s*[\u00b7*.]?\s*{_PER_MOLAR}|"
    r"(?:/|per)\s*(?-i:[munp\u00b5\u03bc]?M)\s*(?:/|per)\s*cm|"
    r"(?:1\s*)?/\s*\((?-i:[munp\u00b5\u03bc]?M)[\s\u00b7*.]*cm\)|"
    r"\((?-i:[munp\u00b5\u03bc]?M)[\s\u00b7*.]*cm\)\s*\^?[({]?(?:-1|\u207b\u00b9)[)}]?|"
    rf"(?:L|dm3)\s*[\u00b7*.]?\s*{_MOLE}(?:-1|\^-1|\u207b\u00b9)\s*[\u00b7*.]?\s*(?:cm-1|cm\^-1|cm\u207b\u00b9)|"
    rf"(?:L|dm3)\s*/\s*\(?{_MOLE}[\s\u00b7*./]*cm\)?)"
)
_OTHER_UNIT: Final = (
    r"(?-i:per\s+\w+|(?:1\s*)?/\s*\(?\s*[A-Za-z\u00b5\u03bc]+|"
    r"[\u00b7*]?\s*\(?[mkunp\u00b5\u03bc]?(?:M|g|L|mol|cm|dm|m)[\d\u00b2\u00b3]*(?![A-Za-z]))"
)
_MOLAR_PREFIX: Final = re.compile(r"[munp\u00b5\u03bc](?=M|mol)")
_PREFIXES: Final = {"m": 1e-3, "u": 1e-6, "\u00b5": 1e-6, "\u03bc": 1e-6, "n": 1e-9, "p": 1e-12}
_COEFFICIENT_WORD: Final = (
    r"(?:\u03b5|epsilon|molar (?:absorptivity|absorption coefficient|extinction coefficient)|"
    r"(?:extinction|absorption) coefficient|absorptivity)"
)
_COEFFICIENT: Final = re.compile(
    rf"(?:(?<!\w){_COEFFICIENT_WORD}(?:\s+at \d+ ?nm)?\s*(?:is|of|=|:)?\s*(?P<named>{_NUMBER})|"
    rf"(?<![\w.,])(?P<bare>{_NUMBER})(?=\s*{_MOLAR}))(?:\s*(?P<unit>{_MOLAR}|{_OTHER_UNIT}))?",
    re.IGNORECASE,
)
_ABSORBANCE: Final = re.compile(
    r"(?:\b(?:absorbance|optical density)(?:\s+(?:at|@) \d+ ?nm)?|(?<!\w)(?-i:OD|Abs|A)\d{0,3}(?=\s*(?:=|is\b|of\b)))"
    rf"\s*(?:is|of|=|:|was)*\s*(?P<number>{_NUMBER})(?![\d.,]*\d)"
    r"(?!\s*(?:%|(?-i:[mkunp\u00b5\u03bc]?(?:g|M|L|mol\w*|m)|cm|ppm|ppb)(?![A-Za-z])))",
    re.IGNORECASE,
)
_TRANSMITTANCE: Final = re.compile(
    rf"\btransmi(?:ttance|ssion)\s*(?:is|of|=|:)?\s*(?P<front>{_NUMBER})\s*%|"
    rf"(?P<behind>{_NUMBER})\s*%\s*(?:is |are )?(?:transmi\w+|T\b)",
    re.IGNORECASE,
)
_PATH: Final = re.compile(rf"(?<![\w.,])(?P<number>{_NUMBER})[\s-]*(?P<unit>[cmud\u00b5\u03bc]?m)(?![\w^\u207b/-])")
_CENTIMETRES: Final = {"cm": 1.0, "mm": 0.1, "um": 1e-4, "\u00b5m": 1e-4, "\u03bcm": 1e-4, "dm": 10.0, "m": 100.0}
_SPEAKS: Final = re.compile(
    rf"\babsorbance\b|\bbeer\b|\blambert\b|\btransmi(?:ttance|ssion)\b|\boptical density\b|(?<!\w){_COEFFICIENT_WORD}",
    re.IGNORECASE,
)
_WAVELENGTH: Final = re.compile(r"(?:\b(?:at|of|wavelength(?: of)?)\s+)?\d+(?:\.\d+)?\s*nm\b")
_ASKED: Final = {
    "concentration": re.compile(r"\bconcentration\b|\bmolarity\b|\bhow concentrated\b|\bin (?:[mun\u00b5]?M|mol/L)\b"),
    "coefficient": re.compile(rf"(?<!\w){_COEFFICIENT_WORD}", re.IGNORECASE),
    "transmittance": re.compile(r"\btransmi(?:ttance|ssion)\b", re.IGNORECASE),
    "absorbance": re.compile(r"\babsorbance\b|\boptical density\b", re.IGNORECASE),
    "path": re.compile(r"\bpath ?length\b|\boptical path\b", re.IGNORECASE),
}
_UNIT: Final = "L/(mol cm)"
_HINT: Final = "for example: absorbance 0.5, epsilon 10000 M-1 cm-1, 1 cm: what is the concentration?"


@dataclass(frozen=True)
class _Told:
    """What a question tells; None of what it leaves open.

    Attributes:
        absorbance: Decadic absorbance.
        coefficient: Molar absorption coefficient, L/(mol cm).
        concentration: mol/L.
        path: cm.
        is_transmitted: Whether the absorbance is told as a transmittance.
        rest: The question without these.
    """

    absorbance: float | None
    coefficient: float | None
    concentration: float | None
    path: float | None
    is_transmitted: bool
    rest: str


def asks_about_absorbance(question: str) -> bool:
    """Whether a question asks for something that the law of Beer and Lambert gives from what it tells.

    >>> asks_about_absorbance("absorbance of 20 uM NADH, epsilon 6220 M-1 cm-1")
    True
    >>> asks_about_absorbance("absorbance of NADH")
    False
    """
    if not _SPEAKS.search(question):
        return False
    try:
        told = _read(question)
    except UserError:
        return True
    values = (told.absorbance, told.coefficient, told.concentration)
    return sum(one is not None for one in values) > 1 or (told.absorbance is not None and _find_asked(told) is not None)


def _read(text: str) -> _Told:
    """Return what a question tells.

    Raises:
        UserError: A number is told twice, or out of range.
    """
    rest = text
    coefficient, rest = _take(_COEFFICIENT, rest)
    transmitted, rest = _take(_TRANSMITTANCE, rest)
    absorbance, rest = _take(_ABSORBANCE, rest)
    path, rest = _take(_PATH, rest)
    rest = _WAVELENGTH.sub(" ", rest)
    if transmitted is not None:
        if absorbance is not None or not 0 < transmitted <= 100:
            raise InvalidTaskInputError(
                "one transmittance, up to 100 %, or one absorbance is told", value=text, hint=_HINT
            )
        absorbance = 2.0 - math.log10(transmitted)
    molarities = [one for one in find_quantities(rest) if one.dimension is Dimension.MOLARITY]
    if len(molarities) > 1:
        raise InvalidTaskInputError("several concentrations are told", value=text, hint=_HINT)
    for one in molarities:
        rest = rest[: one.start] + " " * (one.end - one.start) + rest[one.end :]
    return _Told(
        absorbance, coefficient, molarities[0].value if molarities else None, path, transmitted is not None, rest
    )


def _take(pattern: re.Pattern[str], text: str) -> tuple[float | None, str]:
    """Return the number that a pattern finds, and the text without it.

    Raises:
        UserError: It finds several, or a unit that is not one of it.
    """
    found = list(pattern.finditer(text))
    if len(found) > 1:
        raise InvalidTaskInputError(
            f"{found[0].group().strip()} and {found[1].group().strip()} are told", value=text, hint=_HINT
        )
    if not found:
        return None, text
    (match,) = found
    written = next(one for name, one in match.groupdict().items() if one is not None and name != "unit")
    unit = match.groupdict().get("unit")
    value = _read_power(written) * (1.0 if unit is None else _read_unit(unit, match.group()))
    return value, text[: match.start()] + " ; " + text[match.end() :]


def _read_unit(unit: str, written: str) -> float:
    """Return the size of a unit of length, cm, or of a molar absorption coefficient, L/(mol cm).

    Raises:
        InvalidTaskInputError: It is another unit.
    """
    if unit in _CENTIMETRES and re.match(r"\d|\.", written):
        return _CENTIMETRES[unit]
    if re.fullmatch(_MOLAR, unit, re.IGNORECASE) is None:
        raise InvalidTaskInputError(
            f"'{unit}' is not a unit of a molar absorption coefficient", value=written, hint="write it in M-1 cm-1"
        )
    prefix = _MOLAR_PREFIX.search(unit)
    return 1.0 if prefix is None else 1.0 / _PREFIXES[prefix.group()]


def _read_power(written: str) -> float:
    match = re.fullmatch(
        r"(?P<number>[\d.,]+?)(?:\s*(?:[x\u00d7*\u00b7]\s*10\s*\^?\s*|[eE])(?P<power>[-+]?\d+))?", written
    )
    assert match is not None
    return read_number(match["number"], match["power"])


def _find_asked(told: _Told) -> str | None:
    """Return what is asked for, of what is open; None where that is not said."""
    known = {
        "concentration": told.concentration, "coefficient": told.coefficient, "path": told.path,
        "absorbance": None if told.is_transmitted else told.absorbance,
        "transmittance": 1.0 if told.is_transmitted else None,
    }  # fmt: skip
    asked = [name for name, pattern in _ASKED.items() if known[name] is None and pattern.search(told.rest)]
    return asked[0] if asked else None


def _absorbance(asked: Inquiry) -> Result:
    text = asked.text
    told = _read(text)
    wanted = _find_asked(told)
    if wanted is None:
        values = {
            "absorbance": told.absorbance,
            "coefficient": told.coefficient,
            "concentration": told.concentration,
        }
        left = [name for name, value in values.items() if value is None]
        if len(left) != 1:
            raise InvalidTaskInputError("what is asked for is not clear", value=text, hint=_HINT)
        (wanted,) = left
    above_zero = (told.coefficient, told.concentration, told.path)
    if any(one is not None and one <= 0 for one in above_zero):
        raise InvalidTaskInputError("concentration, coefficient and path are above zero", value=text, hint=_HINT)
    path = told.path or 1.0
    notes = () if told.path is not None or wanted == "path" else ("the path is taken as 1 cm",)
    return _solve(wanted, told, path, notes, text)


def _solve(wanted: str, told: _Told, path: float, notes: tuple[str, ...], text: str) -> Result:
    """Return what is wanted of A = epsilon c l."""
    absorbance, coefficient, concentration = told.absorbance, told.coefficient, told.concentration
    match wanted:
        case "concentration" if absorbance is not None and coefficient is not None:
            digits, unit = scale(
                absorbance / (coefficient * path), Dimension.MOLARITY, find_unit(text, Dimension.MOLARITY)
            )
            return make_number(digits, unit, f"The concentration is {digits} {unit}.", notes)
        case "coefficient" if absorbance is not None and concentration is not None:
            digits = write_digits(absorbance / (concentration * path))
            return make_number(digits, _UNIT, f"The molar absorption coefficient is {digits} {_UNIT}.", notes)
        case "path" if absorbance is not None and coefficient is not None and concentration is not None:
            digits = write_digits(absorbance / (coefficient * concentration))
            return make_number(digits, "cm", f"The path is {digits} cm.", notes)
        case "absorbance" | "transmittance":
            if absorbance is None and coefficient is not None and concentration is not None:
                absorbance = coefficient * concentration * path
            elif told.absorbance is not None:
                notes = ()
            if absorbance is not None:
                return _tell(wanted, absorbance, notes)
    raise InvalidTaskInputError(f"for the {wanted} too little is told", value=text, hint=_HINT)


def _tell(wanted: str, absorbance: float, notes: tuple[str, ...]) -> Result:
    shown, transmitted = write_digits(absorbance), write_digits(100.0 * 10.0**-absorbance)
    statement = f"The absorbance is {shown}; {transmitted} % of the light is transmitted."
    if wanted == "transmittance":
        return make_number(transmitted, "%", statement, notes)
    return Result(float(shown), shown, statement, notes=notes, gives=Gives.NUMBER)


ABSORBANCE: Final = Calculation(
    name="absorbance",
    title="law of Beer and Lambert",
    words=("beer lambert", "beer's law", "absorbance of a solution", "molar absorptivity", "transmittance"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="A = epsilon c l",
    compute=_absorbance,
    program=Program.ANYMOL,
    example=Example("Absorbance 0.5, epsilon 10000 M-1 cm-1, 1 cm cell: what is the concentration?", (), "50"),
)
