"""Atoms and bonds on a page become the molecules that were drawn."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.ocsr.assembly import ReadAtom, ReadBond, assemble
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.labels import CHARGES, ELEMENTS, GROUPS, ISOTOPES, LABELS
from anymol.ocsr.truth import draw_truth
from anymol.synthesis.degradation import Degradation
from anymol.synthesis.drawing import Drawing


def assemble_drawn(smiles: str, drawing: Drawing = Drawing.PLAIN, seed: int = 0) -> str | None:
    """Return what the truth of a drawing is assembled to."""
    truth = draw_truth(smiles, drawing, Degradation.CLEAN, seed, 22.0)
    atoms = [
        ReadAtom(float(x), float(y), LABELS[label], CHARGES[charge])
        for (x, y), label, charge in zip(truth.places, truth.labels, truth.charges, strict=True)
    ]
    bonds = [ReadBond(int(first), int(second), BondMark(mark)) for first, second, mark in truth.bonds.tolist()]
    found = assemble(atoms, bonds)
    return None if found is None else found.smiles


@pytest.mark.parametrize("drawing", list(Drawing))
@pytest.mark.parametrize(
    "smiles",
    [
        "CC(=O)Oc1ccccc1C(=O)O",
        "C[C@H](N)C(=O)O",
        "C[C@@H](N)C(=O)O",
        "C/C=C/C(=O)O",
        "C/C=C\\C(=O)O",
        "C/C=C/[C@@H]1[C@@H](C/C=C\\C)[C@@H]2C[C@H]1OO2",
        "CC1=CC(=O)CC(C)(C)[C@H]1/C=C/C(C)=C/C",
        "C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc43)[C@@H]1CC[C@@H]2O",
        "O=[N+]([O-])c1ccc(Cl)cc1",
        "COc1ccc(OC)cc1C#N",
        "CC(C)(C)OC(=O)NCc1ccccc1",
        "[Cl-].C[NH2+]Cc1ccccc1",
        "OB(O)c1ccc(C(F)(F)F)cc1",
    ],
)
def test_every_style_gives_back_what_it_drew(smiles: str, drawing: Drawing) -> None:
    assert assemble_drawn(smiles, drawing, seed=3) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize("label", GROUPS)
def test_every_group_has_one_hook_and_stands_for_itself(label: str) -> None:
    assert GROUPS[label].count("*") == 1
    bond = ReadBond(0, 1, BondMark.SINGLE)
    found = assemble([ReadAtom(0, 0, "C"), ReadAtom(20, 0, label)], [bond])
    whole = Chem.MolFromSmiles(GROUPS[label].replace("*", "C", 1))
    assert found is not None
    assert found.smiles == Chem.MolToSmiles(whole)


@pytest.mark.parametrize("label", ISOTOPES)
def test_a_nuclide_keeps_its_mass_number(label: str) -> None:
    symbol, mass = ISOTOPES[label]
    found = assemble([ReadAtom(0, 0, "C"), ReadAtom(20, 0, label)], [ReadBond(0, 1, BondMark.SINGLE)])
    assert found is not None
    hydrogens = {"C": "H3", "N": "H2", "O": "H", "S": "H"}.get(symbol, "")
    assert found.smiles == Chem.CanonSmiles(f"C[{mass}{symbol}{hydrogens}]")


@pytest.mark.parametrize("smiles", ["[2H]c1ccccc1", "[13CH3]C(=O)O", "C[18F]", "C[15NH]C", "Cc1ccc([125I])cc1"])
def test_drawn_nuclides_are_told_apart(smiles: str) -> None:
    assert assemble_drawn(smiles) == Chem.CanonSmiles(smiles)


def test_a_nuclide_without_a_label_of_its_own_is_open() -> None:
    assert assemble_drawn("C[37Cl]") == "*C"


def line(*labels: str) -> list[ReadAtom]:
    """Return atoms in a row."""
    return [ReadAtom(20.0 * place, 0.0, label) for place, label in enumerate(labels)]


def test_an_overlooked_charge_is_given_back() -> None:
    atoms = [*line("C", "N", "C"), ReadAtom(20, 20, "C"), ReadAtom(20, -20, "C")]
    bonds = [ReadBond(1, other, BondMark.SINGLE) for other in (0, 2, 3, 4)]
    found = assemble(atoms, bonds)
    assert found is not None
    assert (found.smiles, found.repairs) == ("C[N+](C)(C)C", 1)


def test_a_nitro_group_is_complete_without_its_signs() -> None:
    atoms = [*line("C", "N", "O"), ReadAtom(20, 20, "O")]
    bonds = [
        ReadBond(0, 1, BondMark.SINGLE),
        ReadBond(1, 2, BondMark.DOUBLE),
        ReadBond(1, 3, BondMark.SINGLE),
    ]
    charged = [ReadAtom(atom.x, atom.y, atom.label, int(atom.label == "N")) for atom in atoms]
    for drawn in (charged, [*charged[:3], ReadAtom(20, 20, "O", -1)]):
        found = assemble(drawn, bonds)
        assert found is not None
        assert found.smiles == "C[N+](=O)[O-]"


def test_the_least_sure_bond_gives_way() -> None:
    atoms = [*line("C", "C", "C"), ReadAtom(20, 20, "O"), ReadAtom(20, -20, "C")]
    bonds = [
        ReadBond(0, 1, BondMark.SINGLE, 0.99),
        ReadBond(1, 2, BondMark.SINGLE, 0.99),
        ReadBond(1, 4, BondMark.SINGLE, 0.98),
        ReadBond(1, 3, BondMark.DOUBLE, 0.6),
    ]
    found = assemble(atoms, bonds)
    assert found is not None
    assert (found.smiles, found.repairs) == ("CC(C)(C)O", 1)


def test_nothing_makes_no_molecule() -> None:
    assert assemble([], []) is None


def test_a_residue_stays_open() -> None:
    assert assemble_drawn("[1*]c1ccccc1") == "*c1ccccc1"


def test_labels_are_told_apart_once() -> None:
    assert len(set(LABELS)) == len(LABELS)
    assert not set(ELEMENTS) & set(GROUPS)


@pytest.mark.parametrize(
    "smiles", ["CN=[N+]=[N-]", "CC=[N+]=[N-]", "C[N+](C)(C)[O-]", "[O-][n+]1ccccc1", "C[N+](=O)[O-]", "C=[N+](C)[O-]"]
)
def test_groups_are_complete_without_their_signs(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    marks = {1.0: BondMark.SINGLE, 2.0: BondMark.DOUBLE}
    atoms = [ReadAtom(20.0 * atom.GetIdx(), 7.0 * (atom.GetIdx() % 2), atom.GetSymbol()) for atom in mol.GetAtoms()]
    bonds = [
        ReadBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), marks[bond.GetBondTypeAsDouble()])
        for bond in mol.GetBonds()
    ]
    found = assemble(atoms, bonds)
    assert found is not None
    assert Chem.CanonSmiles(found.smiles) == Chem.CanonSmiles(smiles)
    assert found.repairs == 2


def test_the_hydroxyl_of_a_salt_keeps_its_hydrogen() -> None:
    atoms = [ReadAtom(0, 0, "C"), ReadAtom(20, 0, "N", 1), ReadAtom(40, 0, "O")]
    found = assemble(atoms, [ReadBond(0, 1, BondMark.SINGLE), ReadBond(1, 2, BondMark.SINGLE)])
    assert found is not None
    assert (found.smiles, found.repairs) == ("C[NH2+]O", 0)
