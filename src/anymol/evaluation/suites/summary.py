"""The outcome of several suites for people: one table of headlines that leads to the report of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from anymol.evaluation.page import Table, write_html, write_markdown
from anymol.evaluation.report import show_headline
from anymol.evaluation.suites.run import SuitesEvaluation
from anymol.files import write_atomically


def write_summary(done: SuitesEvaluation, directory: Path) -> None:
    """Write ``summary.json``, ``report.md`` and ``report.html`` into the folder that holds those of the suites."""
    figures = json.dumps(done.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(directory / "summary.json", figures + "\n")
    title = f"Evaluation of {done.model}"
    write_atomically(directory / "report.md", write_markdown(title, _blocks(done)))
    write_atomically(directory / "report.html", write_html(title, _blocks(done)))


def _blocks(done: SuitesEvaluation) -> Iterator[str | Table]:
    yield (
        "The headline of each task, with its 95 % bootstrap interval. Every row counts, an unreadable answer as wrong; "
        "stereochemistry counts. The folder of each suite holds its report, its answers and all figures."
    )
    rows = [
        (name, task.task, str(task.n), *show_headline(task)) for name, one in done.done.items() for task in one.tasks
    ]
    yield ("suite", "task", "n", "headline", "model", "best trivial baseline"), tuple(rows)
    if done.skipped:
        yield "## Not asked"
        yield ("suite", "why"), tuple(done.skipped.items())
