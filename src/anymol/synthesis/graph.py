"""SMILES -> :class:`MolecularGraph`: the integer features that pre-trained GINs read.

The scheme is that of pretrain-gnns (Hu et al. 2020), shared by MoleculeSTM and Mole-BERT; the record's docstring states
it. Bond types outside the four of the scheme (dative, quadruple, zero-order) count as single bonds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from rdkit import Chem

from anymol.chem.parsing import parse_smiles
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import EngineSettings, Synthesis, name_version

DUMMY_ATOM = 118
"""Column 0 of an atom without atomic number, or with one outside the scheme."""

_CHIRALITY = {
    Chem.ChiralType.CHI_UNSPECIFIED: 0,
    Chem.ChiralType.CHI_TETRAHEDRAL_CW: 1,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW: 2,
}
_OTHER_CHIRALITY = 3
_BOND_TYPE = {
    Chem.BondType.SINGLE: 0,
    Chem.BondType.DOUBLE: 1,
    Chem.BondType.TRIPLE: 2,
    Chem.BondType.AROMATIC: 3,
}
_BOND_DIRECTION = {Chem.BondDir.ENDUPRIGHT: 1, Chem.BondDir.ENDDOWNRIGHT: 2}


def synthesize_graph(molecule: str | Chem.Mol) -> MolecularGraph:
    """Return the graph of a SMILES or molecule; atoms are in the order written, hydrogens implicit.

    Raises:
        InvalidSmilesError: The SMILES is invalid.

    >>> synthesize_graph("CCO")
    MolecularGraph(3 atoms, 2 bonds)
    """
    mol = parse_smiles(molecule) if isinstance(molecule, str) else molecule
    atoms = [
        ((atom.GetAtomicNum() - 1) % (DUMMY_ATOM + 1), _CHIRALITY.get(atom.GetChiralTag(), _OTHER_CHIRALITY))
        for atom in mol.GetAtoms()
    ]
    ends: list[tuple[int, int]] = []
    features: list[tuple[int, int]] = []
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        ends += ((begin, end), (end, begin))
        feature = (_BOND_TYPE.get(bond.GetBondType(), 0), _BOND_DIRECTION.get(bond.GetBondDir(), 0))
        features += (feature, feature)
    return MolecularGraph(
        atoms=np.array(atoms, dtype=np.uint8).reshape(-1, 2),
        bonds=np.ascontiguousarray(np.array(ends, dtype=np.int32).reshape(-1, 2).T),
        bond_features=np.array(features, dtype=np.uint8).reshape(-1, 2),
    )


class GraphSettings(EngineSettings):
    """A graph leaves nothing to choose."""


@dataclass(frozen=True)
class GraphEngine:
    """The engine of :func:`synthesize_graph`; nothing in it is random."""

    settings: GraphSettings = field(default_factory=GraphSettings)
    modality: ClassVar[Modality] = Modality.GRAPH
    name: ClassVar[str] = "rdkit"

    @property
    def version(self) -> str:
        """Its own version and RDKit's."""
        return name_version(1)

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return the graph of a SMILES.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
        """
        return Synthesis((synthesize_graph(smiles),))
