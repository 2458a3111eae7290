"""The fragmenter on molecules whose fragments are known."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from anymol.modalities.cleaning import compute_precursor
from anymol.modalities.mass_spectrum import Adduct
from anymol.synthesis.fragmentation import (
    CARRIERS,
    Budget,
    Candidates,
    Fragments,
    Skeleton,
    enumerate_fragments,
    list_candidates,
    read_skeleton,
    write_formula,
    write_ion_formulas,
    write_loss_formulas,
)
from anymol.synthesis.ms2_features import N_FEATURES, AtomClass, classify_atom, describe_fragments

CAFFEINE, ASPIRIN = "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CC(=O)Oc1ccccc1C(=O)O"
C60 = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3"
    "c8c4c4c9c5c1c1c6c2c3c41"
)


def fragment(
    smiles: str, adduct: Adduct = Adduct.M_H, budget: Budget | None = None
) -> tuple[Chem.Mol, Skeleton, Fragments, Candidates]:
    mol = Chem.MolFromSmiles(smiles)
    skeleton = read_skeleton(mol)
    fragments = enumerate_fragments(mol, skeleton, budget or Budget())
    return mol, skeleton, fragments, list_candidates(skeleton, fragments, adduct)


def find(smiles: str, adduct: Adduct, mz: float) -> tuple[str, str]:
    """Return formula and loss of the candidate at an m/z, which must be within 1 mDa."""
    _, skeleton, _, candidates = fragment(smiles, adduct)
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
    mol, _, _, candidates = fragment(smiles, adduct)
    from rdkit.Chem.Descriptors import ExactMolWt

    assert candidates.mz[candidates.precursor] == pytest.approx(compute_precursor(ExactMolWt(mol), adduct), abs=1e-6)
    assert candidates.mz[candidates.precursor] == candidates.mz.max()


def test_fragments_are_connected_distinct_and_begin_with_the_whole() -> None:
    mol, _, fragments, _ = fragment("CC1CCN(CC1)c1ccncc1Cl")  # nothing in it is expelled from between
    assert fragments.inside[0].all() and fragments.depth[0] == 0
    assert len({row.tobytes() for row in fragments.inside}) == len(fragments.inside)
    assert (np.diff(fragments.depth) >= 0).all()
    for row in fragments.inside:
        text = Chem.MolFragmentToSmiles(mol, np.nonzero(row)[0].tolist())
        assert "." not in text


def test_one_cut_of_a_chain_leaves_every_end() -> None:
    _, _, fragments, _ = fragment("CCCC", budget=Budget(depth=1))
    sizes = sorted(fragments.inside.sum(axis=1).tolist())
    assert sizes == [1, 1, 2, 2, 3, 3, 4]


def test_a_ring_opens_by_pairs_of_bonds() -> None:
    _, _, fragments, _ = fragment("C1CCCC1", budget=Budget(depth=1))
    assert len(fragments.inside) == 1 + 5 * 4  # arcs of one to four atoms from each of five


def test_hydrogens_stay_possible() -> None:
    _, skeleton, _, candidates = fragment(ASPIRIN)
    assert candidates.hydrogens.min() >= 0
    assert candidates.hydrogens.max() == skeleton.hydrogens.sum() + 1
    assert (candidates.hydrogens <= 3 * candidates.formula.sum(axis=1) + 2).all()


def test_peaks_have_one_formula_each_and_rise() -> None:
    _, skeleton, _, candidates = fragment(CAFFEINE)
    formulas = write_ion_formulas(skeleton, candidates)
    assert len(set(formulas)) == len(formulas)
    assert (np.diff(candidates.mz) > 0).all()
    assert set(candidates.peak.tolist()) == set(range(len(formulas)))


@pytest.mark.parametrize(
    "smiles", ["C" * 300, C60, "C1CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC1", "CC(C)(C)C" * 30, "N"]
)
def test_hostile_molecules_stay_within_the_budget(smiles: str) -> None:
    budget = Budget(depth=3, max_cuts=100, max_fragments=500)
    _, _, fragments, candidates = fragment(smiles, budget=budget)
    assert 1 <= len(fragments.inside) <= 501
    assert len(candidates.mz) >= 1


def test_the_budget_keeps_what_breaks_easily() -> None:
    few = fragment("CCOC(=O)c1ccc2ccccc2c1", budget=Budget(depth=2, max_cuts=400, max_fragments=60))[2]
    many = fragment("CCOC(=O)c1ccc2ccccc2c1", budget=Budget(depth=2))[2]
    assert len(few.inside) == 61 < len(many.inside)
    assert few.boundary[few.depth == 2].sum(axis=1).mean() < many.boundary[many.depth == 2].sum(axis=1).mean()


def test_masks_of_more_than_64_atoms_agree_with_shorter_ones() -> None:
    """The same chain end has the same fragments whether one word holds the molecule or two."""
    short = fragment("CCOC(C)=O", budget=Budget(depth=1))[2]
    long = fragment("C" * 66 + "OC(C)=O", budget=Budget(depth=1))[2]
    assert {int(n) for n in short.inside.sum(axis=1)} <= {int(n) for n in long.inside.sum(axis=1)}


def test_features_count_what_is_inside_and_outside() -> None:
    mol, skeleton, fragments, _ = fragment(ASPIRIN)
    features = describe_fragments(mol, skeleton, fragments)
    assert features.shape == (len(fragments.depth), N_FEATURES) and features.dtype == np.uint8
    n_classes = len(AtomClass)
    assert features[0, :n_classes].sum() == 13 and features[0, n_classes : 2 * n_classes].sum() == 0
    assert (features[:, : 2 * n_classes].sum(axis=1) == 13).all()
    assert features[0, 2 * n_classes : 4 * n_classes].sum() == 0  # nothing is broken in the whole


@pytest.mark.parametrize(
    ("smiles", "index", "expected"),
    [
        ("CC(=O)O", 1, AtomClass.ACID_CARBON), ("CC(=O)O", 3, AtomClass.ACID_HYDROXYL),
        ("CC(=O)N", 3, AtomClass.AMIDE_NITROGEN), ("NCC", 0, AtomClass.PRIMARY_AMINE),
        ("Oc1ccccc1", 0, AtomClass.PHENOL), ("c1ccncc1", 3, AtomClass.PYRIDINE), ("c1cc[nH]c1", 3, AtomClass.PYRROLE),
        ("CC#N", 2, AtomClass.NITRILE), ("CS(C)(=O)=O", 1, AtomClass.SULFOXIDE_OR_SULFONE),
        ("CSC", 1, AtomClass.THIOETHER), ("[O-][N+](=O)c1ccccc1", 1, AtomClass.NITRO),
        ("C[Si](C)(C)C", 1, AtomClass.OTHER),
    ],
)  # fmt: skip
def test_atom_classes(smiles: str, index: int, expected: AtomClass) -> None:
    assert classify_atom(Chem.MolFromSmiles(smiles).GetAtomWithIdx(index)) is expected


@pytest.mark.parametrize("smiles", ["CCO", "ClCBr", "N#N", "OS(=O)(=O)O", "c1ccccc1"])
def test_hill_order_is_rdkits(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    counts: dict[str, int] = {}
    for atom in Chem.AddHs(mol).GetAtoms():
        counts[atom.GetSymbol()] = counts.get(atom.GetSymbol(), 0) + 1
    assert write_formula(counts) == CalcMolFormula(mol)
