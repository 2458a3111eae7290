"""Stereochemistry of a molecule: what is specified, what is left open."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdCIPLabeler

from anymol.chem.parsing import parse_smiles, write_canonical


@dataclass(frozen=True)
class StereoSummary:
    """The stereo elements of a molecule.

    Attributes:
        centres: (atom index in the SMILES as written, CIP label) of each specified tetrahedral centre: R, S, r or s.
        open_centres: Atom indices of centres that could be specified and are not.
        double_bonds: ((atom, atom), CIP label E or Z) of each specified double bond.
        open_double_bonds: Atom pairs of double bonds that could be specified and are not.
    """

    centres: tuple[tuple[int, str], ...]
    open_centres: tuple[int, ...]
    double_bonds: tuple[tuple[tuple[int, int], str], ...]
    open_double_bonds: tuple[tuple[int, int], ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left open."""
        return not self.open_centres and not self.open_double_bonds


def summarize_stereo(smiles: str) -> StereoSummary:
    """Return the stereo elements of a SMILES.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> summarize_stereo("C[C@H](N)C(=O)O").centres
    ((1, 'S'),)
    """
    mol = parse_smiles(smiles)
    rdCIPLabeler.AssignCIPLabels(mol, maxRecursiveIterations=100_000)
    centres: list[tuple[int, str]] = []
    open_centres: list[int] = []
    double_bonds: list[tuple[tuple[int, int], str]] = []
    open_double_bonds: list[tuple[int, int]] = []
    for element in Chem.FindPotentialStereo(mol):
        specified = element.specified == Chem.StereoSpecified.Specified
        match element.type:
            case Chem.StereoType.Atom_Tetrahedral:
                atom = mol.GetAtomWithIdx(element.centeredOn)
                if specified:
                    centres.append((atom.GetIdx(), _code(atom)))
                else:
                    open_centres.append(atom.GetIdx())
            case Chem.StereoType.Bond_Double:
                bond = mol.GetBondWithIdx(element.centeredOn)
                ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
                if specified:
                    double_bonds.append((ends, _code(bond)))
                else:
                    open_double_bonds.append(ends)
            case _:
                pass  # allenes, atropisomers and metal centres have no label here
    return StereoSummary(tuple(centres), tuple(open_centres), tuple(double_bonds), tuple(open_double_bonds))


def remove_stereo(smiles: str) -> str:
    """Return the canonical SMILES without stereochemistry; isotopes stay.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> remove_stereo("C[C@H](N)C(=O)O")
    'CC(N)C(=O)O'
    """
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return write_canonical(mol)


def _code(element: Chem.Atom | Chem.Bond) -> str:
    """Return the CIP label, or ``?`` where the rules could not decide within their limit."""
    return element.GetProp("_CIPCode") if element.HasProp("_CIPCode") else "?"
