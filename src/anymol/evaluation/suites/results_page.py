"""One page of figures: every task of the table, by both protocols, beside published ones, from a summary of suites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from anymol.evaluation.page import Block, write_markdown
from anymol.evaluation.published_figures import PublishedFigure
from anymol.evaluation.published_table import NOT_MEASURED, tabulate_published
from anymol.evaluation.suites.table import SUITES
from anymol.tasks.table import TASKS

Figures = Mapping[str, Any]
"""What ``summary.json``, or the entry of a task in it, holds."""


def render_results(summary: Figures) -> str:
    """Return the page of a summary."""
    return write_markdown("Results", _blocks(summary))


def _blocks(summary: Figures) -> Iterator[Block]:
    suites: Mapping[str, Figures] = summary["suites"]
    settings = next(iter(suites.values()))["settings"]
    limit = settings["limit"]
    yield (
        f"`{summary['model']}`, asked {'every row' if limit is None else f'at most {limit:,} rows of each task'} of "
        "the suites at hand. Written by `make results`. Figures of few rows have wide intervals, which stand beside "
        "them."
    )
    yield (
        "Honest figures count every row, an unreadable answer as wrong or as the worst number, and keep "
        "stereochemistry. Published ones are of the same answers by the rules of published tables: undecodable answers "
        "are left out, stereochemistry is dropped and numbers lose their sign. Tasks whose answer is a text or a class "
        "have no such rules. Intervals are 95 % bootstrap intervals."
    )
    yield "## Every task"
    yield (
        ("task", "suite", "n", "honest", "by published rules", "answered readably", "best trivial baseline"),
        tuple(row for task in TASKS for row in _list_task(task, suites, summary["skipped"])),
    )
    yield "## Beside published figures"
    yield (
        "Figures of a part of a suite are ours where it has twenty rows or more. Metrics of decodable or readable "
        "answers are by the published rules, the others by the honest ones."
    )
    for name, suite in suites.items():
        if suite["published"]:
            yield f"### {SUITES[name].title}"
            published = [PublishedFigure(**one) for one in suite["published"]]
            yield from tabulate_published(published, summary["model"], partial(_find, suite), "####")
    if summary["skipped"]:
        yield "## Not asked"
        yield ("suite", "why"), tuple(summary["skipped"].items())
    yield "## What each suite asks"
    yield (
        ("suite", "rows", "terms", "notes"),
        tuple((name, SUITES[name].title, SUITES[name].licence, " ".join(SUITES[name].notes)) for name in suites),
    )
    yield "## How it was run"
    seconds = [(name, task) for name, suite in suites.items() for task in suite["tasks"]]
    yield (
        ("suite", "task", "rows", "seconds per row"),
        tuple(
            (name, task["task"], f"{task['n']:,}", f"{task['seconds'] / max(1, task['n']):.2f}")
            for name, task in seconds
        ),
    )
    kept = ("subject", "template", "beams", "draws", "constrained", "device", "seed", "limit", "anymol", "RDKit")
    yield ("setting", "value"), tuple((key, str(settings[key])) for key in kept if key in settings)


def _list_task(task: str, suites: Mapping[str, Figures], skipped: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the row of a task in each suite that asks it; where none does, the reason."""
    rows = [
        (
            task + _mark_untrained(task, suite["settings"]),
            name,
            f"{found['n']:,}",
            _show(found["figures"][0]),
            _show_published(found),
            *_show_rest(found),
        )
        for name, suite in suites.items()
        for found in suite["tasks"]
        if found["task"] == task
    ]
    if rows:
        yield from rows
        return
    asking = [name for name, suite in SUITES.items() if task in suite.tasks]
    why = "; ".join(skipped.get(name, f"{name} was not asked it") for name in asking)
    yield task, ", ".join(asking), "0", f"none: {why}", "", "", ""


def _mark_untrained(task: str, settings: Figures) -> str:
    trained_on = settings.get("trained on")
    return "" if trained_on is None or task in trained_on else " (not trained on it)"


def _show_published(found: Figures) -> str:
    return _show(found["published_protocol"][0]) if found["published_protocol"] else "none"


def _show_rest(found: Figures) -> tuple[str, str]:
    trivial = [one for one in found["baselines"] if one["trivial"] and one["gain"] is not None]
    best = min(trivial, key=lambda one: one["gain"]["estimate"] or 0.0, default=None)
    baseline = NOT_MEASURED if best is None else f"{_number(best['figure']['estimate'])} ({best['baseline']})"
    return f"{100 * found['readable']:.0f} %", baseline


def _show(figure: Figures) -> str:
    low, high = _number(figure["low"]), _number(figure["high"])
    return f"{figure['metric']} {_number(figure['estimate'])} ({low} to {high})"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3g}"


def _find(suite: Figures, task: str, metric: str) -> tuple[str, str]:
    measured: Sequence[Figures] = (*suite["groups"], *suite["tasks"])
    ours = next((one for one in measured if one["task"] == task), None)
    figures = [] if ours is None else [*ours["figures"], *ours["published_protocol"]]
    figure = next((figure for figure in figures if figure["metric"] == metric), None)
    if ours is None or figure is None:
        return NOT_MEASURED, ""
    return _show(figure).partition(" ")[2], f"{ours['n']:,}"
