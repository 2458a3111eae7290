"""Facts of the elements: number, symbol, atomic weight, isotopes, electron configuration."""

from __future__ import annotations

import re
from typing import Final

from anymol.calculations.adducts import write_charge
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.elements import ELEMENT_WORDS, ELEMENTS, TABLE, name_element
from anymol.chem.electron_configuration import write_configuration
from anymol.errors import InvalidTaskInputError

_NUMBER: Final = re.compile(
    r"\batomic (?:number|no\.?)|\bproton number|\bnumber of protons|\bhow many protons (?:does|do|has|are in)\b",
    re.IGNORECASE,
)
_WEIGHT: Final = re.compile(r"\b(?:average |relative |standard )*atomic (?:mass|weight)(?:es|s)?\b", re.IGNORECASE)
_SYMBOL: Final = re.compile(r"\bsymbol\b", re.IGNORECASE)
_ISOTOPES: Final = re.compile(
    r"\b(?:stable |natural |naturally occurring )*isotopes\b|\b(?:natural |isotopic )+abundances?\b", re.IGNORECASE
)
_CONFIGURATION: Final = re.compile(r"\belectron(?:ic)? (?:configuration|arrangement|structure)\b", re.IGNORECASE)
_STABLE: Final = re.compile(r"\bstable\b", re.IGNORECASE)
_WHICH: Final = re.compile(
    r"\b(?:what|which|name(?: the)?) (?:chemical )?element\b|\belement (?:with|has|number|whose)\b", re.IGNORECASE
)
_OF_NUMBER: Final = re.compile(
    r"\b(?:atomic|proton) (?:number|no\.?)\s*(?:is|of|=|:)?\s*(?P<number>\d{1,3})\b|"
    r"\belement (?:number |no\.? ?)?(?P<other>\d{1,3})\b|\b(?P<count>\d{1,3}) protons\b",
    re.IGNORECASE,
)
_IS_WRITTEN: Final = re.compile(r"\b(?:symbol|element is) (?:is )?[\"'\u2018]?(?-i:[A-Z][a-z]?)\b", re.IGNORECASE)
_NAMES: Final = re.compile(rf"\b(?:{'|'.join(sorted(ELEMENTS, key=len, reverse=True))})\b", re.IGNORECASE)
_COMPOUND: Final = re.compile(
    rf"\b(?:{'|'.join(ELEMENTS)})s?[ -]\(?[ivx]*\)? ?\w*(?:ide|ate|ite|acid|salt|hydride)s?\b", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"(?<![\w-])(?:[A-Z][a-z]?\d*){2,}(?![\w-])")
_NUCLIDE: Final = re.compile(
    rf"\b(?:{ELEMENT_WORDS})-(?P<behind>\d{{1,3}})\b|"
    r"(?<![\w.])(?P<before>\d{1,3})(?-i:[A-Z][a-z]?)(?![\w])",
    re.IGNORECASE,
)
"""An isotope: carbon-14, 14C."""
_CHARGED: Final = r"\s?(?:\^?(?P<count>\d*)(?P<signs>[+-]+)(?P<after>\d*)|\((?P<roman>[IVX]+)\))(?![\w])"
_ION: Final = re.compile(r"\b(?:ion|cation|anion)s?\b", re.IGNORECASE)
_ROMAN: Final = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8}
_SYMBOLS: Final = frozenset(ELEMENTS.values())
_WRITTEN: Final = re.compile(r"(?<![\w(\[])([A-Z][a-z]?)(?=[\^\d]*[+-]|(?![\w)\]]))")
_NOT_SYMBOLS: Final = frozenset({"I", "At", "In", "As", "No", "He"})
"""Symbols that are words too: at the beginning of a sentence they are read as these."""


def asks_about_element(question: str) -> bool:
    """Whether a question asks for a fact of one element.

    >>> asks_about_element("atomic number of gold"), asks_about_element("atomic mass of Fe")
    (True, True)
    >>> asks_about_element("isotope pattern of chlorobenzene"), asks_about_element("What is the mass of iron?")
    (False, False)
    """
    if _WHICH.search(question) and (_OF_NUMBER.search(question) or _IS_WRITTEN.search(question)):
        return True
    if _names_compound(question):
        return False
    asks = any(pattern.search(question) for pattern in (_NUMBER, _WEIGHT, _SYMBOL, _ISOTOPES, _CONFIGURATION))
    return asks and len(_find_elements(question)) == 1


def _names_compound(question: str) -> bool:
    """Whether an element's name or symbol is a part of a compound's: 'sodium chloride', 'carbon dioxide', 'CO2'."""
    return _COMPOUND.search(question) is not None or any(
        token not in _ROMAN and len(re.findall("[A-Z][a-z]?", token)) > 1 for token in _TOKEN.findall(question)
    )


def _find_elements(question: str) -> tuple[str, ...]:
    """Return the symbols of the elements that a question names or writes."""
    named = [ELEMENTS[match.group().lower()] for match in _NAMES.finditer(question)]
    written = [
        match[1]
        for match in _WRITTEN.finditer(question)
        if match[1] in _SYMBOLS and (match.start() or match[1] not in _NOT_SYMBOLS)
    ]
    return tuple(dict.fromkeys((*named, *written)))


