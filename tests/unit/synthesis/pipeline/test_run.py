from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.errors import ConfigError, DataError, UserError
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.readers.watched import InputChangedError
from anymol.synthesis.engine import Engine, EngineSettings, Synthesis
from anymol.synthesis.graph import GraphEngine
from anymol.synthesis.pipeline.local import LocalExecutor
from anymol.synthesis.pipeline.parts import part_path, read_part, read_records
from anymol.synthesis.pipeline.run import FAILURES, SYNTHESIS, SynthesisPlan, synthesize
from anymol.synthesis.pipeline.work import Chunk, InputRow, Outcome, work_chunk

SMILES = ["CCO", "c1ccccc1", "C(C", "CC(=O)O", "", "CN", "CS"]


class NoSettings(EngineSettings):
    """Nothing to choose."""


@dataclass(frozen=True)
class DiceEngine:
    """Makes a graph of as many atoms as the seed says, and fails where a molecule holds sulfur."""

    settings: NoSettings = field(default_factory=NoSettings)
    modality: ClassVar[Modality] = Modality.IMAGE
    name: ClassVar[str] = "dice"
    version: ClassVar[str] = "1"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        if "S" in smiles:
            raise UserError("sulfur is not liked", value=smiles)
        n = seed % 5 + 1
        graph = MolecularGraph(np.zeros((n, 2), np.uint8), np.zeros((2, 0), np.int32), np.zeros((0, 2), np.uint8))
        return Synthesis((graph,), {"seed": seed})


class Interrupting:
    """Works off so many chunks, then raises, as a kill would end it."""

    workers = 1

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks

    def run(
        self, engines: Sequence[Engine], seed: int, chunks: Iterable[Chunk]
    ) -> Iterator[tuple[Chunk, list[Outcome]]]:
        for number, chunk in enumerate(chunks):
            if number == self.chunks:
                raise KeyboardInterrupt
            yield chunk, work_chunk(engines, seed, chunk)


def rows() -> Iterator[InputRow]:
    for number, smiles in enumerate(SMILES):
        yield InputRow(number, f"m{number}", smiles or None, None if smiles else "row 4 has no 'smiles'")


@pytest.fixture
def plan(tmp_path: Path) -> SynthesisPlan:
    source = tmp_path / "molecules.smi"
    source.write_text("\n".join(SMILES))
    return SynthesisPlan(source, (GraphEngine(), DiceEngine()), tmp_path / "out", part_rows=3)


def contents(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.rglob("*")) if path.is_file()}


def test_every_row_stands_in_every_modality(plan: SynthesisPlan) -> None:
    done = synthesize(plan, rows(), LocalExecutor(1))
    assert (done.counts["graph"].ok, done.counts["graph"].failed) == (5, 2)
    assert (done.counts["image"].ok, done.counts["image"].failed) == (5, 2)
    for modality in ("graph", "image"):
        found = list(read_records(plan.output, modality))
        assert [row.row for row in found] == list(range(7))
        assert [row.id for row in found] == [f"m{number}" for number in range(7)]
        assert all((row.error is None) == bool(row.records) for row in found)
    assert next(read_records(plan.output, "graph")).records[0].n_atoms == 3
    failures = [json.loads(line) for line in (plan.output / FAILURES).read_text().splitlines()]
    assert [(one["modality"], one["row"]) for one in failures] == [
        ("graph", 2),
        ("graph", 4),
        ("image", 4),
        ("image", 6),
    ]
    assert failures[3]["error"].startswith("sulfur is not liked")
    assert failures[2]["error"] == "row 4 has no 'smiles'"
    manifest = json.loads((plan.output / SYNTHESIS.manifest).read_text())
    assert manifest["finished"] and manifest["counts"]["graph"] == {"ok": 5, "failed": 2}
    assert sum(file["rows"] for file in manifest["files"].values()) == 14


@pytest.mark.parametrize("chunks", range(1, 14, 3))
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(plan: SynthesisPlan, chunks: int, tmp_path: Path) -> None:
    whole = SynthesisPlan(plan.input, plan.engines, tmp_path / "whole", plan.seed, plan.part_rows)
    synthesize(whole, rows(), LocalExecutor(1))
    with pytest.raises(KeyboardInterrupt):
        synthesize(plan, rows(), Interrupting(chunks))
    assert not json.loads((plan.output / SYNTHESIS.manifest).read_text())["finished"]
    done = synthesize(plan, rows(), LocalExecutor(1), resume=True)
    assert done.done == 14
    assert contents(plan.output) == contents(whole.output)


def test_the_number_of_processes_changes_no_byte(plan: SynthesisPlan, tmp_path: Path) -> None:
    synthesize(plan, rows(), LocalExecutor(1))
    two = SynthesisPlan(plan.input, (GraphEngine(),), tmp_path / "two", plan.seed, plan.part_rows)
    synthesize(two, rows(), LocalExecutor(2))
    for path in (two.output / "graph").iterdir():
        assert path.read_bytes() == (plan.output / "graph" / path.name).read_bytes()


