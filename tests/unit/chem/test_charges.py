"""Formal charges."""

from __future__ import annotations

import pytest

from anymol.chem.charges import ChargeSummary, neutralize_smiles, summarize_charges


@pytest.mark.parametrize(
    ("smiles", "summary"),
    [
        ("CCO", ChargeSummary(0, 0, 0, False)),
        ("C[N+](C)(C)CC(=O)[O-]", ChargeSummary(0, 1, 1, True)),
        ("C[N+](=O)[O-]", ChargeSummary(0, 1, 1, False)),
        ("[Na+].[Cl-]", ChargeSummary(0, 1, 1, False)),
        ("[Fe+2]", ChargeSummary(2, 1, 0, False)),
        ("[O-]C(=O)C(=O)[O-]", ChargeSummary(-2, 0, 2, False)),
    ],
)
def test_summary(smiles: str, summary: ChargeSummary) -> None:
    assert summarize_charges(smiles) == summary


def test_neutral_form() -> None:
    assert neutralize_smiles("[NH3+]CC(=O)[O-]") == "NCC(=O)O"
    assert neutralize_smiles("C[N+](=O)[O-]") == "C[N+](=O)[O-]"
