"""What a run says of itself: one JSON line per event, TensorBoard curves, and a progress bar on standard error."""

from __future__ import annotations

import importlib.util
import json
import logging
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from anymol.errors import DataError, shorten
from anymol.files import require_regular, write_atomically

logger = logging.getLogger(__name__)

METRICS_FILE = "metrics.jsonl"

_SAID_EVERY: Final = 30.0
"""Seconds between two lines of progress where there is no terminal to draw a bar on."""


class _UnreadConsole(Console):
    def on_broken_pipe(self) -> None:
        """Go on in silence: no run of days ends because nobody reads what it says any more."""
        self.quiet = True


class MetricsLogger:
    """Writes metrics to ``metrics.jsonl`` and, where TensorBoard is installed, to ``tensorboard/``.

    Args:
        directory: Folder of the run.
        kept: Lines up to this (stage, step) stay and later ones are removed: they were written after the checkpoint
            that a resumed run starts from. None starts the file anew.
        active: Whether this process writes; only the main one does.
    """

    def __init__(self, directory: Path, *, kept: tuple[int, int] | None, active: bool = True) -> None:
        self._active = active
        self._console = _UnreadConsole(stderr=True, quiet=not active)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[shown]}"),
            console=self._console,
            disable=not (active and self._console.is_terminal),
        )
        if not active:
            return
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / METRICS_FILE
        lines = read_metrics(path) if kept is not None else []
        kept_lines = [line for line in lines if (line["stage"], line["step"]) <= (kept or (0, 0))]
        write_atomically(path, "".join(json.dumps(line) + "\n" for line in kept_lines))
        self._file = path.open("a", buffering=1)
        self._board: Any = None
        if importlib.util.find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(directory / "tensorboard"))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        if self._active:
            self._file.close()
            if self._board is not None:
                self._board.close()

    def begin(self, title: str, *, total: int, done: int) -> None:
        """Start the bar of a stage."""
        for task in self._bar.task_ids:
            self._bar.remove_task(task)
        self._task = self._bar.add_task(title, total=total, completed=done, shown="")
        self._title, self._total, self._said = title, total, time.monotonic()

    def write(self, line: dict[str, Any], *, tokens: int) -> None:
        """Write one event; it has at least ``stage``, ``step`` and ``name`` (of the stage)."""
        if not self._active:
            return
        self._file.write(json.dumps(line) + "\n")
        if self._board is not None:
            for key, value in line.items():
                if isinstance(value, float):
                    self._board.add_scalar(f"{line['name']}/{key}", value, tokens)

    def advance(self, step: int, shown: str) -> None:
        """Move the bar; without a terminal, print a line every half minute instead."""
        if not self._active:
            return
        self._bar.update(self._task, completed=step, shown=shown)
        if self._bar.disable and time.monotonic() - self._said >= _SAID_EVERY:
            self._said = time.monotonic()
            self.say(f"{self._title} step {step:,} of {self._total:,}: {shown}")

    def say(self, text: str) -> None:
        """Print a line on standard error."""
        if self._active:
            self._console.print(text, highlight=False, markup=False)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a metrics file; one that a kill cut short, or that is damaged, is left out with a warning.

    Raises:
        DataError: Something other than a file stands there.
    """
    lines: list[dict[str, Any]] = []
    if not path.exists():
        return lines
    try:
        require_regular(path)
    except OSError as error:
        raise DataError(f"the metrics cannot be read: {error.strerror}", value=path, hint="put it aside") from error
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
            is_line = all(isinstance(line[name], int) for name in ("stage", "step"))
        except (ValueError, TypeError, KeyError, RecursionError):
            is_line = False
        if is_line:
            lines.append(line)
        else:
            logger.warning("left out a metrics line that is cut short or damaged: %s", shorten(text, 40))
    return lines
