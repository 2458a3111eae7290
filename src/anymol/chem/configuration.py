"""The configuration of stereocentres from coordinates in space.

RDKit takes the configuration of an atom from three of its bonds. At the bridgeheads of small bicycles, all of whose
neighbours lie on one side, that depends on which of them is left out, and so on the order of the atoms. The tetrahedron
of all four neighbours does not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from rdkit import Chem

_FLATTEST: Final = 0.5
"""Least volume of four neighbours, at unit distance from their atom, that makes a configuration; that of the regular
tetrahedron, six times its volume as here, is 3.08."""

_SHORTEST: Final = 1e-6
"""Least distance of two atoms, in angstrom, that is divided by."""

_TETRAHEDRAL: Final = (
    Chem.ChiralType.CHI_UNSPECIFIED,
    Chem.ChiralType.CHI_TETRAHEDRAL_CW,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW,
)


def assign_configurations(mol: Chem.Mol) -> None:
    """Set the stereochemistry of a molecule from its conformer.

    Args:
        mol: A sanitised molecule with one conformer in space, hydrogens included; it is changed.
    """
    Chem.AssignStereochemistryFrom3D(mol)
    for atom in mol.GetAtoms():
        if atom.GetChiralTag() not in _TETRAHEDRAL:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        else:
            _set_tag(atom)
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)  # takes the tags off what is not a stereocentre


def correct_configurations(mol: Chem.Mol) -> None:
    """Set the configuration of those atoms that RDKit took for stereocentres when it read coordinates in space.

    Args:
        mol: As :func:`assign_configurations`.
    """
    for atom in mol.GetAtoms():
        if atom.GetChiralTag() in _TETRAHEDRAL[1:]:
            _set_tag(atom)


def _set_tag(atom: Chem.Atom) -> None:
    """Set the configuration of an atom with four neighbours by the tetrahedron that they span."""
    if atom.GetDegree() != 4:
        return
    places = atom.GetOwningMol().GetConformer().GetPositions()
    around = places[[bond.GetOtherAtomIdx(atom.GetIdx()) for bond in atom.GetBonds()]] - places[atom.GetIdx()]
    around /= np.linalg.norm(around, axis=1, keepdims=True).clip(min=_SHORTEST)
    volume = float(np.linalg.det(around[1:] - around[0]))
    if abs(volume) >= _FLATTEST:
        atom.SetChiralTag(_TETRAHEDRAL[1 if volume > 0 else 2])
