"""What a molecule weighs and is made of: by what a spectrum or a formula is matched with it."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.chem.parsing import parse_smiles


@dataclass(frozen=True)
class Composition:
    """A neutral molecule of one part.

    Attributes:
        skeleton: Canonical SMILES without stereochemistry and isotopes.
        formula: Molecular formula, Hill order.
        mass: Monoisotopic mass, Da.
    """

    skeleton: str
    formula: str
    mass: float


def measure_composition(smiles: str) -> Composition | None:
    """Return what a molecule is made of; None for an ion, a salt or a mixture.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> found = measure_composition("C[C@H](N)C(=O)O")
    >>> found.skeleton, found.formula, round(found.mass, 4)
    ('CC(N)C(=O)O', 'C3H7NO2', 89.0477)
    """
    if "." in smiles:
        return None
    mol = parse_smiles(smiles)
    if Chem.GetFormalCharge(mol):
        return None
    return Composition(
        Chem.MolToSmiles(mol, isomericSmiles=False),
        rdMolDescriptors.CalcMolFormula(mol),
        float(rdMolDescriptors.CalcExactMolWt(mol)),
    )
