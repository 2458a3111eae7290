from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.keys import inchikey_block
from anymol.data.heldout import hash_reserved
from anymol.data.measured_sets import (
    MEASURED_SETS,
    MeasuredRow,
    draw_rows,
    keep_apart,
    keep_training_rows,
    read_reserved,
    read_set,
    thin_negatives,
)
from anymol.errors import DataError
from anymol.tasks.table import TASKS

FREESOLV = next(one for one in MEASURED_SETS if one.name == "freesolv")


def row(smiles: str, split: str, value: float = 1.0) -> MeasuredRow:
    return MeasuredRow(smiles, split, {"solubility": value})


def test_every_property_is_asked_by_a_task() -> None:
    for one in MEASURED_SETS:
        for measured in one.columns.values():
            task = TASKS[measured.task]
            assert (measured.endpoint in task.choices) if task.choices else measured.endpoint is None
            assert measured.unit == task.unit
            assert measured.kind.value == task.answer.value


@pytest.mark.parametrize(
    "evaluated",
    ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC([NH3+])C(=O)[O-]"],
    ids=["the same", "enantiomer", "zwitterion"],
)
def test_no_relative_of_an_evaluated_molecule_is_kept(evaluated: str) -> None:
    rows = [row("C[C@H](N)C(=O)O", "train"), row("CCO", "train"), row(evaluated, "test")]
    assert [one.smiles for one in keep_training_rows(rows, lambda _: False)] == ["CCO"]


def test_no_salt_of_an_evaluated_molecule_is_kept() -> None:
    rows = [row("CC(C)NCC(O)c1ccccc1.Cl", "train"), row("CC(C)NCC(O)c1ccccc1", "val"), row("CCO.Cl", "train")]
    assert [one.smiles for one in keep_training_rows(rows, lambda _: False)] == ["CCO.Cl"]


def test_nothing_reserved_is_kept() -> None:
    reserved = inchikey_block("c1ccccc1")
    rows = [row("c1ccccc1", "train"), row("CCO", "train"), row("CCC", "val")]
    assert [one.smiles for one in keep_training_rows(rows, reserved.__eq__)] == ["CCO"]


def test_reserved_keys_are_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"key_sha256": [hash_reserved("UHOVQNZJYSORNB")]}), tmp_path / "heldout_keys.parquet")
    is_reserved = read_reserved(tmp_path)
    assert is_reserved(inchikey_block("c1ccccc1")) and not is_reserved(inchikey_block("CCO"))


def test_molecules_whose_records_disagree_are_not_evaluated() -> None:
    rows = [row("CCO", "test", 1.0), row("CCO", "test", 0.0), row("CC", "test"), row("CC", "test"), row("C", "val")]
    assert [(one.smiles, one.values) for one in keep_apart(rows, "test")] == [("CCO", {}), ("CC", {"solubility": 1.0})]


def test_actives_stay_when_inactives_are_thinned() -> None:
    rows = [row("C" * size, "train", float(size == 3)) for size in range(1, 20)]
    kept = thin_negatives(rows, 4, seed=0)
    assert len(kept) == 5 and rows[2] in kept and thin_negatives(rows, 4, seed=0) == kept
    held = [row("C" * size, "val", 0.0) for size in range(1, 20)]
    assert thin_negatives(held, 4, seed=0) == held
    assert thin_negatives(rows, None, seed=0) == rows


def test_rows_are_drawn_in_their_order() -> None:
    rows = [row("C" * size, "val") for size in range(1, 20)]
    drawn = draw_rows(rows, 5, 0)
    assert len(drawn) == 5 and [one for one in rows if one in drawn] == drawn
    assert draw_rows(rows, 100, 0) == rows


def write_freesolv(folder: Path, licence: str, allowed: str) -> None:
    table = {
        "smiles": ["CO", "CC", "CCC"],
        "hydration_free_energy_expt": [-5.1, None, float("nan")],
        "scaffold_split": ["train", "train", "val"],
    }
    pq.write_table(pa.table(table), folder / FREESOLV.file)
    text = f"file,source_value,origin,licence,weights_allowed,reason\nmoleculenet_*,,x,{licence},{allowed},\n"
    (folder / "sources.csv").write_text(text, encoding="utf-8")


def test_a_set_is_read_with_its_missing_values(tmp_path: Path) -> None:
    write_freesolv(tmp_path, "MIT", "yes")
    assert read_set(FREESOLV, tmp_path) == [
        MeasuredRow("CO", "train", {"hydration_energy": -5.1}),
        MeasuredRow("CC", "train", {}),
        MeasuredRow("CCC", "val", {}),
    ]


@pytest.mark.parametrize(("licence", "allowed"), [("MIT", "no"), ("CC BY-NC 4.0", "yes")])
def test_what_may_not_be_shipped_is_not_read(licence: str, allowed: str, tmp_path: Path) -> None:
    write_freesolv(tmp_path, licence, allowed)
    with pytest.raises(DataError, match="licence"):
        read_set(FREESOLV, tmp_path)
