"""What ships: the values of QM9, and the network."""

from __future__ import annotations

import hashlib

import pytest

from anymol.retrieval.computed_properties.known import STORE_FILE, find_computed
from anymol.retrieval.measured_properties.matching import Relation, find_match
from anymol.retrieval.measured_properties.store import Origin
from anymol.shipped import find_shipped, read_shipped
from anymol.tasks.quantum import B3LYP

FOLDER = "retrieval/computed_properties"


@pytest.mark.parametrize(
    ("task", "smiles", "value"),
    [
        # QM9: gdb_3 water, gdb_10 acetonitrile, gdb_14 ethanol, gdb_214 benzene.
        ("homo_lumo_gap", "CCO", 0.3417),
        ("dipole_moment", "CC#N", 3.8266),
        ("lumo", "c1ccccc1", 0.0029),
        ("dipole_moment", "c1ccccc1", 0.0),
        ("total_energy", "O", -76.4047),
        ("homo", "C", -0.3877),
    ],
)
def test_what_qm9_computed_is_stored(task: str, smiles: str, value: float) -> None:
    match = find_match(find_computed().store, f"{task}:{B3LYP}", smiles)
    assert match is not None and match.relation is Relation.SAME and match.spread.values == (value,)


def test_the_gap_is_the_difference_of_its_orbitals() -> None:
    names = [f"{task}:{B3LYP}" for task in ("homo", "lumo", "homo_lumo_gap")]
    for one in find_computed().store.molecules:
        for homo, lumo, gap in zip(*(one.values[name] for name in names), strict=True):
            assert gap == pytest.approx(lumo - homo, abs=1.1e-4), one.smiles


def test_every_property_says_how_it_was_computed() -> None:
    for one in find_computed().store.card.properties:
        assert one.origin is Origin.COMPUTED and one.licence == "CC0" and one.endpoint == B3LYP
        assert one.conditions is not None and one.conditions.startswith(f"{B3LYP}, optimised geometry, gas phase")


def test_the_network_that_ships_is_of_the_store_that_ships() -> None:
    known = find_computed()
    stored = read_shipped(f"{FOLDER}/{STORE_FILE}")
    assert known.predictors.card.store_sha256 == hashlib.sha256(stored).hexdigest()
    assert {one.name for one in known.predictors.card.predictors} == {one.name for one in known.store.card.properties}


def test_what_ships_is_small() -> None:
    assert len(read_shipped(f"{FOLDER}/{STORE_FILE}")) <= 1_000_000
    assert find_shipped(f"{FOLDER}/computed_predictors.safetensors").stat().st_size <= 1_500_000
