"""Words of stereochemistry: descriptors that are set, and mirror images."""

from __future__ import annotations

import pytest

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.stereo_words import mirror_image, set_descriptor


@pytest.mark.parametrize(
    ("smiles", "label", "expected"),
    [
        ("CC(O)C(=O)O", "R", "C[C@@H](O)C(=O)O"),
        ("C[C@@H](O)C(=O)O", "S", "C[C@H](O)C(=O)O"),
        ("CC=CC(=O)O", "E", "C/C=C/C(=O)O"),
        ("CC=CC(=O)O", "Z", "C/C=C\\C(=O)O"),
        ("CC(O)C(O)C", "R", None),
        ("CCO", "R", None),
        ("CCO", "E", None),
    ],
)
def test_a_descriptor_is_set_where_one_place_bears_it(smiles: str, label: str, expected: str | None) -> None:
    assert set_descriptor(smiles, label) == expected


@pytest.mark.parametrize(
    ("smiles", "mirrored"),
    [
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("CC1=CC[C@H](CC1=O)C(C)=C", "CC1=CC[C@@H](CC1=O)C(C)=C"),
        ("OC(=O)[C@H](O)[C@@H](O)C(=O)O", "OC(=O)[C@@H](O)[C@H](O)C(=O)O"),
        ("OC(=O)[C@H](O)[C@H](O)C(=O)O", None),  # meso
        ("CC(O)[C@H](N)C", None),  # a centre is open
        ("CCO", None),
    ],
)
def test_mirror_images(smiles: str, mirrored: str | None) -> None:
    assert mirror_image(smiles) == (None if mirrored is None else canonicalize_smiles(mirrored))
