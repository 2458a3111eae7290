"""Notations against published ones, and back."""

from __future__ import annotations

from rdkit import Chem

from anymol.calculations.calculate import calculate
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.selfies import decode_selfies

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_published_identifiers() -> None:
    assert calculate("inchikey", CAFFEINE).value == "RYYVLZVUVIJVGH-UHFFFAOYSA-N"
    assert calculate("inchi", "c1ccccc1").value == "InChI=1S/C6H6/c1-2-4-6-5-3-1/h1-6H"
    cisplatin = calculate("inchi", "[NH3][Pt]([NH3])(Cl)Cl")
    assert cisplatin.value == "InChI=1S/2ClH.2H3N.Pt/h2*1H;2*1H3;/q;;;;+2/p-2"
    assert calculate("inchikey", "[NH3][Pt]([NH3])(Cl)Cl").value == "LXZZYRPGZAFOLE-UHFFFAOYSA-L"


def test_what_a_notation_says_is_the_molecule() -> None:
    for smiles in (CAFFEINE, "C[C@H](N)C(=O)O", "O=C([O-])c1ccccc1O.[Na+]", "C/C=C/C"):
        same = canonicalize_smiles(smiles)
        assert calculate("smiles", smiles).value == same
        assert canonicalize_smiles(decode_selfies(str(calculate("selfies", smiles).value))) == same
        mol = Chem.MolFromMolBlock(str(calculate("mol_block", smiles).value))
        assert canonicalize_smiles(Chem.MolToSmiles(mol)) == same
        if "." not in smiles:  # of the two acids of a salicylate InChI says that either may have lost the proton
            read = Chem.MolFromInchi(str(calculate("inchi", smiles).value))
            assert canonicalize_smiles(Chem.MolToSmiles(read)) == same


def test_a_large_molecule_is_written_in_the_newer_form() -> None:
    assert "V3000" in str(calculate("mol_block", "C" * 1000).value)
    assert "V2000" in str(calculate("mol_block", "C" * 999).value)


def test_stereochemistry_left_out_is_told() -> None:
    assert "CC(N)C(=O)O" in calculate("smiles", "C[C@H](N)C(=O)O").notes[0]
    assert calculate("smiles", "c1ccccc1", text="Kekule SMILES").value == "C1=CC=CC=C1"


def test_a_drawing_is_an_svg() -> None:
    found = calculate("draw", "caffeine")
    assert found.value == CAFFEINE
    (part,) = found.parts
    assert part.label == "svg" and str(part.value).startswith("<?xml") and "</svg>" in str(part.value)
