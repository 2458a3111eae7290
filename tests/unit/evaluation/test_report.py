"""The report: the best and the worst rows drawn, plots, published figures beside ours, and nothing that a page runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from anymol.data.example import InstructionExample
from anymol.evaluation.figures import TaskFigures
from anymol.evaluation.gallery import draw_rows, rank_rows
from anymol.evaluation.page import Drawing, write_html, write_markdown
from anymol.evaluation.plots import _draw_bars
from anymol.evaluation.published_figures import PublishedFigure
from anymol.evaluation.report import write_report
from anymol.evaluation.results import EvaluatedRow, Evaluation
from anymol.evaluation.runner import score_published, score_task
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.modalities.content import MoleculePart, Part, TextPart
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import STRUCTURES, ReagentsState, TaskInput, Value


def make_row(
    task: str, asked: TaskInput, reference: Value, said: Value | None, probability: float | None = None
) -> EvaluatedRow:
    structure = TASKS[task].answer in STRUCTURES
    answer: tuple[Part, ...] = (MoleculePart(str(reference)) if structure else TextPart(str(reference)),)
    messages = render_prompt(TASKS[task], asked, 0)
    example = InstructionExample(f"{task}/{asked}", task, messages, answer, "hand", "CC0", "val")
    answers = () if said is None else (ScoredAnswer(said, str(said), -1.0, probability),)
    return EvaluatedRow(
        example, asked, reference, AnsweredRow(answers, (), 0), tuple(a.value == reference for a in answers)
    )


def forward(reactants: str, reference: str, said: str | None, probability: float) -> EvaluatedRow:
    asked = TaskInput(reactants=reactants, reagents_state=ReagentsState.DROPPED)
    return make_row("forward_reaction", asked, reference, said, probability)


REACTIONS = [
    forward("CCO.CC(=O)O", "CCOC(C)=O", "CCOC(C)=O", 0.9),
    forward("CN.CC(=O)Cl", "CNC(C)=O", "CNC(C)=O", 0.4),
    forward("Nc1ccccc1.CC(=O)Cl", "CC(=O)Nc1ccccc1", "Nc1ccccc1", 0.8),
    forward("Brc1ccccc1.OB(O)c1ccccc1", "c1ccc(-c2ccccc2)cc1", "Brc1ccccc1", 0.2),
    forward("CCBr.N", "CCN", None, 0.0),
]
NUMBERS = [
    make_row("logp", TaskInput(molecule="C" * size), float(size), float(size) + error)
    for size, error in enumerate((0.1, -3.0, 0.0, 1.0, 0.5, 2.0, -0.2), 1)
]


def test_a_sure_mistake_is_the_worst() -> None:
    best, worst = rank_rows("forward_reaction", REACTIONS)
    assert [row.found.answers[0].probability for row in best] == [0.9, 0.4]
    assert [row.found.answers[0].probability for row in worst] == [0.8, 0.2]


def test_of_numbers_the_error_decides() -> None:
    best, worst = rank_rows("logp", NUMBERS)
    assert [abs(float(row.prediction or 0) - float(row.reference)) for row in best] == pytest.approx([0.0, 0.1, 0.2])
    assert [abs(float(row.prediction or 0) - float(row.reference)) for row in worst] == pytest.approx([3.0, 2.0, 1.0])


def test_few_numbers_are_not_shown_twice() -> None:
    best, worst = rank_rows("logp", NUMBERS[:4])
    assert len(best) == 3 and len(worst) == 1


def test_rows_are_drawn_for_the_page_and_written_for_markdown() -> None:
    blocks = list(draw_rows("forward_reaction", REACTIONS))
    page = write_html("x", blocks)
    # Two right and two wrong rows: what is asked, what is right, what was answered.
    assert page.count("<svg") == 4 * 3 and "probability 0.90" in page
    written = write_markdown("x", blocks)
    assert "`CCO.CC(=O)O>>` | `CCOC(C)=O` | `CCOC(C)=O` | 0.90 |" in written and "<svg" not in written


def test_a_text_of_others_is_text_on_the_page() -> None:
    row = make_row("captioning", TaskInput(molecule="CCO"), "an alcohol", "<script>alert(1)</script> | `x`", 0.5)
    blocks = list(draw_rows("captioning", [row]))
    page = write_html("x", blocks)
    assert "<script>" not in page and "&lt;script&gt;" in page
    (line,) = [one for one in write_markdown("x", blocks).splitlines() if "alert" in one]
    assert line.replace("\\|", "").count("|") == 5  # four cells


def evaluate(published: tuple[PublishedFigure, ...] = ()) -> Evaluation:
    tasks = []
    for task, rows in (("forward_reaction", REACTIONS), ("logp", NUMBERS)):
        scored = score_task(TASKS[task], rows, [], seed=0, baselines=False)
        tasks.append(scored)
    tasks[0] = replace(tasks[0], published=score_published(TASKS["forward_reaction"], REACTIONS, seed=0))
    return Evaluation("model", "data", tuple(tasks), (*REACTIONS, *NUMBERS), published=published)


def test_a_published_figure_stands_beside_ours(tmp_path: Path) -> None:
    """Of five answers four can be decoded and two are right: 0.5 by the published rules."""
    theirs = PublishedFigure(
        "s", "forward_reaction", "", "Someone", "exact_of_decodable", 0.7, 1000, "their rules", "print", "other rows"
    )
    write_report(evaluate((theirs,)), tmp_path)
    lines = (tmp_path / "report.md").read_text().splitlines()
    (someone,) = [one for one in lines if one.startswith("| Someone")]
    assert [one.strip() for one in someone.strip("| ").split(" | ")] == ["Someone", "1,000", "0.7", "print"]
    (ours,) = [one for one in lines if one.startswith("| model | ") and one.endswith("| here |")]
    cells = [one.strip() for one in ours.strip("| ").split(" | ")]
    assert cells[1] == "5" and cells[2].startswith("0.5 ")
    assert "Protocol of Someone: their rules." in lines and "Does not compare with Someone: other rows." in lines


def test_a_baseline_that_learnt_nothing_is_said_to_be_unmeasured(tmp_path: Path) -> None:
    write_report(
        Evaluation("model", "data", (score_task(TASKS["logp"], NUMBERS, [], seed=0),), tuple(NUMBERS)), tmp_path
    )
    report = (tmp_path / "report.md").read_text()
    assert "No baseline was measured" in report and "Not measured on logp" in report
    (mean,) = [line for line in report.splitlines() if line.startswith("| logp | mean of the training answers")]
    assert "not measured" in mean and "0" not in mean
    assert "does not beat" not in report


def test_plots_are_files_for_markdown_and_part_of_the_page(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write_report(evaluate(), tmp_path)
    assert sorted(one.name for one in (tmp_path / "plots").iterdir()) == ["headlines.png", "logp.png"]
    markdown, page = (tmp_path / "report.md").read_text(), (tmp_path / "report.html").read_text()
    assert "![logp](plots/logp.png)" in markdown
    assert page.count("<figure") == 2 and "<script" not in page and "<?xml" not in page


def test_a_negative_headline_is_inside_the_plot() -> None:
    """A correlation goes down to -1, and r2 has no lower end: what lies below 0 is a figure too."""
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    def draw(tasks: Sequence[TaskFigures]) -> tuple[float, float]:
        figure = Figure()
        _draw_bars(figure, tasks)
        low, high = figure.axes[0].get_xlim()
        return float(low), float(high)

    (task, *_) = evaluate().tasks
    assert draw([task]) == (0.0, 1.0)
    interval = task.headline.interval._replace(estimate=-0.4, low=-0.7, high=float("nan"))
    worse = replace(task, figures=(replace(task.headline, interval=interval),))
    low, high = draw([task, worse])
    assert low < -0.7 and high == 1.0


def test_without_matplotlib_the_report_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    write_report(evaluate(), tmp_path)
    assert "there are no plots" in (tmp_path / "report.md").read_text()
    assert not (tmp_path / "plots").exists()


def test_a_drawing_without_markdown_leaves_no_trace() -> None:
    assert write_markdown("x", [Drawing("<b>b</b>")]) == "# x\n"
