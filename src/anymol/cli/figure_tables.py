"""The figures of an evaluation as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anymol.cli.output import make_console
from anymol.evaluation.protocol import Protocol

if TYPE_CHECKING:
    from rich.table import Table

    from anymol.evaluation.figures import Comparison, Figure
    from anymol.evaluation.results import Evaluation


def print_figures(done: Evaluation, protocol: Protocol) -> None:
    """Print the figures of an evaluation by the rules that are asked for, and what must be known of them."""
    console = make_console()
    if protocol is not Protocol.PUBLISHED:
        console.print(_tabulate_honest(done))
    if protocol is not Protocol.HONEST:
        console.print(_tabulate_published(done))
    for note in done.notes:
        console.print(note)


def _tabulate_published(done: Evaluation) -> Table:
    from rich import box
    from rich.table import Table

    title = f"{done.model} on {done.data}, by the rules of published tables"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("task")
    table.add_column("n", justify="right")
    table.add_column("figures (95 % interval)")
    for task in done.tasks:
        shown = "\n".join(_show_figure(one) for one in task.published)
        table.add_row(task.task, f"{task.n:,}", shown or "no published table is comparable")
    return table


def _tabulate_honest(done: Evaluation) -> Table:
    from rich import box
    from rich.table import Table

    from anymol.evaluation.report import show_beaten

    table = Table(title=f"{done.model} on {done.data}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("task")
    table.add_column("n", justify="right")
    for title in ("figure (95 % interval)", "hardest trivial baseline", "beaten", "ECE", "in 90 % interval"):
        table.add_column(title)
    for task in done.tasks:
        table.add_row(
            task.task,
            f"{task.n:,}",
            _show_figure(task.headline),
            _show_baseline(task.best_trivial),
            show_beaten(task.beats_trivial),
            "-" if task.ece is None else f"{task.ece:.3f}",
            "-" if task.coverage is None else f"{task.coverage:.2f}",
        )
    return table


def _show_figure(figure: Figure) -> str:
    one = figure.interval
    return f"{figure.metric} {one.estimate:.3f} ({one.low:.3f} to {one.high:.3f})"


def _show_baseline(comparison: Comparison | None) -> str:
    from anymol.evaluation.published_table import NOT_MEASURED

    return NOT_MEASURED if comparison is None else f"{comparison.baseline} {comparison.figure.interval.estimate:.3f}"
