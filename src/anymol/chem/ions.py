"""Ions as formulas with their charge: ``Cu2+``, ``Fe(3+)``, ``Zn++``, ``Mg²⁺``, ``SO4 2-``."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rdkit import Chem

from anymol.chem.conjugates import find_conjugate_base
from anymol.chem.inorganic import METALS
from anymol.chem.names import find_name
from anymol.errors import UserError

_ION: Final = re.compile(
    r"\[?(?P<formula>[A-Z][A-Za-z\d]*?(?:\([A-Za-z\d]+\)\d?)?[A-Za-z\d]*?)\]?"
    r"(?:(?P<signs>\+{2,4}|-{2,4})|[ ^]?\(?(?P<before>\d)?(?P<sign>[+-])(?P<behind>\d)?\)?)"
)
_SPELLINGS: Final = ("{formula}({count}{sign})", "{formula}^{count}{sign}", "{formula}{count}{sign}")
_CHALCOGENIDES: Final = frozenset({"S2-", "Se2-", "Te2-"})
"""Of other nonmetals a number before the sign counts atoms: N3-, I3-, O2-."""
_DASHES: Final = str.maketrans("−–", "--")


def read_ion(text: str) -> str | None:
    """Return the SMILES of an ion: of any element with its charge, and of those that the dictionaries know.

    >>> read_ion("Cu2+"), read_ion("Fe(3+)"), read_ion("Zn++"), read_ion("CuSO4")
    ('[Cu+2]', '[Fe+3]', '[Zn+2]', None)
    >>> read_ion("HPO4 2-"), read_ion("CH3COO-")
    ('O=P([O-])([O-])O', 'CC(=O)[O-]')
    """
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    match = _ION.fullmatch(text)
    if match is None or (match["before"] and match["behind"]):
        return None
    signs = match["signs"] or ""
    sign = match["sign"] or signs[0]
    charge = len(signs) or int(match["before"] or match["behind"] or 1)
    formula = match["formula"]
    is_glued = match["before"] is not None and f"{formula}{match['before']}" in text
    if formula in _symbols() and (not is_glued or formula in METALS or text in _CHALCOGENIDES):
        return f"[{formula}{sign}{charge if charge > 1 else ''}]"
    count = "" if charge == 1 else charge
    spellings = (one.format(formula=formula, count=count, sign=sign) for one in _SPELLINGS)
    hit = next((hit for one in spellings if (hit := find_name(one)) is not None), None)
    if hit is not None:
        return None if Chem.GetFormalCharge(Chem.MolFromSmiles(hit.smiles)) == 0 else hit.smiles
    if sign == "+":
        return None
    # In HSO4- the number counts atoms, in HPO42- charges.
    found = _take_from_acid(formula, charge)
    return _take_from_acid(f"{formula}{match['before']}", 1) if found is None and is_glued else found


def _take_from_acid(formula: str, charge: int) -> str | None:
    """Return the SMILES of an anion whose acid the dictionaries know: HPO4 2- is phosphoric acid less two protons."""
    hydrogens = re.match(r"H(\d*)(?=[A-Z])", formula)
    known, rest = (0, formula) if hydrogens is None else (int(hydrogens[1] or 1), formula[hydrogens.end() :])
    total = known + charge
    hit = find_name(f"H{total if total > 1 else ''}{rest}") or (find_name(f"{formula}H") if charge == 1 else None)
    if hit is None:
        return None
    smiles = hit.smiles
    try:
        for _ in range(charge):
            smiles = find_conjugate_base(Chem.MolFromSmiles(smiles))
    except UserError:
        return None
    return smiles


def _symbols() -> frozenset[str]:
    table = Chem.GetPeriodicTable()
    return frozenset(table.GetElementSymbol(number) for number in range(1, 104))
