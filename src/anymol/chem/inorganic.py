"""Formulas of salts, oxides and halides -> structures: K2CO3, (NH4)2SO4, CuSO4·5H2O, Mg(OAc)2, Bu4NF.

A formula is read as cations and one kind of anion whose charges balance, by the tables below; formulas of molecules
(SOCl2, H2SO4) stand in the curated list of names, which is asked first. A metal of several charges takes the one that
balances, so that FeCl2 and FeCl3 differ. Halides of metals that bond to them (Al, Fe, Pd ...) are written with bonds,
as OPSIN and PubChem do, all others as ions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

from anymol.chem.parsing import canonicalize_smiles

METALS: Final[dict[str, tuple[int, ...]]] = {
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs", "Ag"), (1,)),
    **dict.fromkeys(("Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd"), (2,)),
    **dict.fromkeys(("Al", "Ga", "Sc", "Y", "La", "Pr", "Nd", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Lu", "Bi"), (3,)),
    **dict.fromkeys(("Zr", "Hf", "Th"), (4,)),
    **dict.fromkeys(("Sn", "Pb", "Pd", "Pt", "Ge"), (2, 4)),
    **dict.fromkeys(("Fe", "Co"), (2, 3)),
    **dict.fromkeys(("Sm", "Eu", "Yb"), (3, 2)),
    "Ce": (3, 4), "Ti": (4, 3, 2), "V": (3, 4, 5, 2), "Nb": (5,), "Ta": (5,), "Cr": (3, 2, 6), "Mo": (5, 6, 3, 4),
    "W": (6, 5, 4), "Mn": (2, 3, 4), "Re": (5, 3), "Ru": (3, 2), "Os": (3,), "Rh": (3, 1), "Ir": (3, 4, 1), "Ni": (2,),
    "Cu": (2, 1), "Au": (3, 1), "Hg": (2,), "In": (3, 1), "Tl": (1, 3), "Sb": (3, 5), "U": (4, 6),
}  # fmt: skip
"""Charges that a metal's ion has, the usual first."""

_CATIONS: Final[dict[str, tuple[str, int]]] = {
    "NH4": ("[NH4+]", 1),
    "Me4N": ("C[N+](C)(C)C", 1),
    "NMe4": ("C[N+](C)(C)C", 1),
    "Et4N": ("CC[N+](CC)(CC)CC", 1),
    "NEt4": ("CC[N+](CC)(CC)CC", 1),
    "Bu4N": ("CCCC[N+](CCCC)(CCCC)CCCC", 1),
    "nBu4N": ("CCCC[N+](CCCC)(CCCC)CCCC", 1),
    "n-Bu4N": ("CCCC[N+](CCCC)(CCCC)CCCC", 1),
    "NBu4": ("CCCC[N+](CCCC)(CCCC)CCCC", 1),
    "TBA": ("CCCC[N+](CCCC)(CCCC)CCCC", 1),
    "Ph4P": ("c1ccc([P+](c2ccccc2)(c2ccccc2)c2ccccc2)cc1", 1),
    "PPh4": ("c1ccc([P+](c2ccccc2)(c2ccccc2)c2ccccc2)cc1", 1),
    "Ph3C": ("c1ccc([C+](c2ccccc2)c2ccccc2)cc1", 1),
    "NO": ("N#[O+]", 1),
}
"""Cations that are not metals."""

