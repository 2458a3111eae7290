"""The argument parser: mistakes become one line that says what was wrong and what would be right."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from anymol.errors import UserError


class UsageError(UserError):
    """Options or arguments of the command line that are wrong."""

    kind = "usage"


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that raises `UsageError` and accepts no abbreviated options."""

    def __init__(self, **settings: object) -> None:
        settings.setdefault("allow_abbrev", False)
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and leaving."""
        choice = re.match(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)$", message, re.DOTALL)
        if choice:
            name, given, listed = choice.groups()
            known = [entry.strip().strip("'") for entry in listed.split(",")]
            what = "command" if name in ("COMMAND", "ACTION") else name
            raise UsageError(f"there is no {what} '{given}'", value=given, hint=suggest(given, known))
        raise UsageError(message, hint=f"see '{self.prog} --help'")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print; `argparse` passes over an output that cannot be written to."""
        if message:
            (file or sys.stderr).write(message)

    def options(self) -> list[str]:
        """Return the long options that this parser knows, those of its verbs left out."""
        return [name for action in self._actions for name in action.option_strings if name.startswith("--")]

    def require_known(self, extras: Iterable[str]) -> None:
        """Refuse arguments that nothing took.

        Raises:
            UsageError: Naming the first one and the nearest known option.
        """
        for extra in extras:
            name = extra.partition("=")[0]
            if name.startswith("-"):
                raise UsageError(f"there is no option '{name}'", value=name, hint=suggest(name, self.options()))
            raise UsageError(f"'{extra}' is one argument too many", value=extra, hint=f"see '{self.prog} --help'")


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the known names nearest to `name`, or all of them where none is near.

    >>> suggest("--topk", ["--top-k", "--text"])
    'did you mean --top-k?'
    """
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=3, cutoff=0.7)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(listed)}"
