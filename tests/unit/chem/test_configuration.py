"""The configuration of stereocentres from coordinates: the same whatever the order of the atoms."""

from __future__ import annotations

import io
import random

import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from anymol.chem.configuration import assign_configurations
from anymol.readers.sdf import read_sdf

# Quaternary bridgeheads of strained bicycles, and usual centres beside them.
MOLECULES = (
    "C[C@H]1N2[C@@H](CO)C[C@]12C",
    "C[C@H]1N2[C@@H](CO)C[C@@]12C",
    "C[C@@H]1O[C@@H]2[C@@H](C)[C@]12C",
    "C[C@@]12C[C@]1(F)OC2",
    "C[C@H](N)C(=O)O",
    "CC[S@](C)=O",
    "C[C@@H]1CC[C@@H](C(C)C)C[C@H]1O",
)


def embed(smiles: str) -> Chem.Mol:
    """Return a molecule in space, its atoms with hydrogens."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=7) == 0
    rdForceFieldHelpers.MMFFOptimizeMolecule(mol)
    return mol


def shuffle(mol: Chem.Mol, seed: int) -> Chem.Mol:
    order = list(range(mol.GetNumAtoms()))
    random.Random(seed).shuffle(order)
    return Chem.RenumberAtoms(mol, order)


@pytest.mark.parametrize("smiles", MOLECULES)
def test_the_embedded_isomer_is_found_again(smiles: str) -> None:
    placed = embed(smiles)
    for seed in range(6):
        mol = shuffle(placed, seed)
        for atom in mol.GetAtoms():
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        assign_configurations(mol)
        assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize("smiles", MOLECULES)
def test_a_file_with_coordinates_in_space_keeps_it(smiles: str) -> None:
    row = next(iter(read_sdf(io.StringIO(Chem.MolToMolBlock(shuffle(embed(smiles), 1))))))
    assert row.smiles == Chem.CanonSmiles(smiles)


def test_what_is_not_a_stereocentre_gets_none() -> None:
    mol = embed("CC(C)(C)O")
    assign_configurations(mol)
    assert "@" not in Chem.MolToSmiles(Chem.RemoveHs(mol))
