"""The ions that a salt is made of."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from anymol.calculations.substances import Substance, find_substance
from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import InvalidTaskInputError

_METALS: Final = dict.fromkeys(("Li", "Na", "K", "Rb", "Cs"), 1) | dict.fromkeys(("Mg", "Ca", "Sr", "Ba"), 2)
_ANIONS: Final = {
    "F": "[F-]", "Cl": "[Cl-]", "Br": "[Br-]", "I": "[I-]", "O": "[O-2]", "S": "[S-2]", "OH": "[OH-]",
    "NO3": "O=[N+]([O-])[O-]", "SO4": "O=S(=O)([O-])[O-]", "CO3": "O=C([O-])[O-]", "PO4": "O=P([O-])([O-])[O-]",
    "ClO4": "[O-][Cl+3]([O-])([O-])[O-]", "HCO3": "O=C([O-])O", "NO2": "O=N[O-]", "CN": "[C-]#N",
}  # fmt: skip
_FORMULA: Final = re.compile(
    rf"(?P<metal>{'|'.join(_METALS)})(?P<metals>\d*)(?:\((?P<group>\w+)\)(?P<groups>\d+)|(?P<anion>[A-Z][A-Za-z]*?\d?)(?P<anions>[2-4]?))"
)
_WATER: Final = "O"
_CYANIDE: Final = "[C-]#N"


def list_ions(substance: Substance) -> Counter[str]:
    """Return the ions of one formula unit of a salt, as canonical SMILES with their numbers.

    Raises:
        InvalidTaskInputError: It is not known to be made of ions.

    >>> from anymol.calculations.substances import find_substance
    >>> list_ions(find_substance("Al2(SO4)3")).total()
    5
    """
    pieces = substance.smiles.split(".") if substance.smiles else list(_read_salt(substance.formula).elements())
    ions = Counter(_canonicalize(one) for one in pieces if _canonicalize(one) != _WATER)
    # A complex is one ion, whose ligands the dictionary writes apart.
    is_complex = "[" in substance.formula or (_CYANIDE in ions and len(ions) > 2)
    if is_complex or not ions or not all(map(_count_charge, ions)) or substance.charge:
        raise InvalidTaskInputError(
            f"{substance.name} is not known to be made of ions",
            value=substance.name,
            hint="ask of a simple salt, as of CaCl2",
        )
    return ions


def count_ions(substance: Substance, name: str) -> int:
    """Return how many ions one formula unit of a salt holds.

    Args:
        substance: The salt.
        name: Name or formula of the ion that counts, as in chloride; empty where all do.

    Raises:
        InvalidTaskInputError: It is no salt, or holds no such ion.
    """
    ions = list_ions(substance)
    if not name:
        return ions.total()
    if name.lower() in ("cation", "anion"):
        sign = 1 if name.lower() == "cation" else -1
        return sum(number for ion, number in ions.items() if sign * _count_charge(ion) > 0)
    wanted = find_substance(name)
    for ion, number in ions.items():
        counts = _count_atoms(ion)
        is_metal = wanted is not None and not wanted.charge and not wanted.smiles and _count_charge(ion) > 0
        if wanted is not None and wanted.counts == counts and (wanted.charge == _count_charge(ion) or is_metal):
            return number
    raise InvalidTaskInputError(
        f"{substance.name} holds no {name} ions", value=substance.name, hint=f"it is made of {' and '.join(ions)}"
    )


def _read_salt(formula: str) -> Counter[str]:
    """Return the ions of a formula of a metal of groups 1 and 2 and a common anion; none where it is another."""
    match = _FORMULA.fullmatch(formula)
    anion = None if match is None else _ANIONS.get(match["group"] or match["anion"])
    if match is None or anion is None:
        return Counter()
    metals, anions = int(match["metals"] or 1), int(match["groups"] or match["anions"] or 1)
    charge = _METALS[match["metal"]]
    if metals * charge + anions * _count_charge(anion):
        return Counter()
    return Counter({f"[{match['metal']}+{charge if charge > 1 else ''}]": metals, anion: anions})


def _canonicalize(smiles: str) -> str:
    return write_canonical(parse_smiles(smiles))


def _count_charge(smiles: str) -> int:
    return sum(atom.GetFormalCharge() for atom in parse_smiles(smiles).GetAtoms())


def _count_atoms(smiles: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for atom in parse_smiles(smiles).GetAtoms():
        counts[atom.GetSymbol()] += 1
        counts["H"] += atom.GetTotalNumHs()
    return +counts
