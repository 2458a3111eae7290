"""Peptides and protected amino acids in three letters."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from anymol.chem.names import find_name
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.residues import read_peptide


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("Boc-Gly-OH", "CC(C)(C)OC(=O)NCC(=O)O"),
        ("Boc-Gly", "CC(C)(C)OC(=O)NCC(=O)O"),
        ("H-Ala-OMe", "COC(=O)[C@H](C)N"),
        ("H-D-Ala-OMe", "COC(=O)[C@@H](C)N"),
        ("Z-Phe-OH", "O=C(N[C@@H](Cc1ccccc1)C(=O)O)OCc1ccccc1"),
        ("Boc-Pro-OH", "CC(C)(C)OC(=O)N1CCC[C@H]1C(=O)O"),
        ("Boc-Ser(Bzl)-OH", "CC(C)(C)OC(=O)N[C@@H](COCc1ccccc1)C(=O)O"),
        ("Fmoc-Asp(OtBu)-OH", "CC(C)(C)OC(=O)C[C@H](NC(=O)OCC1c2ccccc2-c2ccccc21)C(=O)O"),
        ("H-Glu(OMe)-OtBu", "COC(=O)CC[C@H](N)C(=O)OC(C)(C)C"),
        ("Ala-Gly", "C[C@H](N)C(=O)NCC(=O)O"),
        ("Ac-Ala-NH2", "CC(=O)N[C@@H](C)C(N)=O"),
        ("For-Gly-NHMe", "CNC(=O)CNC=O"),
        ("Boc-Gly-OSu", "CC(C)(C)OC(=O)NCC(=O)ON1C(=O)CCC1=O"),
        ("Z-Gly-ONp", "O=C(NCC(=O)Oc1ccc([N+](=O)[O-])cc1)OCc1ccccc1"),
    ],
)
def test_peptides(text: str, smiles: str) -> None:
    assert read_peptide(text) == canonicalize_smiles(smiles)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Tyr-Gly-Gly-Phe-Met", "C27H35N5O7S"),  # Met-enkephalin
        ("Asp-Arg-Val-Tyr-Ile-His-Pro-Phe", "C50H71N13O12"),  # angiotensin II
        ("Fmoc-Cys(Trt)-OH", "C37H31NO4S"),
        ("Fmoc-His(Trt)-OH", "C40H33N3O4"),
        ("Fmoc-Tyr(tBu)-OH", "C28H29NO5"),
    ],
)
def test_formulas(text: str, formula: str) -> None:
    smiles = read_peptide(text)
    assert smiles is not None
    assert CalcMolFormula(Chem.MolFromSmiles(smiles)) == formula


@pytest.mark.parametrize(
    ("residue", "name"),
    [
        ("Ala", "alanine"), ("Val", "valine"), ("Leu", "leucine"), ("Ile", "isoleucine"), ("Pro", "proline"),
        ("Phe", "phenylalanine"), ("Met", "methionine"), ("Tyr", "tyrosine"), ("Trp", "tryptophan"), ("Ser", "serine"),
        ("Thr", "threonine"), ("Cys", "cysteine"), ("Lys", "lysine"), ("Arg", "arginine"), ("His", "histidine"),
        ("Asp", "aspartic acid"), ("Glu", "glutamic acid"), ("Asn", "asparagine"), ("Gln", "glutamine"),
    ],
)  # fmt: skip
def test_residues_are_those_of_the_dictionary(residue: str, name: str) -> None:
    for letter in ("L", "D"):
        hit = find_name(f"{letter}-{name}")
        if hit is not None:
            mine = Chem.MolToInchiKey(Chem.MolFromSmiles(read_peptide(f"H-{letter}-{residue}-OH")))
            assert mine == Chem.MolToInchiKey(Chem.MolFromSmiles(hit.smiles)), (letter, hit.smiles)
    assert find_name(f"L-{name}") is not None


@pytest.mark.parametrize(
    "text", ["Ala", "Xaa-Gly", "Boc-OH", "H-OH", "Fmoc-Arg(Foo)-OH", "Gly(Boc)-OH", "Boc2O", "Asp(Bn)-OH"]
)
def test_what_is_not_read(text: str) -> None:
    assert read_peptide(text) is None