def test_only_missing_parts_are_made_again(plan: SynthesisPlan) -> None:
    synthesize(plan, rows(), LocalExecutor(1))
    part_path(plan.output, "image", 1).unlink()
    done = synthesize(plan, rows(), LocalExecutor(1), resume=True)
    assert done.made == 3
    assert done.done == 14


class Meddling:
    """Works off so many chunks, then changes the input."""

    workers = 1

    def __init__(self, chunks: int, change: Callable[[], object]) -> None:
        self.chunks, self.change = chunks, change

    def run(
        self, engines: Sequence[Engine], seed: int, chunks: Iterable[Chunk]
    ) -> Iterator[tuple[Chunk, list[Outcome]]]:
        for number, chunk in enumerate(chunks):
            if number == self.chunks:
                self.change()
            yield chunk, work_chunk(engines, seed, chunk)


def test_an_input_that_changes_meanwhile_is_noticed(plan: SynthesisPlan, tmp_path: Path) -> None:
    right = plan.input.read_text()
    with pytest.raises(InputChangedError):
        synthesize(plan, rows(), Meddling(3, lambda: plan.input.write_text(right.replace("CN", "CNN"))))
    assert not SYNTHESIS.read(plan.output)["finished"]
    with pytest.raises(ConfigError, match="another input"):
        synthesize(plan, rows(), LocalExecutor(1), resume=True)
    plan.input.write_text(right)
    assert synthesize(plan, rows(), LocalExecutor(1), resume=True).done == 14
    whole = SynthesisPlan(plan.input, plan.engines, tmp_path / "whole", plan.seed, plan.part_rows)
    synthesize(whole, rows(), LocalExecutor(1))
    assert contents(plan.output) == contents(whole.output)


def test_an_input_that_changes_behind_its_time_of_writing_spoils_the_run(plan: SynthesisPlan) -> None:
    right, before = plan.input.read_text(), plan.input.stat()

    def change() -> None:
        plan.input.write_text(right.replace("CN", "CP"))
        os.utime(plan.input, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(InputChangedError):
        synthesize(plan, rows(), Meddling(3, change))
    plan.input.write_text(right)
    with pytest.raises(ConfigError, match="another input"):
        synthesize(plan, rows(), LocalExecutor(1), resume=True)


def test_a_folder_that_holds_a_run_needs_resume(plan: SynthesisPlan) -> None:
    synthesize(plan, rows(), LocalExecutor(1))
    with pytest.raises(DataError, match="--resume"):
        synthesize(plan, rows(), LocalExecutor(1))


def test_resuming_with_other_engines_is_refused(plan: SynthesisPlan) -> None:
    synthesize(plan, rows(), LocalExecutor(1))
    other = SynthesisPlan(plan.input, (GraphEngine(),), plan.output, plan.seed, plan.part_rows)
    with pytest.raises(ConfigError, match="another engines"):
        synthesize(other, rows(), LocalExecutor(1), resume=True)


def test_a_folder_of_something_else_is_left_alone(plan: SynthesisPlan) -> None:
    plan.output.mkdir()
    (plan.output / "thesis.txt").write_text("precious")
    with pytest.raises(DataError, match="something else"):
        synthesize(plan, rows(), LocalExecutor(1), resume=True)


def test_a_damaged_part_is_named(plan: SynthesisPlan) -> None:
    synthesize(plan, rows(), LocalExecutor(1))
    part_path(plan.output, "graph", 0).write_bytes(b"PAR1 no more")
    with pytest.raises(DataError, match="part cannot be read"):
        synthesize(plan, rows(), LocalExecutor(1), resume=True)


def test_what_the_reader_says_of_a_row_stands_beside_its_records(plan: SynthesisPlan) -> None:
    said = "the record is a racemate"
    synthesize(plan, iter([InputRow(0, "a", "CCO", notes=(said,)), InputRow(1, "b", "CN")]), LocalExecutor(1))
    first, second = read_records(plan.output, "graph")
    assert first.notes["input"] == [said]
    assert "input" not in second.notes


def test_changed_rows_and_missing_parts_are_noticed(plan: SynthesisPlan) -> None:
    synthesize(plan, rows(), LocalExecutor(1))
    path = part_path(plan.output, "graph", 0)
    right, table = path.read_bytes(), pq.read_table(path)
    column = table.schema.get_field_index("smiles")
    changed = pa.array(["CCN", *table["smiles"].to_pylist()[1:]], pa.string())
    pq.write_table(table.set_column(column, table.schema.field(column), changed), path)  # a whole, other file
    with pytest.raises(DataError, match=r"graph/part-00000\.parquet .* not what manifest\.json says"):
        list(read_records(plan.output, "graph"))
    with pytest.raises(DataError, match="not those that were written"):
        list(read_part(path))
    with pytest.raises(DataError, match="not those that were written"):
        synthesize(plan, rows(), LocalExecutor(1), resume=True)
    path.unlink()
    with pytest.raises(DataError, match="listed and missing"):
        list(read_records(plan.output, "graph"))
    path.write_bytes(right)
    assert len(list(read_records(plan.output, "graph"))) == len(SMILES)
