from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.retrieval.measured_properties.store import PropertyStore, Spread, read_store, write_store


def test_a_store_is_read_as_it_was_written(store: PropertyStore, tmp_path: Path) -> None:
    path = tmp_path / "store.tsv.gz"
    path.write_bytes(write_store(store))
    again = read_store(path)
    assert again.card == store.card and again.molecules == store.molecules
    assert write_store(again) == path.read_bytes()


def test_properties_are_found_by_task_and_endpoint(store: PropertyStore) -> None:
    assert store.find_property("solubility") is not None
    found = store.find_property("tox21", "NR-ER")
    assert found is not None and found.name == "tox21:NR-ER"
    assert store.find_property("tox21") is None and store.find_property("tox21", "NR-AR") is None
    assert store.has_task("tox21") and not store.has_task("hiv")


def test_every_value_of_a_molecule_is_kept(store: PropertyStore) -> None:
    (ethanol,) = (one for one in store.list_measured("solubility") if one.smiles == "CCO")
    assert ethanol.values["solubility"] == (1.10, 1.20)
    (benzene,) = (one for one in store.list_measured("bbbp") if one.smiles == "c1ccccc1")
    assert benzene.values["bbbp"] == (1.0, 0.0) and Spread(benzene.values["bbbp"]).disagrees


def test_several_values_are_told_by_their_middle_and_ends() -> None:
    spread = Spread((1.0, 5.0, 2.0))
    assert (spread.middle, spread.low, spread.high, spread.disagrees) == (2.0, 1.0, 5.0, True)
    assert not Spread((1.0, 1.0)).disagrees and Spread((1.0, 0.0, 1.0)).share == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no store at all", "cannot be read|not a store"),
        (gzip.compress(b"no json\n"), "not a store"),
        (gzip.compress(b'{"schema_version": 2, "properties": []}\n'), "not a store"),
        (gzip.compress(b'{"schema_version": 1, "properties": []}\nsmiles\n'), "columns of a store"),
    ],
    ids=["not packed", "no JSON", "another version", "other columns"],  # what is packed holds the time
)
def test_what_is_not_a_store_is_said_to_be_none(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "store.tsv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_store(path)


def test_a_damaged_value_is_told_with_its_line(store: PropertyStore, tmp_path: Path) -> None:
    path = tmp_path / "store.tsv.gz"
    path.write_bytes(gzip.compress(gzip.decompress(write_store(store)).replace(b"-1.64", b"low")))
    with pytest.raises(DataError, match=r"line \d+ of a store"):
        read_store(path)


def test_values_that_ship_are_those_of_the_literature() -> None:
    """Delaney 2004; caffeine dissolves to about 20 g/L, 0.1 mol/L; the AstraZeneca set; FreeSolv."""
    shipped = read_store()
    by_smiles = {one.smiles: one.values for one in shipped.molecules}
    caffeine = by_smiles["Cn1c(=O)c2c(ncn2C)n(C)c1=O"]
    assert caffeine["solubility"] == pytest.approx((-0.876,)) and caffeine["bbbp"] == (1.0,)
    assert by_smiles["c1ccccc1"]["solubility"] == pytest.approx((-1.64,))
    assert by_smiles["Cc1ccccc1"]["hydration_energy"] == pytest.approx((-0.90,))
    # Drugs for the brain, and one that is known to stay out of it.
    assert by_smiles["CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21"]["bbbp"] == (1.0,)  # diazepam


def test_every_shipped_property_names_its_source_and_licence() -> None:
    card = read_store().card
    assert len({one.name for one in card.properties}) == len(card.properties)
    assert all(one.source and one.licence == "MIT" for one in card.properties)
