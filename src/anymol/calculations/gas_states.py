"""Pressure and temperature of a gas, as questions tell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from anymol.calculations.quantities import read_number, write_digits
from anymol.errors import InvalidTaskInputError

_PRESSURES: Final = {
    "atm": 101325.0, "bar": 1e5, "mbar": 100.0, "Pa": 1.0, "hPa": 100.0, "kPa": 1e3, "MPa": 1e6, "mmHg": 133.322387415,
    "mm Hg": 133.322387415, "Torr": 101325.0 / 760.0, "torr": 101325.0 / 760.0, "psi": 6894.757293168,
    "psia": 6894.757293168, "atmospheres": 101325.0, "atmosphere": 101325.0,
}  # fmt: skip
"""Unit -> pascals."""
PRESSURE_UNIT: Final = "|".join(sorted(_PRESSURES, key=len, reverse=True))
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.,]\d+)?|\.\d+)"
_PRESSURE: Final = re.compile(rf"(?<![\w.,])(?P<number>{_NUMBER})\s*(?P<unit>{PRESSURE_UNIT})(?![\w/])")
_TEMPERATURE: Final = re.compile(
    rf"(?<![\w.,])(?P<number>[-\u2212\u2013]?\s?{_NUMBER})\s*(?:(?:\u00b0|\u00ba|deg(?:rees?)?\.?)\s*)?"
    r"(?P<unit>C|K|F|[Cc]elsius|[Kk]elvins?|[Ff]ahrenheit)(?![\w/])(?!\s+atoms)"
)
_RANGE: Final = re.compile(
    rf"(?<![\w.,]){_NUMBER}\s*(?:\u00b0|\u00ba)?\s*(?:-|\u2212|\u2013|to|or)\s*{_NUMBER}\s*"
    rf"(?:(?:(?:\u00b0|\u00ba|deg(?:rees?)?\.?)\s*)?(?:C|K|F|[Cc]elsius|[Kk]elvins?|[Ff]ahrenheit)|{PRESSURE_UNIT})(?![\w/])"
)
"""Two numbers before one unit: '20-25 C', '1 to 2 atm'."""
_STANDARDS: Final = (
    (re.compile(r"\bS\.?T\.?P\b\.?|\bstandard temperature and pressure\b"), 273.15, 1e5, "STP"),
    (re.compile(r"\b[Nn]ormal conditions\b"), 273.15, 101325.0, "the state of normal conditions (DIN 1343)"),
    (re.compile(r"\bSATP\b|\bstandard ambient (?:temperature and pressure|conditions)\b"), 298.15, 1e5, "SATP"),
    (re.compile(r"\bNTP\b"), 293.15, 101325.0, "NTP"),
)
_ROOM: Final = re.compile(r"\broom temperature\b|\br\.?t\.?(?![\w])", re.IGNORECASE)
_NOT_ALONE: Final = re.compile(
    r"\b(?:partial|vapou?r pressure|gauge|mixture|compress\w*|expand\w*|heated|cooled|initial\w*|from .* to|then|"
    r"real gas|van der waals|adiabatic|isotherm\w*|increases?|decreases?|doubled?|halved?|change\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class State:
    """Pressure and temperature of a gas, as far as they are told.

    Attributes:
        pressure: Pa.
        temperature: K.
        notes: How they were read.
        is_standard: Whether both are those of STP, which had 1 atm before it had 1 bar.
    """

    pressure: float | None
    temperature: float | None
    notes: tuple[str, ...] = ()
    is_standard: bool = False

    def __str__(self) -> str:
        assert self.temperature is not None and self.pressure is not None
        return f"{self.temperature - 273.15:.4g} \u00b0C and {_write_pressure(self.pressure)}"


def read_state(text: str) -> State:
    """Return the pressure and temperature of a text.

    Raises:
        InvalidTaskInputError: Several or a range are given, or one below absolute zero.
    """
    pressures, temperatures = list(_PRESSURE.finditer(text)), list(_TEMPERATURE.finditer(text))
    if len(pressures) > 1 or len(temperatures) > 1 or _NOT_ALONE.search(text) or _RANGE.search(text):
        raise InvalidTaskInputError("one state of one gas is computed", value=text, hint="ask of each state by itself")
    pressure = read_number(pressures[0]["number"]) * _PRESSURES[pressures[0]["unit"]] if pressures else None
    temperature = _read_temperature(temperatures[0]) if temperatures else None
    notes: tuple[str, ...] = ()
    for pattern, kelvins, pascals, name in _STANDARDS:
        if pattern.search(text):
            assumed = [] if temperature is not None else [f"{kelvins - 273.15:g} \u00b0C"]
            assumed += [] if pressure is not None else [_write_pressure(pascals)]
            notes = (f"{name} is read as {' and '.join(assumed)}",) if assumed else ()
            is_standard = name == "STP" and len(assumed) == 2
            return State(pressure or pascals, temperature or kelvins, notes, is_standard)
    if temperature is None and _ROOM.search(text):
        temperature, notes = 298.15, ("room temperature is taken as 25 \u00b0C",)
    if (pressure is not None and pressure <= 0) or (temperature is not None and temperature <= 0):
        raise InvalidTaskInputError("pressure and absolute temperature are above zero", value=text)
    return State(pressure, temperature, notes)


def _read_temperature(match: re.Match[str]) -> float:
    number = re.sub(r"[\u2212\u2013]", "-", match["number"]).replace(" ", "")
    value = -read_number(number[1:]) if number.startswith("-") else read_number(number)
    match match["unit"][0].upper():
        case "C":
            return value + 273.15
        case "F":
            return (value - 32.0) / 1.8 + 273.15
        case _:
            return value


def _write_pressure(pascals: float) -> str:
    unit = "atm" if abs(pascals - 101325.0) < 1 else "bar"
    return f"{write_digits(pascals / _PRESSURES[unit])} {unit}"


def hide_state(text: str) -> str:
    """Return a text in which pressures, temperatures and standard conditions are blanks; no place changes."""
    for pattern in (_PRESSURE, _TEMPERATURE, *(one for one, *_ in _STANDARDS)):
        text = pattern.sub(lambda match: " " * len(match.group()), text)
    return text


def tells_state(text: str) -> bool:
    """Whether a text tells both pressure and temperature, each by itself or as standard conditions."""
    is_standard = any(pattern.search(text) for pattern, *_ in _STANDARDS)
    has_temperature = _TEMPERATURE.search(text) is not None or _ROOM.search(text) is not None
    return is_standard or (_PRESSURE.search(text) is not None and has_temperature)


def tells_part(text: str) -> bool:
    """Whether a text tells a pressure or a temperature."""
    return _PRESSURE.search(text) is not None or _TEMPERATURE.search(text) is not None


def write_in_unit(pascals: float, text: str) -> tuple[str, str]:
    """Return a pressure as digits and a unit: the one that a question asks for, else bar."""
    match = re.search(rf"\b(?:in|how many)\s+(?P<unit>{PRESSURE_UNIT})(?![\w/])", text)
    unit = "bar" if match is None else match["unit"]
    return write_digits(pascals / _PRESSURES[unit]), unit
