"""A sheet of questions for people: nothing on it tells an answer, and what they write is scored by its key."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import DataError
from anymol.evaluation.own_rows import OwnRows
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.question_sheet import write_question_sheet
from anymol.evaluation.row_sets import ShardRows
from anymol.evaluation.runner import evaluate_subject
from anymol.evaluation.subjects.predictions import PredictionsSubject
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.synthesis.graph import synthesize_graph
from anymol.tasks.table import TASKS

PLAN = EvaluationPlan(limit=10, seed=3)
SPECTRUM = MassSpectrum(np.array([65.0386, 91.0542]), np.array([0.2, 1.0]), title="Toluene; LC-ESI-QTOF")


def recognise(part: RecordPart) -> InstructionExample:
    """A question what a record shows, whose right answer is toluene."""
    asked = Message(Speaker.USER, (TextPart("Which molecule is this? "), part))
    answer = (MoleculePart("Cc1ccccc1"),)
    return InstructionExample("massbank/toluene", "molecule_recognition", (asked,), answer, "massbank", "CC BY", "val")


def write_sheet(tmp_path: Path) -> list[dict[str, str]]:
    """Write a sheet of three reactions and two alcohols; return the rows of its form."""
    reactions = tmp_path / "reactions.csv"
    reactions.write_text("id,reactants,answer\nethyl acetate,CCO.CC(=O)O,CCOC(C)=O\nb,CO.CC(=O)O,COC(C)=O\nc,C.C,C(\n")
    logp = tmp_path / "logp.csv"
    logp.write_text("id,molecule,answer\nethanol,CCO,-0.31\nbutanol,CCCCO,0.88\n")
    sets = [OwnRows(reactions, TASKS["forward_reaction"]), OwnRows(logp, TASKS["logp"])]
    written = write_question_sheet(sets, PLAN, tmp_path / "sheet")
    assert written.counts == {"forward_reaction": 2, "logp": 2}
    return list(csv.DictReader((tmp_path / "sheet" / "answers.csv").read_text().splitlines()))


def test_the_sheet_tells_no_answer(tmp_path: Path) -> None:
    rows = write_sheet(tmp_path)
    page = (tmp_path / "sheet" / "sheet.html").read_text()
    assert [row["id"] for row in rows] == ["q1", "q2", "q3", "q4"] == re.findall(r"<h3>(q\d)</h3>", page)
    assert all(row["question"] and not row["answer"] for row in rows)
    assert page.count("<svg") == 4  # two alcohols, the mixtures of two reactions
    for told in ("CCOC(C)=O", "COC(C)=O", "-0.31", "0.88", "ethanol", "ethyl acetate", "<script"):
        assert told not in page
    assert "one number" in page and "all molecules, as SMILES" not in page  # a product is one molecule


def test_filled_in_it_is_scored_by_its_key(tmp_path: Path) -> None:
    """One of two reactions right, in another writing; one number right, the other left open."""
    answers = {"CC(=O)O.CCO": "C(C)OC(=O)C", "CC(=O)O.CO": "CCO", "CCCCO": "", "CCO": "-0.31"}
    lines = ["id,question,answer"]
    for row in write_sheet(tmp_path):
        said = next(answer for asked, answer in answers.items() if asked in row["question"])
        lines.append(f"{row['id']},,{said}")
    filled = tmp_path / "filled.csv"
    filled.write_text("\n".join(lines))
    done = evaluate_subject(PredictionsSubject(filled), ShardRows(tmp_path / "sheet" / "key"))
    figures = {task.task: task for task in done.tasks}
    assert figures["forward_reaction"].headline.interval.estimate == 0.5
    assert figures["logp"].readable == 0.5


def test_a_sheet_that_may_be_filled_in_is_not_replaced(tmp_path: Path) -> None:
    write_sheet(tmp_path)
    before = (tmp_path / "sheet" / "answers.csv").read_bytes()
    with pytest.raises(DataError, match="may be filled in"):
        write_sheet(tmp_path)
    assert (tmp_path / "sheet" / "answers.csv").read_bytes() == before


def test_records_are_drawn_without_their_titles(tmp_path: Path) -> None:
    pages = []
    for name, title in (("told", SPECTRUM.title), ("untold", "")):
        part = RecordPart(Modality.MS2, replace(SPECTRUM, title=title))
        write_shards([recognise(part)], tmp_path / name, name=name)
        write_question_sheet([ShardRows(tmp_path / name)], PLAN, tmp_path / f"{name}-sheet")
        pages.append((tmp_path / f"{name}-sheet" / "sheet.html").read_text())
    assert pages[0] == pages[1] and "data:image/png;base64," in pages[0]


def test_a_graph_that_would_be_its_own_answer_is_left_out(tmp_path: Path) -> None:
    write_shards(
        [recognise(RecordPart(Modality.GRAPH, smiles="Cc1ccccc1"))],
        tmp_path / "graphs",
        name="graphs",
        featurise=synthesize_graph,
    )
    with pytest.raises(DataError, match="no row that people can be asked"):
        write_question_sheet([ShardRows(tmp_path / "graphs")], PLAN, tmp_path / "sheet")
