"""Adducts in general: ``[2M+Na-2H]-``, ``M+H``, ``[M]+.`` read into what they add, take away and charge."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from anymol.calculations.elements import TABLE
from anymol.chem.formula import ELEMENTS, count_formula
from anymol.errors import UserError
from anymol.modalities.adduct import ELECTRON, compute_neutral_mass

_PIECES: Final[dict[str, tuple[str, int]]] = {
    "H": ("H", 1), "D": ("D", 1), "LI": ("Li", 1), "NA": ("Na", 1), "K": ("K", 1), "RB": ("Rb", 1), "CS": ("Cs", 1),
    "AG": ("Ag", 1), "NH4": ("NH4", 1), "CA": ("Ca", 2), "MG": ("Mg", 2), "FE": ("Fe", 2), "ZN": ("Zn", 2),
    "CU": ("Cu", 2), "MN": ("Mn", 2), "NI": ("Ni", 2), "CO": ("Co", 2), "AL": ("Al", 3),
    "F": ("F", -1), "CL": ("Cl", -1), "BR": ("Br", -1), "I": ("I", -1), "OH": ("OH", -1), "NO3": ("NO3", -1),
    "HCOO": ("HCO2", -1), "HCO2": ("HCO2", -1), "CHO2": ("CHO2", -1), "FORMATE": ("HCO2", -1),
    "CH3COO": ("C2H3O2", -1), "CH3CO2": ("C2H3O2", -1), "C2H3O2": ("C2H3O2", -1), "OAC": ("C2H3O2", -1),
    "ACETATE": ("C2H3O2", -1), "CF3COO": ("C2F3O2", -1), "HSO4": ("HSO4", -1), "H2PO4": ("H2PO4", -1),
    "HCO3": ("HCO3", -1), "CLO4": ("ClO4", -1), "BF4": ("BF4", -1), "PF6": ("PF6", -1),
    "H2O": ("H2O", 0), "NH3": ("NH3", 0), "ACN": ("C2H3N", 0), "MECN": ("C2H3N", 0), "CH3CN": ("C2H3N", 0),
    "MEOH": ("CH4O", 0), "CH3OH": ("CH4O", 0), "ETOH": ("C2H6O", 0), "IPA": ("C3H8O", 0), "ISOPROP": ("C3H8O", 0),
    "DMSO": ("C2H6OS", 0), "DMF": ("C3H7NO", 0), "FA": ("CH2O2", 0), "HCOOH": ("CH2O2", 0), "HAC": ("C2H4O2", 0),
    "ACOH": ("C2H4O2", 0), "CH3COOH": ("C2H4O2", 0), "TFA": ("C2HF3O2", 0), "TEA": ("C6H15N", 0), "PYR": ("C5H5N", 0),
    "CO2": ("CO2", 0), "HF": ("HF", 0), "HCL": ("HCl", 0), "HBR": ("HBr", 0), "HCN": ("HCN", 0),
}  # fmt: skip
"""What is added or lost, in capitals -> (formula, charge). Co and CO share their capitals: see `_read_piece`."""

_BODY = r"(?P<n>\d*)M(?P<pieces>(?:\s*[+\-]\s*\d*\s*(?:\([A-Za-z0-9]+\)|[A-Za-z][A-Za-z0-9]*))*)"
_CHARGE = r"(?P<charge>(?:\d*\s*[+\-]{1,4}|[+\-]\s*\d+))?\s*(?P<radical>[.\u2022\u00b7*]?)"
_BRACKETED = re.compile(rf"\[\s*{_BODY}\s*\]\s*(?P<before>[.\u2022\u00b7*]?){_CHARGE}")
_BARE = re.compile(
    r"(?<![A-Za-z0-9\[])(?P<n>\d*)M(?P<pieces>(?:[+\-]\d*[A-Z][A-Za-z0-9]*)+)(?P<before>)"
    r"(?P<charge>\d*[+\-])?(?P<radical>[.\u2022\u00b7]?)(?![A-Za-z0-9])"
)
_MOLECULAR = re.compile(
    r"(?<![A-Za-z0-9\[])M(?P<before>[.\u2022\u00b7]?)(?P<charge>[+\-])(?P<radical>[.\u2022\u00b7]?)(?![\w+\-])"
)
_PIECE = re.compile(r"(?P<sign>[+\-])\s*(?P<count>\d*)\s*\(?(?P<what>[A-Za-z][A-Za-z0-9]*)\)?")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u207a": "+", "\u207b": "-", "\u00b2": "2", "\u00b3": "3"})


@dataclass(frozen=True)
class WrittenAdduct:
    """How molecules M become an ion, in any form that people write.

    Those that spectra are kept with are listed in :class:`anymol.modalities.adduct.Adduct`.

    Attributes:
        text: As written, tidied: ``[M+H]+``.
        n_molecules: How many M are in the ion.
        added: Atoms added (lost ones negative), ``D`` by itself.
        charge: Charge of the ion; None where it is not written and is that of its pieces.
        pieces_charge: What the pieces charge by themselves; None where one is not a known ion or molecule.
    """

    text: str
    n_molecules: int
    added: Counter[str]
    charge: int | None
    pieces_charge: int | None


def find_adducts(text: str) -> list[WrittenAdduct]:
    """Return the adducts that a text names, in its order.

    Raises:
        UserError: One has a piece that is not a formula.

    >>> [(one.text, one.charge) for one in find_adducts("the m/z of [M+H]+ and [2M-H]-")]
    [('[M+H]+', 1), ('[2M-H]-', -1)]
    """
    plain = text.translate(_SIGNS)
    found: list[tuple[int, WrittenAdduct]] = []
    taken: list[tuple[int, int]] = []
    for pattern in (_BRACKETED, _BARE, _MOLECULAR):
        for match in pattern.finditer(plain):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            found.append((match.start(), _read(match)))
    return [adduct for _, adduct in sorted(found, key=lambda pair: pair[0])]


def parse_adduct(text: str) -> WrittenAdduct:
    """Return the adduct that a text is.

    Raises:
        UserError: It is none.
    """
    found = find_adducts(text)
    if len(found) != 1:
        raise UserError("this is not an adduct", value=text, hint="write it as [M+H]+, [M+2H]2+ or [M-H]-")
    return found[0]


def compute_mz(adduct: WrittenAdduct, charge: int, mass: float, mol_charge: int) -> float:
    """Return the m/z (Da) of an ion; electrons are taken off once, for the charge of the whole ion.

    Args:
        adduct: What is added.
        charge: Charge of the ion.
        mass: Monoisotopic mass of M, Da, its own charge counted.
        mol_charge: Charge of M.
    """
    added = sum(count * _mass_of(symbol) for symbol, count in adduct.added.items())
    return (adduct.n_molecules * compute_neutral_mass(mass, mol_charge) + added - charge * ELECTRON) / abs(charge)


def _mass_of(symbol: str) -> float:
    return float(TABLE.GetMassForIsotope(1, 2) if symbol == "D" else TABLE.GetMostCommonIsotopeMass(symbol))


def _read(match: re.Match[str]) -> WrittenAdduct:
    added: Counter[str] = Counter()
    charges: list[int | None] = []
    tidied = ""
    for piece in _PIECE.finditer(match["pieces"] if "pieces" in match.re.groupindex else ""):
        sign = 1 if piece["sign"] == "+" else -1
        count = sign * int(piece["count"] or 1)
        formula, charge = _read_piece(piece["what"])
        for symbol, number in formula.items():
            added[symbol] += count * number
        charges.append(None if charge is None else count * charge)
        tidied += f"{piece['sign']}{piece['count']}{piece['what']}"
    n_molecules = int((match["n"] if "n" in match.re.groupindex else "") or 1)
    if not 1 <= n_molecules <= 20:
        raise UserError("an ion holds 1 to 20 molecules", value=match.group(), hint="write it as [2M+H]+")
    stated = _read_charge(match["charge"])
    known = None if None in charges else sum(one for one in charges if one is not None)
    radical = "." if match["before"] or match["radical"] else ""
    shown = f"[{match['n'] if n_molecules > 1 else ''}M{tidied}]{write_charge(stated) if stated else ''}{radical}"
    return WrittenAdduct(shown, n_molecules, added, stated, known)


def _read_piece(what: str) -> tuple[Counter[str], int | None]:
    """Return the atoms of a piece and its charge as an ion; None where it is a fragment of no known charge."""
    # Capitals tell CO, which is lost, from Co, which is added.
    known = None if what == "CO" else _PIECES.get(what.upper())
    if known is not None:
        return count_formula(known[0]), known[1]
    counts = count_formula(what)
    if "".join(what.split()) != "".join(re.findall(r"[A-Z][a-z]?\d*", what)) or not set(counts) <= ELEMENTS | {"D"}:
        raise UserError(f"'{what}' is not a part of an adduct", value=what, hint="write formulas, as in [M+NH4]+")
    return counts, 0 if what == "CO" else None


def _read_charge(text: str | None) -> int | None:
    compact = "".join((text or "").split())
    if not compact:
        return None
    digits = re.sub(r"[+\-]", "", compact)
    sign = -1 if "-" in compact else 1
    if "+" in compact and "-" in compact:
        raise UserError("the charge of an adduct has one sign", value=text, hint="write it as [M+2H]2+")
    return sign * (int(digits) if digits else len(compact))


def write_charge(charge: int) -> str:
    """Return a charge as it stands behind a bracket: ``+``, ``2-``."""
    return f"{abs(charge) if abs(charge) > 1 else ''}{'+' if charge > 0 else '-'}"
