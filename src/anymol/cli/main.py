"""The command ``anymol``."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Final, Protocol

from anymol.cli import (
    ask,
    backbone,
    chat,
    compute,
    data,
    doctor,
    evaluate,
    export,
    mcp,
    plan,
    predict,
    serve,
    store,
    synthesize,
    tasks,
    train,
)
from anymol.cli.options import add_verbose
from anymol.cli.output import INTERRUPTED, TERMINATED, make_streams_safe, print_error
from anymol.cli.parser import Parser, UsageError
from anymol.cli.system_errors import SystemRefusedError, abandon, explain, is_unread, replace_closed_streams
from anymol.errors import AnyMolError, MissingDependencyError
from anymol.version import __version__


class Verb(Protocol):
    """What the module of a verb holds."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: Parser) -> None:
        """Declare what may follow the verb on the command line."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and return the exit code."""


VERBS: Final[tuple[Verb, ...]] = (
    ask, chat, predict, compute, plan, tasks, store, synthesize, data, backbone, train, export, evaluate, serve, mcp,
    doctor,
)  # fmt: skip
"""All commands, in the order of the help."""

_EPILOG = """\
examples:
  anymol ask "What is the molecular weight of this molecule?" --mol aspirin
  anymol chat --mol caffeine
  anymol predict forward_reaction "CCO.CC(=O)O" --top-k 5
  anymol compute formula,logp,tpsa aspirin
  anymol predict logp --input molecules.csv --output answers.jsonl
  anymol ask "Which molecule is this?" --image drawing.png
  anymol synthesize molecules.smi --modalities graph,conformer,image --output records

exit codes: 0 done; 2 the input, the options or the place of the output are wrong; 1 our fault.
"""


def make_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="anymol", description="Ask questions about molecules, and train the model that answers.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"anymol {__version__}")
    commands = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True, title="commands")
    for verb in VERBS:
        child = commands.add_parser(verb.NAME, help=verb.HELP, description=verb.HELP)
        verb.add_arguments(child)
        add_verbose(child)
        child.set_defaults(run=verb.run, parser=child)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line.

    Raises:
        UsageError: It is wrong.
    """
    options, extras = make_parser().parse_known_args(argv)
    # argparse fills `INPUT...` from the first run of words only; those that stand behind an option come here.
    inputs = getattr(options, "inputs", None)
    if inputs is not None and not any(extra.startswith("-") for extra in extras):
        options.inputs = [*inputs, *extras]
        extras = []
    options.parser.require_known(extras)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        argv: The words after ``anymol``; those of the process where it is not given.

    Returns:
        The exit code: 0 done, 2 the user's input, options or machine are wrong, 1 our fault, 130 after
            Ctrl-C, 143 after SIGTERM.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    verbose = "--verbose" in words
    replace_closed_streams()
    make_streams_safe()
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        with _ending_cleanly():
            try:
                options = parse(words)
                code = int(options.run(options))
            finally:
                sys.stdout.flush()  # here, so that a closed pipe or a full disk is met inside this `try`
        return code
    except AnyMolError as error:
        return _fail(error, as_json=as_json, verbose=verbose and not isinstance(error, UsageError))
    except _Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            print("anymol: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        if not is_unread(sys.stdout):  # it was another one, and the work is not done
            return _fail(SystemRefusedError("nobody reads what is said"), as_json=as_json, verbose=verbose)
        abandon(sys.stdout)  # the reader (`head`) has seen enough
        return 0
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # rich's way, where nobody reads standard error
            return SystemRefusedError.exit_code
        raise
    except ModuleNotFoundError as error:
        return _fail(_explain_missing(error), as_json=as_json, verbose=verbose)
    except Exception as error:  # noqa: BLE001 - the last door: a fault of ours must still end in one line and code 1
        refused = explain(error)
        fault = refused or _InternalError(f"{type(error).__name__}: {error}")
        return _fail(fault, as_json=as_json, verbose=verbose)


class _Terminated(KeyboardInterrupt):
    """SIGTERM: drafts are removed and workers ended on the way out, as after Ctrl-C."""


@contextlib.contextmanager
def _ending_cleanly() -> Iterator[None]:
    """Let SIGTERM end this process through its `finally` blocks; training listens to it in its own way meanwhile."""

    def end(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: the caller looks after signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _fail(error: AnyMolError, *, as_json: bool, verbose: bool) -> int:
    """Print an error and return its exit code; what cannot be printed any more stays unsaid."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        abandon(sys.stdout)
    try:
        print_error(error, as_json=as_json)
        if verbose:
            traceback.print_exc()
    except (OSError, ValueError):
        abandon(sys.stderr)
    return error.exit_code


def _explain_missing(error: ModuleNotFoundError) -> AnyMolError:
    """Return what to install, where a package of an extra is missing; every other missing module is our fault."""
    package = (error.name or "").partition(".")[0]
    extra = next((extra for name, extra, _ in doctor.OPTIONAL if name == package), None)
    if extra is None:
        return _InternalError(f"{type(error).__name__}: {error}")
    return MissingDependencyError(
        f"this needs {package}, which is not installed", value=package, hint=f'pip install "anymol[{extra}]"'
    )


class _InternalError(AnyMolError):
    """A fault of ours."""

    kind = "internal"

    def __init__(self, message: str) -> None:
        super().__init__(
            f"internal error: {message}", hint="this is a fault in anymol; --verbose shows the trace to report"
        )
