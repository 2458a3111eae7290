"""Whether a text is a SMILES or another identifier of a molecule, and what is wrong with it where it is none."""

from __future__ import annotations

import re
from typing import Final

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Program, Result, Takes
from anymol.calculations.formulas import is_formula
from anymol.calculations.identifiers import check_identifier, find_identifier
from anymol.chem.parsing import try_parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError, InvalidTaskInputError

_WORDS: Final = "a an the this that it smiles with in not string my is valid invalid wrong correct ok".replace(" ", "|")
_TEXT: Final = rf"[\"'`]?(?P<{{name}}>(?!(?:{_WORDS})\b)[^\s\"'`]+?)[\"'`]?"
_NOUN: Final = (
    r"(?:(?:a|an|the|this|that|my|following) )*"
    r"(?:smiles(?: (?:string|notation|code))?|string|structure|molecule|notation)?:? ?"
)
_VALID: Final = r"(?:valid|correct|well[ -]formed|parsable|parseable)"
_FAULT: Final = r"(?:error|mistake|fault)"
_WRONG: Final = rf"(?:what(?:'s| is) wrong with|why is|why does|find the {_FAULT} in|what is the {_FAULT} in)"
_REFUSED: Final = r",? (?:is )?(?:an? )?(?:not (?:an? )?valid|invalid|wrong|refused|not parse|not read)\b"
_ASKED: Final = re.compile(
    "|".join(
        (
            rf"\bis {_NOUN}{_TEXT.format(name='asked')},? (?:an? )?(?:syntactically |chemically )?{_VALID}"
            r"(?: smiles(?: string| notation)?)?(?=\s*[?.!]*$)",
            r"\bis (?:this|that|the following|my|the) (?:smiles|structure|notation|string)(?: (?:string|notation))? "
            rf"(?:a )?(?:syntactically |chemically )?{_VALID}(?: or not)?[?:,]+ ?"
            rf"{_TEXT.format(name='told')}(?=\s*[?.!]*$)",
            rf"^(?:valid|invalid|correct)(?: smiles)?\?* ?:? {_TEXT.format(name='bare')}(?=\s*\?*$)",
            rf"\b{_WRONG} {_NOUN}{_TEXT.format(name='faulty')}(?=\s*\??$|{_REFUSED})",
            rf"\b(?:validate|check|verify) {_NOUN}{_TEXT.format(name='checked')}"
            r"(?=[.?!]?$| for (?:errors|validity|mistakes)\b)",
        )
    ),
    re.IGNORECASE,
)
_OTHER: Final = re.compile(r"^InChI|^[\d.,-]+$|\]\[.*\]\[|^\[[A-Z]\]\[|^[A-Z]{14}-[A-Z]{10}-[A-Z]$")
"""What is not a SMILES and not meant to be one: InChI, numbers, SELFIES, InChIKey."""
_MARKS: Final = re.compile(r"[=#()\[\]@+/\\%]|\d|[BCNOPSFI]{2}|^[BCNOPSFI]$")
"""What a notation has and a word has not."""


def asks_for_validity(question: str) -> bool:
    """Whether a question asks whether a text is a SMILES or another identifier, or why it is not one.

    >>> asks_for_validity("Is C1CC valid?"), asks_for_validity("Is benzene valid?")
    (True, False)
    """
    return find_identifier(question) is not None or bool(_find_text(question))


def _find_text(question: str) -> str:
    match = _ASKED.search(question.strip())
    text = next((one for one in match.groups() if one), "") if match is not None else ""
    if not _MARKS.search(text) or _OTHER.search(text) or ">" in text:
        return ""
    return "" if is_formula(text) and isinstance(try_parse_smiles(text), InvalidSmilesError) else text


def _validity(asked: Inquiry) -> Result:
    identifier = find_identifier(asked.text)
    if identifier is not None:
        return check_identifier(identifier)
    text = _find_text(asked.text)
    if not text:
        raise InvalidTaskInputError(
            "no notation to check stands in the question", value=asked.text, hint="as in: is C1CC a valid SMILES?"
        )
    found = try_parse_smiles(text)
    if isinstance(found, InvalidSmilesError):
        hint = f" {found.hint[0].upper()}{found.hint[1:]}{'' if found.hint[-1] in '?!.' else '.'}" if found.hint else ""
        return Result("no", "no", f"No, {text} is not a valid SMILES: {found.message}.{hint}")
    canonical = write_canonical(found)
    return Result("yes", "yes", f"Yes, {text} is a valid SMILES; its canonical form is {canonical}.", smiles=canonical)


VALIDITY: Final = Calculation(
    name="validity",
    title="validity of a SMILES or another identifier",
    words=("valid smiles", "invalid smiles", "validity of a smiles", "wrong with the smiles", "valid cas number",
           "check digit of a cas number", "valid inchi", "valid inchikey", "valid selfies"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="the parser of the notation, valences, check digits; the fault of a SMILES is looked for symbol by symbol",
    compute=_validity,
    exact=True,
    program=Program.RDKIT,
    example=Example("Is C1CC a valid SMILES?", (), "no"),
)  # fmt: skip
