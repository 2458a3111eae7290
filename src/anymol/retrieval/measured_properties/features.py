"""What the predictors look at: descriptors and MACCS keys of the molecule without its salts.

Folded Morgan counts beside them were tried: on val they changed the errors by 3 % at most, and took four times as long.

All of them are RDKit's and take about a millisecond. Their order and number are a part of the predictors' file:
:data:`VERSION` is raised when either changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from anymol.chem.fingerprints import maccs
from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles

VERSION: Final = 1
_ELEMENTS: Final = (5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53)
_COUNTS: Final = (
    rdMolDescriptors.CalcExactMolWt, rdMolDescriptors.CalcNumHeavyAtoms, rdMolDescriptors.CalcTPSA,
    rdMolDescriptors.CalcLabuteASA, rdMolDescriptors.CalcNumHBD, rdMolDescriptors.CalcNumHBA,
    rdMolDescriptors.CalcNumRotatableBonds, rdMolDescriptors.CalcNumRings, rdMolDescriptors.CalcNumAromaticRings,
    rdMolDescriptors.CalcNumAliphaticRings, rdMolDescriptors.CalcNumHeteroatoms, rdMolDescriptors.CalcFractionCSP3,
    rdMolDescriptors.CalcNumAmideBonds, Chem.GetFormalCharge, rdMolDescriptors.CalcKappa1,
    rdMolDescriptors.CalcKappa2, rdMolDescriptors.CalcKappa3, rdMolDescriptors.CalcChi0v, rdMolDescriptors.CalcChi1v,
    rdMolDescriptors.CalcChi2v, rdMolDescriptors.CalcChi3v, rdMolDescriptors.CalcNumSpiroAtoms,
    rdMolDescriptors.CalcNumBridgeheadAtoms,
)  # fmt: skip
_AREAS: Final = (rdMolDescriptors.SlogP_VSA_, rdMolDescriptors.SMR_VSA_, rdMolDescriptors.PEOE_VSA_)
COUNTED: Final = {
    4: "hydrogen-bond donors",
    5: "hydrogen-bond acceptors",
    6: "rotatable bonds",
    7: "rings",
    12: "amide bonds",
}
"""Features that a person can count, by their place: a peptide has more of some than any small molecule."""
N_KEYS: Final = 167
"""MACCS keys, which come last."""
N_FEATURES: Final = len(_COUNTS) + 2 + 12 + 10 + 14 + len(_ELEMENTS) + N_KEYS


def describe_molecules(smiles: Sequence[str]) -> NDArray[np.float32]:
    """Return what the predictors look at, shape (n, F); of a salt or mixture, of its parent.

    Raises:
        InvalidSmilesError: One is invalid.
    """
    return np.stack([_describe(one) for one in smiles]) if smiles else np.zeros((0, N_FEATURES), np.float32)


def _describe(smiles: str) -> NDArray[np.float32]:
    mol = _read_parent(smiles)
    elements = Counter(atom.GetAtomicNum() for atom in mol.GetAtoms())
    with rdBase.BlockLogs():
        numbers = [
            *(count(mol) for count in _COUNTS),
            *rdMolDescriptors.CalcCrippenDescriptors(mol),
            *(area for areas in _AREAS for area in areas(mol)),
            *(elements[number] for number in _ELEMENTS),
        ]
    # Partial charges of a metal are nan.
    described = np.nan_to_num(np.array(numbers, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    keys = np.array(maccs(mol), np.float64)
    return np.concatenate([described, keys]).astype(np.float32)


def list_elements(smiles: Sequence[str]) -> tuple[list[int], Counter[int]]:
    """Return the heavy atoms of each molecule, of a salt those of its parent, and in how many an element stands."""
    mols = [_read_parent(one) for one in smiles]
    numbers = ({atom.GetAtomicNum() for atom in mol.GetAtoms()} for mol in mols)
    return [mol.GetNumHeavyAtoms() for mol in mols], Counter(number for one in numbers for number in one)


def _read_parent(smiles: str) -> Chem.Mol:
    return parse_smiles(analyze_composition(smiles).parent_neutral if _is_charged_or_mixed(smiles) else smiles)


def _is_charged_or_mixed(smiles: str) -> bool:
    """Whether a SMILES may be of a salt or ion: most are not, and finding the parent costs as much as all the rest."""
    return "." in smiles or "+" in smiles or "-" in smiles
