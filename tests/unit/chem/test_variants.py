"""Randomised SMILES: other writings of the same molecule, repeatable."""

from __future__ import annotations

import random

import pytest

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.variants import randomize_smiles


@pytest.mark.parametrize("name", ["aspirin", "caffeine", "charged", "chiral", "salt", "metal"])
def test_molecule_stays_the_same(known_molecules, name: str) -> None:
    generator = random.Random(1)
    for _ in range(10):
        smiles = known_molecules[name]
        assert canonicalize_smiles(randomize_smiles(smiles, generator)) == canonicalize_smiles(smiles)


def test_writings_differ_and_repeat() -> None:
    aspirin = "CC(=O)Oc1ccccc1C(=O)O"
    first = [randomize_smiles(aspirin, random.Random(seed)) for seed in range(20)]
    assert len(set(first)) > 10
    assert first == [randomize_smiles(aspirin, random.Random(seed)) for seed in range(20)]
