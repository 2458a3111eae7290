"""``anymol chat``: questions that follow one another, in a terminal or from a file of lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from anymol.cli.options import add_answering, load_assistant, read_call
from anymol.cli.output import log, make_console, print_error, print_json, waiting
from anymol.cli.parser import Parser, UsageError
from anymol.errors import AnyMolError
from anymol.modalities.modality import FILES

if TYPE_CHECKING:
    from rich.console import Console

    from anymol.inference.assistant import Assistant
    from anymol.inference.conversation import Conversation

NAME: Final = "chat"
HELP: Final = "Ask questions that follow one another, about the molecules named so far."

_PROMPT: Final = "> "
_COMMANDS: Final = """\
  /mol M      talk about this molecule: SMILES, a name or a file
  /history    what was asked so far
  /new        forget the molecules and begin anew
  /help       this
  /quit       leave; so does Ctrl-D
'it' and 'this molecule' are the molecule of the last question, 'the product' is what it gave."""


def add_arguments(parser: Parser) -> None:
    """Declare the molecules to begin with, and how answers are wanted."""
    parser.add_argument("--mol", action="append", default=[], metavar="M", help="a molecule to begin with")
    add_answering(parser)


def run(options: argparse.Namespace) -> int:
    """Answer questions until there are no more."""
    for name in (*FILES, "formula", "draw"):
        if getattr(options, name) is not None:
            raise UsageError(f"--{name} does not go with chat", hint="use anymol ask")
    assistant = load_assistant(options)
    for written in options.mol:
        _require_readable(written, assistant, options)
    talk = assistant.chat()
    talk.molecules = tuple(options.mol)
    console = None if options.json else make_console()
    if sys.stdin.isatty():
        log("Ask away; /help says what else there is.")
    for line in _read_lines():
        if line.startswith("/"):
            if _obey(line, talk, assistant, options):
                break
        elif line:
            _answer(line, talk, options, console)
    return 0


def _read_lines() -> Iterator[str]:
    """Yield the lines that a person types, or those of a pipe; Ctrl-D and Ctrl-C at the prompt end them."""
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin)
        return
    import contextlib

    with contextlib.suppress(ImportError):  # where there is none, a line is edited as the terminal does it
        import readline  # noqa: F401 - gives `input` its history and keys
    while True:
        try:
            yield input(_PROMPT).strip()
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
            return


def _obey(line: str, talk: Conversation, assistant: Assistant, options: argparse.Namespace) -> bool:
    """Do what a line that begins with a slash says; return whether to leave."""
    command, _, rest = line[1:].partition(" ")
    match command.lower():
        case "quit" | "exit" | "q":
            return True
        case "help" | "?" | "":
            log(_COMMANDS)
        case "mol" if rest.strip():
            _turn_to(rest.strip(), talk, assistant, options)
        case "history":
            for number, turn in enumerate(talk.history, 1):
                log(f"{number}. {turn.question}  {'' if turn.prediction else '(no answer)'}".rstrip())
        case "new":
            talk.forget()
        case _:
            log(f"there is no command '/{command}'; /help lists them")
    return False


def _require_readable(written: str, assistant: Assistant, options: argparse.Namespace) -> None:
    """Refuse at once what the first question about it would refuse; a reaction is read when it is asked about."""
    from anymol.chem.reaction import is_reaction

    if not is_reaction(written):
        assistant.read_molecule(written, read_call(options))


def _turn_to(written: str, talk: Conversation, assistant: Assistant, options: argparse.Namespace) -> None:
    """Talk about another molecule; what nothing reads is said, and the talk stays where it was."""
    try:
        _require_readable(written, assistant, options)
    except AnyMolError as error:
        print_error(error, as_json=options.json)
        return
    talk.molecules = (written,)
    log(f"the talk is of {written}")


def _answer(question: str, talk: Conversation, options: argparse.Namespace, console: Console | None) -> None:
    """Answer one question; what cannot be answered is said, and the talk goes on."""
    try:
        with waiting("answering"):
            found = talk.ask(question, options=read_call(options))
    except AnyMolError as error:
        print_error(error, as_json=console is None)
        return
    except KeyboardInterrupt:
        if not sys.stdin.isatty():
            raise
        log("stopped; ask something else, or /quit")
        return
    if console is None:
        print_json(found.to_json())
    else:
        from anymol.cli.render import print_prediction

        print_prediction(console, found)
