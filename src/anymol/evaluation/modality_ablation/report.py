"""The outcome of asking the same rows in several ways, for people: Markdown, one HTML page, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.evaluation.figures import Figure
from anymol.evaluation.modality_ablation.figures import (
    SURPRISE,
    Difference,
    ModalityAblation,
    TaskAblation,
    ViewFigures,
)
from anymol.evaluation.page import Table, write_html, write_markdown
from anymol.files import write_atomically
from anymol.metrics.interval import ConfidenceInterval

_TITLE: Final = "What is shown: {}"


def write_ablation_report(done: ModalityAblation, directory: Path) -> None:
    """Write ``shown.json``, ``shown.md`` and ``shown.html`` into a directory."""
    figures = json.dumps(done.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(directory / "shown.json", figures + "\n")
    write_atomically(directory / "shown.md", render_ablation_markdown(done))
    write_atomically(directory / "shown.html", write_html(_TITLE.format(done.model), _blocks(done)))


def render_ablation_markdown(done: ModalityAblation) -> str:
    """Return the tables and what they mean, as ``report.md`` has them."""
    return write_markdown(_TITLE.format(done.model), _blocks(done))


def _blocks(done: ModalityAblation) -> Iterator[str | Table]:
    yield (
        f"Data: {done.data}. Each row is asked in every way, so that the differences are paired: what else makes one "
        "row harder than another cancels out. Every row counts, an unreadable answer as wrong; stereochemistry counts. "
        "Figures and differences stand with their 95 % bootstrap interval, not corrected for the number of "
        "comparisons: of twenty without any effect, one is expected to look decided."
    )
    yield (
        f"{SURPRISE} is the negative log-probability of the right answer as the data write it, in nats: it moves "
        "before answers do. Where the notation is hidden, it includes that the model cannot know from which atom the "
        "data begin to write."
    )
    for task in done.tasks:
        yield f"## {task.task}"
        yield _say_rows(task)
        yield _headline_table(task)
        if any(way.against_others for way in task.ways):
            yield (
                "Whether it matters what the records say: each way against the same with the records of another row's "
                "molecules."
            )
            yield _control_table(task)
        yield "Differences from the first way on every metric, in the direction of better:"
        yield _difference_table(task)
    for note in done.notes:
        yield f"Note: {note}."
    yield "## How it was run"
    yield ("setting", "value"), tuple((name, str(value)) for name, value in done.settings.items())
    yield (
        ("task", "shown", "rows per second"),
        tuple(
            (task.task, way.shown.name, f"{task.n / max(way.seconds, 1e-9):.2f}")
            for task in done.tasks
            for way in task.ways
        ),
    )


def _say_rows(task: TaskAblation) -> str:
    left = task.n_drawn - task.n
    said = f"{task.n} rows, each asked in {len(task.ways)} ways."
    if not left:
        return f"{said} All rows looked at had the records."
    why = [f"{count} lack {name}" for name, count in task.lacking.items() if count]
    if task.unreadable:
        why.append(f"{task.unreadable} have a reference that cannot be read")
    return f"{said} {left} of {task.n_drawn} rows looked at are left out of all ways ({'; '.join(why)})."


def _headline_table(task: TaskAblation) -> Table:
    rows = []
    for way in task.ways:
        nats = way.figures[-1]
        told = ("the first", "", "", "", "")
        if way.differences:
            told = (
                _show_gain(way.differences[0].gain),
                way.differences[0].verdict,
                f"+{way.n_gained} -{way.n_lost}",
                _show_gain(way.differences[-1].gain),
                way.differences[-1].verdict,
            )
        rows.append((way.shown.name, _show(way.figures[0]), *told[:3], _show(nats), *told[3:]))
    headline = task.ways[0].figures[0].metric
    return (
        (
            "shown",
            headline,
            "against the first",
            "verdict",
            "rows gained, lost",
            SURPRISE,
            "nats saved against the first",
            "verdict",
        ),
        tuple(rows),
    )


def _control_table(task: TaskAblation) -> Table:
    return (
        ("shown", task.ways[0].figures[0].metric, "verdict", "nats saved", "verdict"),
        tuple(
            (
                way.shown.name,
                _show_gain(way.against_others[0].gain),
                way.against_others[0].verdict,
                _show_gain(way.against_others[-1].gain),
                way.against_others[-1].verdict,
            )
            for way in task.ways
            if way.against_others
        ),
    )


def _difference_table(task: TaskAblation) -> Table:
    others = [way for way in task.ways if way.differences]
    metrics = [difference.metric for difference in others[0].differences]
    return (
        ("shown", *metrics),
        tuple((way.shown.name, *(_show_gain(_find(way, name).gain) for name in metrics)) for way in others),
    )


def _find(way: ViewFigures, metric: str) -> Difference:
    return next(difference for difference in way.differences if difference.metric == metric)


def _show(figure: Figure) -> str:
    one = figure.interval
    return f"{one.estimate:.4g} [{one.low:.4g}, {one.high:.4g}]"


def _show_gain(gain: ConfidenceInterval) -> str:
    return f"{gain.estimate:+.4g} [{gain.low:+.4g}, {gain.high:+.4g}]"
