"""What goes to standard output and what to standard error."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

from anymol.errors import AnyMolError, escape_unprintable

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells expect it."""

TERMINATED: Final = 143
"""Exit code after SIGTERM."""

_UNSHOWN: Final = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Controls, marks of the direction of writing and halves of surrogate pairs: JSON writes them as they are."""

_WIDTH_OF_FILES: Final = 160
"""Columns of a table that is not shown on a terminal: wide enough that few SMILES are folded."""


def make_streams_safe() -> None:
    """Let no character that a terminal or locale lacks stop the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def speaks_unicode(stream: TextIO) -> bool:
    """Whether a stream can write any character."""
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"


def dump_json(value: Any, *, ascii_only: bool = False, indent: int | None = None) -> str:
    """Return `value` as one line of JSON. Numbers that JSON lacks are refused, never written as ``NaN``.

    Characters that cannot be shown, and halves of surrogate pairs, are escaped: the value is the same.
    """
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, indent=indent)
    # What JSON leaves as it is and a terminal would obey, or no encoding writes, stands inside strings only.
    return _UNSHOWN.sub(lambda found: json.dumps(found[0])[1:-1], text)


def print_json(value: Any) -> None:
    """Print one JSON object as one line, at once."""
    print(dump_json(value, ascii_only=not speaks_unicode(sys.stdout)), flush=True)


def print_error(error: AnyMolError, *, as_json: bool) -> None:
    """Print an error: one line on standard error and, where JSON was asked for, one object on standard output."""
    print(escape_unprintable(f"anymol: {' '.join(str(error).split())}"), file=sys.stderr, flush=True)
    if as_json:
        print_json({"error": error.to_json()})


def log(text: str) -> None:
    """Print a line on standard error."""
    print("\n".join(map(escape_unprintable, text.split("\n"))), file=sys.stderr, flush=True)


def shows_progress() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def waiting(text: str) -> AbstractContextManager[object]:
    """Show on a terminal that something is being done; the scope's end removes it."""
    if not shows_progress():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(text)


def watch(items: Iterable[T], text: str) -> Iterator[T]:
    """Yield items, and show on a terminal that the next one is being made."""
    stream = iter(items)
    while True:
        with waiting(text):
            try:
                item = next(stream)
            except StopIteration:
                return
        yield item


def make_console() -> Console:
    """Return the console for tables on standard output.

    Markup is off: in SMILES, square brackets are atoms.
    """
    from rich.console import Console

    class _StandardOutput(Console):
        def on_broken_pipe(self) -> None:
            # rich would end the process with 1, as if the fault were ours; `main` knows what it means.
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    width = None if sys.stdout.isatty() else _WIDTH_OF_FILES
    return _StandardOutput(file=sys.stdout, markup=False, highlight=False, emoji=False, width=width)
