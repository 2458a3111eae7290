"""Plots of a report: headlines beside the best trivial baseline, predicted against true numbers, stated probabilities.

Each is a PNG file, for Markdown, and SVG inside the page. matplotlib (extra ``evaluate``) is loaded when one is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anymol.evaluation.figures import TaskFigures
from anymol.evaluation.page import Drawing
from anymol.evaluation.results import EvaluatedRow, Evaluation
from anymol.pictures import open_figure
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER: Final = "plots"
_BINS: Final = 10
"""Bins of stated probabilities: fewer than those of the calibration error, so that each is seen."""
_LEAST_ROWS: Final = 5
"""Fewest rows that make a plot."""

Draw = Callable[["Figure"], None]


def draw_headlines(evaluation: Evaluation, directory: Path) -> Iterator[Drawing]:
    """Yield the plot of all headlines that are shares or correlations: errors have units and no common axis.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    tasks = [task for task in evaluation.tasks if task.headline.higher_is_better]
    if tasks:
        height = 1.0 + 0.42 * len(tasks)
        yield _write("headlines", lambda figure: _draw_bars(figure, tasks), directory, (7.5, height))


def draw_task(task: TaskFigures, rows: Sequence[EvaluatedRow], directory: Path) -> Iterator[Drawing]:
    """Yield the plots of one task: of numbers predicted against true, of others how often what was stated was right.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    if get_task(task.task).answer is AnswerKind.NUMBER:
        pairs = [(float(row.reference), float(row.prediction)) for row in rows if row.prediction is not None]
        if len(pairs) >= _LEAST_ROWS:
            points, unit = np.array(pairs), get_task(task.task).unit
            yield _write(task.task, lambda figure: _draw_parity(figure, points, unit), directory, (4.2, 4.2))
        return
    stated = [(row.found.answers[0].probability, row.right) for row in rows if row.found.answers]
    known = np.array([(p, hit) for p, hit in stated if p is not None], dtype=float).reshape(-1, 2)
    if len(known) >= _LEAST_ROWS:
        yield _write(task.task, lambda figure: _draw_reliability(figure, known), directory, (4.2, 4.2))


def _write(name: str, draw: Draw, directory: Path, size: tuple[float, float]) -> Drawing:
    folder = directory / FOLDER
    for suffix in ("png", "svg"):
        with open_figure(folder / f"{name}.{suffix}", size=size) as figure:
            draw(figure)
    svg_file = folder / f"{name}.svg"
    svg = svg_file.read_text(encoding="utf-8")
    svg_file.unlink()  # the page holds it
    # The declaration of an XML file has no place inside a page.
    page = f'<figure role="img" aria-label="{escape(name)}">{svg[max(svg.find("<svg"), 0) :]}</figure>'
    return Drawing(page, f"![{name}]({FOLDER}/{name}.png)")


def _draw_bars(figure: Figure, tasks: Sequence[TaskFigures]) -> None:
    axes: Any = figure.add_subplot()
    places = np.arange(len(tasks))[::-1]
    for place, task in zip(places, tasks, strict=True):
        one, best = task.headline.interval, task.best_trivial
        axes.barh(place, one.estimate, height=0.6, color="#4c86b8")
        axes.plot([one.low, one.high], [place, place], color="#10304a", linewidth=1.6)
        if best is not None:
            axes.plot(best.figure.interval.estimate, place, marker="|", markersize=14, color="#c03030", mew=2)
    axes.set_yticks(places, [f"{task.task}\n{task.headline.metric}, n {task.n:,}" for task in tasks], fontsize=7)
    axes.set_xlim(*_span(tasks))
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)
    axes.set_xlabel("headline with its 95 % interval; red: the best trivial baseline", fontsize=8)


def _span(tasks: Sequence[TaskFigures]) -> tuple[float, float]:
    """Return the ends of the axis: 0 and 1, which shares keep to, or what reaches beyond: r2 knows no lower end."""
    shown = [task.headline.interval for task in tasks]
    shown += [task.best_trivial.figure.interval for task in tasks if task.best_trivial is not None]
    ends = [end for one in shown for end in (one.estimate, one.low, one.high) if math.isfinite(end)]
    low, high = min(0.0, *ends, 0.0), max(1.0, *ends, 1.0)
    margin = 0.02 * (high - low)
    return low - margin if low < 0 else 0.0, high + margin if high > 1 else 1.0


def _draw_parity(figure: Figure, points: np.ndarray, unit: str | None) -> None:
    axes: Any = figure.add_subplot()
    ends = [float(points.min()), float(points.max())]
    axes.plot(ends, ends, color="#909090", linewidth=1)
    axes.scatter(points[:, 0], points[:, 1], s=9, color="#4c86b8", alpha=0.6, linewidths=0)
    suffix = f" ({unit})" if unit else ""
    axes.set_xlabel(f"true{suffix}", fontsize=9, parse_math=False)
    axes.set_ylabel(f"answered{suffix}", fontsize=9, parse_math=False)


def _draw_reliability(figure: Figure, known: np.ndarray) -> None:
    axes: Any = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="#909090", linewidth=1)
    bins = np.minimum((known[:, 0] * _BINS).astype(int), _BINS - 1)
    for place in np.unique(bins):
        inside = known[bins == place]
        axes.scatter(inside[:, 0].mean(), inside[:, 1].mean(), s=12 + 200 * len(inside) / len(known), color="#4c86b8")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    axes.set_xlabel("stated probability (area: share of the rows)", fontsize=9)
    axes.set_ylabel("share that is right", fontsize=9)
