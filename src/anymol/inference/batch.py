"""Batch files: every row of a file answered in its place, in constant memory; see `resumable` for going on."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from anymol.errors import AnyMolError, InvalidFileError, InvalidTaskInputError
from anymol.inference.answers import FailedPrediction, Prediction
from anymol.inference.options import PredictOptions
from anymol.inference.resumable import Record, describe_run, finish_run, open_output, spoil_run
from anymol.readers.resolve import MolType
from anymol.readers.tables import SMILES, TEXT, Columns, TableRow, count_rows, read_rows, rename_reserved
from anymol.readers.watched import InputChangedError, WatchedFile
from anymol.tasks.table import get_task
from anymol.tasks.task import Slot, Task

_RESERVED: Final = ("row", "answers", "error", "notes")

_PUT_BACK: Final = "put it back as it was and go on with --resume, or begin anew with --overwrite"


class Predictor(Protocol):
    """What answers the rows; `anymol.inference.assistant.Assistant` does."""

    def predict_many(
        self,
        task: str,
        inputs: Iterable[Any],
        options: PredictOptions | None = None,
    ) -> Iterator[Prediction | FailedPrediction]:
        """Answer inputs, one result each, in order."""
        ...


class InternalError(AnyMolError):
    """A fault of ours, met while answering one row."""

    kind = "internal"


@dataclass(frozen=True)
class BatchPlan:
    """What is answered, and how.

    Attributes:
        task: Name of the task.
        input: The batch file.
        output: The JSON lines; None for standard output.
        column: Column of the input; None for ``smiles``, or ``text`` where a task has no molecule.
        text_column: Column of the free part; None for ``text``, where the task takes one.
        model: Model directory or hub name; None for the embedded one.
        chunk: Rows answered together.
        options: How the answers are wanted; its text is for rows that have none of their own, and where it does not say
            what molecules are written in, a column called ``smiles`` holds SMILES.
    """

    task: str
    input: Path
    output: Path | None = None
    column: str | None = None
    text_column: str | None = None
    model: str | None = None
    chunk: int = 64
    options: PredictOptions = field(default_factory=PredictOptions)


@dataclass(frozen=True)
class BatchSummary:
    """How a batch ended.

    Attributes:
        rows: All rows of the output.
        failed: Rows with an error.
        errors: Kind of error -> number of rows.
        resumed: Rows that an earlier run had answered.
        seconds: Wall time of this run.
        output: Where the rows are.
    """

    rows: int
    failed: int
    errors: dict[str, int]
    resumed: int
    seconds: float
    output: str | None

    def to_json(self) -> Record:
        """Return what ``anymol predict --input FILE --json`` prints at the end."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}

    def describe(self) -> str:
        """Return one line for a person."""
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.errors.items())
        rate = (self.rows - self.resumed) / self.seconds if self.seconds > 0 else 0.0
        return (
            f"{self.rows:,} rows: {self.rows - self.failed:,} answered, {self.failed:,} with errors"
            f"{f' ({kinds})' if kinds else ''}"
            f"{f'; {self.resumed:,} were done before' if self.resumed else ''}"
            f"; {self.seconds:.1f} s, {rate:.1f} rows/s{f'; in {self.output}' if self.output else ''}"
        )


@dataclass
class _Tally:
    """Rows counted on their way out."""

    rows: int = 0
    resumed: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def count(self, record: Record) -> None:
        self.rows += 1
        if "error" in record:
            self.errors[str(record["error"]["kind"])] += 1


def predict_file(
    plan: BatchPlan, load: Callable[[], Predictor], *, resume: bool = False, overwrite: bool = False
) -> BatchSummary:
    """Answer every row of a file.

    Args:
        plan: What is answered, and how.
        load: Gives the predictor; called only when there is a row to answer.
        resume: Go on where an earlier run with the same input and arguments was stopped; begin where there is none.
        overwrite: Replace the output, whatever it holds.

    Returns:
        The counts. Rows that failed stand in the output with their error.

    Raises:
        InvalidFileError: The input lacks its columns, or the output is in the way or belongs to another run.
        UnknownTaskError: The task is unknown.
    """
    started = time.perf_counter()
    task = get_task(plan.task)
    source = WatchedFile(plan.input)
    rows = read_rows(plan.input, _find_columns(task, plan))
    tally = _Tally()
    run = _describe(plan, source.sha256)
    with (
        _open(plan, run, tally, resume=resume, overwrite=overwrite) as write,
        _progress(plan, tally) as advance,
    ):
        tally.resumed = tally.rows
        rows = islice(rows, tally.rows, None)
        predictor: Predictor | None = None
        while chunk := list(islice(rows, plan.chunk)):
            source.require_unchanged(hint=_PUT_BACK)
            predictor = predictor or load()
            for answered in _answer(task, plan, chunk, predictor):
                write(answered)
                tally.count(answered)
                advance()
        _require_unchanged_to_the_end(source, plan, run)
    if plan.output is not None:
        finish_run(plan.output, run, {"rows": tally.rows, "errors": dict(tally.errors)})
    output = None if plan.output is None else str(plan.output)
    failed = sum(tally.errors.values())
    seconds = time.perf_counter() - started
    return BatchSummary(tally.rows, failed, dict(tally.errors.most_common()), tally.resumed, seconds, output)


def _require_unchanged_to_the_end(source: WatchedFile, plan: BatchPlan, run: Record) -> None:
    """Refuse an output whose input is another one by now.

    Raises:
        InputChangedError: It changed. Where its rows may have been answered, the output cannot be resumed.
    """
    try:
        source.require_unchanged(hint=_PUT_BACK, last=True)
    except InputChangedError as error:
        if error.unseen and plan.output is not None:
            spoil_run(plan.output, run)
        raise


