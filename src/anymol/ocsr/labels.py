"""What may stand at a node of a drawn structure: an element, or the label of an abbreviated group."""

from __future__ import annotations

from typing import Final

from rdkit import Chem

from anymol.chem.abbreviations import find_group
from anymol.synthesis.drawing import WIDE_LABELS

ELEMENTS: Final = (
    "C", "N", "O", "F", "S", "Cl", "Br", "I", "P", "B", "Si", "Se", "H", "Na", "K", "Li", "*",
    "Sn", "Ge", "As", "Te",
)  # fmt: skip
"""Elements; ``*`` is an attachment point, a residue that the drawing does not define, or any other element."""

_USUAL: Final = {
    "Me": "*C", "Et": "*CC", "nPr": "*CCC", "iPr": "*C(C)C", "nBu": "*CCCC", "iBu": "*CC(C)C", "tBu": "*C(C)(C)C",
    "nPent": "*CCCCC", "nHex": "*CCCCCC", "nHept": "*CCCCCCC", "nOct": "*CCCCCCCC", "nNon": "*CCCCCCCCC",
    "nDec": "*CCCCCCCCCC", "CF3": "*C(F)(F)F", "CCl3": "*C(Cl)(Cl)Cl", "NCF3": "*NC(F)(F)F",
    "CN": "*C#N", "NC": "*[N+]#[C-]", "NO2": "*[N+](=O)[O-]", "NO": "*N=O", "N3": "*N=[N+]=[N-]",
    "CHO": "*C=O", "Ac": "*C(C)=O", "CO2H": "*C(=O)O", "CO2-": "*C(=O)[O-]", "CO2Me": "*C(=O)OC",
    "CO2Et": "*C(=O)OCC", "CONH2": "*C(N)=O", "SO3H": "*S(=O)(=O)O", "SO2NH2": "*S(N)(=O)=O",
    "OMe": "*OC", "OEt": "*OCC", "OiBu": "*OCC(C)C", "OAc": "*OC(C)=O", "OCF3": "*OC(F)(F)F",
    "NMe": "*NC", "NMe2": "*N(C)C", "NEt2": "*N(CC)CC", "NHAc": "*NC(C)=O", "N(OH)CH3": "*N(C)O", "SMe": "*SC",
    "Boc": "*C(=O)OC(C)(C)C", "Cbz": "*C(=O)OCc1ccccc1", "Ts": "*S(=O)(=O)c1ccc(C)cc1", "Ms": "*S(C)(=O)=O",
    "Tf": "*S(=O)(=O)C(F)(F)F", "Bn": "*Cc1ccccc1", "Bz": "*C(=O)c1ccccc1", "Ph": "*c1ccccc1",
    "TMS": "*[Si](C)(C)C", "TBS": "*[Si](C)(C)C(C)(C)C", "Bpin": "*B1OC(C)(C)C(C)(C)O1",
}  # fmt: skip
GROUPS: Final = _USUAL | {label: find_group(label) or "" for label, _ in WIDE_LABELS}
"""Labels -> the group as SMILES, attached at its ``*``."""

ISOTOPES: Final = {
    "D": ("H", 2), "T": ("H", 3), "11C": ("C", 11), "13C": ("C", 13), "14C": ("C", 14), "15N": ("N", 15),
    "17O": ("O", 17), "18O": ("O", 18), "18F": ("F", 18), "34S": ("S", 34), "35S": ("S", 35), "123I": ("I", 123),
    "125I": ("I", 125), "131I": ("I", 131),
}  # fmt: skip
"""Labels of nuclides -> element and mass number; heavy hydrogen is D however it is written."""

LABELS: Final = (*ELEMENTS, *GROUPS, *ISOTOPES)
"""All that a node is told apart into; a network's weights name those that it tells apart."""

CHARGES: Final = (0, 1, -1)
"""Charges of a node, elementary charges; others are not read."""

_INDEX: Final = {label: index for index, label in enumerate(LABELS)}
_NUCLIDES: Final = {nuclide: _INDEX[label] for label, nuclide in ISOTOPES.items()}
_SYNONYMS: Final = {"COOEt": "CO2Et", "COOH": "CO2H", "COO-": "CO2-"}


def find_label(atom: Chem.Atom) -> int:
    """Return the index of what a drawing shows at an atom."""
    if atom.HasProp("atomLabel"):
        label = atom.GetProp("atomLabel")
        return _INDEX.get(_SYNONYMS.get(label, label), _INDEX["*"])
    if atom.GetAtomicNum() and atom.GetIsotope():
        return _NUCLIDES.get((atom.GetSymbol(), atom.GetIsotope()), _INDEX["*"])
    return _INDEX.get(atom.GetSymbol(), _INDEX["*"])
