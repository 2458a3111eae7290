from __future__ import annotations

import pytest

from anymol.chem.fingerprints import morgan, tanimoto
from anymol.retrieval.measured_properties.neighbours import find_neighbours
from anymol.retrieval.measured_properties.store import PropertyStore


def test_the_most_similar_stands_first(store: PropertyStore) -> None:
    found = find_neighbours(store, "solubility", "CCc1ccccc1", 2)
    assert [one.smiles for one in found] == ["Cc1ccccc1", "c1ccccc1"]
    assert found[0].similarity == pytest.approx(tanimoto(morgan("CCc1ccccc1"), morgan("Cc1ccccc1")))
    assert found[0].spread.values == (-2.21,)


def test_the_molecule_itself_is_its_nearest(store: PropertyStore) -> None:
    assert find_neighbours(store, "solubility", "OCC", 1)[0].similarity == 1.0


def test_only_molecules_with_the_property_are_looked_at(store: PropertyStore) -> None:
    assert [one.smiles for one in find_neighbours(store, "tox21:NR-ER", "c1ccccc1", 5)] == ["Oc1ccc(-c2ccc(O)cc2)cc1"]
    assert find_neighbours(store, "hiv", "c1ccccc1") == ()
