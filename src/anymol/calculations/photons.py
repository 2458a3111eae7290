"""Light: wavelength, wavenumber, frequency and energy of a photon, each from any of the others."""

from __future__ import annotations

import re
from typing import Final

from anymol.calculations.amounts import AVOGADRO
from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Part,
    Program,
    Result,
    Takes,
    make_number,
)
from anymol.calculations.quantities import POWER, TIMES_POWER, read_number, write_digits
from anymol.errors import InvalidTaskInputError

PLANCK: Final = 6.62607015e-34
"""J s, exact since 2019."""
LIGHT_SPEED: Final = 299792458.0
"""m/s, exact."""
_ELECTRONVOLT: Final = 1.602176634e-19
_HARTREE: Final = 4.3597447222060e-18
_CALORIE: Final = 4.184

_LENGTHS: Final = {
    "nm": 1e-9,
    "\u00b5m": 1e-6,
    "um": 1e-6,
    "pm": 1e-12,
    "\u00c5": 1e-10,
    "A": 1e-10,
    "cm": 1e-2,
    "mm": 1e-3,
    "m": 1.0,
}
_FREQUENCIES: Final = {"Hz": 1.0, "s-1": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12, "PHz": 1e15}
_ENERGIES: Final = {
    "eV": _ELECTRONVOLT, "meV": 1e-3 * _ELECTRONVOLT, "keV": 1e3 * _ELECTRONVOLT, "J": 1.0, "kJ": 1e3, "aJ": 1e-18,
    "kJ/mol": 1e3 / AVOGADRO, "kcal/mol": 1e3 * _CALORIE / AVOGADRO, "J/mol": 1.0 / AVOGADRO, "Hartree": _HARTREE,
    "hartree": _HARTREE, "hartrees": _HARTREE, "Eh": _HARTREE,
}  # fmt: skip
_WAVENUMBERS: Final = {"cm-1": 1e2, "cm^-1": 1e2, "cm\u207b\u00b9": 1e2, "1/cm": 1e2}
_WORDS: Final = {
    "electronvolts": "eV", "electron volts": "eV", "electronvolt": "eV", "joules": "J", "joule": "J",
    "nanometres": "nm", "nanometers": "nm", "nanometer": "nm", "nanometre": "nm", "hertz": "Hz", "wavenumbers": "cm-1",
}  # fmt: skip
_UNITS: Final = {*_LENGTHS, *_FREQUENCIES, *_ENERGIES, *_WAVENUMBERS, *_WORDS}
_TOLD_UNITS: Final = _UNITS - {"A", "cm", "mm", "m", "kJ", "s-1"}
"""Units that only light and energies are told in; the others are lengths and energies of anything."""
_NUMBER: Final = rf"(?P<number>\d+(?:[.,]\d+)?|\.\d+){TIMES_POWER}"


def _join(units: set[str]) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