_ANIONS: Final[dict[str, tuple[str, int]]] = {
    "H": ("[H-]", 1), "D": ("[2H-]", 1), "F": ("[F-]", 1), "Cl": ("[Cl-]", 1), "Br": ("[Br-]", 1), "I": ("[I-]", 1),
    "OH": ("[OH-]", 1), "OD": ("[2H][O-]", 1), "O": ("[O-2]", 2), "S": ("[S-2]", 2), "Se": ("[Se-2]", 2),
    "Te": ("[Te-2]", 2), "N": ("[N-3]", 3), "P": ("[P-3]", 3), "O2": ("[O-][O-]", 2), "HS": ("[SH-]", 1),
    "SH": ("[SH-]", 1), "I3": ("I[I-]I", 1), "Br3": ("[Br-].BrBr", 1), "HF2": ("F.[F-]", 1), "C2": ("[C-]#[C-]", 2),
    "CN": ("[C-]#N", 1), "OCN": ("N#C[O-]", 1), "SCN": ("N#C[S-]", 1), "N3": ("[N-]=[N+]=[N-]", 1),
    "NH2": ("[NH2-]", 1), "NO2": ("O=N[O-]", 1), "NO3": ("O=[N+]([O-])[O-]", 1),
    "CO3": ("O=C([O-])[O-]", 2), "HCO3": ("O=C([O-])O", 1), "C2O4": ("O=C([O-])C(=O)[O-]", 2),
    "SO3": ("O=S([O-])[O-]", 2), "HSO3": ("O=S([O-])O", 1), "SO4": ("O=S(=O)([O-])[O-]", 2),
    "HSO4": ("O=S(=O)([O-])O", 1), "S2O3": ("O=S([O-])([O-])=S", 2), "S2O4": ("O=S([O-])S(=O)[O-]", 2),
    "S2O5": ("O=S([O-])S(=O)(=O)[O-]", 2), "S2O7": ("O=S(=O)([O-])OS(=O)(=O)[O-]", 2),
    "S2O8": ("O=S(=O)([O-])OOS(=O)(=O)[O-]", 2), "HSO5": ("O=S(=O)([O-])OO", 1), "SeO3": ("O=[Se]([O-])[O-]", 2),
    "SeO4": ("O=[Se](=O)([O-])[O-]", 2), "PO4": ("O=P([O-])([O-])[O-]", 3), "HPO4": ("O=P([O-])([O-])O", 2),
    "H2PO4": ("O=P([O-])(O)O", 1), "H2PO2": ("O=[PH2][O-]", 1), "PH2O2": ("O=[PH2][O-]", 1),
    "HPO3": ("O=[PH]([O-])[O-]", 2), "P2O7": ("O=P([O-])([O-])OP(=O)([O-])[O-]", 4),
    "H2P2O7": ("O=P([O-])(O)OP(=O)([O-])O", 2), "AsO4": ("O=[As]([O-])([O-])[O-]", 3), "AsO2": ("O=[As][O-]", 1),
    "ClO": ("[O-]Cl", 1), "OCl": ("[O-]Cl", 1), "ClO2": ("[O-][Cl+][O-]", 1), "ClO3": ("[O-][Cl+2]([O-])[O-]", 1),
    "ClO4": ("[O-][Cl+3]([O-])([O-])[O-]", 1), "BrO": ("[O-]Br", 1), "BrO3": ("[O-][Br+2]([O-])[O-]", 1),
    "IO3": ("[O-][I+2]([O-])[O-]", 1), "IO4": ("[O-][I+3]([O-])([O-])[O-]", 1),
    "MnO4": ("[O-][Mn](=O)(=O)=O", 1), "CrO4": ("[O-][Cr](=O)(=O)[O-]", 2),
    "Cr2O7": ("O=[Cr](=O)([O-])O[Cr](=O)(=O)[O-]", 2), "MoO4": ("[O-][Mo](=O)(=O)[O-]", 2),
    "WO4": ("[O-][W](=O)(=O)[O-]", 2), "VO3": ("O=[V](=O)[O-]", 1), "FeO4": ("[O-][Fe](=O)(=O)[O-]", 2),
    "ReO4": ("[O-][Re](=O)(=O)=O", 1), "RuO4": ("[O-][Ru](=O)(=O)=O", 1), "BO2": ("[O-]B=O", 1),
    "BO3": ("[O-]B([O-])[O-]", 3), "B4O7": ("[O-]B1OB2OB([O-])OB(O1)O2", 2), "SiO3": ("O=[Si]([O-])[O-]", 2),
    "AlO2": ("[O-][Al]=O", 1), "SnO3": ("O=[Sn]([O-])[O-]", 2), "BiO3": ("O=[Bi](=O)[O-]", 1),
    "BH4": ("[BH4-]", 1), "BD4": ("[2H][B-]([2H])([2H])[2H]", 1), "AlH4": ("[AlH4-]", 1),
    "AlD4": ("[2H][Al-]([2H])([2H])[2H]", 1), "BH3CN": ("[BH3-]C#N", 1), "CNBH3": ("[BH3-]C#N", 1),
    "BH(OAc)3": ("CC(=O)O[BH-](OC(C)=O)OC(C)=O", 1), "BHEt3": ("CC[BH-](CC)CC", 1),
    "Et3BH": ("CC[BH-](CC)CC", 1), "BH(sBu)3": ("CCC(C)[BH-](C(C)CC)C(C)CC", 1),
    "B(sBu)3H": ("CCC(C)[BH-](C(C)CC)C(C)CC", 1), "AlH(OtBu)3": ("CC(C)(C)O[AlH-](OC(C)(C)C)OC(C)(C)C", 1),
    "AlH2(OCH2CH2OCH3)2": ("COCCO[AlH2-]OCCOC", 1), "BF4": ("F[B-](F)(F)F", 1),
    "BPh4": ("c1ccc([B-](c2ccccc2)(c2ccccc2)c2ccccc2)cc1", 1), "PF6": ("F[P-](F)(F)(F)(F)F", 1),
    "SbF6": ("F[Sb-](F)(F)(F)(F)F", 1), "AsF6": ("F[As-](F)(F)(F)(F)F", 1), "SiF6": ("F[Si-2](F)(F)(F)(F)F", 2),
    "AlCl4": ("Cl[Al-](Cl)(Cl)Cl", 1), "AlF6": ("F[Al-3](F)(F)(F)(F)F", 3), "PdCl4": ("Cl[Pd-2](Cl)(Cl)Cl", 2),
    "PtCl4": ("Cl[Pt-2](Cl)(Cl)Cl", 2), "PtCl6": ("Cl[Pt-2](Cl)(Cl)(Cl)(Cl)Cl", 2),
    "AuCl4": ("Cl[Au-](Cl)(Cl)Cl", 1), "IrCl6": ("Cl[Ir-2](Cl)(Cl)(Cl)(Cl)Cl", 2),
    "CuCl4": ("Cl[Cu-2](Cl)(Cl)Cl", 2), "HgI4": ("I[Hg-2](I)(I)I", 2),
    "OsO4": ("[O-][Os](=O)(=O)[O-]", 2), "OsO2(OH)4": ("O[Os-2](O)(O)(O)(=O)=O", 2),
    "OAc": ("CC(=O)[O-]", 1), "AcO": ("CC(=O)[O-]", 1), "CH3COO": ("CC(=O)[O-]", 1), "CH3CO2": ("CC(=O)[O-]", 1),
    "C2H3O2": ("CC(=O)[O-]", 1), "O2CCH3": ("CC(=O)[O-]", 1), "OCOCH3": ("CC(=O)[O-]", 1),
    "HCOO": ("O=C[O-]", 1), "HCO2": ("O=C[O-]", 1), "O2CH": ("O=C[O-]", 1), "OCHO": ("O=C[O-]", 1),
    "OBz": ("O=C([O-])c1ccccc1", 1), "OPiv": ("CC(C)(C)C(=O)[O-]", 1), "TFA": ("O=C([O-])C(F)(F)F", 1),
    "OCOCF3": ("O=C([O-])C(F)(F)F", 1), "CF3CO2": ("O=C([O-])C(F)(F)F", 1), "CF3COO": ("O=C([O-])C(F)(F)F", 1),
    "O2CCF3": ("O=C([O-])C(F)(F)F", 1), "OTf": ("O=S(=O)([O-])C(F)(F)F", 1), "CF3SO3": ("O=S(=O)([O-])C(F)(F)F", 1),
    "SO3CF3": ("O=S(=O)([O-])C(F)(F)F", 1), "OMs": ("CS(=O)(=O)[O-]", 1), "OTs": ("Cc1ccc(S(=O)(=O)[O-])cc1", 1),
    "NTf2": ("O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", 1),
    "N(SO2CF3)2": ("O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", 1),
    "OMe": ("C[O-]", 1), "MeO": ("C[O-]", 1), "OCH3": ("C[O-]", 1), "CH3O": ("C[O-]", 1),
    "OEt": ("CC[O-]", 1), "EtO": ("CC[O-]", 1), "OC2H5": ("CC[O-]", 1), "C2H5O": ("CC[O-]", 1),
    "OiPr": ("CC(C)[O-]", 1), "OPr-i": ("CC(C)[O-]", 1), "Oi-Pr": ("CC(C)[O-]", 1), "OPri": ("CC(C)[O-]", 1),
    "O-iPr": ("CC(C)[O-]", 1), "OtBu": ("CC(C)(C)[O-]", 1), "Ot-Bu": ("CC(C)(C)[O-]", 1),
    "OBu-t": ("CC(C)(C)[O-]", 1), "tBuO": ("CC(C)(C)[O-]", 1), "t-BuO": ("CC(C)(C)[O-]", 1),
    "O-tBu": ("CC(C)(C)[O-]", 1), "O-t-Bu": ("CC(C)(C)[O-]", 1), "OBu": ("CCCC[O-]", 1),
    "OPh": ("[O-]c1ccccc1", 1), "SMe": ("C[S-]", 1), "SEt": ("CC[S-]", 1), "SPh": ("[S-]c1ccccc1", 1),
    "acac": ("CC(=O)C=C(C)[O-]", 1), "NMe2": ("C[N-]C", 1), "NEt2": ("CC[N-]CC", 1),
    "N(iPr)2": ("CC(C)[N-]C(C)C", 1), "HMDS": ("C[Si](C)(C)[N-][Si](C)(C)C", 1),
    "N(SiMe3)2": ("C[Si](C)(C)[N-][Si](C)(C)C", 1), "N(TMS)2": ("C[Si](C)(C)[N-][Si](C)(C)C", 1),
    "C4H4O6": ("O=C([O-])C(O)C(O)C(=O)[O-]", 2), "C6H5O7": ("O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]", 3),
}  # fmt: skip
"""Anions, with the size of their charge."""

