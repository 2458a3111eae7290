"""The ideal gas: volume, pressure, temperature, amount, density and molar mass, each from the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from anymol.calculations.amounts import AVOGADRO, read_after, read_amounts
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
from anymol.calculations.gas_states import (
    PRESSURE_UNIT,
    State,
    hide_state,
    read_state,
    tells_part,
    tells_state,
    write_in_unit,
)
from anymol.calculations.known_gases import require_gas
from anymol.calculations.quantities import Dimension, Quantity, find_quantities, find_unit, scale, write_digits
from anymol.calculations.substances import Substance, note_mass
from anymol.errors import InvalidTaskInputError

R: Final = 8.31446261815324
"""Gas constant, J/(mol K), exact since 2019."""
ATMOSPHERE: Final = 101325.0
"""Pa."""
_HINT: Final = "for example: What volume does 5 g CO2 occupy at 25 \u00b0C and 1 atm?"
_UNNAMED: Final = re.compile(r"\b(?:an? |the |any |some )?(?:ideal |perfect |unknown )*gas\b", re.IGNORECASE)
_NAMES: Final = re.compile(
    r"\b(?:(?:density|mass|volume|moles?|grams?|pressure|molecules|temperature) of|"
    r"how (?:many|much) (?:moles?|grams?|g|mol)|does|of)\s+(?!\d)",
    re.IGNORECASE,
)
"""Behind what the name of a gas may stand without an amount."""
_REACTS: Final = re.compile(
    r"\b(?:form(?:s|ed)?|produc\w+|releas\w+|evolv\w+|react\w*|burn\w*|combust\w*|decompos\w+|hydrogenat\w+|generat\w+)\b|"
    r"->|\u2192",
    re.IGNORECASE,
)
"""What speaks of a reaction asks for more than the gas."""
_GIVEN: Final = r"(?!\s+(?:of|is|=)\s*[\d.]+\s*{unit})"
_ASKED: Final = {
    "density": r"\bdensit(?:y|ies)\b" + _GIVEN.format(unit=r"\w+/") + r"|\bhow dense\b",
    "molar mass": r"\bmol(?:ar|ecular) (?:mass|weight)\b|\bMW\b",
    "pressure": r"\bpressure\b" + _GIVEN.format(unit=f"(?:{PRESSURE_UNIT})") + rf"|\bhow many (?:{PRESSURE_UNIT})\b",
    "volume": r"\bvolume\b" + _GIVEN.format(unit=r"(?:m?L|l|dm3|m3)\b") + r"|\boccup\w+\b|\bhow (?:big|large)\b|"
    r"\bhow (?:many|much) (?:(?:milli)?lit(?:er|re)s?|m?[lL]|dm3|m3|space)\b",
    "temperature": r"\btemperature\b(?! and pressure)"
    + _GIVEN.format(unit=r"\W*[CKF]\b")
    + r"|\bhow (?:hot|warm|cold)\b",
    "amount": r"\b(?:how many|number of) (?:m(?:illi)?)?mol(?:es?)?\b|\bmoles?\b|\bamount of substance\b",
    "molecules": r"\b(?:how many|number of) molecules\b",
    "mass": r"\bmass\b|\bhow many (?:(?:milli|kilo)?grams?|m?g|kg)\b|\bweigh\w*\b|\bgrams of\b",
}
"""What is asked for -> the words that ask for it."""
_PATTERNS: Final = {name: re.compile(words, re.IGNORECASE) for name, words in _ASKED.items()}
_DENSE: Final = 1e6
"""Pressure, Pa, from which real gases differ by per cents."""


def asks_about_gas(question: str) -> bool:
    """Whether a question asks for something of a gas in a state.

    >>> asks_about_gas("volume of 2 mol CO2 at STP"), asks_about_gas("density of chloroform at 25 C")
    (True, False)
    """
    if _REACTS.search(question) or not any(pattern.search(question) for pattern in _PATTERNS.values()):
        return False
    has_litres = re.search(r"\d\s*(?:m?[lL]|lit(?:er|re)s?|dm3|m3)\b", question) is not None
    named = re.search(r"\b(?:pressure|temperature)\b", question, re.IGNORECASE) is not None
    return tells_state(question) or (tells_part(question) and has_litres and named)


@dataclass(frozen=True)
class _Told:
    """What a question tells of a gas.

    Attributes:
        text: The question, its pressure and temperature left blank.
        state: Its pressure and temperature.
        substance: What it is; None where it is any.
        given: Its quantities.
    """

    text: str
    state: State
    substance: Substance | None
    given: Mapping[Dimension, Quantity]

    @property
    def name(self) -> str:
        return "the gas" if self.substance is None else self.substance.name

    @property
    def pressure(self) -> float:
        """In Pa."""
        return self._need(self.state.pressure)

    @property
    def temperature(self) -> float:
        """In K."""
        return self._need(self.state.temperature)

    @property
    def volume(self) -> float:
        """In m3."""
        return self._need(self.given[Dimension.VOLUME].value * 1e-3)

    @property
    def mass(self) -> float:
        """Its molar mass, g/mol."""
        return self._need(None if self.substance is None else self.substance.mass)

    @property
    def moles(self) -> float:
        """How much is told to be there, mol."""
        if (amount := self.given.get(Dimension.AMOUNT)) is not None:
            return self._need(amount.value)
        if (particles := self.given.get(Dimension.PARTICLES)) is not None:
            return self._need(particles.value / AVOGADRO)
        return self._need(self.given[Dimension.MASS].value / self.mass)

    @property
    def moles_inside(self) -> float:
        """How much is in its volume, mol."""
        return self.pressure * self.volume / (R * self.temperature)

    def _need(self, value: float | None) -> float:
        if value is None or value <= 0:
            raise InvalidTaskInputError(
                "of a gas the pressure, temperature, volume and amount must be told, all but one, and what it is",
                value=self.text,
                hint=_HINT,
            )
        return value


Answer = tuple[str, str, str]
"""Digits, unit and sentence."""


def _tell_volume(told: _Told) -> Answer:
    litres = told.moles * R * told.temperature / told.pressure * 1e3
    digits, unit = scale(litres, Dimension.VOLUME, find_unit(told.text, Dimension.VOLUME))
    return digits, unit, f"{told.name} takes {digits} {unit} at {told.state}."


def _tell_pressure(told: _Told) -> Answer:
    digits, unit = write_in_unit(told.moles * R * told.temperature / told.volume, told.text)
    return digits, unit, f"The pressure of {told.name} is {digits} {unit}."


def _tell_temperature(told: _Told) -> Answer:
    kelvins = told.pressure * told.volume / (R * told.moles)
    if re.search(r"\bin (?:\u00b0\s?|degrees? )?C", told.text):
        digits, unit = write_digits(kelvins - 273.15), "\u00b0C"
    else:
        digits, unit = write_digits(kelvins), "K"
    return digits, unit, f"The temperature of {told.name} is {digits} {unit}."


def _tell_density(told: _Told) -> Answer:
    grams = told.pressure * told.mass / (R * told.temperature) * 1e-3
    digits, unit = scale(grams, Dimension.DENSITY, find_unit(told.text, Dimension.DENSITY))
    return digits, unit, f"The density of {told.name} is {digits} {unit} at {told.state}."


def _tell_molar_mass(told: _Told) -> Answer:
    if (density := told.given.get(Dimension.DENSITY)) is not None:
        digits = write_digits(density.value * 1e3 * R * told.temperature / told.pressure)
    else:
        digits = write_digits(told.given[Dimension.MASS].value / told.moles_inside)
    return digits, "g/mol", f"The molar mass of {told.name} is {digits} g/mol."


def _tell_amount(told: _Told) -> Answer:
    digits, unit = scale(told.moles_inside, Dimension.AMOUNT, find_unit(told.text, Dimension.AMOUNT))
    return digits, unit, _say_inside(told, digits, unit)


def _tell_molecules(told: _Told) -> Answer:
    digits = write_digits(told.moles_inside * AVOGADRO)
    return digits, "molecules", _say_inside(told, digits, "molecules")


def _tell_mass(told: _Told) -> Answer:
    digits, unit = scale(told.moles_inside * told.mass, Dimension.MASS, find_unit(told.text, Dimension.MASS))
    return digits, unit, _say_inside(told, digits, unit)


def _say_inside(told: _Told, digits: str, unit: str) -> str:
    return f"{told.given[Dimension.VOLUME].written} of {told.name} at {told.state} is {digits} {unit}."


_TELL: Final[dict[str, Callable[[_Told], Answer]]] = {
    "density": _tell_density, "molar mass": _tell_molar_mass, "pressure": _tell_pressure, "volume": _tell_volume,
    "temperature": _tell_temperature, "amount": _tell_amount, "molecules": _tell_molecules, "mass": _tell_mass,
}  # fmt: skip


def _gas(asked: Inquiry) -> Result:
    state, plain = read_state(asked.text), hide_state(asked.text)
    told = _Told(plain, state, _find_gas(plain, asked), _sort_quantities(find_quantities(plain), asked.text))
    wanted = _find_wanted(told, asked.text)
    if told.substance is not None:
        require_gas(told.substance, state.temperature, state.pressure, asked.text)
    digits, unit, statement = _TELL[wanted](told)
    notes = (*state.notes, *_note(told, wanted, float(digits), unit))
    return make_number(digits, unit, statement[0].upper() + statement[1:], notes)


def _note(told: _Told, wanted: str, value: float, unit: str) -> tuple[str, ...]:
    """Return what else must be known: the other STP, other units, the molar mass, real gases."""
    notes: list[str] = []
    if told.state.is_standard and wanted not in ("pressure", "temperature", "molar mass"):
        share = 1e5 / ATMOSPHERE if wanted == "volume" else ATMOSPHERE / 1e5
        notes.append(f"at 0 \u00b0C and 1 atm, the former STP, {write_digits(value * share)} {unit}")
    if wanted == "pressure" and unit == "bar":
        notes.append(f"{write_digits(value * 1e5 / ATMOSPHERE)} atm")
    if wanted == "temperature" and unit == "K":
        notes.append(f"{write_digits(value - 273.15)} \u00b0C")
    if told.substance is not None and (wanted in ("mass", "density") or Dimension.MASS in told.given):
        notes.append(note_mass(told.substance))
    if told.state.pressure is not None and told.state.pressure >= _DENSE:
        notes.append("from about 10 bar on real gases differ by per cents")
    return tuple(notes)


def _sort_quantities(quantities: Sequence[Quantity], text: str) -> dict[Dimension, Quantity]:
    """Return the quantities by what they measure.

    Raises:
        InvalidTaskInputError: There are two of a kind, or one that says nothing of a gas.
    """
    counted = (Dimension.MASS, Dimension.AMOUNT, Dimension.PARTICLES)
    kinds = (*counted, Dimension.VOLUME, Dimension.DENSITY)
    found = {one.dimension: one for one in quantities}
    if (
        len(found) != len(quantities)
        or sum(one in found for one in counted) > 1
        or any(one not in kinds for one in found)
    ):
        raise InvalidTaskInputError(
            "a gas is told by one amount or volume, its pressure and its temperature", value=text, hint=_HINT
        )
    return found


def _find_gas(plain: str, asked: Inquiry) -> Substance | None:
    """Return the gas that is named; None where it is any.

    Raises:
        InvalidTaskInputError: Several substances are named, or none and no gas is spoken of.
    """
    found = [one.substance for one in read_amounts(plain, asked.subjects).portions]
    read = (read_after(" " + plain[match.end() :], asked.subjects) for match in _NAMES.finditer(plain))
    distinct = {frozenset(one.counts.items()): one for one in (*found, *read) if one is not None}
    if len(distinct) > 1:
        raise InvalidTaskInputError(
            f"{' and '.join(one.name for one in distinct.values())} are named", value=asked.text, hint="ask of one gas"
        )
    if not distinct and not _UNNAMED.search(plain):
        raise InvalidTaskInputError("the gas is not named", value=asked.text, hint=_HINT)
    return next(iter(distinct.values()), None)


def _find_wanted(told: _Told, text: str) -> str:
    """Return what is asked for: what is named and not told.

    Raises:
        InvalidTaskInputError: That is not one thing, or too much or too little is told for it.
    """
    has_volume, has_density = Dimension.VOLUME in told.given, Dimension.DENSITY in told.given
    counted = any(one in told.given for one in (Dimension.MASS, Dimension.AMOUNT, Dimension.PARTICLES))
    is_told = {
        "density": has_density, "molar mass": False, "pressure": told.state.pressure is not None, "volume": has_volume,
        "temperature": told.state.temperature is not None, "amount": counted, "molecules": counted, "mass": counted,
    }  # fmt: skip
    asked = [name for name, pattern in _PATTERNS.items() if pattern.search(text) and not is_told[name]]
    if "molar mass" in asked and "mass" in asked:
        asked.remove("mass")
    if len(asked) != 1:
        what = " and ".join(asked) or "nothing that is open"
        raise InvalidTaskInputError(f"one thing of a gas is computed, and {what} is asked", value=text, hint=_HINT)
    needs_volume = asked[0] not in ("density", "volume") and not has_density
    needs_amount = asked[0] in ("volume", "pressure", "temperature", "molar mass") and not has_density
    if (has_volume, counted) != (needs_volume, needs_amount) or (has_density and asked[0] != "molar mass"):
        raise InvalidTaskInputError(f"for the {asked[0]} too much or too little is told", value=text, hint=_HINT)
    return asked[0]


GAS: Final = Calculation(
    name="gas",
    title="ideal gas",
    words=("ideal gas", "gas law", "volume of a gas", "pressure of a gas", "density of a gas", "volume at stp"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="ideal gas law, p V = n R T",
    compute=_gas,
    program=Program.ANYMOL,
    example=Example("What volume does 5 g CO2 occupy at 25 \u00b0C and 1 atm?", (), "2.78"),
)
