"""The trainer of the store of descriptions, on a handful of made-up ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.keys import inchikey_block
from anymol.errors import CheckpointError, DataError
from anymol.evaluation.descriptions import run
from anymol.inference.proposals.descriptions import RANKER_FILE, read_ranker
from anymol.retrieval.descriptions.store import STORE_FILE, read_store
from anymol.training.specialists.plan import DescriptionsPlan, TreesConfig

pytest.importorskip("sklearn")

PLAN = DescriptionsPlan(
    name="descriptions",
    collections={"chebi20": "ChEBI", "gitmol": "GIT-Mol"},
    taught_by="chebi20",
    trees=TreesConfig(trees=3, leaves=4, fewest=5),
)
RESERVED = "CCCCCCCCN"


def write_data(folder: Path) -> None:
    """Write descriptions of alcohols and amines, two of them of molecules that are evaluated or reserved."""
    rows = [("C" * size + "O", f"The molecule is alcohol number {size}.", "chebi20", "train") for size in range(1, 25)]
    rows += [("C" * size + "N", f"A base of {size} carbons.", "gitmol", "train") for size in range(1, 12)]
    rows += [
        ("CO", "Another word on methanol.", "gitmol", "train"),
        ("CCCO", "The molecule is propanol.", "chebi20", "test"),
        ("CC(C)O", "The molecule is a secondary alcohol.", "chebi20", "val"),
        ("CCl", "The molecule is a gas.", "unknown", "train"),
        ("C1CC", "The molecule is no molecule.", "chebi20", "train"),
    ]
    names = ("smiles", "description", "source", "split")
    table = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    pq.write_table(pa.table(table | {"kind": ["sentences"] * len(rows)}), folder / "captions.parquet")
    reserved = hashlib.sha256(f"heldout-v1:{inchikey_block(RESERVED)}".encode()).hexdigest()
    pq.write_table(pa.table({"key_sha256": [reserved], "scope": ["all"]}), folder / "heldout_keys.parquet")
    (folder / "sources.csv").write_text(
        "file,source_value,source,licence,weights_allowed,note\n"
        "captions,chebi20,ChEBI,CC BY 4.0,yes,\ncaptions,gitmol,GIT-Mol,MIT,yes,\n"
    )


def test_store_and_ranker_hold_nothing_that_is_evaluated_or_reserved(tmp_path: Path) -> None:
    write_data(tmp_path)
    done = run(PLAN, tmp_path / "out", data_dir=tmp_path)
    store = read_store(tmp_path / "out" / STORE_FILE)
    assert done.finished and done.tokens == len(store.descriptions) == 24 - 1 + 11 - 1
    known = {one.smiles: one for one in store.descriptions}
    assert not {"CCCO", "CC(C)O", "CCl", RESERVED} & set(known)
    # Of two descriptions that of the collection named first stands, and each is in plain form.
    assert known["CO"].collection == "chebi20"
    assert known["CCN"].text == "The molecule is a base of 2 carbons."
    ranker = read_ranker(tmp_path / "out" / RANKER_FILE)
    assert ranker.card.store_sha256 == hashlib.sha256((tmp_path / "out" / STORE_FILE).read_bytes()).hexdigest()
    assert ranker.card.figures["val_rows"] == 1
    with pytest.raises(CheckpointError, match="already holds"):
        run(PLAN, tmp_path / "out", data_dir=tmp_path)
    assert run(PLAN, tmp_path / "out", data_dir=tmp_path, resume=True).tokens == done.tokens


def test_a_collection_without_a_stated_licence_is_not_taken(tmp_path: Path) -> None:
    write_data(tmp_path)
    plan = PLAN.model_copy(update={"collections": {"chebi20": "ChEBI", "unknown": "?"}})
    with pytest.raises(DataError, match="no licence is recorded"):
        run(plan, tmp_path / "out", data_dir=tmp_path)


def test_the_ranker_learns_from_a_collection_that_is_stored() -> None:
    with pytest.raises(ValueError, match="taught_by is one of"):
        DescriptionsPlan(name="x", collections={"gitmol": "GIT-Mol"}, taught_by="chebi20")
