"""SMILES in, canonical SMILES out, and no crash whatever comes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from anymol.chem.parsing import canonicalize_smiles, parse_smiles, try_parse_smiles
from anymol.errors import InvalidSmilesError

HOSTILE = {
    "branches open": "C(" * 4_999,
    "branches nested": "C(" * 3_000 + "C" + ")" * 3_000,
    "brackets": "[" * 9_000,
    "parentheses only": "(" * 5_000 + ")" * 5_000,
    "too long": "C" * 10_001,
    "long chain": "C" * 10_000,
    "many rings": "C1CCCCC1" * 1_000,
    "ring numbers": "".join(f"C%{10 + number % 90}" for number in range(2_000)),
    "null byte": "C\x00C",
    "control": "C\x1b[31mC",
    "emoji": "C😀C",
    "right-to-left": "\u202eCCO",
    "full width": "ＣＣＯ",
    "bonds": "=" * 8_000,
    "dots": "." * 8_000,
    "isotope": "[999999999999999999999C]",
    "charge": "[C+99999999999]",
    "map": "[C:99999999999999999999]",
    "hydrogens": "[CH99999999999]",
    "ring number": "C%(99999999999999999999)C",
    "reaction": "CC>>CC",
    "format string": "%s%s%n{0}{}",
    "path": "../../etc/passwd",
}


def test_known_molecules_parse(known_molecules: dict[str, str]) -> None:
    for name, smiles in known_molecules.items():
        if name != "broken":
            assert parse_smiles(smiles).GetNumAtoms() > 0


def test_atoms_are_in_the_order_written() -> None:
    assert [atom.GetSymbol() for atom in parse_smiles("OC(Cl)=N").GetAtoms()] == ["O", "C", "Cl", "N"]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("OC(=O)c1ccccc1OC(C)=O", "CC(=O)Oc1ccccc1C(=O)O"),
        (" CCO \n", "CCO"),
        ("[CH3:1][OH:2]", "CO"),
        ("[H:1][CH2:2]O", "CO"),
        ("[Cl-].[Na+]", "[Cl-].[Na+]"),
        ("CCO.C", "C.CCO"),
        ("C[N](=O)=O", "C[N+](=O)[O-]"),
        ("C1=CC=CC=C1", "c1ccccc1"),
        ("C-123CCN1CCC2CCO3", "C1CC2CCN3CCC23O1"),
        ("[Fe+3].[#118]", "[Fe+3].[Og]"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    assert canonicalize_smiles(text) == canonical


def test_stereo_and_isotopes_can_be_left_out() -> None:
    assert canonicalize_smiles("[13CH3][C@H](N)C(=O)O", isomeric=False) == "CC(N)C(=O)O"


def test_a_name_after_the_smiles_is_no_part_of_it() -> None:
    # RDKit alone would take "CCO ethanol" for ethanol.
    with pytest.raises(InvalidSmilesError, match="white space"):
        parse_smiles("CCO ethanol")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_strings_are_answered_quickly(text: str) -> None:
    start = time.perf_counter()
    result = try_parse_smiles(text)
    assert isinstance(result, Chem.Mol | InvalidSmilesError)
    assert len(str(result)) < 600
    assert time.perf_counter() - start < 15  # a second on an idle machine


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="CNOPSFIBrclnos[]()=#$:/\\.%123@+-H*>< ", max_size=40))
def test_any_smiles_like_text_gives_a_molecule_or_a_reason(text: str) -> None:
    result = try_parse_smiles(text)
    if isinstance(result, InvalidSmilesError):
        assert result.cause
        assert result.position is None or 0 <= result.position < max(len(text), 1)
    else:
        assert canonicalize_smiles(Chem.MolToSmiles(result))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_a_molecule_or_a_reason(text: str) -> None:
    assert isinstance(try_parse_smiles(text), Chem.Mol | InvalidSmilesError)


def test_real_molecules_are_canonical_already(data_dir) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    batch = next(pq.ParquetFile(data_dir / "molecules.parquet").iter_batches(500, columns=["smiles"]))
    for smiles in batch["smiles"].to_pylist():
        assert canonicalize_smiles(smiles) == smiles
