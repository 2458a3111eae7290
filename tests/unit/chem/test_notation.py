"""Symbols and the surface form of molecules in a model's text."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anymol.chem.notation import (
    Notation,
    read_surface,
    split_selfies_symbols,
    split_smiles_symbols,
    surface_symbol,
    write_surface,
)


@pytest.mark.parametrize(
    ("smiles", "symbols"),
    [
        ("CCBr", ["C", "C", "Br"]),
        ("C[C@H](N)Cl", ["C", "[C@H]", "(", "N", ")", "Cl"]),
        ("C%10CC%10", ["C", "%10", "C", "C", "%10"]),
        ("C%(123)CC%(123)", ["C", "%(123)", "C", "C", "%(123)"]),
        ("F/C=C\\F", ["F", "/", "C", "=", "C", "\\", "F"]),
        ("N->[Pt]", ["N", "->", "[Pt]"]),
        ("[Na+].[Cl-]", ["[Na+]", ".", "[Cl-]"]),
        ("CC>>CC", ["C", "C", ">", ">", "C", "C"]),
        ("C[", ["C", "["]),
        ("", []),
    ],
)
def test_smiles_symbols(smiles: str, symbols: list[str]) -> None:
    assert split_smiles_symbols(smiles) == symbols


def test_selfies_symbols() -> None:
    assert split_selfies_symbols("[C][=Branch1][C][=O].[Na+1]") == ["[C]", "[=Branch1]", "[C]", "[=O]", ".", "[Na+1]"]


@given(st.text())
def test_splitting_loses_nothing(text: str) -> None:
    assert "".join(split_smiles_symbols(text)) == text
    assert "".join(split_selfies_symbols(text)) == text


def test_surface_of_each_notation() -> None:
    assert write_surface("CCBr", Notation.SMILES) == "<mol>⌬C⌬C⌬Br</mol>"
    assert write_surface("[C][=O]", Notation.SELFIES) == "<mol>⌬[C]⌬[=O]</mol>"
    assert surface_symbol("[C@H]") == "⌬[C@H]"


@pytest.mark.parametrize("notation", list(Notation))
@given(text=st.text(alphabet="CNOBrcln[]()=#123%+-@./\\H", min_size=1))
def test_surface_reads_back(notation: Notation, text: str) -> None:
    assert read_surface(write_surface(text, notation)) == text


@pytest.mark.parametrize(
    ("surface", "molecule"),
    [
        ("CCO", "CCO"),
        ("<mol>⌬C⌬C", "CC"),
        ("The product is <mol>⌬C⌬O</mol>, surely.", "CO"),
        ("<mol></mol>", ""),
    ],
)
def test_surface_is_read_generously(surface: str, molecule: str) -> None:
    assert read_surface(surface) == molecule


def test_notation_needs_no_rdkit() -> None:
    code = "import sys; sys.modules['rdkit'] = None; import anymol.chem.notation"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
