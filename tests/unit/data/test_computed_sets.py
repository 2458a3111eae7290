"""Which computed values are kept: never those of molecules that are evaluated or reserved."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import anymol.data.computed_sets as computed_sets
from anymol.chem.keys import inchikey
from anymol.data.computed_sets import COMPUTED_PROPERTIES, find_held, read_evaluated_rows, read_training_rows
from anymol.data.heldout import compute_blocks, hash_reserved
from anymol.data.sources.qm9 import QM9_METHOD
from anymol.errors import DataError
from anymol.retrieval.computed_properties.known import find_computed

ETHANOL = {"homo_hartree": -0.2619, "lumo_hartree": 0.0798, "gap_hartree": 0.3417, "dipole_debye": 1.4131}
ROWS = [("CCO", "train"), ("C=O", "val"), ("CC=O", "test"), ("CO", "train")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small ``quantum.parquet``; methanol is reserved."""
    methods = [QM9_METHOD] * 3 + ["another method"]
    table = {
        "smiles": [*(smiles for smiles, _ in ROWS), "CC=O"],
        "split": [*(split for _, split in ROWS), "test"],
        "method": [*methods, "another method"],
        **{name: [value, value, value, value, 9.0] for name, value in ETHANOL.items()},
        "u0_hartree": [None, None, -153.787612, None, None],
    }
    pq.write_table(pa.table(table), tmp_path / "quantum.parquet")
    pq.write_table(pa.table({"key_sha256": [hash_reserved(inchikey("CO")[:14])]}), tmp_path / "heldout_keys.parquet")
    return tmp_path


def test_rows_that_are_evaluated_are_of_one_method_and_of_one_split(folder: Path) -> None:
    (row,) = read_evaluated_rows(folder, "test")
    assert (row.smiles, row.split) == ("CC=O", "test") and len(row.values) == 5
    (val,) = read_evaluated_rows(folder, "val")
    assert COMPUTED_PROPERTIES["u0_hartree"].name not in val.values
    with pytest.raises(DataError, match="val or test"):
        read_evaluated_rows(folder, "train")


def test_nothing_that_is_evaluated_or_reserved_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {name: [1.0] * 5 for name in COMPUTED_PROPERTIES}
    whole = {"smiles": ["OCC", "C=O", "CC=O", "CO", "CCC"], "split": ["train"] * 4 + ["test"], **columns}
    monkeypatch.setattr(computed_sets, "read_qm9", lambda labels: pa.table(whole))
    assert [row.smiles for row in read_training_rows(folder)] == ["CCO"]


def test_nothing_that_ships_is_evaluated_or_reserved(data_dir: Path) -> None:
    is_held = find_held(data_dir)
    for one in find_computed().store.molecules:
        assert not any(map(is_held, (one.inchikey[:14], *compute_blocks(one.smiles)))), one.smiles
