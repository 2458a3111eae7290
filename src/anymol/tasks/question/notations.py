"""Notations in a running text: SMILES, SELFIES, InChI, reactions, formulas, adducts and amounts."""

from __future__ import annotations

import re
from typing import Final

from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError

_SELFIES = re.compile(r"(?:\[[^\[\]\s]+\]\.?){2,}")
_NOTATION = re.compile(r"[A-Za-z0-9@+\-\[\]()=#%\\/.:>*~$]{2,}")
_SMILES_LETTERS = re.compile(r"(?:Br|Cl|[BCNOPSFI]|[bcnops](?=.*[0-9]))+")
_BROKEN = re.compile(r"(?:Br|Cl|Si|Se|[BCNOPSFI]|[cnops]|\[[^\[\]\s]*\]?|[=#()/\\.+\-%@]|\d)+")
_ACRONYMS: Final = frozenset(
    "BBB BBC BSC CBS CCS CNN CNS COB CPC FBI FCC IBS ICI ION IPSC NBC NCI NCS NSC PBS PCC PCB PIN POP "
    "SCF SNP SOP SOS SPF "
    "CIP COI CPS OSP POC PSC SCN NIPS OCSP BIOS ICON COIN COOP SPIN SON SOB NO NON PSI".split()
)
"""Abbreviations of other things that are valid SMILES by accident."""

_PIECES = (
    r"(?:A[cglmrstu]|B[aehiknoru]?|C[adefklmnorsu]?|D[bsy]|E[rstu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?|L[airuv]|"
    r"M[cdegnot]|N[abdeiop]?|Os?|P[abdhmort]?|R[abefghnu]|S[bcegimnr]?|T[abcehilms]|U|V|W|Xe|Yb?|Z[nr]|"
    r"Bn|Boc|Bu|Bz|Cbz|Cp|Cy|Et|Fmoc|Me|Ms|Ph|Piv|iPr|nBu|tBu|t-Bu|n-Bu|i-Pr|Tf|Ts)"
)
_FORMULA = re.compile(rf"(?:{_PIECES}\d*|\((?:{_PIECES}\d*)+\)\d*|\[(?:{_PIECES}\d*)+\]\d*)+")
_NO_FORMULA: Final = frozenset(
    "I In Is It As At No On Of Or He Be By So We My Me Us Co Si UV IR MS IS NO IF OF ON IN AS US BY SO "
    "WHO HOW WHY UK USA "
    "Can Has Have Why Who How Please PS OK pH Cation Fun Ring Name You Your Nice Hi Also This These "
    "Those That CAS UPAC "
    "V2000 V3000 Some Since Simulate Number Nominal Monoisotopic Have Write Where Which Without What "
    "When Would Can Could Show "
    "SN SN1 SN2 Sort Find Count Find Compare Choose Use Using Yes Both Ph Bn FCC ISO CIP CNS SI NBS HOMO "
    "LUMO COSY HSQC HMBC HBA HBD "
    "FG FGs PSA TPSA InChI SOS PAINS BBB".split()
)
_CAPITALS: Final = frozenset("KOH HCN HF HI KI KF KCN KSCN NO CO HNO HBF NCS CSI".split())
"""Formulas of capitals alone; other words of capitals are abbreviations."""
ADDUCT = re.compile(
    r"\[\s*\d?M(?:\s*[+-]\s*\d*[A-Za-z0-9]+)+\s*\]\s*\d*[+-]*|(?<![\w/])\d?[Mm]\s?[+-]\s?\d?(?:H|h|Na|K|NH4|"
    r"Li|Cl)\b[+-]?"
)
"""An adduct of a mass spectrum, for example ``[M+H]+``."""

_UNIT = (
    r"(?:kg|mg|µg|ug|μg|ng|g|grams?|milligrams?|kilograms?|mmol|µmol|umol|μmol|nmol|mol|moles?|"
    r"millimoles?|mL|ml|µL|ul|μL|"
    r"L|liters?|litres?|mM|µM|uM|μM|nM|M|N|equiv\.?|equivalents?|eq\.?|%|°C|K|h|hours?|min|bar|atm|ppm|Da|kDa|nm|cm-1)"
)
AMOUNT = re.compile(rf"(?<![\w.\[(-])\d+(?:[.,]\d+)?\s?{_UNIT}(?![\w/-])")
"""A number with a unit."""
CONCENTRATION = re.compile(
    r"(?<![\w.\[(-])\d+(?:[.,]\d+)?\s?(?:mM|µM|uM|μM|nM|M|N|mol/L|mol/l|mmol/L|%|wt%|g/L|g/l|mg/mL)(?![\w/-])"
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
    if _NOTATION.fullmatch(word) is None or len(word) < 3 or word in _ACRONYMS or ">" in word:
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
    if word in _NO_FORMULA or len(word) < 2 or _FORMULA.fullmatch(word) is None:
        return False
    pieces = re.findall(_PIECES, word)
    if len(pieces) == 1 and not re.search(r"\d", word):
        return False
    if word.isupper() and word.isalpha() and word not in _CAPITALS:
        return False
    # A word with one capital is a word: 'Bond', 'Cash'.
    return bool(re.search(r"\d", word)) or len(re.findall(r"[A-Z]", word)) > 1