_TOLD: Final = re.compile(rf"(?<![\w.,^\-]){_NUMBER}\s*-?(?P<unit>{_join(_TOLD_UNITS)})(?![\w/^\u207b])")
_ASKED_UNIT: Final = re.compile(rf"\b(?:in|to|into|how many|as)\s+(?P<unit>{_join(_UNITS)})(?![\w/^\u207b-])")
_ASKED_KIND: Final = {
    "wavelength": re.compile(r"\bwavelengths?\b|\bhow long\b.*\bwaves?\b", re.IGNORECASE),
    "wavenumber": re.compile(r"\bwave ?numbers?\b", re.IGNORECASE),
    "frequency": re.compile(r"\bfrequenc(?:y|ies)\b", re.IGNORECASE),
    "energy": re.compile(r"\benerg(?:y|ies)\b|\bhow energetic\b", re.IGNORECASE),
}
_USUAL: Final = {"wavelength": "nm", "wavenumber": "cm-1", "frequency": "Hz", "energy": "eV"}
_LIGHT: Final = re.compile(
    r"\bphotons?\b|\blight\b|\bradiation\b|\blasers?\b|\bwavelengths?\b|\bwave ?numbers?\b|\bfrequenc\w+|"
    r"\btransitions?\b|\bbands?\b|\bconvert\b|\bband ?gap\b|\bexcit\w+|"
    r"\b(?:in|to) (?:eV|nm|J|Hz|kJ/mol|kcal/mol|cm-1)\b",
    re.IGNORECASE,
)
_NUMBER_WORDS: Final = (
    r"two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|million|billion|dozen|several|many"
)
_COUNTED: Final = re.compile(
    rf"(?:(?<![\w.,^\-])(?:{_NUMBER}|10\s*\^?\s*{POWER.replace('power', 'ten')})|"
    rf"\b(?P<word>an?|one|per|{_NUMBER_WORDS}))"
    r"\s*(?:(?P<mole>mol(?:e|es|s)?\b)(?:\s+of)?\s+)?(?:of\s+)?photons\b",
    re.IGNORECASE,
)
_MATTER: Final = re.compile(
    r"\bde broglie\b|\b(?:electrons?|neutrons?|protons?|positrons?|muons?|particles?)\b"
    r"(?!\s*-?(?:transition|volt|excit))",
    re.IGNORECASE,
)
_OF_LIGHT: Final = re.compile(
    r"\bphotons?\b|\blight\b|\bradiation\b|\blasers?\b|\btransitions?\b|\bband ?gap\b|"
    r"\b(?:excit|emi[st]|absorb|ioni[sz]|jump|fall|promot)\w*|\bnmr\b|\bresonan\w+",
    re.IGNORECASE,
)
_HINT: Final = "for example: What is the energy of a photon of 500 nm?"


def asks_about_light(question: str) -> bool:
    """Whether a question asks for a wavelength, wavenumber, frequency or energy from another of these.

    >>> asks_about_light("convert 2.5 eV to nm"), asks_about_light("absorbance at 500 nm in a 1 cm cell")
    (True, False)
    """
    told = list(_TOLD.finditer(question))
    if len(told) != 1 or not _LIGHT.search(question):
        return False
    return _find_wanted(question, told[0]) is not None


def _kind_of(unit: str) -> str:
    unit = _WORDS.get(unit, unit)
    tables = {"wavelength": _LENGTHS, "wavenumber": _WAVENUMBERS, "frequency": _FREQUENCIES, "energy": _ENERGIES}
    return next(kind for kind, table in tables.items() if unit in table)


def _find_wanted(text: str, told: re.Match[str]) -> tuple[str, str | None] | None:
    """Return the kind that is asked for and its unit; None where none is, or the one that is told."""
    given = _kind_of(told["unit"])
    rest = text[: told.start()] + " " + text[told.end() :]
    asked_unit = _ASKED_UNIT.search(rest)
    if asked_unit is not None:
        unit = _WORDS.get(asked_unit["unit"], asked_unit["unit"])
        return (_kind_of(unit), unit) if (unit != told["unit"]) else None
    kinds = [kind for kind, pattern in _ASKED_KIND.items() if kind != given and pattern.search(rest)]
    return (kinds[0], None) if len(kinds) == 1 else None