_IRON_CYANIDES: Final = {
    3: "[Fe+3].[C-]#N.[C-]#N.[C-]#N.[C-]#N.[C-]#N.[C-]#N",
    4: "[Fe+2].[C-]#N.[C-]#N.[C-]#N.[C-]#N.[C-]#N.[C-]#N",
}
"""Hexacyanoferrates by the size of their charge: the formula alone, Fe(CN)6, leaves it to the cations."""

_BONDED: Final = frozenset({
    "Al", "Ga", "In", "Zn", "Cd", "Hg", "Sn", "Pb", "Ge", "Sb", "Bi", "Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo",
    "W", "Mn", "Re", "Fe", "Ru", "Os", "Co", "Rh", "Ir", "Ni", "Pd", "Pt", "Cu", "Au", "Tl", "Be", "Th", "U",
})  # fmt: skip
"""Metals whose halides are written with bonds."""
_HALIDES: Final = frozenset({"F", "Cl", "Br", "I"})
_OXIDES: Final = frozenset({"Ti", "Zr", "Sn", "Mn", "Pb", "Mo", "W", "Cr", "Ru", "Os", "Ir"})
"""Metals whose oxides MO2 and MO3 are written with double bonds."""
_MONOXIDES: Final = frozenset({"Cu", "Ni", "Pb", "Sn", "Hg"})
"""Metals whose oxides and sulfides of one to one are written with double bonds."""

