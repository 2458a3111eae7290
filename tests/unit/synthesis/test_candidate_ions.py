"""Ions that are known of some molecules, and what no ion can be."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem.Descriptors import ExactMolWt
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from anymol.chem.formula import write_formula
from anymol.modalities.adduct import Adduct, compute_precursor
from anymol.synthesis.candidate_ions import (
    CARRIERS,
    Candidates,
    list_candidates,
    write_ion_formulas,
    write_loss_formulas,
)
from anymol.synthesis.fragmentation import Budget, Skeleton, enumerate_fragments, read_skeleton

CAFFEINE, ASPIRIN = "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CC(=O)Oc1ccccc1C(=O)O"


def list_ions(smiles: str, adduct: Adduct = Adduct.M_H) -> tuple[Skeleton, Candidates]:
    mol = Chem.MolFromSmiles(smiles)
    skeleton = read_skeleton(mol)
    return skeleton, list_candidates(skeleton, enumerate_fragments(mol, skeleton, Budget()), adduct)


def find(smiles: str, adduct: Adduct, mz: float) -> tuple[str, str]:
    """Return formula and loss of the candidate at an m/z, which must be within 1 mDa."""
    skeleton, candidates = list_ions(smiles, adduct)
    row = int(np.abs(candidates.mz - mz).argmin())
    assert abs(candidates.mz[row] - mz) < 1e-3
    return write_ion_formulas(skeleton, candidates)[row], write_loss_formulas(skeleton, candidates)[row]


@pytest.mark.parametrize(
    ("smiles", "adduct", "mz", "formula", "loss"),
    [
        (CAFFEINE, Adduct.M_H, 195.0877, "C8H11N4O2", ""),
        (CAFFEINE, Adduct.M_H, 138.0662, "C6H8N3O", "C2H3NO"),  # methyl isocyanate, by retro-Diels-Alder
        (CAFFEINE, Adduct.M_H, 110.0713, "C5H8N3", "C3H3NO2"),
        (ASPIRIN, Adduct.M_NEG_H, 137.0244, "C7H5O3", "C2H2O"),  # ketene
        (ASPIRIN, Adduct.M_NEG_H, 93.0346, "C6H5O", "C3H2O3"),
        (ASPIRIN, Adduct.M_H, 163.0390, "C9H7O3", "H2O"),
        (ASPIRIN, Adduct.M_NA, 203.0315, "C9H8NaO4", ""),
        ("O=c1cc(-c2ccccc2)oc2ccccc12", Adduct.M_H, 121.0284, "C7H5O2", "C8H6"),  # flavone, retro-Diels-Alder
        ("CC(C)NCC(O)COc1cccc2ccccc12", Adduct.M_H, 116.1070, "C6H14NO", "C10H8O"),  # propranolol
        ("NS(=O)(=O)c1ccc(N)cc1", Adduct.M_H, 156.0114, "C6H6NO2S", "H3N"),
        ("CC(=O)Nc1ccc(O)cc1", Adduct.M_H, 110.0600, "C6H8NO", "C2H2O"),  # paracetamol
        ("CNS(=O)(=O)c1ccccc1", Adduct.M_H, 108.0808, "C7H10N", "O2S"),  # SO2 is expelled, the rest joins
    ],
)
def test_known_fragments_are_candidates(smiles: str, adduct: Adduct, mz: float, formula: str, loss: str) -> None:
    assert find(smiles, adduct, mz) == (formula, loss)


@pytest.mark.parametrize("adduct", list(CARRIERS))
@pytest.mark.parametrize("smiles", [CAFFEINE, ASPIRIN, "C[C@H](N)C(=O)O", "O", "BrCCI", "[2H]C([2H])([2H])O"])
def test_the_precursor_is_exact(smiles: str, adduct: Adduct) -> None:
    _, candidates = list_ions(smiles, adduct)
    mass = ExactMolWt(Chem.MolFromSmiles(smiles))
    assert candidates.mz[candidates.precursor] == pytest.approx(compute_precursor(mass, adduct, charge=0), abs=1e-6)
    assert candidates.mz[candidates.precursor] == candidates.mz.max()


def test_hydrogens_stay_possible() -> None:
    skeleton, candidates = list_ions(ASPIRIN)
    assert candidates.hydrogens.min() >= 0
    assert candidates.hydrogens.max() == skeleton.hydrogens.sum() + 1
    assert (candidates.hydrogens <= 3 * candidates.formula.sum(axis=1) + 2).all()


def test_peaks_have_one_formula_each_and_rise() -> None:
    skeleton, candidates = list_ions(CAFFEINE)
    formulas = write_ion_formulas(skeleton, candidates)
    assert len(set(formulas)) == len(formulas)
    assert (np.diff(candidates.mz) > 0).all()
    assert set(candidates.peak.tolist()) == set(range(len(formulas)))


@pytest.mark.parametrize("smiles", ["C" * 300, "CC(C)(C)C" * 30], ids=["chain", "branched"])
def test_large_molecules_have_their_precursor(smiles: str) -> None:
    _, candidates = list_ions(smiles)
    assert candidates.mz[candidates.precursor] == candidates.mz.max()
    assert candidates.formula[candidates.precursor].sum() == Chem.MolFromSmiles(smiles).GetNumAtoms()


@pytest.mark.parametrize("smiles", ["CCO", "ClCBr", "N#N", "OS(=O)(=O)O", "c1ccccc1"])
def test_hill_order_is_rdkits(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    counts: dict[str, int] = {}
    for atom in Chem.AddHs(mol).GetAtoms():
        counts[atom.GetSymbol()] = counts.get(atom.GetSymbol(), 0) + 1
    assert write_formula(counts) == CalcMolFormula(mol)
