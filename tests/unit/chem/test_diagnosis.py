"""Every kind of fault in a SMILES is named, with its place and a way out."""

from __future__ import annotations

import pickle

import pytest

from anymol.chem.diagnosis import Cause, explain_molecule
from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError

FAULTS = [
    ("", Cause.EMPTY, None, "empty"),
    ("C" * 10_001, Cause.TOO_LONG, None, "10,001"),
    ("CCO ethanol", Cause.WHITE_SPACE, 3, "white space"),
    ("C\u2212C", Cause.CHARACTER, 1, "write '-'"),
    ("C\x00C", Cause.CHARACTER, 1, "U+0000"),
    ("C&C", Cause.CHARACTER, 1, "'&'"),
    ("C[Xx]", Cause.UNKNOWN_ELEMENT, 2, "'Xx' is not an element"),
    ("CCX", Cause.UNKNOWN_ELEMENT, 2, "'X' is not an element"),
    ("C[D]", Cause.UNKNOWN_ELEMENT, 2, "write [2H]"),
    ("OMe", Cause.UNKNOWN_ELEMENT, 1, "write C"),
    ("CPh", Cause.UNKNOWN_ELEMENT, 1, "write c1ccccc1"),
    ("NaCl", Cause.BARE_ELEMENT, 0, "write [Na]"),
    ("C[", Cause.BRACKET, 1, "never closed"),
    ("C]", Cause.BRACKET, 1, "closes no bracket"),
    ("[C@@@H]C", Cause.BRACKET, 0, "cannot be read"),
    ("CC(=O", Cause.PARENTHESIS, 2, "never closed"),
    ("[C-200]", Cause.BRACKET, 0, "too large"),
    ("[99999C]", Cause.BRACKET, 0, "too large"),
    ("C[#300]", Cause.BRACKET, 1, "too large"),
    ("[" + "C" * 500 + "]", Cause.BRACKET, 0, "(502 characters)"),
    ("CC)", Cause.PARENTHESIS, 2, "closes no branch"),
    ("C()C", Cause.PARENTHESIS, 2, "ends before"),
    ("(C)C", Cause.PARENTHESIS, 0, "follows no atom"),
    ("C1CCC", Cause.UNCLOSED_RING, 1, "ring 1"),
    ("C1CC2CC1", Cause.UNCLOSED_RING, 4, "ring 2"),
    ("CC%12CC", Cause.UNCLOSED_RING, 2, "ring 12"),
    ("C%C", Cause.RING_BOND, 1, "two digits"),
    ("C11", Cause.RING_BOND, None, "bonds atom 0 to itself"),
    ("C==C", Cause.BOND, 2, "follows no atom"),
    ("CC=", Cause.BOND, 2, "leads to no atom"),
    ("C..C", Cause.DOT, 2, "empty part"),
    ("CC>>CC", Cause.REACTION, 2, "reaction"),
    ("CC(C)(C)(C)C", Cause.VALENCE, 1, "C (atom 2) has 5 bonds"),
    ("[NH5]", Cause.VALENCE, 0, "N (atom 1) has 5 bonds"),
    ("c1cccn1", Cause.AROMATICITY, 0, "[nH]"),
    ("Cc", Cause.AROMATICITY, 1, "outside a ring"),
    ("Co", Cause.AROMATICITY, 1, "for the element write [Co]"),
    ("C" + "(F)" * 200, Cause.VALENCE, 0, "has 200 bonds"),
    ("[U]" + "(F)" * 200, Cause.VALENCE, 0, "has 200 bonds"),
]


@pytest.mark.parametrize(
    ("text", "cause", "position", "words"), FAULTS, ids=[str(fault[1]) + "-" + fault[0][:12] for fault in FAULTS]
)
def test_fault(text: str, cause: Cause, position: int | None, words: str) -> None:
    error = try_parse_smiles(text)
    assert isinstance(error, InvalidSmilesError)
    assert (error.cause, error.position) == (cause, position)
    assert words in str(error)


def test_every_cause_is_met() -> None:
    assert {fault[1] for fault in FAULTS} == set(Cause) - {Cause.OTHER}


def test_position_counts_leading_blanks() -> None:
    error = try_parse_smiles("  C1CC")
    assert isinstance(error, InvalidSmilesError)
    assert error.position == 3


def test_error_crosses_processes_whole() -> None:
    error = try_parse_smiles("C1CC")
    assert isinstance(error, InvalidSmilesError)
    again = pickle.loads(pickle.dumps(error))
    assert again.to_json() == error.to_json()
    assert error.to_json()["position"] == 1
    assert error.suggestion == "write 1 a second time"


def test_explain_molecule_names_atoms_as_files_do() -> None:
    from rdkit import Chem

    parameters = Chem.SmilesParserParams()
    parameters.sanitize = False
    assert "C (atom 1) has 5 bonds" in (explain_molecule(Chem.MolFromSmiles("C(C)(C)(C)(C)C", parameters)) or "")
    assert explain_molecule(Chem.MolFromSmiles("CCO", parameters)) is None
