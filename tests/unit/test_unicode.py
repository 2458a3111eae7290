"""Halves of surrogate pairs are refused where a text comes in, and never stop what goes on beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.cli.output import dump_json
from anymol.data.compact import require_packable
from anymol.errors import DataError, InvalidFileError, UserError
from anymol.inference.assistant import Assistant
from anymol.modalities.content import TextPart
from anymol.readers.resolve import Molecule, MolType
from anymol.readers.tables import Columns, read_rows
from anymol.synthesis.graph import GraphEngine
from anymol.synthesis.pipeline.local import LocalExecutor
from anymol.synthesis.pipeline.parts import read_records
from anymol.synthesis.pipeline.run import SynthesisPlan, synthesize
from anymol.synthesis.pipeline.work import InputRow
from anymol.tasks.table import TASKS
from anymol.unicode import NotUnicodeError, escape_halves

HALVES = ["\ud800", "aspirin\udcff", "C\udc80C", "[C][\ud800]", "<mol>C\ud800</mol>", "CCO>>\ud800", "\udc00\ud800"]


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.load(lazy=True)


@pytest.mark.parametrize("text", HALVES)
@pytest.mark.parametrize("mol_type", [None, *MolType])
def test_no_form_of_a_molecule_takes_one(text: str, mol_type: MolType | None) -> None:
    with pytest.raises(NotUnicodeError if mol_type is not MolType.FILE else InvalidFileError) as error:
        Molecule.parse(text, mol_type)
    json.dumps(error.value.to_json(), ensure_ascii=False).encode()  # the message itself can be written
    str(error.value).encode()


@pytest.mark.parametrize("task", list(TASKS))
@pytest.mark.parametrize("text", HALVES[:2])
def test_no_task_takes_one(assistant: Assistant, task: str, text: str) -> None:
    with pytest.raises(UserError):
        assistant.predict(task, text)


@pytest.mark.parametrize("text", HALVES)
def test_no_free_text_beside_a_molecule_is_one(assistant: Assistant, text: str) -> None:
    with pytest.raises(NotUnicodeError, match="the text"):
        assistant.predict("molecule_editing", "CCO", text=text)


@pytest.mark.parametrize("text", HALVES)
def test_no_question_takes_one(assistant: Assistant, text: str) -> None:
    with pytest.raises(NotUnicodeError, match="the question"):
        assistant.ask(f"What is the LogP of {text}?")
    with pytest.raises(UserError):
        assistant.ask("What is the LogP of this?", [text])


def test_a_file_whose_name_is_not_utf8_is_read(tmp_path: Path) -> None:
    path = tmp_path / "\udcff.smi"  # the byte ff, as Python names it
    path.write_text("CCO ethanol\n")
    assert Molecule.parse(path).smiles == "CCO"
    assert Molecule.parse(str(path)).smiles == "CCO"


def test_a_row_costs_itself_and_no_other(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    rows = [{"smiles": "CCO", "id": "\ud800"}, {"smiles": "C\ud800"}, {"smiles": "CC", "\udfff": "\udfff"}]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = list(read_rows(source, Columns()))
    assert [row.error is None for row in read] == [True, False, True]
    plan = SynthesisPlan(source, (GraphEngine(),), tmp_path / "out")
    given = [InputRow(row.number, str(row.columns.get("id", "x")), row.columns["smiles"]) for row in read]
    counts = synthesize(plan, given, LocalExecutor(1)).counts["graph"]
    assert (counts.ok, counts.failed) == (2, 1)
    assert [(row.id, row.smiles) for row in read_records(plan.output, "graph")] == [
        ("\\ud800", "CCO"),
        ("x", "C\\ud800"),
        ("x", "CC"),
    ]


def test_no_example_is_packed_with_one() -> None:
    with pytest.raises(DataError, match="not Unicode"):
        require_packable(TextPart("a\ud800"))


def test_json_that_is_shown_is_escaped_and_reads_back() -> None:
    value = {"a\x7f": "\x1b[2J\x9b\u202e\ud800µ⌬\u2028"}
    shown = dump_json(value)
    assert shown.isprintable() and "µ⌬" in shown
    assert json.loads(shown) == value


def test_what_is_not_a_half_stays() -> None:
    assert escape_halves("µ⌬\U0001f9ea") == "µ⌬\U0001f9ea"
