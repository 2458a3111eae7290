"""Batch files: every row answered in its place, in constant memory, and resumable after a kill.

The output is written row by row as whole lines. Beside it, ``OUTPUT.run.json`` says which input and which arguments it
belongs to. A run that was stopped, even by ``kill -9``, leaves whole lines and at most one torn line at the end: a
resumed run cuts that one off, passes over the rows that are there, and goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Protocol

import anymol
from anymol.errors import AnyMolError, DataError, InvalidFileError, InvalidTaskInputError, shorten
from anymol.files import write_atomically
from anymol.inference.answers import FailedPrediction, Prediction
from anymol.inference.locating import EMBEDDED
from anymol.inference.rows import SMILES, TEXT, Columns, Row, count_rows, read_rows
from anymol.models.manifest import MANIFEST
from anymol.tasks.table import get_task
from anymol.tasks.task import Slot, Task

SIDECAR: Final = ".run.json"
_SCHEMA_VERSION: Final = 1
_RESERVED: Final = ("row", "answers", "error", "notes")


class Predictor(Protocol):
    """What answers the rows; `anymol.inference.assistant.Assistant` does."""

    def predict_many(
        self,
        task: str,
        inputs: Iterable[Any],
        *,
        top_k: int,
        source: str,
        verify: bool,
        seed: int,
        augment: int,
        mol_type: str | None,
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
        text: The free part of all rows that have none of their own.
        mol_type: What the molecules of the column are; None for SMILES in a column called so, else found out.
        top_k: Most answers per row.
        source: Who answers.
        verify: Whether answers are checked.
        seed: Seeds draws.
        augment: Spellings of each question whose answers are merged.
        model: Model directory or hub name; None for the embedded one.
        chunk: Rows answered together.
    """

    task: str
    input: Path
    output: Path | None = None
    column: str | None = None
    text_column: str | None = None
    text: str | None = None
    mol_type: str | None = None
    top_k: int = 1
    source: str = "auto"
    verify: bool = True
    seed: int = 0
    augment: int = 1
    model: str | None = None
    chunk: int = 64


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

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
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

    def count(self, record: dict[str, Any]) -> None:
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
    rows = read_rows(plan.input, _find_columns(task, plan))
    tally = _Tally()
    record = None if plan.output is None else _describe_run(plan)
    with (
        _open_output(plan, record, tally, resume=resume, overwrite=overwrite) as write,
        _progress(plan, tally) as advance,
    ):
        tally.resumed = tally.rows
        rows = islice(rows, tally.rows, None)
        predictor: Predictor | None = None
        while chunk := list(islice(rows, plan.chunk)):
            predictor = predictor or load()
            for answered in _answer(task, plan, chunk, predictor):
                write(answered)
                tally.count(answered)
                advance()
    if plan.output is not None and record is not None:
        counts = {"rows": tally.rows, "errors": dict(tally.errors), "output_sha256": _hash_file(plan.output)}
        _write_sidecar(plan.output, {**record, "finished": True, **counts})
    output = None if plan.output is None else str(plan.output)
    failed = sum(tally.errors.values())
    seconds = time.perf_counter() - started
    return BatchSummary(tally.rows, failed, dict(tally.errors.most_common()), tally.resumed, seconds, output)


def _asks_molecules(task: Task) -> bool:
    return any(slot is not Slot.TEXT for slot in task.required)


def _find_columns(task: Task, plan: BatchPlan) -> Columns:
    """Return which columns a task is asked with.

    Raises:
        InvalidTaskInputError: A text is given beside an input that takes none.
    """
    takes_text = Slot.TEXT in (*task.required, *task.optional)
    asks_molecules = _asks_molecules(task)
    if plan.text is not None and not (takes_text and asks_molecules):
        raise InvalidTaskInputError(f"task {task.name} takes no text beside its input", value=plan.text)
    if not asks_molecules:
        return Columns(plan.column or plan.text_column or TEXT)
    if not takes_text:
        return Columns(plan.column or SMILES)
    required = plan.text_column is not None or (Slot.TEXT in task.required and plan.text is None)
    return Columns(plan.column or SMILES, plan.text_column or TEXT, text_required=required)


# -------------------------------------------------------------------------------------------------------------- answers


