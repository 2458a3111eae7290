"""Labels that chemists write at an atom, and the groups that they stand for: ``Boc``, ``CO2Et``, ``NHAc``, ``OH``."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdAbbreviations

_GROUPS: Final = {
    "Me": "*C", "Ph": "*c1ccccc1", "Bn": "*Cc1ccccc1", "Bz": "*C(=O)c1ccccc1", "Vinyl": "*C=C",
    "Allyl": "*CC=C", "Cy": "*C1CCCCC1", "cHex": "*C1CCCCC1", "cPr": "*C1CC1", "sBu": "*C(C)CC",
    "iBu": "*CC(C)C", "iPent": "*CCC(C)C", "Piv": "*C(=O)C(C)(C)C",
    "Mes": "*c1c(C)cc(C)cc1C", "Tol": "*c1ccc(C)cc1", "PMP": "*c1ccc(OC)cc1", "Np": "*c1cccc2ccccc12",
    "Boc": "*C(=O)OC(C)(C)C", "Cbz": "*C(=O)OCc1ccccc1", "Alloc": "*C(=O)OCC=C",
    "Fmoc": "*C(=O)OCC1c2ccccc2-c2ccccc21", "Troc": "*C(=O)OCC(Cl)(Cl)Cl", "Teoc": "*C(=O)OCC[Si](C)(C)C",
    "PMB": "*Cc1ccc(OC)cc1", "DMB": "*Cc1ccc(OC)cc1OC", "Trt": "*C(c1ccccc1)(c1ccccc1)c1ccccc1",
    "Tr": "*C(c1ccccc1)(c1ccccc1)c1ccccc1", "DMT": "*C(c1ccccc1)(c1ccc(OC)cc1)c1ccc(OC)cc1", "MOM": "*COC",
    "MEM": "*COCCOC", "SEM": "*COCC[Si](C)(C)C", "THP": "*C1CCCCO1", "TFA": "*C(=O)C(F)(F)F",
    "TMS": "*[Si](C)(C)C", "TES": "*[Si](CC)(CC)CC", "TIPS": "*[Si](C(C)C)(C(C)C)C(C)C",
    "TBS": "*[Si](C)(C)C(C)(C)C", "TBDMS": "*[Si](C)(C)C(C)(C)C", "TBDPS": "*[Si](c1ccccc1)(c1ccccc1)C(C)(C)C",
    "Ts": "*S(=O)(=O)c1ccc(C)cc1", "Tos": "*S(=O)(=O)c1ccc(C)cc1", "Ms": "*S(C)(=O)=O",
    "Tf": "*S(=O)(=O)C(F)(F)F", "Ns": "*S(=O)(=O)c1ccc([N+](=O)[O-])cc1", "Bpin": "*B1OC(C)(C)C(C)(C)O1",
    "N3": "*N=[N+]=[N-]", "NCO": "*N=C=O", "NCS": "*N=C=S", "SCN": "*SC#N", "CONH2": "*C(N)=O", "CHF2": "*C(F)F",
    "CO2Me": "*C(=O)OC", "COOMe": "*C(=O)OC", "CO2tBu": "*C(=O)OC(C)(C)C", "CO2Bn": "*C(=O)OCc1ccccc1",
    "COMe": "*C(C)=O", "COPh": "*C(=O)c1ccccc1", "COCl": "*C(=O)Cl", "SO2Me": "*S(C)(=O)=O",
    "SO2Ph": "*S(=O)(=O)c1ccccc1",
    "SO2CH3": "*S(C)(=O)=O", "SO2CF3": "*S(=O)(=O)C(F)(F)F", "SO2NMe2": "*S(=O)(=O)N(C)C", "CONHMe": "*C(=O)NC",
    "CONMe2": "*C(=O)N(C)C", "NHCH3": "*NC", "P(O)(OEt)2": "*P(=O)(OCC)OCC",
    "SO2Cl": "*S(=O)(=O)Cl", "SO2NH2": "*S(N)(=O)=O", "SO3-": "*S(=O)(=O)[O-]", "PO3H2": "*P(=O)(O)O",
    "OPO3H2": "*OP(=O)(O)O", "OSO3H": "*OS(=O)(=O)O", "NMe2": "*N(C)C", "NEt2": "*N(CC)CC", "NiPr2": "*N(C(C)C)C(C)C",
    "NBn2": "*N(Cc1ccccc1)Cc1ccccc1", "NPhth": "*N1C(=O)c2ccccc2C1=O", "NHOH": "*NO", "B(OH)2": "*B(O)O",
    "PPh2": "*P(c1ccccc1)c1ccccc1", "OCF3": "*OC(F)(F)F", "SCF3": "*SC(F)(F)F", "SF5": "*S(F)(F)(F)(F)F",
    "CH2OH": "*CO", "CH2CH3": "*CC", "C2H5": "*CC", "C6H5": "*c1ccccc1", "OCH3": "*OC", "OC2H5": "*OCC",
    "COCH3": "*C(C)=O", "OCOCH3": "*OC(C)=O", "CO2CH3": "*C(=O)OC", "COOCH3": "*C(=O)OC", "N(CH3)2": "*N(C)C",
    "C(CH3)3": "*C(C)(C)C", "CH(CH3)2": "*C(C)C", "NH3+": "*[NH3+]", "O-": "*[O-]",
}  # fmt: skip
"""Label -> group as SMILES, attached at its ``*``; RDKit's own list comes beside it."""

