"""Labels of groups."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.abbreviations import _list_groups, find_element, find_group, find_linker, is_open_label


def test_every_group_is_a_residue_with_one_bond() -> None:
    for label, smiles in _list_groups().items():
        mol = Chem.MolFromSmiles(smiles)
        opened = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
        assert [atom.GetDegree() for atom in opened] == [1], label
        assert not any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()), label


@pytest.mark.parametrize(
    ("label", "formula"),
    [
        ("Boc", "C5H9O2"), ("Cbz", "C8H7O2"), ("Fmoc", "C15H11O2"), ("Trt", "C19H15"), ("PMB", "C8H9O"),
        ("TBDPS", "C16H19Si"), ("TIPS", "C9H21Si"), ("Ts", "C7H7O2S"), ("Tf", "CF3O2S"), ("Bpin", "C6H12BO2"),
        ("NPhth", "C8H4NO2"), ("SEM", "C6H15OSi"), ("iBu", "C4H9"), ("iPent", "C5H11"), ("DMT", "C21H19O2"),
    ],
)  # fmt: skip
def test_formulas_of_protecting_groups(label: str, formula: str) -> None:
    """As tables of protecting groups give them."""
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    assert CalcMolFormula(Chem.MolFromSmiles(str(find_group(label)))).replace("*", "") == formula


@pytest.mark.parametrize("label", ["Foo", "NC", "", "Z", "R", "boc"])
def test_what_is_no_known_group(label: str) -> None:
    assert find_group(label) is None


def test_kinds_of_labels() -> None:
    assert find_element("NH2") == ("N", 2)
    assert find_element("H3C") == ("C", 3)
    assert find_element("Boc") is None
    assert find_linker("NTs") == "NS(=O)(=O)c1ccc(C)cc1"
    assert find_linker("Boc") is None
    assert all(map(is_open_label, ["R", "R12", "R'", "X", "Ar", "*", "Hal"]))
    assert not any(map(is_open_label, ["Boc", "Rf", "C", "OR"]))


@pytest.mark.parametrize(
    ("label", "same"), [("t-Bu", "tBu"), ("tert-Bu", "tBu"), ("i-Pr", "iPr"), ("n-Bu", "nBu"), ("O-t-Bu", "OtBu")]
)
def test_hyphens_of_branches(label: str, same: str) -> None:
    assert find_group(label) == find_group(same) is not None