_CATION = re.compile(
    r"(?:\((?P<group>{0})\)(?P<count>\d*)|(?P<bare>{0}))(?P<times>\d*)".format(
        "|".join(sorted(map(re.escape, _CATIONS), key=len, reverse=True))
    )
)
_METAL = re.compile(rf"({'|'.join(sorted(METALS, key=len, reverse=True))})(\d*)")
_WATER = re.compile(r"(\d+(?:\.\d+)?|[xn])?\s*H2O", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[·•∙⋅*]\s*|\.(?=\s*\d*\s*H2O)|\s+(?=\d+\s*H2O)|(?<=[\d)a-z])\s*[xX×]\s*(?=\d*\s*H2O)")
_BRACKETS: Final = dict.fromkeys(map(ord, "[]"))
_MAX_LENGTH: Final = 60
_MAX_UNITS: Final = 12


def parse_inorganic(text: str) -> str | None:
    """Return the canonical SMILES of a salt, oxide, halide or alkoxide written as a formula; None where it is none.

    >>> parse_inorganic("K2CO3")
    'O=C([O-])[O-].[K+].[K+]'
    >>> parse_inorganic("FeCl3")
    '[Cl][Fe]([Cl])[Cl]'
    >>> parse_inorganic("C6H12O6")
    """
    if len(text) > _MAX_LENGTH:
        return None
    salt, *rest = _SEPARATOR.split(text.translate(_BRACKETS).strip())
    water = 0
    for part in rest:
        match = _WATER.fullmatch(part)
        if match is None or not (match[1] or "1").isdigit() or int(match[1] or 1) > _MAX_UNITS:
            return None
        water += int(match[1] or 1)
    found = _read_salt(salt.replace(" ", ""))
    return None if found is None else canonicalize_smiles(".".join([found] + ["O"] * water))