def _answer(task: Task, plan: BatchPlan, chunk: list[Row], predictor: Predictor) -> Iterator[dict[str, Any]]:
    """Yield the output records of some rows, in order."""
    prepared = [_prepare(task, plan, row) for row in chunk]
    asked = [written for written in prepared if not isinstance(written, AnyMolError)]
    found = iter(_ask(plan, asked, predictor))
    for row, written in zip(chunk, prepared, strict=True):
        result = written if isinstance(written, AnyMolError) else next(found)
        yield _write_record(row, result)


def _prepare(task: Task, plan: BatchPlan, row: Row) -> str | dict[str, str] | AnyMolError:
    """Return what the predictor is asked about a row, or why it is not asked."""
    if row.error is not None or row.main is None:
        return row.error or InternalError(f"row {row.number} was read without an input")
    text = row.text if row.text is not None else plan.text
    if not _asks_molecules(task) or text is None:
        return row.main
    return {Slot.MOLECULE.value: row.main, Slot.TEXT.value: text}


def _ask(plan: BatchPlan, asked: list[Any], predictor: Predictor) -> list[Prediction | FailedPrediction]:
    """Answer rows together; where that fails by a fault of ours, one by one: one row must not cost the others."""
    settings: dict[str, Any] = {
        "top_k": plan.top_k,
        "source": plan.source,
        "verify": plan.verify,
        "seed": plan.seed,
        "augment": plan.augment,
        # What stands in a column of SMILES is no name: a broken SMILES is then not looked up as one, row by row.
        "mol_type": plan.mol_type or ("smiles" if (plan.column or SMILES) == SMILES else None),
    }
    try:
        return list(predictor.predict_many(plan.task, asked, **settings))
    except AnyMolError:
        raise  # wrong for every row: the options themselves
    except Exception as error:  # noqa: BLE001 - whatever one row meets, the others must be answered
        if len(asked) == 1:
            failure = InternalError(f"{type(error).__name__}: {error}", value=asked[0])
            return [FailedPrediction(plan.task, asked[0], failure)]
    return [result for one in asked for result in _ask(plan, [one], predictor)]


def _write_record(row: Row, result: Prediction | FailedPrediction | AnyMolError) -> dict[str, Any]:
    # A column may be called as one of ours; it keeps its content under a longer name.
    passed = {f"input_{name}" if name in _RESERVED else name: value for name, value in row.columns.items()}
    match result:
        case AnyMolError():
            return {"row": row.number, **passed, "error": result.to_json()}
        case FailedPrediction(error=error):
            return {"row": row.number, **passed, "error": error.to_json()}
        case Prediction():
            notes = {"notes": list(result.notes)} if result.notes else {}
            return {"row": row.number, **passed, "answers": [answer.to_json() for answer in result.answers], **notes}


def _encode(record: dict[str, Any]) -> bytes:
    try:
        return (json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot write
        return (json.dumps(record, allow_nan=False) + "\n").encode()


# --------------------------------------------------------------------------------------------------------------- output


@contextmanager
def _open_output(
    plan: BatchPlan, record: dict[str, Any] | None, tally: _Tally, *, resume: bool, overwrite: bool
) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Open the output and count the rows that are there; the value writes one record as a whole line."""
    if plan.output is None or record is None:
        yield _write_to_stdout
        return
    if plan.output.exists() and plan.output.samefile(plan.input):
        raise InvalidFileError("--output is the input file itself", value=plan.output, hint="give another file")
    going_on = resume and plan.output.is_file() and plan.output.stat().st_size > 0
    if going_on:
        _require_same_run(plan.output, record)
    elif not overwrite:
        _require_replaceable(plan.output)
    plan.output.parent.mkdir(parents=True, exist_ok=True)
    with plan.output.open("r+b" if going_on else "ab") as stream:
        _lock(stream, plan.output)
        if going_on:
            end = _count_done(stream, plan.output, tally)
            stream.truncate(end)
            stream.seek(end)
        else:
            # In this order: rows of an older run must never stand beside the record of a new one, nor new rows alone.
            stream.truncate(0)
            _write_sidecar(plan.output, {**record, "finished": False})

        def write(answered: dict[str, Any]) -> None:
            stream.write(_encode(answered))
            stream.flush()  # to the system, which keeps it when this process is killed

        yield write


def _write_to_stdout(record: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(record, allow_nan=False) + "\n")
    sys.stdout.flush()


def _lock(stream: IO[bytes], path: Path) -> None:
    """Let no second run write the same output; the lock goes with the process, however it ends."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidFileError(
            "another run is writing this file", value=path, hint="wait for it, or give another --output"
        ) from None
    except OSError:
        return  # a file system without locks


