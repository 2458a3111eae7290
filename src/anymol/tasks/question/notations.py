"""Notations in a running text: SMILES, SELFIES, InChI, reactions, formulas, adducts and amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from anymol.calculations.quantities import UNITS, WORDED, Dimension
from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.tasks.question.words import WordKind, is_word

_SELFIES = re.compile(r"(?:\[[^\[\]\s]+\]\.?){2,}")
_NOTATION = re.compile(r"[A-Za-z0-9@+\-\[\]()=#%\\/.:>*~$]{2,}")
_SMILES_LETTERS = re.compile(r"(?:Br|Cl|[BCNOPSFI]|[bcnops](?=.*[0-9]))+")
_BROKEN = re.compile(r"(?:Br|Cl|Si|Se|[BCNOPSFI]|[cnops]|\[[^\[\]\s]*\]?|[=#()/\\.+\-%@]|\d)+")

_PIECES = (
    r"(?:A[cglmrstu]|B[aehiknoru]?|C[adefklmnorsu]?|D[bsy]|E[rstu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?|L[airuv]|"
    r"M[cdegnot]|N[abdeiop]?|Os?|P[abdhmort]?|R[abefghnu]|S[bcegimnr]?|T[abcehilms]|U|V|W|Xe|Yb?|Z[nr]|"
    r"Bn|Boc|Bu|Bz|Cbz|Cp|Cy|Et|Fmoc|Me|Ms|Ph|Piv|iPr|nBu|tBu|t-Bu|n-Bu|i-Pr|Tf|Ts)"
)
_FORMULA = re.compile(rf"(?:{_PIECES}\d*|\((?:{_PIECES}\d*)+\)\d*|\[(?:{_PIECES}\d*|\((?:{_PIECES}\d*)+\)\d*)+\]\d*)+")
ADDUCT = re.compile(
    r"\[\s*\d?M(?:\s*[+-]\s*\d*[A-Za-z0-9]+)+\s*\]\s*\d*[+-]*|(?<![\w/])\d?[Mm]\s?[+-]\s?\d?(?:H|h|Na|K|NH4|"
    r"Li|Cl)\b[+-]?"
)
"""An adduct of a mass spectrum, for example ``[M+H]+``."""

_STRENGTHS = (Dimension.MOLARITY, Dimension.PERCENT, Dimension.DENSITY)
_OTHER_UNITS = ("°C", "K", "h", "hour", "hours", "min", "bar", "atm", "Da", "kDa", "nm", "cm-1", "mmoles", "g/cm³")


def _match_units(units: Iterable[str]) -> str:
    """Return a pattern of some units, the longest first; micro is written in three ways."""
    return "|".join(re.escape(unit).replace("u", "[uµμ]") for unit in sorted(units, key=len, reverse=True))


_NUMBER = r"(?<![\w.\[-])\d+(?:[.,]\d+)?\s?"
_COUNTED_UNITS = [unit for unit, (what, _) in UNITS.items() if what is not Dimension.PARTICLES]
AMOUNT = re.compile(rf"{_NUMBER}(?:{_match_units([*_COUNTED_UNITS, *_OTHER_UNITS])})(?![\w/-])|(?i:{WORDED.pattern})")
"""A number with a unit."""
CONCENTRATION = re.compile(
    rf"{_NUMBER}(?:{_match_units([*(unit for unit, (what, _) in UNITS.items() if what in _STRENGTHS), 'N', 'wt%'])})"
    r"(?![\w/-])"
)
"""A number with a unit of concentration."""

CAS = re.compile(r"\b\d{2,7}-\d{2}-\d\b")
"""A CAS Registry Number, by its form."""


def is_notation(word: str) -> bool:
    """Whether a word is SMILES, SELFIES, InChI or a reaction, and neither English nor a formula.

    >>> is_notation("CC(=O)O"), is_notation("CNS"), is_notation("C9H8O4"), is_notation("CCO>>CC=O")
    (True, False, False, True)
    """
    if word.startswith("InChI=") or _SELFIES.fullmatch(word):
        return True
    if is_reaction_word(word):
        return True
    if _NOTATION.fullmatch(word) is None or len(word) < 3 or is_word(WordKind.ACRONYM, word) or ">" in word:
        return False
    if word.isalpha() and (word.islower() or _SMILES_LETTERS.fullmatch(word) is None):
        return False
    if not re.search(r"[A-Zcnos]", word) or re.fullmatch(r"[\d.,:+\-]+", word):
        return False
    return parses(word)


def is_broken_smiles(word: str) -> bool:
    """Whether a word can only be meant as SMILES though it is none: who reads it then says what is wrong.

    >>> is_broken_smiles("CC(C)c1ccc("), is_broken_smiles("(E)"), is_broken_smiles("CC(=O)O")
    (True, False, False)
    """
    if len(word) < 5 or _BROKEN.fullmatch(word) is None or not re.search(r"[=#(\[]|c1|\d[cnoCNO]", word):
        return False
    return len(re.findall(r"[CNOcnos]", word)) > 3 and not parses(word)


def is_reaction_word(word: str) -> bool:
    """Whether a word is a reaction in line notation: two arrows' heads, each part empty or SMILES."""
    if word.count(">") != 2 or len(word) < 3:
        return False
    parts = [part for part in word.split(">") if part]
    return bool(parts) and all(parses(part) for part in parts)


def parses(word: str) -> bool:
    """Whether a word is a valid SMILES."""
    return not isinstance(try_parse_smiles(word), InvalidSmilesError)


def is_formula(word: str) -> bool:
    """Whether a word is written like a molecular formula: elements, usual abbreviations of groups, counts.

    >>> is_formula("C9H8O4"), is_formula("NaBH4"), is_formula("PhMgBr"), is_formula("It"), is_formula("Ra")
    (True, True, True, False, False)
    """
    if is_word(WordKind.NOT_FORMULA, word) or len(word) < 2 or _FORMULA.fullmatch(word) is None:
        return False
    pieces = re.findall(_PIECES, word)
    if len(pieces) == 1 and not re.search(r"\d", word):
        return False
    acronym = word.removesuffix("s")
    if acronym.isupper() and acronym.isalpha() and not is_word(WordKind.CAPITAL_FORMULA, word):
        return False
    # A word with one capital is a word: 'Bond', 'Cash'.
    return bool(re.search(r"\d", word)) or len(re.findall(r"[A-Z]", word)) > 1
