"""The file of answers of an evaluation: whole pieces of rows, with a record of whose they are, so that a run can go on.

Rows are asked in pieces, and a piece is appended as whole lines once it is answered. Beside the file ``run.json`` says
which subject was asked which rows how. A run that was stopped, even by ``kill -9``, leaves whole pieces and at most one
torn one, which is cut off and asked again: an answer may depend on the rows that were asked with it.

An id does not make a row the same: what was asked of it and what is right must be what they were. Where they are not,
the data or the way in which questions are written have changed beneath the answers, and the run is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from anymol.errors import InvalidFileError, shorten
from anymol.files import write_atomically
from anymol.run_record import list_differences, read_run_record, write_run_record

ANSWERS_FILE: Final = "predictions.jsonl"
RUN_FILE: Final = "run.json"
ASKED: Final = ("task", "id", "question", "reference")
"""What a line must have in common with a row for its answer to be an answer to it."""
_SCHEMA_VERSION: Final = 1

Line = Mapping[str, Any]
"""One row of the file, as JSON has it."""


class AnswerFile:
    """The answers of one run, in the order in which they are asked.

    Args:
        folder: Where ``predictions.jsonl`` and ``run.json`` stand; None keeps nothing.
        run: What the answers belong to: must be the same where a run goes on.
        resume: Whether to go on with the answers that are there; begin where there are none.

    Raises:
        InvalidFileError: The folder holds another run's answers, or those of a run that was stopped and shall not go
            on.
        DataError: The record of the earlier run is damaged.
    """

    def __init__(self, folder: Path | None, run: Mapping[str, Any], *, resume: bool = False) -> None:
        self._folder = folder
        self._run: dict[str, Any] = json.loads(json.dumps({"schema_version": _SCHEMA_VERSION, **run}))
        self._lines: list[tuple[int, Line]] = []
        """Lines that are still to be taken, each with where it ends in the file."""
        self._end: int | None = None
        """Where the pieces end that were taken; None once new ones follow them."""
        self.n_taken = 0
        if folder is None:
            return
        path = folder / ANSWERS_FILE
        before = read_run_record(folder / RUN_FILE, remedy="give another --output")
        there = path.is_file() and path.stat().st_size > 0
        if resume and there:
            _require_same_run(folder, before, self._run)
            self._lines, self._end = _read_lines(path), 0
        else:
            if there and before is not None and not before.get("finished"):
                raise InvalidFileError(
                    "the folder holds the answers of a run that was stopped",
                    value=folder,
                    hint=f"go on with --resume, or remove {ANSWERS_FILE} to begin anew",
                )
            # In this order: the answers of an older run must never stand beside the record of a new one.
            write_atomically(path, "")
        write_run_record(folder / RUN_FILE, {**self._run, "finished": False})

    def take(self, rows: Sequence[Line]) -> list[Line] | None:
        """Return the lines of the next piece where all of it is there; else cut off what follows and return None.

        Args:
            rows: The piece: what the lines of its rows have under :data:`ASKED`.

        Raises:
            InvalidFileError: A line has the task and id of its row, and another question or reference.
        """
        if not rows:
            return []
        piece = [line for _, line in self._lines[: len(rows)]]
        if [_name(line) for line in piece] != [_name(row) for row in rows]:
            self._cut()
            return None
        changed = [
            f"the {name} of {row['id']} was {shorten(line.get(name), 60)} and is {shorten(row[name], 60)}"
            for line, row in zip(piece, rows, strict=True)
            for name in ASKED
            if line.get(name) != row[name]
        ]
        if changed:
            raise InvalidFileError(
                f"the earlier run was asked other rows: {changed[0]}"
                + (f", and {len(changed) - 1} more like it" if changed[1:] else ""),
                value=self._folder,
                hint="begin anew: give another --output",
            )
        self._end = self._lines[len(rows) - 1][0]
        self._lines = self._lines[len(rows) :]
        self.n_taken += len(piece)
        return piece

    def append(self, lines: Iterable[Line]) -> None:
        """Write a piece that was answered."""
        if self._folder is None:
            return
        piece = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        with (self._folder / ANSWERS_FILE).open("ab") as stream:
            # Half a surrogate pair, which UTF-8 cannot write, is kept as JSON escapes it.
            stream.write(piece.encode("utf-8", errors="backslashreplace"))

    def finish(self) -> None:
        """Record that all rows were asked."""
        self._cut()
        if self._folder is not None:
            write_run_record(self._folder / RUN_FILE, {**self._run, "finished": True})

    def _cut(self) -> None:
        """Remove what an earlier run wrote beyond the pieces that were taken, before the first new piece."""
        if self._folder is not None and self._end is not None:
            with (self._folder / ANSWERS_FILE).open("r+b") as stream:
                stream.truncate(self._end)
        self._lines, self._end = [], None


def _name(line: Line) -> tuple[object, object]:
    return line.get("task"), line.get("id")


def _read_lines(path: Path) -> list[tuple[int, Line]]:
    """Return the whole lines at the beginning of a file, each with where it ends."""
    lines: list[tuple[int, Line]] = []
    end = 0
    with path.open("rb") as stream:
        for written in stream:
            try:
                line = json.loads(written) if written.endswith(b"\n") else None
            except (ValueError, RecursionError):
                line = None
            if not isinstance(line, dict):
                break
            end += len(written)
            lines.append((end, line))
    return lines


def _require_same_run(folder: Path, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    """Refuse to go on with the answers of another subject, to other rows, or given otherwise.

    Raises:
        InvalidFileError: Naming what differs.
    """
    if before is None:
        raise InvalidFileError(
            f"{ANSWERS_FILE} has no {RUN_FILE} beside it, so the run cannot go on", value=folder,
            hint="give another --output",
        )  # fmt: skip
    names = [name for name in dict.fromkeys((*now, *before)) if name != "finished"]
    if differing := list_differences(before, now, names):
        raise InvalidFileError(
            f"the earlier run was another one: {'; '.join(differing)}", value=folder,
            hint="give the same options, or another --output",
        )  # fmt: skip