def _element(asked: Inquiry) -> Result:
    text = asked.text
    numbered = _OF_NUMBER.search(text)
    if numbered is not None:
        return _name_number(int(numbered["number"] or numbered["other"] or numbered["count"]))
    found = _find_elements(text)
    if len(found) != 1:
        raise InvalidTaskInputError("one element must be named", value=text, hint="as in: atomic number of gold")
    (symbol,) = found
    if _ISOTOPES.search(text):
        if _STABLE.search(text):
            raise InvalidTaskInputError(
                "which isotopes are stable is not known here", value=text, hint="ask for those that occur in nature"
            )
        return _list_isotopes(symbol)
    name, number = name_element(symbol), TABLE.GetAtomicNumber(symbol)
    facts = _list_facts(symbol)
    if _CONFIGURATION.search(text):
        return _tell_configuration(symbol, name, text)
    nuclide = _NUCLIDE.search(text)
    if _WEIGHT.search(text):
        if nuclide is not None:
            return _weigh_nuclide(symbol, name, int(nuclide["behind"] or nuclide["before"]))
        weight = f"{TABLE.GetAtomicWeight(symbol):g}"
        statement = f"The atomic weight of {name} ({symbol}) is {weight}."
        return Result(float(weight), weight, statement, gives=Gives.NUMBER, parts=facts)
    if _NUMBER.search(text):
        statement = f"The atomic number of {name} ({symbol}) is {number}."
        return Result(number, str(number), statement, gives=Gives.NUMBER, parts=facts)
    if _WHICH.search(text):
        return Result(name, name, f"{symbol} is {name}, element {number}.", parts=facts)
    return Result(symbol, symbol, f"The symbol of {name} is {symbol}.", parts=facts)


def _name_number(number: int) -> Result:
    if not 1 <= number <= 118:
        raise InvalidTaskInputError("there are 118 elements", value=str(number), hint="give a number from 1 to 118")
    symbol = str(TABLE.GetElementSymbol(number))
    name = name_element(symbol)
    return Result(name, name, f"Element {number} is {name} ({symbol}).", parts=_list_facts(symbol))


def _weigh_nuclide(symbol: str, name: str, number: int) -> Result:
    mass = float(TABLE.GetMassForIsotope(symbol, number))
    if not mass:
        raise InvalidTaskInputError(f"{name}-{number} is not known", value=f"{name}-{number}", hint="name an isotope")
    text = f"{mass:.5f}"
    return Result(mass, text, f"An atom of {name}-{number} weighs {text} Da.", unit="Da", gives=Gives.NUMBER)


def _tell_configuration(symbol: str, name: str, text: str) -> Result:
    charge = _read_charge(symbol, name, text)
    found = write_configuration(TABLE.GetAtomicNumber(symbol), charge)
    shown = f"{symbol}{write_charge(charge)}" if charge else f"{name} ({symbol})"
    return Result(found, found, f"The electron configuration of {shown} is {found}.", parts=_list_facts(symbol))


def _read_charge(symbol: str, name: str, text: str) -> int:
    """Return the charge that a question writes behind an element: Fe3+, Fe 3+, Fe+3, Fe(III), iron(III).

    Raises:
        InvalidTaskInputError: It speaks of an ion and writes no charge.
    """
    match = re.search(rf"\b(?:{symbol}|(?i:{name})){_CHARGED}", text)
    if match is None:
        if _ION.search(text):
            raise InvalidTaskInputError("the charge of the ion is not written", value=text, hint="as in Fe3+ or Na+")
        return 0
    if match["roman"] is not None:
        return _ROMAN.get(match["roman"], 0)
    signs = match["signs"]
    size = int(match["count"] or match["after"] or len(signs))
    return size if signs[0] == "+" else -size


def _list_facts(symbol: str) -> tuple[Part, ...]:
    return (
        Part("name", name_element(symbol)),
        Part("symbol", symbol),
        Part("atomic number", TABLE.GetAtomicNumber(symbol)),
        Part("atomic weight", float(f"{TABLE.GetAtomicWeight(symbol):g}")),
    )


def _list_isotopes(symbol: str) -> Result:
    name, number = name_element(symbol), TABLE.GetAtomicNumber(symbol)
    first = TABLE.GetMostCommonIsotope(symbol)
    parts = tuple(
        Part(f"{mass}{symbol}", abundance, "%")
        for mass in range(max(1, first - 40), first + 41)
        if (abundance := float(TABLE.GetAbundanceForIsotope(number, mass))) > 0.0
    )
    if not parts:
        raise InvalidTaskInputError(
            f"{name} has no isotope of natural abundance", value=symbol, hint="it is radioactive"
        )
    said = ", ".join(f"{part.label} {part.value:g} %" for part in parts)
    return Result(said, said, f"Isotopes of {name} in nature: {said}.", parts=parts)


ELEMENT: Final = Calculation(
    name="element",
    title="facts of an element",
    words=("atomic number", "atomic weight", "symbol of the element", "isotopes of the element"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="RDKit's periodic table",
    compute=_element,
    program=Program.RDKIT,
    example=Example("What is the atomic number of tungsten?", (), "74"),
)