def _describe(plan: BatchPlan, sha256: str) -> Record:
    # How many rows are answered together changes no answer, and the paths of the files none of their content.
    elsewhere = ("input", "output", "chunk", "model", "options", "read_files")
    everything = {**asdict(plan), **asdict(plan.options)}
    arguments = {name: value for name, value in everything.items() if name not in elsewhere}
    return {} if plan.output is None else describe_run(plan.input, sha256, plan.model, arguments)


def _open(
    plan: BatchPlan, run: Record, tally: _Tally, *, resume: bool, overwrite: bool
) -> AbstractContextManager[Callable[[Record], None]]:
    """Return a context whose value writes one row."""
    if plan.output is None:
        return nullcontext(_write_to_stdout)
    if plan.output.exists() and plan.output.samefile(plan.input):
        raise InvalidFileError("--output is the input file itself", value=plan.output, hint="give another file")
    return open_output(plan.output, run, tally.count, resume=resume, overwrite=overwrite)


def _write_to_stdout(row: Record) -> None:
    sys.stdout.write(json.dumps(row, allow_nan=False) + "\n")
    sys.stdout.flush()


def _asks_molecules(task: Task) -> bool:
    return any(slot is not Slot.TEXT for slot in task.required)


def _find_columns(task: Task, plan: BatchPlan) -> Columns:
    """Return which columns a task is asked with.

    Raises:
        InvalidTaskInputError: A text is given beside an input that takes none.
    """
    takes_text = Slot.TEXT in (*task.required, *task.optional)
    asks_molecules = _asks_molecules(task)
    if plan.options.text is not None and not (takes_text and asks_molecules):
        raise InvalidTaskInputError(f"task {task.name} takes no text beside its input", value=plan.options.text)
    if not asks_molecules:
        return Columns(plan.column or plan.text_column or TEXT)
    if not takes_text:
        return Columns(plan.column or SMILES)
    is_left_open = plan.options.text is None and task.default_choice is None
    required = plan.text_column is not None or (Slot.TEXT in task.required and is_left_open)
    return Columns(plan.column or SMILES, plan.text_column or TEXT, text_required=required)


# -------------------------------------------------------------------------------------------------------------- answers


def _answer(task: Task, plan: BatchPlan, chunk: list[TableRow], predictor: Predictor) -> Iterator[Record]:
    """Yield the output records of some rows, in order."""
    prepared = [_prepare(task, plan, row) for row in chunk]
    asked = [written for written in prepared if not isinstance(written, AnyMolError)]
    found = iter(_ask(plan, asked, predictor))
    for row, written in zip(chunk, prepared, strict=True):
        result = written if isinstance(written, AnyMolError) else next(found)
        yield _write_record(row, result)


def _prepare(task: Task, plan: BatchPlan, row: TableRow) -> str | dict[str, str] | AnyMolError:
    """Return what the predictor is asked about a row, or why it is not asked."""
    if row.error is not None or row.main is None:
        return row.error or InternalError(f"row {row.number} was read without an input")
    text = row.text if row.text is not None else plan.options.text
    if not _asks_molecules(task) or text is None:
        return row.main
    return {Slot.MOLECULE.value: row.main, Slot.TEXT.value: text}


def _ask(plan: BatchPlan, asked: list[Any], predictor: Predictor) -> list[Prediction | FailedPrediction]:
    """Answer rows together; where that fails by a fault of ours, one by one: one row must not cost the others."""
    # A row's own text stands in the row. What stands in a column of SMILES is not a name: a broken SMILES is then not
    # looked up as one, row by row.
    called_smiles = MolType.SMILES if (plan.column or SMILES) == SMILES else None
    options = replace(plan.options, text=None, mol_type=plan.options.mol_type or called_smiles, read_files=False)
    try:
        return list(predictor.predict_many(plan.task, asked, options))
    except AnyMolError:
        raise  # wrong for every row: the options themselves
    except Exception as error:  # noqa: BLE001 - whatever one row meets, the others must be answered
        if len(asked) == 1:
            failure = InternalError(f"{type(error).__name__}: {error}", value=asked[0])
            return [FailedPrediction(plan.task, asked[0], failure)]
    return [result for one in asked for result in _ask(plan, [one], predictor)]


def _write_record(row: TableRow, result: Prediction | FailedPrediction | AnyMolError) -> Record:
    passed = rename_reserved(row.columns, _RESERVED)
    match result:
        case AnyMolError():
            return {"row": row.number, **passed, "error": result.to_json()}
        case FailedPrediction(error=error):
            return {"row": row.number, **passed, "error": error.to_json()}
        case Prediction():
            said = list(dict.fromkeys((*row.notes, *result.notes)))
            notes = {"notes": said} if said else {}
            return {"row": row.number, **passed, "answers": [answer.to_json() for answer in result.answers], **notes}


# ------------------------------------------------------------------------------------------------------------- progress


def _progress(plan: BatchPlan, tally: _Tally) -> AbstractContextManager[Callable[[], None]]:
    """Return a context whose value is called once per row: it draws a bar, on a terminal only."""
    to_terminal = plan.output is None and sys.stdout.isatty()
    if to_terminal or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return nullcontext(lambda: None)
    return _bar(plan, tally)


@contextmanager
def _bar(plan: BatchPlan, tally: _Tally) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[errors]} errors"),
    )
    with Progress(*columns, console=Console(file=sys.stderr), refresh_per_second=4) as progress:
        bar = progress.add_task(plan.task, total=count_rows(plan.input), completed=tally.rows, errors=0)
        yield lambda: progress.update(bar, completed=tally.rows, errors=sum(tally.errors.values()))
        progress.update(bar, total=tally.rows, completed=tally.rows)
