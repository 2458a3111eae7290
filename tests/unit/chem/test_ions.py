"""Ions as formulas with their charge."""

from __future__ import annotations

import pytest

from anymol.chem.ions import read_ion
from anymol.chem.parsing import canonicalize_smiles
from anymol.readers.resolve import resolve_molecule


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("Cu2+", "[Cu+2]"),
        ("Fe3+", "[Fe+3]"),
        ("Fe(3+)", "[Fe+3]"),
        ("Zn++", "[Zn+2]"),
        ("Mg²⁺", "[Mg+2]"),
        ("Al^3+", "[Al+3]"),
        ("Ca+2", "[Ca+2]"),
        ("Ag+", "[Ag+]"),
        ("S2-", "[S-2]"),
        ("N3-", "[N-]=[N+]=[N-]"),
        ("N(3-)", "[N-3]"),
        ("SO4 2-", "O=S(=O)([O-])[O-]"),
        ("CO3^2-", "O=C([O-])[O-]"),
        ("PO4(3-)", "O=P([O-])([O-])[O-]"),
    ],
)
def test_ions(text: str, smiles: str) -> None:
    found = read_ion(text)
    assert found is not None
    assert canonicalize_smiles(found) == canonicalize_smiles(smiles)
    assert resolve_molecule(text).smiles == canonicalize_smiles(smiles)


@pytest.mark.parametrize("text", ["CuSO4", "Xx2+", "C2H5OH", "+", "", "benzene", "2+", "CuSO4+", "Cu2+3", "Br3-"])
def test_what_is_no_ion(text: str) -> None:
    assert read_ion(text) is None


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("HPO4 2-", "O=P([O-])([O-])O"),
        ("HPO4^2-", "O=P([O-])([O-])O"),
        ("HPO42-", "O=P([O-])([O-])O"),
        ("H2PO4-", "O=P([O-])(O)O"),
        ("HCO3-", "O=C([O-])O"),
        ("CH3COO-", "CC(=O)[O-]"),
        ("HS-", "[SH-]"),
        ("XO4-", None),
        ("HPO4+", None),
    ],
)
def test_an_anion_is_its_acid_without_protons(text: str, smiles: str | None) -> None:
    assert read_ion(text) == smiles
