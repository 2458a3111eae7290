"""``anymol predict``: a task by name, for molecules on the command line or in a file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.bounds import MAX_CHUNK
from anymol.cli.options import (
    add_answering,
    gather_records,
    load_assistant,
    positive,
    processes,
    read_call,
    refuse_together,
    require_file,
    whole,
)
from anymol.cli.output import log, make_console, print_error, print_json, watch
from anymol.cli.parser import Parser, UsageError
from anymol.modalities.modality import FILES

if TYPE_CHECKING:
    from rich.console import Console

    from anymol.inference.answers import FailedPrediction
    from anymol.inference.batch import Predictor
    from anymol.inference.given import Given
    from anymol.tasks.task import Task

NAME: Final = "predict"
_CHUNKS: Final = {"local": 64, "ray": 512}
"""Rows answered together, by engine: a cluster has many at work."""
HELP: Final = "Answer a task by its name, for the inputs given or for every row of a file."


def add_arguments(parser: Parser) -> None:
    """Declare the task, its inputs, and the file of a batch."""
    parser.add_argument("task", metavar="TASK", help="name of the task; 'anymol tasks' lists them")
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="*",
        help="SMILES, SELFIES, InChI, a name, a file, or reaction SMILES; several give one answer each",
    )
    parser.add_argument("--text", metavar="T", help="free part of the task: an edit, a specification, a name")
    parser.add_argument(
        "--augment", type=positive, default=1, metavar="N", help="ask in N spellings and merge the answers (1)"
    )
    add_answering(parser)
    batch = parser.add_argument_group("files of many rows (csv, tsv, smi, jsonl, sdf)")
    batch.add_argument("--input", metavar="FILE", help="answer every row of this file, in order")
    batch.add_argument("--output", metavar="FILE", help="write one JSON line per row there (standard output)")
    batch.add_argument("--column", metavar="C", help="column that holds the input (smiles; text for tasks without one)")
    batch.add_argument("--text-column", metavar="C", help="column that holds the free part of each row (text)")
    batch.add_argument("--resume", action="store_true", help="go on where an earlier run with --output was stopped")
    batch.add_argument("--overwrite", action="store_true", help="replace --output, whatever it holds")
    batch.add_argument("--strict", action="store_true", help="exit with 2 if any row failed")
    batch.add_argument("--chunk", type=whole(1, MAX_CHUNK), metavar="N", help="rows answered together (64; on Ray 512)")
    batch.add_argument("--engine", choices=("local", "ray"), default="local", help="answer here, or on a Ray cluster")
    batch.add_argument("--address", metavar="A", help="the Ray cluster (one is started on this machine)")
    batch.add_argument("--workers", type=processes, metavar="N", help="on Ray: assistants, a core each (all cores)")


def run(options: argparse.Namespace) -> int:
    """Answer the inputs, or the rows of a file."""
    from anymol.tasks.table import get_task

    task = get_task(options.task)
    if options.input is not None:
        return _run_batch(options)
    for name in ("output", "column", "text_column", "chunk", "address", "workers"):
        if getattr(options, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')} goes with --input", hint="name the file with --input FILE")
    for name in ("resume", "overwrite", "strict"):
        if getattr(options, name):
            raise UsageError(f"--{name} goes with --input", hint="name the file with --input FILE")
    if options.engine == "ray":
        raise UsageError("--engine goes with --input", hint="name the file with --input FILE")
    return _run_inputs(options, task)


# ------------------------------------------------------------------------------------------- inputs on the command line


def _run_inputs(options: argparse.Namespace, task: Task) -> int:
    from anymol.cli.tasks import show_command
    from anymol.inference.answers import FailedPrediction
    from anymol.tasks.task import Slot

    given = _gather_inputs(options, task)
    if not given and options.text is not None and task.required == (Slot.TEXT,):
        # What is asked with text alone, such as a name, may be given either way.
        given, options.text = [options.text], None
    if not given:
        raise UsageError("there is nothing to answer", hint=f"give an input, as in: {show_command(task)}")
    failed = 0
    console: Console | None = None if options.json else make_console()
    answered = load_assistant(options).predict_many(options.task, given, read_call(options))
    for number, found in enumerate(watch(answered, "answering"), 1):
        if isinstance(found, FailedPrediction):
            failed += 1
            if len(given) == 1:
                raise found.error
            _show_failure(found, console)
            continue
        if options.draw:
            from anymol.cli.render import draw_answers

            for path in draw_answers(found, Path(options.draw), f"{options.task}-{number}"):
                log(f"drawn: {path}")
        if console is None:
            print_json(found.to_json())
        else:
            from anymol.cli.render import print_prediction

            print_prediction(console, found)
    return 2 if failed else 0


def _gather_inputs(options: argparse.Namespace, task: Task) -> list[Given]:
    """Return the inputs given as words; files of modalities make one more, which shows them all.

    Raises:
        UsageError: Both are given, or a formula without a record.
    """
    from anymol.inference.inputs import make_input

    shown = gather_records(options)
    if not shown.parts:
        if options.formula is not None:
            raise UsageError("--formula goes with a record", hint="give --image, --ms2, --ir, --conformer or --graph")
        return list(options.inputs)
    refuse_together(bool(options.inputs), True, "inputs and records contradict each other", "give one or the other")
    return [make_input(task, shown.parts, shown.smiles, options.formula, shown.files)]


def _show_failure(failure: FailedPrediction, console: Console | None) -> None:
    print_error(failure.error, as_json=False)
    if console is None:
        print_json(failure.to_json())


# ----------------------------------------------------------------------------------------------------- rows of a file


def _run_batch(options: argparse.Namespace) -> int:
    from anymol.inference.batch import BatchPlan, predict_file

    refuse_together(bool(options.inputs), True, "inputs and --input contradict each other", "give one or the other")
    for name in FILES:
        refuse_together(
            getattr(options, name) is not None,
            True,
            f"--{name} and --input contradict each other",
            f"leave --{name} out",
        )
    refuse_together(options.charge is not None, True, "--charge does not go with --input", "leave --charge out")
    refuse_together(options.draw is not None, True, "--draw does not go with --input", "leave --draw out")
    refuse_together(options.resume, options.overwrite, "--resume and --overwrite contradict each other", "choose one")
    if options.output is None and (options.resume or options.overwrite):
        raise UsageError("--resume and --overwrite need --output", hint="name the file with --output FILE")
    for place in ("address", "workers"):
        refuse_together(
            getattr(options, place) is not None,
            options.engine == "local",
            f"--{place} goes with --engine ray",
            "add --engine ray",
        )
    plan = BatchPlan(
        task=options.task,
        input=Path(require_file(options.input, "--input")),
        output=None if options.output is None else Path(options.output),
        column=options.column,
        text_column=options.text_column,
        model=options.model,
        chunk=options.chunk or _CHUNKS[options.engine],
        options=read_call(options),
    )
    summary = predict_file(plan, _make_loader(options), resume=options.resume, overwrite=options.overwrite)
    log(summary.describe())
    if options.json and options.output is not None:
        print_json(summary.to_json())
    return 2 if options.strict and summary.failed else 0


def _make_loader(options: argparse.Namespace) -> Callable[[], Predictor]:
    """Return what gives the assistant, or those of a cluster; it is called where there is a row to answer."""
    load = partial(load_assistant, argparse.Namespace(model=options.model, dtype=options.dtype))
    if options.engine == "local":
        return load
    from anymol.inference.cluster import RayPredictor

    return lambda: RayPredictor(load, options.address, options.workers)
