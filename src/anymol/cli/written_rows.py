"""Rows that ``anymol evaluate`` writes down instead of asking anybody: for a harness, or for people."""

from __future__ import annotations

import argparse
from pathlib import Path

from anymol.cli.evaluated_rows import list_row_sets, read_plan
from anymol.cli.output import log, print_json
from anymol.errors import DataError


def write_harness(options: argparse.Namespace, names: list[str]) -> int:
    """Write rows as tasks of lm-evaluation-harness.

    Args:
        options: Those of the command.
        names: Suites; empty for the rows of a path.
    """
    from anymol.evaluation.harness.rows import write_harness_tasks

    folder, plan = Path(options.harness), read_plan(options)
    sets = list_row_sets(options, names, plan)
    written = [task for name, rows in sets for task in write_harness_tasks(rows, name, plan, folder)]
    if not any(one.n_rows for one in written):
        why = "; ".join(f"{count:,} rows: {reason}" for one in written for reason, count in one.left_out.items())
        raise DataError("there is no row that can be asked as text", value=sets[0][1].name, hint=why or None)
    notes = [note for _, rows in sets for note in rows.notes]
    if options.json:
        print_json(
            {
                "folder": str(folder),
                "tasks": {one.name: one.n_rows for one in written if one.n_rows},
                "left_out": {one.name: dict(one.left_out) for one in written if one.left_out},
                "notes": notes,
            }
        )
    else:
        for one in written:
            print(f"{one.name}: {one.n_rows:,} rows")
            for why, count in one.left_out.items():
                print(f"  {count:,} rows left out: {why}")
    for note in notes:
        log(note)
    log(f"python -m anymol.evaluation.harness run --include_path {folder} --tasks TASK --model MODEL")
    return 0


def write_sheet(options: argparse.Namespace, names: list[str]) -> int:
    """Write rows as a sheet of questions for people, with its key.

    Args:
        options: Those of the command.
        names: Suites; empty for the rows of a path.
    """
    from anymol.evaluation.question_sheet import write_question_sheet

    folder, plan = Path(options.sheet), read_plan(options)
    sets = [rows for _, rows in list_row_sets(options, names, plan)]
    written = write_question_sheet(sets, plan, folder)
    if options.json:
        print_json({"folder": str(folder), "tasks": dict(written.counts), "left_out": dict(written.left_out)})
    else:
        for task, count in written.counts.items():
            print(f"{task}: {count:,} questions")
        for why, count in written.left_out.items():
            print(f"{count:,} rows left out: {why}")
    for note in dict.fromkeys(note for rows in sets for note in rows.notes):
        log(note)
    log(f"give away {folder / 'sheet.html'} and {folder / 'answers.csv'}; the answers are in {folder / 'key'}")
    log(f"anymol evaluate {folder / 'key'} --no-limit --predictions {folder / 'answers.csv'}")
    return 0
