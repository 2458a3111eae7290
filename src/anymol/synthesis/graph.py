"""SMILES -> :class:`MolecularGraph`: the integer features that pre-trained GINs read.

The scheme is that of pretrain-gnns (Hu et al. 2020), shared by MoleculeSTM and Mole-BERT; the record's docstring states
it. Bond types outside the four of the scheme (dative, quadruple, zero-order) count as single bonds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import ClassVar

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import EngineSettings, Synthesis, name_version

_MOST_NITROGENS = 4
"""Most aromatic nitrogens that are tried together to hold hydrogen or charge."""
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


def restore_molecule(graph: MolecularGraph) -> str:
    """Return the canonical SMILES of a graph, without stereochemistry.

    A graph states neither charges nor hydrogens: atoms get those that their bonds need. Carboxylates come out as acids.

    Raises:
        InvalidSmilesError: No molecule has these atoms and bonds.
    """
    mol = Chem.RWMol()
    for number in graph.atoms[:, 0].tolist():
        mol.AddAtom(Chem.Atom((number + 1) % (DUMMY_ATOM + 1)))
    kinds = {place: kind for kind, place in _BOND_TYPE.items()}
    for (begin, end), (kind, _) in zip(graph.bonds.T.tolist(), graph.bond_features.tolist(), strict=True):
        if begin < end:
            mol.AddBond(begin, end, kinds.get(kind, Chem.BondType.SINGLE))
    for bond in mol.GetBonds():
        if bond.GetBondType() is Chem.BondType.AROMATIC:
            bond.SetIsAromatic(True)
            bond.GetBeginAtom().SetIsAromatic(True)
            bond.GetEndAtom().SetIsAromatic(True)
    _charge(mol)
    nitrogens = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetIsAromatic() and atom.GetAtomicNum() == 7]
    for count in range(min(_MOST_NITROGENS, len(nitrogens)) + 1):
        for chosen in combinations(nitrogens, count):
            tried = Chem.RWMol(mol)
            for atom in map(tried.GetAtomWithIdx, chosen):
                if atom.GetDegree() == 2:
                    atom.SetNumExplicitHs(1)  # as in pyrrole
                else:
                    atom.SetFormalCharge(1)  # as in pyridinium
            with rdBase.BlockLogs():
                if Chem.SanitizeMol(tried, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE:
                    return write_canonical(tried)
    raise InvalidSmilesError("the graph is not that of a molecule", hint="give its SMILES")


def _charge(mol: Chem.RWMol) -> None:
    """Charge nitrogen with four bonds and oxygen with three, with the oxygen at a single bond to it, as in nitro."""
    for atom in mol.GetAtoms():
        bonds = sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds())
        if atom.GetIsAromatic() or bonds != {7: 4, 8: 3}.get(atom.GetAtomicNum()):
            continue
        atom.SetFormalCharge(1)
        ends = [
            other
            for other in atom.GetNeighbors()
            if other.GetAtomicNum() == 8
            and other.GetDegree() == 1
            and mol.GetBondBetweenAtoms(atom.GetIdx(), other.GetIdx()).GetBondType() is Chem.BondType.SINGLE
        ]
        if ends:
            ends[0].SetFormalCharge(-1)


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
