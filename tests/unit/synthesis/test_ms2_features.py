"""What the intensity model is told of atoms and fragments."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.synthesis.fragmentation import Budget, enumerate_fragments, read_skeleton
from anymol.synthesis.ms2_features import N_FEATURES, AtomClass, classify_atom, describe_fragments

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_features_count_what_is_inside_and_outside() -> None:
    mol = Chem.MolFromSmiles(ASPIRIN)
    skeleton = read_skeleton(mol)
    fragments = enumerate_fragments(mol, skeleton, Budget())
    features = describe_fragments(mol, skeleton, fragments)
    assert features.shape == (len(fragments.depth), N_FEATURES) and features.dtype == np.uint8
    n_classes = len(AtomClass)
    assert features[0, :n_classes].sum() == 13 and features[0, n_classes : 2 * n_classes].sum() == 0
    assert (features[:, : 2 * n_classes].sum(axis=1) == 13).all()
    assert features[0, 2 * n_classes : 4 * n_classes].sum() == 0  # nothing is broken in the whole


@pytest.mark.parametrize(
    ("smiles", "index", "expected"),
    [
        ("CC(=O)O", 1, AtomClass.ACID_CARBON), ("CC(=O)O", 3, AtomClass.ACID_HYDROXYL),
        ("CC(=O)N", 3, AtomClass.AMIDE_NITROGEN), ("NCC", 0, AtomClass.PRIMARY_AMINE),
        ("Oc1ccccc1", 0, AtomClass.PHENOL), ("c1ccncc1", 3, AtomClass.PYRIDINE), ("c1cc[nH]c1", 3, AtomClass.PYRROLE),
        ("CC#N", 2, AtomClass.NITRILE), ("CS(C)(=O)=O", 1, AtomClass.SULFOXIDE_OR_SULFONE),
        ("CSC", 1, AtomClass.THIOETHER), ("[O-][N+](=O)c1ccccc1", 1, AtomClass.NITRO),
        ("C[Si](C)(C)C", 1, AtomClass.OTHER),
    ],
)  # fmt: skip
def test_atom_classes(smiles: str, index: int, expected: AtomClass) -> None:
    assert classify_atom(Chem.MolFromSmiles(smiles).GetAtomWithIdx(index)) is expected