def _photon(asked: Inquiry) -> Result:
    text = asked.text
    told = list(_TOLD.finditer(text))
    wanted = _find_wanted(text, told[0]) if len(told) == 1 else None
    if wanted is None:
        raise InvalidTaskInputError(
            "one wavelength, frequency or energy, and what is wanted, are needed", value=text, hint=_HINT
        )
    (match,) = told
    matter = _MATTER.search(text)
    if matter is not None and not _OF_LIGHT.search(text):
        raise InvalidTaskInputError(
            f"'{matter.group()}' is not a photon: its wavelength follows from its mass too", value=text, hint=_HINT
        )
    value = read_number(match["number"], match["power"])
    if value <= 0:
        raise InvalidTaskInputError("a photon has a wavelength and energy above zero", value=match.group(), hint=_HINT)
    joules = _to_joules(value, _WORDS.get(match["unit"], match["unit"]))
    kind, unit = wanted
    if (counted := _COUNTED.search(text)) is not None:
        return _sum_up(counted, match, joules, wanted, text)
    unit = unit or _USUAL[kind]
    digits = write_digits(_from_joules(joules, unit))
    parts = tuple(Part(one, float(write_digits(_from_joules(joules, its), 6)), its) for one, its in _USUAL.items())
    written = match.group().strip()
    noun = "A photon" if _kind_of(match["unit"]) != "energy" or kind != "energy" else "An energy"
    more = ""
    if kind == "energy" and unit == "eV":
        more = f" ({write_digits(joules)} J, {write_digits(_from_joules(joules, 'kJ/mol'))} kJ/mol)"
    has = "is" if noun == "An energy" else f"has a{'n' if kind == 'energy' else ''} {kind} of"
    return make_number(digits, unit, f"{noun} of {written} {has} {digits} {unit}{more}.", (), parts)


def _sum_up(
    counted: re.Match[str], told: re.Match[str], joules: float, wanted: tuple[str, str | None], text: str
) -> Result:
    """Return the energy of several photons.

    Raises:
        InvalidTaskInputError: Their number is not a number, or something else than the energy of all is asked for.
    """
    kind, unit = wanted
    word, is_mole = counted["word"], counted["mole"] is not None
    unit = unit or "J"
    if kind != "energy" or _kind_of(told["unit"]) == "energy":
        raise InvalidTaskInputError("of several photons only the energy is computed", value=text, hint=_HINT)
    if word is not None and not (is_mole and word.lower() in ("a", "one", "per")):
        raise InvalidTaskInputError(
            f"'{counted.group()}' is not a number of photons", value=text, hint="write a number"
        )
    number = 1.0
    if word is None:
        number = read_number(counted["number"] or "1", counted["power"] or counted["ten"])
    if unit.endswith("/mol"):
        if not is_mole or number != 1.0:
            raise InvalidTaskInputError(
                f"the energy of {counted.group()} is not one in {unit}", value=text, hint="ask for it in J"
            )
        total = joules
    else:
        total = joules * number * (AVOGADRO if is_mole else 1.0)
    digits = write_digits(_from_joules(total, unit))
    statement = f"The energy of {counted.group()} of {told.group().strip()} is {digits} {unit}."
    return make_number(digits, unit, statement, ())


def _to_joules(value: float, unit: str) -> float:
    match _kind_of(unit):
        case "wavelength":
            return PLANCK * LIGHT_SPEED / (value * _LENGTHS[unit])
        case "wavenumber":
            return PLANCK * LIGHT_SPEED * value * _WAVENUMBERS[unit]
        case "frequency":
            return PLANCK * value * _FREQUENCIES[unit]
        case _:
            return value * _ENERGIES[unit]


def _from_joules(joules: float, unit: str) -> float:
    match _kind_of(unit):
        case "wavelength":
            return PLANCK * LIGHT_SPEED / joules / _LENGTHS[unit]
        case "wavenumber":
            return joules / (PLANCK * LIGHT_SPEED) / _WAVENUMBERS[unit]
        case "frequency":
            return joules / PLANCK / _FREQUENCIES[unit]
        case _:
            return joules / _ENERGIES[unit]


PHOTON: Final = Calculation(
    name="photon",
    title="photon",
    words=(
        "photon energy",
        "energy of a photon",
        "wavelength of a photon",
        "wavenumber of light",
        "frequency of light",
    ),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="E = h c / lambda = h nu, with the constants of the SI of 2019",
    compute=_photon,
    program=Program.ANYMOL,
    example=Example("What is the energy of a photon of 500 nm?", (), "2.48"),
)
