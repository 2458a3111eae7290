"""Labelled questions, where they went, and how that is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.evaluation.routed_questions import (
    Beside,
    LabelledQuestion,
    Verdict,
    count_routed,
    read_labelled_questions,
    render_routing,
    route_labelled,
)

ROW = {
    "family": "a", "style": "plain", "question": "logP of CCO", "given": "nothing", "route": ["logp"], "also": [],
    "molecules": ["CCO"], "text": None, "later": None, "split": "tune",
}  # fmt: skip


def label(
    question: str, *routes: tuple[str, ...], given: Beside = Beside.NOTHING, **fields: object
) -> LabelledQuestion:
    standard = {"molecules": None, "text": None, "later": None, "family": "a", "style": "plain", "split": "tune"}
    return LabelledQuestion(question, given, routes, **{**standard, **fields})  # type: ignore[arg-type]


def test_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({**ROW, "also": [["captioning"]]}) + "\n", encoding="utf-8")
    (row,) = read_labelled_questions(path)
    assert row == label("logP of CCO", ("logp",), ("captioning",), molecules=("CCO",))


@pytest.mark.parametrize("line", ["", "[]", '{"question": "a"}', json.dumps({**ROW, "given": "a cake"})])
def test_other_lines_are_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2"):
        read_labelled_questions(path)


def test_a_question_is_right_refused_or_silently_wrong() -> None:
    assert route_labelled(label("logP of CCO", ("logp",))).verdict is Verdict.RIGHT
    assert route_labelled(label("logP of CCO", ("tpsa",))).verdict is Verdict.SILENT
    assert route_labelled(label("logP of CCO", ("tpsa",), ("logp",))).verdict is Verdict.RIGHT
    assert route_labelled(label("boiling point of ethanol", ("logp",))).verdict is Verdict.REFUSED
    assert route_labelled(label("boiling point of ethanol", ("outside",))).verdict is Verdict.RIGHT
    assert route_labelled(label("logP of CCO", ("outside",))).verdict is Verdict.SILENT


def test_a_calculation_is_as_good_as_its_task_and_order_does_not_count() -> None:
    assert route_labelled(label("molar mass of CCO and of CCN", ("molecular_weight",))).verdict is Verdict.RIGHT
    assert (
        route_labelled(label("formula and exact mass of CCO", ("monoisotopic_mass", "formula"))).verdict
        is Verdict.RIGHT
    )


def test_what_is_given_beside_a_question_is_used() -> None:
    assert route_labelled(label("logP?", ("logp",), given=Beside.MOLECULE)).verdict is Verdict.RIGHT
    assert route_labelled(label("logP?", ("logp",))).verdict is Verdict.REFUSED
    assert route_labelled(label("What is it?", ("molecule_recognition",), given=Beside.MS2)).verdict is Verdict.RIGHT


def test_figures_are_counts() -> None:
    routed = [
        route_labelled(label("logP of CCO", ("logp",), molecules=("CCO",))),
        route_labelled(label("logP of CCO", ("logp",), molecules=("OCC",))),
        route_labelled(label("logP of CCO", ("tpsa",), molecules=("CCO",))),
        route_labelled(label("structure of 2-chloropyridine", ("name_to_molecule",), text="2-chloropyridine")),
    ]
    figures = count_routed(routed)
    assert (figures.asked, figures.right, figures.silent) == (4, 3, 1)
    assert figures.molecules == (2, 1)  # of the right ones
    assert figures.texts == (1, 1)
    assert (figures.accuracy, figures.silent_share) == (0.75, 0.25)


def test_tables_have_a_row_for_each_split_and_style() -> None:
    routed = [
        route_labelled(label("logP of CCO", ("logp",))),
        route_labelled(label("logP of CCO", ("tpsa",), style="terse", split="final")),
    ]
    page = render_routing(routed)
    assert "| tune | 1 | 100.0% | 0.00% (0) |" in page
    assert "| final | 1 | 0.0% | 100.00% (1) |" in page
    assert "| terse | 0 |  |  | 1 | 0.0% | 1 |" in page
