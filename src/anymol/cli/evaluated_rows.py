"""Which rows are asked, as the options of ``anymol evaluate`` say: of suites, of shards, or of a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.options import find_data_dir
from anymol.cli.output import log
from anymol.cli.parser import UsageError, suggest
from anymol.evaluation.suites.names import ALL, SUITE_NAMES

if TYPE_CHECKING:
    from anymol.evaluation.plan import EvaluationPlan
    from anymol.evaluation.row_sets import RowSet

SYNTHESIS: Final = "synthesis"
"""The suite that measures engines instead of a model."""


def list_suites(options: argparse.Namespace) -> list[str]:
    """Return the names of suites that are wanted; empty where a path is given instead.

    Args:
        options: Those of the command.

    Raises:
        UsageError: A name is neither a suite nor a path.
    """
    known = (*SUITE_NAMES, ALL)
    wanted = [name for name in options.suite if name in known]
    if len(wanted) < len(options.suite):
        unknown = next(name for name in options.suite if name not in known)
        if wanted:
            raise UsageError(f"there is no suite '{unknown}'", value=unknown, hint=suggest(unknown, known))
        if len(options.suite) == 1 and unknown != SYNTHESIS and not Path(unknown).exists():
            near = suggest(unknown, known)
            raise UsageError(f"'{unknown}' is neither a suite nor a folder or table of rows", value=unknown, hint=near)
        return []
    for name in wanted:
        if Path(name).exists():
            log(f"'{name}' is taken as the suite of this name; the folder is ./{name}")
    return list(SUITE_NAMES) if ALL in wanted else list(dict.fromkeys(wanted))


def require_data_dir(options: argparse.Namespace, why: str = "suites need the data directory") -> Path:
    """Return the folder of the real data.

    Args:
        options: Those of the command.
        why: What is said where there is none.

    Raises:
        UsageError: None is named.
    """
    data_dir = find_data_dir(options)
    if data_dir is None:
        raise UsageError(why, hint="give --data-dir DIR or set ANYMOL_DATA")
    return data_dir


def read_plan(options: argparse.Namespace) -> EvaluationPlan:
    """Return which rows are asked and how, as the options say."""
    from anymol.evaluation.plan import EvaluationPlan, Rows

    return EvaluationPlan(
        split=options.split or "val",
        tasks=None if options.task is None else tuple(options.task),
        rows=Rows(options.rows or ("even" if options.calibrate else "all")),
        limit=None if options.no_limit else options.limit,
        seed=options.seed,
        device=choose_device(options),
        dtype=options.dtype,
    )


def choose_device(options: argparse.Namespace) -> str:
    """Return the device that is named, else an accelerator where there is one."""
    import torch

    return options.device or ("cuda" if torch.cuda.is_available() else "cpu")


def is_table(suite: str) -> bool:
    """Whether a suite is a file of rows, not a folder."""
    return Path(suite).is_file()


def find_rows(options: argparse.Namespace) -> RowSet:
    """Return the rows of a folder of shards, or of a table.

    Args:
        options: Those of the command; ``rows_of`` is the path.

    Raises:
        UsageError: A table is not asked as one task.
    """
    if not is_table(options.rows_of):
        from anymol.evaluation.row_sets import ShardRows

        return ShardRows(options.rows_of, split=options.split or "val", tasks=options.task)
    from anymol.evaluation.own_rows import OwnRows
    from anymol.tasks.table import get_task

    if len(options.task or ()) != 1:
        raise UsageError("a table of rows is asked as one task", hint="give --task TASK")
    return OwnRows(options.rows_of, get_task(options.task[0]))


def list_row_sets(options: argparse.Namespace, names: list[str], plan: EvaluationPlan) -> list[tuple[str, RowSet]]:
    """Return the rows that are written down instead of asked, by the name of each set.

    Args:
        options: Those of the command.
        names: Suites; empty for the rows of a path.
        plan: Which rows.

    Raises:
        UsageError: Suites without the folder of the real data.
    """
    from anymol.evaluation.suites.suite_rows import SuiteRows
    from anymol.evaluation.suites.table import get_suite

    if not names:
        return [(Path(options.rows_of).stem, find_rows(options))]
    data_dir = require_data_dir(options)
    return [(name, SuiteRows(get_suite(name), data_dir, tasks=plan.tasks)) for name in names]