def _read_salt(text: str) -> str | None:
    """Return the SMILES of cations and anions whose charges balance."""
    for cations, rest in _split_cations(text):
        for anion, count in _split_anion(rest):
            found = _balance(cations, anion, count)
            if found is not None:
                return found
    return None


def _split_cations(text: str) -> Iterator[tuple[list[tuple[str, int]], str]]:
    """Yield the cations at the head of a formula, with their counts, and what follows; the shortest heads first."""
    found: list[tuple[str, int]] = []
    rest = text
    while True:
        match = _CATION.match(rest)
        if match is not None:
            name = match["group"] or match["bare"]
            found = [*found, (name, int(match["count"] or match["times"] or 1))]
        else:
            match = _METAL.match(rest)
            if match is None:
                break
            found = [*found, (match[1], int(match[2] or 1))]
        rest = rest[match.end() :]
        yield found, rest


def _split_anion(rest: str) -> Iterator[tuple[str, int]]:
    """Yield the readings of what follows the cations as one kind of anion and its count.

    O2 is two oxides before it is a peroxide: MnO2 balances as the one, BaO2 as the other.
    """
    # An anion of several atoms is counted in parentheses: VOCl3 holds no hypochlorite.
    match = re.fullmatch(r"\((.+)\)(\d*)", rest) or re.fullmatch(r"([A-Z][a-z]?)(\d+)", rest)
    if match is not None and match[1] in _ANIONS:
        yield match[1], int(match[2] or 1)
    if rest in _ANIONS or rest == "Fe(CN)6":
        yield rest, 1


def _balance(cations: list[tuple[str, int]], anion: str, count: int) -> str | None:
    """Return the SMILES of cations and anions, where charges of theirs add up to nothing."""
    if count > _MAX_UNITS or sum(number for _, number in cations) > _MAX_UNITS:
        return None
    choices = [(_CATIONS[name][1],) if name in _CATIONS else METALS[name] for name, _ in cations]
    for charges in product(*choices):
        positive = sum(charge * number for charge, (_, number) in zip(charges, cations, strict=True))
        if anion == "Fe(CN)6":
            if positive in _IRON_CYANIDES:
                return ".".join([*_write_cations(cations, charges), _IRON_CYANIDES[positive]])
            continue
        smiles, negative = _ANIONS[anion]
        if positive != negative * count:
            continue
        (metal, number), *others = cations
        if not others and number == 1 and metal in _BONDED and anion in _HALIDES and count <= 6:
            return _bond(metal, anion, count)
        if not others and number == 1 and metal in _OXIDES and anion == "O" and count > 1:
            return f"O=[{metal}]{'(=O)' * (count - 2)}=O"
        if not others and number == 1 and metal in _MONOXIDES and anion in ("O", "S") and count == 1:
            return f"{anion}=[{metal}]"
        return ".".join([*_write_cations(cations, charges), *[smiles] * count])
    return None


def _write_cations(cations: list[tuple[str, int]], charges: tuple[int, ...]) -> list[str]:
    written = []
    for (name, number), charge in zip(cations, charges, strict=True):
        ion = _CATIONS[name][0] if name in _CATIONS else f"[{name}+{charge if charge > 1 else ''}]"
        written += [ion] * number
    return written


def _bond(metal: str, halogen: str, count: int) -> str:
    """Return a halide with bonds.

    >>> _bond("Ti", "Cl", 4)
    'Cl[Ti](Cl)(Cl)Cl'
    """
    if count == 1:
        return f"{halogen}[{metal}]"
    return f"{halogen}[{metal}]{f'({halogen})' * (count - 2)}{halogen}"
