"""Names whose structure says more than they do are no training answers."""

from __future__ import annotations

import pytest

from anymol.data.sources.names import states_more_than_name


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("CCC[C@@H](C)O", "pentan-2-ol"),
        ("CC/C=C/C", "2-pentene"),
        ("C[C@H](C(=O)O)c1ccc(cc1)F", "flurbiprofen analogue"),
    ],
)
def test_a_stereoisomer_that_the_name_leaves_open(smiles: str, name: str) -> None:
    assert states_more_than_name(smiles, name)


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("CCC[C@@H](C)O", "(2R)-pentan-2-ol"),
        ("CCC[C@@H](C)O", "(R)-pentan-2-ol"),
        ("CC/C=C/C", "(2E)-2-pentene"),
        ("CC/C=C/C", "trans-2-pentene"),
        ("N[C@@H](C)C(=O)O", "L-alanine"),
        ("CC1(C)[C@@H]2CC=C(C)[C@H]1C2", "(+)-alpha-pinene"),
        ("CCCC(C)O", "pentan-2-ol"),
    ],
)
def test_what_name_and_structure_agree_on(smiles: str, name: str) -> None:
    assert not states_more_than_name(smiles, name)