def _count_done(stream: IO[bytes], path: Path, tally: _Tally) -> int:
    """Count the whole rows of an output and return where they end; what follows is a line that a kill cut short."""
    end = 0
    for number, line in enumerate(stream):
        if not line.endswith(b"\n"):
            break
        try:
            record = json.loads(line)
            right = record["row"] == number and ("error" in record or "answers" in record)
        except (ValueError, KeyError, TypeError):
            right = False
        if not right:
            raise InvalidFileError(
                f"line {number + 1} of the output is no row {number} of an earlier run", value=path,
                hint="it was changed; begin anew with --overwrite",
            )  # fmt: skip
        tally.count(record)
        end += len(line)
    return end


# -------------------------------------------------------------------------------------------------------------- sidecar


def _sidecar(output: Path) -> Path:
    return output.with_name(output.name + SIDECAR)


def _describe_run(plan: BatchPlan) -> dict[str, Any]:
    """Return what a run's output belongs to; input and arguments must agree between a run and its resumption."""
    # How many rows are answered together changes no answer, and the paths of the files none of their content.
    arguments = {name: value for name, value in asdict(plan).items() if name not in ("input", "output", "chunk")}
    return {
        "schema_version": _SCHEMA_VERSION,
        "anymol_version": anymol.__version__,
        "input": plan.input.name,
        "input_sha256": _hash_file(plan.input),
        "arguments": {**arguments, "model_sha256": _hash_model(plan.model)},
    }


def _write_sidecar(output: Path, record: dict[str, Any]) -> None:
    write_atomically(_sidecar(output), json.dumps(record, indent=2) + "\n")


def _read_sidecar(output: Path) -> dict[str, Any] | None:
    path = _sidecar(output)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise DataError("the record of the earlier run is damaged", value=path, hint="use --overwrite") from error
    return record if isinstance(record, dict) else None


def _require_same_run(output: Path, now: dict[str, Any]) -> None:
    """Refuse to go on with an output of another input or other arguments.

    Raises:
        InvalidFileError: Naming what differs.
    """
    before = _read_sidecar(output)
    if before is None:
        raise InvalidFileError(
            f"{output} has no {_sidecar(output).name} beside it, so it cannot be resumed",
            value=output,
            hint="begin anew with --overwrite",
        )
    if before.get("input_sha256") != now["input_sha256"]:
        raise InvalidFileError(
            "the input is not the file that the earlier run read",
            value=now["input"],
            hint="begin anew with --overwrite",
        )
    old = before.get("arguments") or {}
    differing = [
        f"{name} was {shorten(old.get(name), 40)} and is {shorten(value, 40)}"
        for name, value in now["arguments"].items()
        if old.get(name) != value
    ]
    if differing or before.get("schema_version") != _SCHEMA_VERSION:
        what = "; ".join(differing) or "it was written by another version of anymol"
        raise InvalidFileError(
            f"the earlier run had other arguments: {what}",
            value=output,
            hint="give the same ones, or begin anew with --overwrite",
        )


def _require_replaceable(output: Path) -> None:
    """Refuse to write over work that is not finished, or over a file that is none of ours.

    Raises:
        InvalidFileError: Saying how to go on.
    """
    if not output.exists() or (output.is_file() and output.stat().st_size == 0):
        return
    before = _read_sidecar(output) if output.is_file() else None
    if before is None:
        raise InvalidFileError("the output exists already", value=output, hint="replace it with --overwrite")
    if not before.get("finished"):
        raise InvalidFileError(
            "the output holds a run that was stopped",
            value=output,
            hint="go on with --resume, or begin anew with --overwrite",
        )


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hash_model(model: str | None) -> str | None:
    """Return the checksum of a model's manifest, which holds those of its files; None where it is not at hand."""
    directory = resources.files("anymol") / "embedded" / EMBEDDED if model is None else Path(model)
    manifest = directory / MANIFEST
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else None


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
