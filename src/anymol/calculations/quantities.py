"""Amounts with their units, read strictly: the prefix decides, and what is not known is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anymol.errors import InvalidTaskInputError, UserError


class Dimension(StrEnum):
    """What a quantity measures, and the unit that its value is kept in."""

    MASS = "g"
    AMOUNT = "mol"
    VOLUME = "L"
    MOLARITY = "mol/L"
    DENSITY = "g/L"
    PERCENT = "%"
    RATIO = "ppm"
    EQUIVALENTS = "equiv"
    MOL_PERCENT = "mol%"
    PARTICLES = "particles"


@dataclass(frozen=True)
class Quantity:
    """An amount in a text.

    Attributes:
        value: In the unit of its dimension.
        dimension: What it measures.
        unit: The unit as written.
        kind: Of a percentage ``w/w``, ``w/v`` or ``v/v``; empty where it does not say.
        start: Where it begins in the text.
        end: Where it ends.
        written: As the text has it.
    """

    value: float
    dimension: Dimension
    unit: str
    kind: str = ""
    start: int = 0
    end: int = 0
    written: str = ""


_PREFIXES: Final = {"k": 1e3, "": 1.0, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}
_WORDS: Final = {"kilo": 1e3, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9, "": 1.0, "centi": 1e-2, "deci": 1e-1}


def _make_units() -> dict[str, tuple[Dimension, float]]:
    units: dict[str, tuple[Dimension, float]] = {}
    for prefix in ("k", "", "m", "u", "n", "p"):
        units[f"{prefix}g"] = (Dimension.MASS, _PREFIXES[prefix])
        units[f"{prefix}mol"] = (Dimension.AMOUNT, _PREFIXES[prefix])
    units["mcg"] = (Dimension.MASS, 1e-6)
    for prefix in ("", "d", "c", "m", "u", "n"):
        for sign in ("L", "l"):
            units[f"{prefix}{sign}"] = (Dimension.VOLUME, _PREFIXES[prefix])
    for name, litres in (("cm3", 1e-3), ("cm^3", 1e-3), ("cm³", 1e-3), ("cc", 1e-3), ("dm3", 1.0), ("dm^3", 1.0),
                         ("dm³", 1.0), ("m3", 1e3), ("m^3", 1e3), ("m³", 1e3)):  # fmt: skip
        units[name] = (Dimension.VOLUME, litres)
    for prefix in ("", "m", "u", "n", "p"):
        units[f"{prefix}M"] = (Dimension.MOLARITY, _PREFIXES[prefix])
        for volume in ("L", "l", "dm3", "dm^3", "dm³"):
            units[f"{prefix}mol/{volume}"] = (Dimension.MOLARITY, _PREFIXES[prefix])
        units[f"{prefix}molar"] = (Dimension.MOLARITY, _PREFIXES[prefix])
    units["mol/mL"] = units["mol/ml"] = units["mmol/uL"] = (Dimension.MOLARITY, 1e3)
    units["mmol/mL"] = units["mmol/ml"] = (Dimension.MOLARITY, 1.0)
    masses = {"kg": 1e3, "g": 1.0, "mg": 1e-3, "ug": 1e-6, "ng": 1e-9}
    volumes = {"L": 1.0, "l": 1.0, "dL": 1e-1, "dl": 1e-1, "mL": 1e-3, "ml": 1e-3, "uL": 1e-6, "ul": 1e-6, "cm3": 1e-3,
               "cm^3": 1e-3, "cm³": 1e-3, "cc": 1e-3, "m3": 1e3, "m^3": 1e3, "m³": 1e3, "dm3": 1.0}  # fmt: skip
    for mass, grams in masses.items():
        for volume, litres in volumes.items():
            units[f"{mass}/{volume}"] = (Dimension.DENSITY, grams / litres)
    for prefix, factor in _WORDS.items():
        for noun, dimension in (("gram", Dimension.MASS), ("gramme", Dimension.MASS), ("mole", Dimension.AMOUNT),
                                ("liter", Dimension.VOLUME), ("litre", Dimension.VOLUME)):  # fmt: skip
            units[f"{prefix}{noun}"] = units[f"{prefix}{noun}s"] = (dimension, factor)
    units |= {
        "mols": (Dimension.AMOUNT, 1.0), "%": (Dimension.PERCENT, 1.0), "percent": (Dimension.PERCENT, 1.0),
        "ppm": (Dimension.RATIO, 1.0), "ppb": (Dimension.RATIO, 1e-3), "ppt": (Dimension.RATIO, 1e-6),
        "equiv": (Dimension.EQUIVALENTS, 1.0), "equiv.": (Dimension.EQUIVALENTS, 1.0),
        "eq": (Dimension.EQUIVALENTS, 1.0), "eq.": (Dimension.EQUIVALENTS, 1.0),
        "equivalents": (Dimension.EQUIVALENTS, 1.0), "equivalent": (Dimension.EQUIVALENTS, 1.0),
        "equivs": (Dimension.EQUIVALENTS, 1.0), "mol%": (Dimension.MOL_PERCENT, 1.0),
        "mol %": (Dimension.MOL_PERCENT, 1.0), "mole%": (Dimension.MOL_PERCENT, 1.0),
        "mole percent": (Dimension.MOL_PERCENT, 1.0), "mol-%": (Dimension.MOL_PERCENT, 1.0),
        "molecules": (Dimension.PARTICLES, 1.0), "atoms": (Dimension.PARTICLES, 1.0),
        "formula units": (Dimension.PARTICLES, 1.0), "particles": (Dimension.PARTICLES, 1.0),
    }  # fmt: skip
    return units


UNITS: Final = _make_units()
"""Unit -> what it measures and its factor. Case counts: mM is not mm, and M is not m."""

_KINDS = r"(?:\s*\(?(?P<kind>[wvm]\s*/\s*[wvm]|by (?:weight|mass|volume))\)?)?"
POWER: Final = r"(?P<power>[-+\u2212\u207b]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
TIMES_POWER: Final = rf"(?:\s*(?:[x×*·]\s*10\s*\^?\s*|[eE]){POWER})?"
"""What may stand behind a number: a power of ten."""
_NUMBER = (
    r"(?P<number>(?:\d{1,3}(?:[,\u202f]\d{3})+(?![\d])|\d+)(?:[.]\d+|,\d+)?|\.\d+)"
    rf"{TIMES_POWER}"
)
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_QUANTITY = re.compile(rf"(?<![\w.,/\-^]){_NUMBER}\s*-?(?P<unit>{_UNIT})(?![\w/^³²]){_KINDS}")
_COUNTED: Final = {
    "half a": 0.5, "half an": 0.5, "one and a half": 1.5, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0,
    "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "twenty": 20.0, "a hundred": 100.0,
}  # fmt: skip
WORDED: Final = re.compile(
    rf"(?<![\w-])(?P<number>{'|'.join(sorted(_COUNTED, key=len, reverse=True))})\s+"
    r"(?P<unit>(?:milli|micro|kilo)?(?:moles?|grams?|lit(?:er|re)s?)|equivalents?|equiv)(?!\w)",
    re.IGNORECASE,
)
"""An amount in words; a single one is a matter of wording: 'how much is a mole of ...'."""
_BARE_DENSITY = re.compile(
    r"(?<![\w])(?:d|density|ρ|rho|specific gravity)\s*(?:of|is|=|:|~|≈)?\s*(?P<number>\d+(?:[.,]\d+)?)(?![\d.,]*\d)",
    re.IGNORECASE,
)
_DENSITIES: Final = (0.4, 23.0)
"""Least and greatest density of a liquid or solid, g/mL: a number outside is none."""
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_LOOSE = re.compile(rf"(?<![\w.,/\-^]){_NUMBER}\s?(?P<unit>[A-Za-zµμ%]{{1,6}}(?:/[A-Za-zµμ]{{1,3}}[23]?)?)(?![\w])")
_UNKNOWN: Final = {
    "N": "normality depends on the reaction; give the molarity",
    "Mg": "write mg for milligrams", "MG": "write mg for milligrams", "ML": "write mL", "Ml": "write mL",
    "KG": "write kg", "Kg": "write kg", "MMOL": "write mmol", "MOL": "write mol", "Mol": "write mol", "G": "write g",
    "mm": "write mM for millimolar", "m": "write M for molar; molality is not computed", "lb": "give grams",
    "oz": "give grams", "gal": "give litres",
}  # fmt: skip


def find_quantities(text: str) -> list[Quantity]:
    """Return the amounts of a text, in its order.

    Raises:
        UserError: A number stands before what looks like a unit in a wrong spelling, or is out of range.

    >>> [(one.value, one.dimension.value) for one in find_quantities("2.5 mmol in 10 mL")]
    [(0.0025, 'mol'), (0.01, 'L')]
    """
    plain = text.replace("µ", "u").replace("μ", "u")
    found = []
    for match in _QUANTITY.finditer(plain):
        dimension, factor = UNITS[match["unit"]]
        kind = re.sub(r"\s", "", match["kind"] or "").lower()
        kind = {"byweight": "w/w", "bymass": "w/w", "byvolume": "v/v", "m/m": "w/w", "m/v": "w/v"}.get(kind, kind)
        value = read_number(match["number"], match["power"]) * factor
        found.append(Quantity(value, dimension, match["unit"], kind, *match.span(), text[slice(*match.span())].strip()))
    for match in WORDED.finditer(plain):
        unit = match["unit"].lower()
        dimension, factor = UNITS[unit]
        value = _COUNTED[" ".join(match["number"].lower().split())] * factor
        found.append(Quantity(value, dimension, unit, "", *match.span(), match.group()))
    found += _find_bare_densities(plain, found)
    found.sort(key=lambda one: one.start)
    for match in _LOOSE.finditer(plain):
        if match["unit"] in _UNKNOWN and not any(one.start <= match.start() < one.end for one in found):
            raise UserError(f"'{match['unit']}' is not a unit here", value=match.group(), hint=_UNKNOWN[match["unit"]])
    return found


def require_above_zero(quantities: Iterable[Quantity], text: str) -> None:
    """Refuse an amount of nothing: what divides is above zero, and what is made of nothing is no answer.

    Args:
        quantities: The amounts.
        text: The question.

    Raises:
        InvalidTaskInputError: There is one.
    """
    for one in quantities:
        if one.value <= 0:
            raise InvalidTaskInputError(f"{one.written} is no amount", value=text, hint="give one above zero")


def _find_bare_densities(text: str, found: list[Quantity]) -> list[Quantity]:
    """Return densities whose unit is left out, which is g/mL then: 'd 0.726'."""
    bare = []
    for match in _BARE_DENSITY.finditer(text):
        least, most = _DENSITIES
        number = float(match["number"].replace(",", "."))
        if least <= number <= most and all(match.end() <= one.start or match.start() >= one.end for one in found):
            bare.append(Quantity(number * 1e3, Dimension.DENSITY, "g/mL", "", *match.span(), f"{match['number']} g/mL"))
    return bare


_LARGEST_EXPONENT: Final = 60


def read_number(text: str, power: str | None = None) -> float:
    """Return a number; a comma before three digits separates thousands, any other is a decimal comma.

    >>> read_number("1,000"), read_number("1,5"), read_number("0,125")
    (1000.0, 1.5, 0.125)

    Raises:
        UserError: It is out of range.
    """
    plain = text.replace("\u202f", "")
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    exponent = int(power.translate(_SUPERSCRIPT).replace("\u2212", "-")) if power else 0
    if abs(exponent) > _LARGEST_EXPONENT or len(plain) > _LARGEST_EXPONENT:
        raise UserError("the number is out of range", value=text, hint=f"powers of ten up to {_LARGEST_EXPONENT}")
    return float(plain.replace(",", ".")) * 10.0**exponent


_SCALES: Final[dict[Dimension, tuple[tuple[str, float], ...]]] = {
    Dimension.MASS: (("kg", 1e3), ("g", 1.0), ("mg", 1e-3), ("µg", 1e-6), ("ng", 1e-9)),
    Dimension.AMOUNT: (("mol", 1.0), ("mmol", 1e-3), ("µmol", 1e-6), ("nmol", 1e-9)),
    Dimension.VOLUME: (("L", 1.0), ("mL", 1e-3), ("µL", 1e-6)),
    Dimension.MOLARITY: (("M", 1.0), ("mM", 1e-3), ("µM", 1e-6), ("nM", 1e-9)),
    Dimension.DENSITY: (("g/L", 1.0), ("mg/L", 1e-3), ("µg/L", 1e-6)),
}


def write(value: float, dimension: Dimension, digits: int = 4) -> str:
    """Return a value with the unit in which it is at least 1, to some significant digits.

    >>> write(0.0025, Dimension.AMOUNT), write(0.25, Dimension.VOLUME)
    ('2.5 mmol', '250 mL')
    """
    return " ".join(scale(value, dimension, digits=digits))


def scale(value: float, dimension: Dimension, unit: str | None = None, digits: int = 4) -> tuple[str, str]:
    """Return a value as digits and a unit: the one asked for, else the largest in which it is at least 1.

    >>> scale(0.0025, Dimension.AMOUNT), scale(0.0025, Dimension.AMOUNT, "mol")
    (('2.5', 'mmol'), ('0.0025', 'mol'))
    """
    if unit is not None:
        return write_digits(value / UNITS[unit][1], digits), unit.replace("u", "µ") if len(unit) < 6 else unit
    scales = _SCALES.get(dimension, ((dimension.value, 1.0),))
    name, factor = next((one for one in scales if abs(value) >= one[1] * (1 - 1e-12)), scales[-1])
    return write_digits(value / factor, digits), name


_SYMBOLS: Final = re.compile(rf"\b(?:(?i:how many|in|to|into|number of))\s+(?P<unit>{_UNIT})(?![\w/])")
_PLAIN_WORDS: Final = {
    "gram": "g", "gramme": "g", "mole": "mol", "mol": "mol", "liter": "L", "litre": "L", "l": "L",
}  # fmt: skip
_SHORT_WORDS: Final = {"kilo": "k", "milli": "m", "micro": "u", "nano": "n", "centi": "c", "deci": "d", "": ""}


def find_unit(text: str, dimension: Dimension) -> str | None:
    """Return the unit in which a question wants its answer, as a symbol; None where it does not say.

    >>> find_unit("How many milligrams are 2 mmol of aspirin?", Dimension.MASS)
    'mg'
    """
    for match in _SYMBOLS.finditer(text.replace("µ", "u").replace("μ", "u")):
        unit = match["unit"]
        if UNITS[unit][0] is dimension:
            return _shorten(unit)
    return None


def _shorten(unit: str) -> str:
    """Return the symbol of a unit that is written out."""
    word = re.fullmatch(r"(kilo|milli|micro|nano|centi|deci)?(grammes?|grams?|moles?|mols|lit(?:er|re)s?|l)", unit)
    if word is None or unit in ("l", "mol"):
        return "L" if unit == "l" else unit
    return _SHORT_WORDS[word[1] or ""] + _PLAIN_WORDS[word[2].removesuffix("s")]


def write_digits(value: float, digits: int = 4) -> str:
    """Return a number to some significant digits, without an exponent where a chemist would write none.

    >>> write_digits(1234567.0), write_digits(0.000123456), write_digits(2.5)
    ('1.235e+06', '0.0001235', '2.5')
    """
    text = f"{value:.{digits}g}"
    if "e" in text and 1e-4 <= abs(value) < 10**6:
        return f"{value:.0f}"
    return text
