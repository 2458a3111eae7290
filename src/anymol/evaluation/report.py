"""The outcome of an evaluation for people: Markdown, one HTML page, and the same figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from anymol.errors import MissingDependencyError
from anymol.evaluation.figures import Comparison, Figure, TaskFigures
from anymol.evaluation.gallery import draw_rows
from anymol.evaluation.leakage import NEAR
from anymol.evaluation.page import Block, Table, write_html, write_markdown
from anymol.evaluation.plots import draw_headlines, draw_task
from anymol.evaluation.published_table import NOT_MEASURED, tabulate_published
from anymol.evaluation.results import EvaluatedRow, Evaluation
from anymol.files import write_atomically


def write_report(evaluation: Evaluation, directory: Path) -> None:
    """Write ``figures.json``, ``report.md`` and ``report.html`` into a directory, and plots for the Markdown."""
    figures = json.dumps(evaluation.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(directory / "figures.json", figures + "\n")
    title = f"Evaluation of {evaluation.model}"
    blocks = list(_blocks(evaluation, directory))
    write_atomically(directory / "report.md", write_markdown(title, blocks))
    write_atomically(directory / "report.html", write_html(title, blocks))


def _blocks(evaluation: Evaluation, directory: Path) -> Iterator[Block]:
    """Yield the report; its plots are files of the directory too."""
    beaten = evaluation.n_beaten
    yield (
        f"Data: {evaluation.data}. Every row counts, an unreadable answer as wrong; stereochemistry counts. "
        "Figures stand with their 95 % bootstrap interval."
    )
    compared = [task for task in evaluation.tasks if task.beats_trivial is not None]
    if compared:
        yield (
            f"The model beats every trivial baseline, by more than chance (paired bootstrap, 95 %), on {beaten} of "
            f"{len(compared)} tasks."
        )
    elif any(task.comparisons for task in evaluation.tasks):
        yield "Of no task every trivial baseline was measured."
    else:
        yield "No baseline was measured."
    for task in evaluation.tasks:
        if task.unmeasured:
            yield (
                f"Not measured on {task.task}, where there are no training rows to learn from or nothing to copy: "
                f"{', '.join(task.unmeasured)}."
            )
    yield "## The model against trivial baselines"
    yield _compare_table(evaluation.tasks)
    worse = [task.task for task in compared if task.beats_trivial is False]
    if worse:
        yield f"The model does not beat its trivial baselines on: {', '.join(worse)}."
    yield from _plot_headlines(evaluation, directory)
    if evaluation.published:
        yield from _list_published(evaluation)
    if evaluation.leakage:
        yield from _list_leakage(evaluation)
    if evaluation.groups:
        yield "## By parts, and by what is shown"
        yield _compare_table(evaluation.groups)
    yield "## All figures"
    yield (
        ("task", "n", "metric", "estimate", "95 % interval"),
        tuple(
            (task.task, str(task.n), _name(figure), f"{figure.interval.estimate:.4g}", _range(figure))
            for task in (*evaluation.tasks, *evaluation.groups)
            for figure in task.figures
        ),
    )
    if any(task.published for task in evaluation.tasks):
        yield "## By the rules of published tables"
        yield (
            "The same answers, so that rows compare: undecodable answers are left out, stereochemistry is dropped, and "
            "numbers lose their sign. Judge the model by the honest figures."
        )
        yield (
            ("task", "n", "metric", "estimate", "95 % interval"),
            tuple(
                (task.task, str(task.n), _name(figure), f"{figure.interval.estimate:.4g}", _range(figure))
                for task in (*evaluation.tasks, *evaluation.groups)
                for figure in task.published
            ),
        )
    yield "## All baselines"
    yield (
        ("task", "baseline", "metric", "estimate", "gain of the model", "beaten"),
        tuple(
            (
                task.task,
                _name_baseline(one.baseline, trivial=one.trivial),
                _name(one.figure),
                _show(one.figure),
                _show_gain(one),
                show_beaten(one.beaten),
            )
            for task in evaluation.tasks
            for one in task.comparisons
        )
        + tuple(
            (task.task, _name_baseline(one.value, trivial=one.trivial), "", NOT_MEASURED, "", "")
            for task in evaluation.tasks
            for one in task.unmeasured
        ),
    )
    yield "## How far the stated certainty holds"
    yield "Calibration error is ECE over 15 bins of the first answer; intervals are stated at 90 %."
    yield (
        ("task", "n", "calibration error", "references inside the interval"),
        tuple(
            (
                task.task,
                str(task.n),
                "" if task.ece is None else f"{task.ece:.3f}",
                "" if task.coverage is None else f"{100 * task.coverage:.1f} %",
            )
            for task in evaluation.tasks
        ),
    )
    for note in evaluation.notes:
        yield f"Note: {note}."
    yield "## The best and the worst rows"
    for task in evaluation.tasks:
        rows = [row for row in evaluation.rows if row.example.task == task.task]
        yield f"### {task.task}"
        yield from _plot_task(task, rows, directory)
        yield from draw_rows(task.task, rows)
    yield "## How it was run"
    yield (
        ("setting", "value"),
        tuple((name, str(value)) for name, value in evaluation.settings.items()),
    )
    yield (
        ("task", "rows per second"),
        tuple((task.task, f"{task.n / max(task.seconds, 1e-9):.2f}") for task in evaluation.tasks),
    )


def _compare_table(tasks: Sequence[TaskFigures]) -> Table:
    rows = []
    for task in tasks:
        best = task.best_trivial
        metric, figure, baseline = show_headline(task)
        against = ("", "", NOT_MEASURED) if best is None else (
            baseline, _show_gain(best), show_beaten(task.beats_trivial)
        )  # fmt: skip
        rows.append((task.task, str(task.n), f"{100 * task.readable:.1f} %", metric, figure, *against))
    return (
        (
            "task",
            "n",
            "answered readably",
            "headline",
            "model",
            "best trivial baseline",
            "gain (better is positive)",
            "beaten",
        ),
        tuple(rows),
    )


def show_beaten(beaten: bool | None) -> str:
    """Return in a word whether baselines are beaten."""
    return NOT_MEASURED if beaten is None else "yes" if beaten else "no"


def _name_baseline(name: str, *, trivial: bool) -> str:
    return name if trivial else f"{name} (for comparison, not trivial)"


def _show_gain(comparison: Comparison) -> str:
    gain = comparison.gain
    return f"{gain.estimate:+.4g} [{gain.low:+.4g}, {gain.high:+.4g}]"


def show_headline(task: TaskFigures) -> tuple[str, str, str]:
    """Return the headline of a task in words: the metric, the figure with its interval, the best trivial baseline."""
    head, best = task.headline, task.best_trivial
    baseline = NOT_MEASURED if best is None else f"{best.figure.interval.estimate:.4g} ({best.baseline})"
    return _name(head), _show(head), baseline


def _plot_headlines(evaluation: Evaluation, directory: Path) -> Iterator[Block]:
    try:
        yield from draw_headlines(evaluation, directory)
    except MissingDependencyError as error:
        yield f"Note: there are no plots: {error}."


def _plot_task(task: TaskFigures, rows: Sequence[EvaluatedRow], directory: Path) -> Iterator[Block]:
    with suppress(MissingDependencyError):  # said once, above
        yield from draw_task(task, rows, directory)


def _list_published(evaluation: Evaluation) -> Iterator[Block]:
    yield "## Beside published figures"
    yield (
        "What others report, and by which protocol. Ours are by the honest rules unless the metric is one of "
        "decodable or readable answers, which --protocol published (or both) measures."
    )

    def find(task: str, metric: str) -> tuple[str, str]:
        ours = next((one for one in (*evaluation.groups, *evaluation.tasks) if one.task == task), None)
        figures = () if ours is None else (*ours.figures, *ours.published)
        figure = next((figure for figure in figures if figure.metric == metric), None)
        if ours is None or figure is None:
            return NOT_MEASURED, ""
        return _show(figure), f"{ours.n:,}"

    yield from tabulate_published(evaluation.published, evaluation.model, find, "###")


def _list_leakage(evaluation: Evaluation) -> Iterator[Block]:
    yield "## What the training data give away"
    yield (
        "Rows whose molecule, reaction or scaffold the training data hold, or a molecule very like theirs (Tanimoto "
        f"similarity of Morgan fingerprints {NEAR} or more), and the headline without them. Molecules are compared by "
        "the first block of their InChIKey, over all training tasks. A reaction is given away by one of the same "
        "products where the reactants of either are all among those of the other; those whose reactants are not the "
        "same, as where one record has reagents among them, are counted once more by themselves."
    )
    yield (
        ("task", "given away by", "rows", "of n", "headline", "all rows", "without them"),
        tuple(
            (
                task.task,
                leak.kind.value,
                f"{leak.n_leaked:,}",
                f"{task.n:,}",
                _name(task.whole),
                _show(task.whole),
                "none is left" if leak.without is None else _show(leak.without),
            )
            for task in evaluation.leakage
            for leak in task.leaks
        ),
    )


def _name(figure: Figure) -> str:
    return f"{figure.metric} {'(higher is better)' if figure.higher_is_better else '(lower is better)'}"


def _show(figure: Figure) -> str:
    return f"{figure.interval.estimate:.4g} {_range(figure)}"


def _range(figure: Figure) -> str:
    return f"[{figure.interval.low:.4g}, {figure.interval.high:.4g}]"
