"""Published figures and ours as tables: per task a row per system, as the tables are that they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from anymol.evaluation.page import Block
from anymol.evaluation.published_figures import PublishedFigure

FindOurs = Callable[[str, str], tuple[str, str]]
"""Task, or task and part as groups are named, and metric -> our figure in words and its number of rows."""

NOT_MEASURED = "not measured"


def tabulate_published(published: Sequence[PublishedFigure], ours: str, find: FindOurs, level: str) -> Iterator[Block]:
    """Yield a heading, a table and what keeps its rows from comparing, for each task and part.

    Args:
        published: The figures, of one suite.
        ours: What our row is called.
        find: Finds our figures.
        level: The signs of the headings.
    """
    for task, part in dict.fromkeys((one.task, one.part) for one in published):
        wanted = f"{task}: {part}" if part else task
        figures = [one for one in published if (one.task, one.part) == (task, part)]
        metrics = list(dict.fromkeys(one.metric for one in figures))
        mine = [find(wanted, metric) for metric in metrics]
        rows = [(ours, max((n for _, n in mine), key=len, default=""), *(text for text, _ in mine), "here")]
        for system, source, n in dict.fromkeys((one.system, one.source, one.n) for one in figures):
            same = [one for one in figures if (one.system, one.source, one.n) == (system, source, n)]
            of_system = {one.metric: f"{one.value:.4g}" for one in same}
            counted = "" if n is None else f"{n:,}"
            rows.append((system, counted, *(of_system.get(metric, "") for metric in metrics), source))
        yield f"{level} {wanted}"
        yield ("system", "n", *metrics, "source"), tuple(rows)
        for protocol in dict.fromkeys(one.protocol for one in figures):
            systems = dict.fromkeys(one.system for one in figures if one.protocol == protocol)
            yield f"Protocol of {', '.join(systems)}: {protocol}."
        for caution in dict.fromkeys(one.caution for one in figures if one.caution):
            systems = dict.fromkeys(one.system for one in figures if one.caution == caution)
            yield f"Does not compare with {', '.join(systems)}: {caution}."
