"""Mapping in shards: what is done stays, what it was done for is compared."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.data import reaction_maps
from anymol.data.reaction_maps import map_in_shards
from anymol.errors import DataError
from anymol.retrieval.reactions.building import map_records

REACTIONS = [
    RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC", id="1"),
    RecordedReaction("CCF", "CCO", id="2"),
    RecordedReaction("c1ccc(-c2ccncc2)cc1", "Brc1ccccc1.OB(O)c1ccncc1", id="3", year=2001),
    RecordedReaction("CCOC(C)=O", "CC(=O)O.CCO", id="4"),
    RecordedReaction("CC(O)c1ccccc1", "CC(=O)c1ccccc1", id="5"),
]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaction_maps, "ROWS", 2)


def test_shards_hold_what_mapping_gives(tmp_path: Path) -> None:
    wanted = list(map_records(REACTIONS))
    assert list(map_in_shards(REACTIONS, tmp_path)) == wanted
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["00000.parquet", "00001.parquet", "00002.parquet"]
    assert list(map_in_shards(REACTIONS, tmp_path)) == wanted


def test_a_mapping_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = map_in_shards(REACTIONS, tmp_path)
    list(islice(stopped, 3))
    stopped.close()
    done = sorted(path.name for path in tmp_path.iterdir())
    assert done == ["00000.parquet", "00001.parquet"]
    mapped: list[int] = []

    def count(piece: list[RecordedReaction], workers: int = 1):  # type: ignore[no-untyped-def]
        mapped.append(len(piece))
        return map_records(piece, workers)

    monkeypatch.setattr(reaction_maps, "map_records", count)
    assert len(list(map_in_shards(REACTIONS, tmp_path))) == 5
    assert mapped == [1]


def test_shards_of_other_reactions_are_refused(tmp_path: Path) -> None:
    list(map_in_shards(REACTIONS, tmp_path))
    with pytest.raises(DataError, match="made from other reactions"):
        list(map_in_shards(REACTIONS[::-1], tmp_path))


def test_a_damaged_shard_is_told(tmp_path: Path) -> None:
    list(map_in_shards(REACTIONS, tmp_path))
    (tmp_path / "00001.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="damaged"):
        list(map_in_shards(REACTIONS, tmp_path))
