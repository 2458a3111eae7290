"""Formal charges: what is there, and the uncharged form where protons alone can make it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.parsing import parse_smiles, write_canonical


@dataclass(frozen=True)
class ChargeSummary:
    """The formal charges of a molecule or mixture.

    Attributes:
        net: Sum of all formal charges, in elementary charges.
        positive: Number of atoms with a positive formal charge.
        negative: Number of atoms with a negative formal charge.
        zwitterion: Whether one fragment carries both signs on atoms that are not bonded to each other.
    """

    net: int
    positive: int
    negative: int
    zwitterion: bool


def summarize_charges(smiles: str) -> ChargeSummary:
    """Return the formal charges of a SMILES.

    A nitro group or an N-oxide writes opposite charges on neighbours; that alone makes no zwitterion.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> summarize_charges("[NH3+]CC(=O)[O-]")
    ChargeSummary(net=0, positive=1, negative=1, zwitterion=True)
    """
    mol = parse_smiles(smiles)
    charged = {atom.GetIdx(): atom.GetFormalCharge() for atom in mol.GetAtoms() if atom.GetFormalCharge()}
    return ChargeSummary(
        net=sum(charged.values()),
        positive=sum(charge > 0 for charge in charged.values()),
        negative=sum(charge < 0 for charge in charged.values()),
        zwitterion=any(_is_zwitterion(mol, fragment, charged) for fragment in Chem.GetMolFrags(mol)),
    )


def neutralize(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule with protons added or removed until it is neutral; permanent charges stay."""
    with rdBase.BlockLogs():
        return _uncharger().uncharge(mol)


def neutralize_smiles(smiles: str) -> str:
    """Return the canonical SMILES of the neutral form.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> neutralize_smiles("[NH3+]CC(=O)[O-]"), neutralize_smiles("C[N+](C)(C)C")
    ('NCC(=O)O', 'C[N+](C)(C)C')
    """
    return write_canonical(neutralize(parse_smiles(smiles)))


def _is_zwitterion(mol: Chem.Mol, fragment: tuple[int, ...], charged: dict[int, int]) -> bool:
    loose = []
    for index in fragment:
        charge = charged.get(index, 0)
        neighbours = (charged.get(atom.GetIdx(), 0) for atom in mol.GetAtomWithIdx(index).GetNeighbors())
        if charge and not any(other * charge < 0 for other in neighbours):
            loose.append(charge)
    return any(charge > 0 for charge in loose) and any(charge < 0 for charge in loose)


@cache
def _uncharger() -> rdMolStandardize.Uncharger:
    return rdMolStandardize.Uncharger()
