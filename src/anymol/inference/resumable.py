"""The output of a batch: whole lines, with a record beside it of what they belong to, so that a run can go on.

Rows are appended as whole lines. Beside the output, ``OUTPUT.run.json`` says which input, model and arguments it
belongs to. A run that was stopped, even by ``kill -9``, leaves whole lines and at most one torn line at the end, which
is cut off when it goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import IO, Any, Final

from anymol.errors import InvalidFileError
from anymol.files import hash_file
from anymol.locks import lock_descriptor
from anymol.models.locating import EMBEDDED, is_embedded
from anymol.models.manifest import MODEL_DIRECTORY
from anymol.run_record import RunRecord, damaged_record, list_differences, read_run_record, write_run_record
from anymol.version import __version__

SIDECAR: Final = ".run.json"
_SCHEMA_VERSION: Final = 1

Record = RunRecord
"""A row of the output, or the record of a run, as JSON has it."""


def describe_run(source: Path, sha256: str, model: str | None, arguments: Mapping[str, Any]) -> Record:
    """Return what an output belongs to; source, model and arguments must agree between a run and its resumption.

    Args:
        source: The batch file.
        sha256: Its checksum.
        model: Model directory or hub name; None for the embedded one.
        arguments: Whatever changes the answers.
    """
    return {
        "schema_version": _SCHEMA_VERSION,
        "anymol_version": __version__,
        "input": source.name,
        "input_sha256": sha256,
        "arguments": {**arguments, "model": model, "model_sha256": _hash_model(model)},
    }


def finish_run(output: Path, run: Record, counts: Mapping[str, Any]) -> None:
    """Record that an output is complete, with its counts and checksum."""
    _write_sidecar(output, {**run, "finished": True, **counts, "output_sha256": hash_file(output)})


def spoil_run(output: Path, run: Record) -> None:
    """Record that an output holds rows of an input that changed meanwhile, so that no run goes on with it."""
    _write_sidecar(output, {**run, "finished": False, "input_sha256": None})


@contextmanager
def open_output(
    output: Path, run: Record, count: Callable[[Record], None], *, resume: bool, overwrite: bool
) -> Iterator[Callable[[Record], None]]:
    """Open an output; the value writes one row as a whole line.

    Args:
        output: The file of JSON lines.
        run: What the output belongs to; see :func:`describe_run`.
        count: Called with each row that an earlier run had written, in order.
        resume: Keep those rows; begin where there are none.
        overwrite: Replace the output, whatever it holds.

    Raises:
        InvalidFileError: The output is in the way, belongs to another run, or is being written by one.
    """
    if output.exists() and not output.is_file():
        raise InvalidFileError("the output is not a file", value=output, hint="give a file, or leave --output out")
    going_on = resume and output.is_file() and output.stat().st_size > 0
    if going_on:
        _require_same_run(output, run)
    elif not overwrite:
        _require_replaceable(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("r+b" if going_on else "ab") as stream:
        lock_descriptor(stream.fileno(), output, what="file", hint="wait for it, or give another --output")
        if going_on:
            end = _count_done(stream, output, count)
            stream.truncate(end)
            stream.seek(end)
        else:
            # In this order: rows of an older run must never stand beside the record of a new one, nor new rows alone.
            stream.truncate(0)
            _write_sidecar(output, {**run, "finished": False})

        def write(row: Record) -> None:
            stream.write(_encode(row))
            stream.flush()  # to the system, which keeps it when this process is killed

        yield write


def _count_done(stream: IO[bytes], path: Path, count: Callable[[Record], None]) -> int:
    """Count the whole rows of an output and return where they end; what follows is a line that a kill cut short."""
    end = 0
    for number, line in enumerate(stream):
        if not line.endswith(b"\n"):
            break
        try:
            row = json.loads(line)
            right = row["row"] == number and ("answers" in row or isinstance(row["error"]["kind"], str))
        except (ValueError, KeyError, TypeError, RecursionError):
            right = False
        if not right:
            raise InvalidFileError(
                f"line {number + 1} of the output is not a row {number} of an earlier run", value=path,
                hint="it was changed; begin anew with --overwrite",
            )  # fmt: skip
        count(row)
        end += len(line)
    return end


def _sidecar(output: Path) -> Path:
    return output.with_name(output.name + SIDECAR)


def _write_sidecar(output: Path, record: Record) -> None:
    write_run_record(_sidecar(output), record)


def _read_sidecar(output: Path) -> Record | None:
    path = _sidecar(output)
    record = read_run_record(path, remedy="use --overwrite")
    if record is not None and not isinstance(record.get("arguments", {}), dict):
        raise damaged_record(path, "use --overwrite")
    return record


def _require_same_run(output: Path, now: Record) -> None:
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
            hint="put that file back, or begin anew with --overwrite",
        )
    if before.get("finished") and before.get("output_sha256") != hash_file(output):
        raise InvalidFileError(
            "the output is not what the finished run wrote",
            value=output,
            hint="it was changed; begin anew with --overwrite",
        )
    differing = list_differences(before.get("arguments") or {}, now["arguments"], now["arguments"])
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


def _hash_model(model: str | None) -> str | None:
    """Return the checksum of a model's manifest, which holds those of its files; None where it is not at hand."""
    directory = resources.files("anymol") / "embedded" / EMBEDDED if is_embedded(model) else Path(model or "")
    manifest = directory / MODEL_DIRECTORY.manifest
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else None


def _encode(row: Record) -> bytes:
    try:
        return (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot write
        return (json.dumps(row, allow_nan=False) + "\n").encode()
