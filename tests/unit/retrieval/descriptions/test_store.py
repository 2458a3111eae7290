from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from anymol.chem.keys import inchikey
from anymol.errors import DataError
from anymol.retrieval.descriptions.store import DescriptionStore, find_descriptions, read_store, write_store


def test_a_store_is_what_was_written(small_store: DescriptionStore, tmp_path: Path) -> None:
    place = tmp_path / "one.tsv.gz"
    place.write_bytes(write_store(small_store))
    again = read_store(place)
    assert again.descriptions == small_store.descriptions and again.card == small_store.card
    assert write_store(again) == place.read_bytes()


def test_a_molecule_is_found_however_it_is_written(small_store: DescriptionStore) -> None:
    found = small_store.find(inchikey("O(C(C)=O)c1c(cccc1)C(O)=O"))
    assert found is not None and found.text == "Aspirin is a drug."
    assert small_store.name_collection(found).licence == "CC BY 4.0"
    assert small_store.find(inchikey("CC")) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}\n", "not a store of descriptions"),
        (b'{"collections":{}}\ninchikey\tsmiles\n', "columns"),
        (
            b'{"collections":{}}\ninchikey\tsmiles\tcollection\ttext\nK\tC\tchebi\tThe molecule is methane.\n',
            "line 3",
        ),
    ],
)
def test_a_damaged_store_says_what_is_wrong(content: bytes, said: str, tmp_path: Path) -> None:
    place = tmp_path / "one.tsv.gz"
    place.write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match=said):
        read_store(place)
    place.write_bytes(gzip.compress(content)[:12])
    with pytest.raises(DataError, match="cannot be read"):
        read_store(place)


def test_what_ships_describes_common_molecules_under_stated_licences() -> None:
    store = find_descriptions()
    assert {one.licence for one in store.card.collections.values()} <= {"CC BY 4.0", "MIT"}
    aspirin = store.find(inchikey("CC(=O)Oc1ccccc1C(=O)O"))
    assert aspirin is not None and "salicylic acid" in aspirin.text
