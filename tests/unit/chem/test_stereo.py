"""What of a molecule's stereochemistry is written and what is open."""

from __future__ import annotations

from anymol.chem.stereo import remove_stereo, summarize_stereo


def test_alanine() -> None:
    summary = summarize_stereo("C[C@H](N)C(=O)O")
    assert summary.centres == ((1, "S"),)
    assert summary.is_complete


def test_open_elements() -> None:
    summary = summarize_stereo("C/C=C/C(F)[C@H](O)C=CC")
    assert summary.double_bonds == (((1, 2), "E"),)
    assert summary.open_centres == (3,)
    assert summary.open_double_bonds == ((7, 8),)
    assert not summary.is_complete


def test_nothing_to_specify(known_molecules) -> None:
    assert summarize_stereo(known_molecules["aspirin"]).is_complete


def test_removal_keeps_isotopes() -> None:
    assert remove_stereo("[13CH3][C@H](N)C(=O)O") == "[13CH3]C(N)C(=O)O"
