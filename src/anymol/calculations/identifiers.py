"""Whether a text is a CAS number, an InChI, an InChIKey or a SELFIES, by its form and what can be checked of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anymol.calculations.calculation import Result
from anymol.chem.keys import write_inchi
from anymol.chem.names import count_check_digit, has_cas_form
from anymol.chem.parsing import parse_smiles
from anymol.chem.selfies import is_selfies_form, read_selfies
from anymol.errors import InvalidInchiError, InvalidSelfiesError
from anymol.readers.resolve import MolType, resolve_molecule


class IdentifierKind(StrEnum):
    """A way of writing down which molecule is meant, other than SMILES."""

    CAS = "CAS number"
    INCHI = "InChI"
    INCHIKEY = "InChIKey"
    SELFIES = "SELFIES"


@dataclass(frozen=True)
class Identifier:
    """What a question asks about.

    Attributes:
        kind: What it is said or seems to be.
        text: The text; of a CAS number whose check digit is asked for what stands before that.
        lacks_digit: Whether that is so.
    """

    kind: IdentifierKind
    text: str
    lacks_digit: bool = False


_KIND: Final = (
    r"(?:(?P<{0}cas>CAS(?: (?:registry )?(?:number|no\.?|RN))?|CASRN)|(?P<{0}key>InChI[ -]?Key)|(?P<{0}inchi>InChI)|"
    r"(?P<{0}selfies>SELFIES))(?: (?:string|code|notation|number|identifier))?"
)
_TOKEN: Final = r"[\"'`]?(?P<{0}token>(?=[^\s\"'`]*(?:\d|[\[=]|(?-i:[A-Z]{{2}})))[^\s\"'`]*[\]\w)+-])[\"'`]?"
"""A word that no language has: with a digit, a bracket, or capitals."""
_VALID: Final = r"(?:valid|correct|right|genuine|proper|real|well[ -]formed)"
_THE: Final = r"(?:(?:the|this|that|my|following) )*"
_ASKED: Final = re.compile(
    "|".join(
        (
            rf"\bis {_THE}(?:{_KIND.format('a')}:? )?{_TOKEN.format('a')},? (?:an? )?{_VALID}(?: {_KIND.format('b')})?",
            rf"^{_THE}{_KIND.format('c')}:? {_TOKEN.format('c')},? (?:is )?(?:an? )?{_VALID}",
            rf"\b(?:validate|check|verify) {_THE}{_KIND.format('d')}:? {_TOKEN.format('d')}"
            r"(?: for (?:errors|validity))?",
            rf"\bwhat(?:'s| is) wrong with {_THE}{_KIND.format('e')}:? {_TOKEN.format('e')}",
        )
    ),
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(
    r"\bcheck(?:[- ]?sum)?[- ]digit (?:of|for) (?:the )?(?:CAS(?: (?:number|no\.?|RN))? )?"
    r"(?P<stem>\d{2,7}-\d{2})(?:-[?xX_]?)?(?=\s*[?.!]*$)",
    re.IGNORECASE,
)
_NAMES: Final = {
    "cas": IdentifierKind.CAS,
    "key": IdentifierKind.INCHIKEY,
    "inchi": IdentifierKind.INCHI,
    "selfies": IdentifierKind.SELFIES,
}
_KEY: Final = re.compile(r"[A-Z]{14}-[A-Z]{8}[SN]A-[A-Z]")
_KEY_LIKE: Final = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")


def find_identifier(question: str) -> Identifier | None:
    """Return the identifier of which a question asks whether it is valid; None where it asks of none.

    >>> find_identifier("Is 64-17-6 a valid CAS number?").text
    '64-17-6'
    """
    question = question.strip()
    if (digit := _DIGIT.search(question)) is not None:
        return Identifier(IdentifierKind.CAS, digit["stem"], lacks_digit=True)
    match = _ASKED.search(question)
    if match is None or question[match.end() :].strip(" ?.!"):
        return None
    found = {name: text for name, text in match.groupdict().items() if text}
    text = next(one for name, one in found.items() if name.endswith("token"))
    named = {kind for name in found for end, kind in _NAMES.items() if name[1:] == end}
    if len(named) > 1:
        return None
    kind = next(iter(named), None) or _recognise(text)
    return None if kind is None else Identifier(kind, text)


def _recognise(text: str) -> IdentifierKind | None:
    """Return what a text seems to be; None where it may be a SMILES or a word."""
    if has_cas_form(text):
        return IdentifierKind.CAS
    if text.startswith("InChI="):
        return IdentifierKind.INCHI
    if _KEY_LIKE.fullmatch(text):
        return IdentifierKind.INCHIKEY
    return IdentifierKind.SELFIES if is_selfies_form(text) and text.count("[") > 2 else None


def check_identifier(identifier: Identifier) -> Result:
    """Return whether an identifier is valid, and why."""
    match identifier.kind:
        case IdentifierKind.CAS:
            return _check_cas(identifier)
        case IdentifierKind.INCHIKEY:
            return _check_key(identifier.text)
        case IdentifierKind.INCHI:
            return _check_inchi(identifier.text)
        case IdentifierKind.SELFIES:
            return _check_selfies(identifier.text)


def _answer(is_valid: bool, statement: str) -> Result:
    verdict = "yes" if is_valid else "no"
    return Result(verdict, verdict, f"{verdict.capitalize()}, {statement}")


def _check_cas(identifier: Identifier) -> Result:
    text = identifier.text
    if text.startswith("0"):
        return _answer(False, f"{text} is not a CAS number: none begins with 0.")
    if identifier.lacks_digit:
        digit = count_check_digit(text.replace("-", ""))
        return Result(str(digit), str(digit), f"The check digit is {digit}: the CAS number is {text}-{digit}.")
    if not has_cas_form(text):
        return _answer(
            False, f"{text} is not a CAS number, which has the form of 64-17-5: up to seven digits, two, one."
        )
    stem, _, last = text.rpartition("-")
    digit = count_check_digit(stem.replace("-", ""))
    if digit != int(last):
        return _answer(
            False, f"{text} is not a valid CAS number: the check digit of {stem}- is {digit}, and not {last}."
        )
    return _answer(True, f"{text} is a valid CAS number by its check digit; whether it is assigned that does not tell.")


def _check_key(text: str) -> Result:
    if not _KEY_LIKE.fullmatch(text):
        return _answer(False, f"{text} is not an InChIKey, which has 14, 10 and 1 capital letters with dashes between.")
    if not _KEY.fullmatch(text):
        return _answer(
            False, f"{text} is not an InChIKey: its second block ends in SA where it is a standard one, or NA."
        )
    return _answer(True, f"{text} has the form of an InChIKey; which molecule has this key its letters do not tell.")


def _check_inchi(text: str) -> Result:
    if not text.startswith("InChI="):
        return _answer(False, f"{text} is not an InChI, which begins with InChI=.")
    try:
        smiles = resolve_molecule(text, MolType.INCHI).smiles
    except InvalidInchiError as error:
        return _answer(False, f"{text} is not a valid InChI: {error.message}.")
    standard = write_inchi(parse_smiles(smiles))[0]
    if standard != text:
        return _answer(True, f"{text} can be read; but the standard InChI of what it says, {smiles}, is {standard}.")
    return _answer(True, f"{text} is a valid InChI, of {smiles}.")


def _check_selfies(text: str) -> Result:
    try:
        found = read_selfies(text)
    except InvalidSelfiesError as error:
        return _answer(False, f"{text} is not a valid SELFIES: {error.message}.")
    repaired = ", with symbols dropped or bond orders lowered to satisfy valences" if found.repaired else ""
    return _answer(True, f"{text} is a valid SELFIES: it decodes to {found.smiles}{repaired}.")
