"""The outcome of an evaluation for people: Markdown, one HTML page, and the same figures as JSON."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from anymol.evaluation.figures import Figure, TaskFigures
from anymol.evaluation.results import EvaluatedRow, Evaluation
from anymol.files import write_atomically

_EXAMPLES = 3
"""Wrong answers shown per task."""

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { border: 1px solid #ccc; padding: .3rem .6rem; }
th { background: #f3f3f3; text-align: left; } td { vertical-align: top; overflow-wrap: anywhere; }
"""

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Header and rows."""


def write_report(evaluation: Evaluation, directory: Path) -> None:
    """Write ``figures.json``, ``report.md`` and ``report.html`` into a directory."""
    figures = json.dumps(evaluation.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(directory / "figures.json", figures + "\n")
    write_atomically(directory / "report.md", render_markdown(evaluation))
    write_atomically(directory / "report.html", render_html(evaluation))


def render_markdown(evaluation: Evaluation) -> str:
    """Return the tables and what they mean, as ``report.md`` has them."""
    return write_markdown(f"Evaluation of {evaluation.model}", _blocks(evaluation))


def render_html(evaluation: Evaluation) -> str:
    """Return the report as one HTML page without scripts."""
    return write_html(f"Evaluation of {evaluation.model}", _blocks(evaluation))


def write_markdown(title: str, blocks: Iterable[str | Table]) -> str:
    """Return paragraphs, headings (beginning with ``#``) and tables as Markdown."""
    lines = [f"# {title}", ""]
    for block in blocks:
        match block:
            case str():
                lines += [block, ""]
            case (header, rows):
                lines.append(f"| {' | '.join(header)} |")
                lines.append(f"|{' --- |' * len(header)}")
                lines += [f"| {' | '.join(_cell(text) for text in row)} |" for row in rows]
                lines.append("")
    return "\n".join(lines)


def write_html(title: str, blocks: Iterable[str | Table]) -> str:
    """Return paragraphs, headings (beginning with ``#``) and tables as one HTML page without scripts."""
    title = html.escape(title)
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style></head>",
        f"<body><h1>{title}</h1>",
    ]
    for block in blocks:
        match block:
            case str():
                level = len(block) - len(block.lstrip("#"))
                text = html.escape(block.lstrip("# "))
                parts.append(f"<h{level}>{text}</h{level}>" if level else f"<p>{text}</p>")
            case (header, rows):
                head = "".join(f"<th>{html.escape(text)}</th>" for text in header)
                body = "".join(
                    "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows
                )
                parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    return "\n".join([*parts, "</body></html>", ""])


def _blocks(evaluation: Evaluation) -> Iterator[str | Table]:
    """Yield the report as paragraphs, headings (beginning with ``#``) and tables."""
    beaten = evaluation.n_beaten
    yield (
        f"Data: {evaluation.data}. Every row counts, an unreadable answer as wrong; stereochemistry counts. "
        "Figures stand with their 95 % bootstrap interval."
    )
    compared = [task for task in evaluation.tasks if task.comparisons]
    if compared:
        yield (
            f"The model beats every trivial baseline, by more than chance (paired bootstrap, 95 %), on {beaten} of "
            f"{len(compared)} tasks."
        )
    else:
        yield "No baseline was measured."
    yield "## The model against trivial baselines"
    yield _compare_table(evaluation.tasks)
    worse = [task.task for task in compared if not task.beats_trivial]
    if worse:
        yield f"The model does not beat its trivial baselines on: {', '.join(worse)}."
    if evaluation.groups:
        yield "## By what is shown"
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
                for task in evaluation.tasks
                for figure in task.published
            ),
        )
    yield "## All baselines"
    yield (
        ("task", "baseline", "metric", "estimate", "gain of the model", "beaten"),
        tuple(
            (
                task.task,
                one.baseline + ("" if one.trivial else " (for comparison, not trivial)"),
                _name(one.figure),
                f"{one.figure.interval.estimate:.4g} {_range(one.figure)}",
                f"{one.gain.estimate:+.4g} [{one.gain.low:+.4g}, {one.gain.high:+.4g}]",
                "yes" if one.beaten else "no",
            )
            for task in evaluation.tasks
            for one in task.comparisons
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
    yield "## Some wrong answers"
    yield (
        ("task", "asked", "right", "answered"),
        tuple(row for task in evaluation.tasks for row in _wrong(task.task, evaluation.rows)),
    )
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
        against = ("", "", "not measured")
        if best is not None:
            gain = f"{best.gain.estimate:+.4g} [{best.gain.low:+.4g}, {best.gain.high:+.4g}]"
            against = (
                f"{best.figure.interval.estimate:.4g} ({best.baseline})",
                gain,
                "yes" if task.beats_trivial else "no",
            )
        head = task.headline
        readable = f"{100 * task.readable:.1f} %"
        rows.append(
            (task.task, str(task.n), readable, _name(head), f"{head.interval.estimate:.4g} {_range(head)}", *against)
        )
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


def show_headline(task: TaskFigures) -> tuple[str, str, str]:
    """Return the headline of a task in words: the metric, the figure with its interval, the best trivial baseline."""
    head, best = task.headline, task.best_trivial
    baseline = "not measured" if best is None else f"{best.figure.interval.estimate:.4g} ({best.baseline})"
    return _name(head), f"{head.interval.estimate:.4g} {_range(head)}", baseline


def _wrong(task: str, rows: Sequence[EvaluatedRow]) -> Iterator[tuple[str, ...]]:
    shown = 0
    for row in rows:
        if row.example.task == task and not (row.hits and row.hits[0]) and shown < _EXAMPLES:
            shown += 1
            asked = "; ".join(
                f"{name}: {value}"
                for name in ("molecule", "reactants", "reagents", "products", "text")
                if (value := getattr(row.asked, name))
            )
            yield task, _short(asked), _short(str(row.reference)), _short(str(row.prediction))


def _name(figure: Figure) -> str:
    return f"{figure.metric} {'(higher is better)' if figure.higher_is_better else '(lower is better)'}"


def _range(figure: Figure) -> str:
    return f"[{figure.interval.low:.4g}, {figure.interval.high:.4g}]"


def _short(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _cell(text: str) -> str:
    """Return text that a Markdown table holds: bars escaped, one line, structures not read as emphasis."""
    return " ".join(text.replace("|", "\\|").replace("*", "\\*").replace("[", "\\[").split())