_HETERO: Final = {"O": "*O{}", "S": "*S{}", "NH": "*N{}", "HN": "*N{}"}
"""What may stand between the chain and a group: ``OTs``, ``NHBoc``."""

_LINKERS: Final = {"SO2": "S(=O)=O", "SO": "S=O", "CO": "C=O", "C=O": "C=O", "CMe2": "C(C)C", "CF2": "C(F)F"}
"""Label between two bonds -> group, whose first atom bears both; ``NBoc`` and its like come beside them."""

_HYDRIDE: Final = re.compile(r"(?:H\d?)?(?P<symbol>Cl|Br|Si|Se|B|C|N|O|P|S|F|I)(?:H\d?)?")
_OPEN: Final = re.compile(r"(?:R|X|Y|Z|A|Q|L|M|E|Ar|Aryl|Het|Hal|Alk|Pol|EWG|EDG|PG|LG|Nu)['\d]*|\*|\?")
_MARKUP: Final = re.compile(r"\\[Ssn]|</?su[bp]>|[\s_^{}]")


_BRANCH: Final = re.compile(r"-?(?P<name>tert|sec|iso|cyclo|[tsinc])-(?=[A-Z])")
"""How a chain branches, written with a hyphen: ``t-Bu``, ``i-Pr``; the tables have ``tBu``."""


def is_open_label(label: str) -> bool:
    """Whether a label leaves open what stands there: ``R1``, ``X``, ``Ar``."""
    return _OPEN.fullmatch(_MARKUP.sub("", label)) is not None


def find_element(label: str) -> tuple[str, int | None] | None:
    """Return the element of a label that names one atom, and the hydrogens that it names with it.

    >>> find_element("NH2"), find_element("HO"), find_element("Cl"), find_element("Boc")
    (('N', 2), ('O', 1), ('Cl', None), None)
    """
    plain = _MARKUP.sub("", label)
    if plain in ("H", "D"):
        return plain, None
    match = _HYDRIDE.fullmatch(plain)
    if match is None:
        return None
    counts = [int(digit or 1) for digit in re.findall(r"H(\d?)", plain)]
    return match["symbol"], sum(counts) if counts else None


def find_group(label: str) -> str | None:
    """Return the group of a label as SMILES with ``*`` where it is attached; None where it is not known.

    >>> find_group("NHBoc")
    '*NC(=O)OC(C)(C)C'
    """
    plain = _BRANCH.sub(lambda match: match["name"][0], _MARKUP.sub("", label))
    groups = _list_groups()
    if plain in groups:
        return groups[plain]
    for start, pattern in _HETERO.items():
        inner = groups.get(plain.removeprefix(start)) if plain.startswith(start) else None
        inner = inner or (groups.get(plain.removesuffix(start)) if plain.endswith(start) else None)
        if inner is not None:
            return pattern.format(inner[1:])
    return None


def find_linker(label: str) -> str | None:
    """Return the group of a label between two bonds as SMILES, both bonds at its first atom; None where not known.

    >>> find_linker("NBoc")
    'NC(=O)OC(C)(C)C'
    """
    plain = _MARKUP.sub("", label)
    inner = _list_groups().get(plain[1:]) if plain.startswith("N") else None
    return f"N{inner[1:]}" if inner else _LINKERS.get(plain)


@cache
def _list_groups() -> dict[str, str]:
    groups: dict[str, str] = {}
    for one in rdAbbreviations.GetDefaultAbbreviations():
        smiles = Chem.MolToSmiles(one.mol, rootedAtAtom=0)
        for label in (one.label, one.displayLabelW):  # the latter is what stands at the left: EtO2C
            groups[_MARKUP.sub("", label)] = smiles
    groups |= {"CN": "*C#N"} | _GROUPS  # RDKit's iBu and iPent are other groups
    # NC is a nitrile at the left of a chain and an isonitrile at its right.
    return {label: smiles for label, smiles in groups.items() if label not in ("", "NC")}
