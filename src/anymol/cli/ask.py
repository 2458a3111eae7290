"""``anymol ask``: one free question, answered by the task that fits it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from anymol.cli.options import (
    add_answering,
    gather_records,
    load_assistant,
    read_call,
)
from anymol.cli.output import log, make_console, print_json, waiting
from anymol.cli.parser import Parser, UsageError

NAME: Final = "ask"
HELP: Final = "Ask one question in plain words about the molecules given with it."


def add_arguments(parser: Parser) -> None:
    """Declare the question, the molecules it is about, and how answers are wanted."""
    parser.add_argument("question", metavar="QUESTION", help="the question, in quotes")
    parser.add_argument(
        "--mol",
        action="append",
        default=[],
        metavar="M",
        help="a molecule: SMILES, SELFIES, InChI, a name or a file; may be repeated",
    )
    add_answering(parser)


def run(options: argparse.Namespace) -> int:
    """Answer the question."""
    if not options.question.strip():
        raise UsageError("the question is empty", hint='for example: anymol ask "What is the LogP of this?" --mol CCO')
    given = gather_records(options)
    with waiting("answering"):
        prediction = load_assistant(options).ask(
            options.question,
            options.mol,
            records=given.parts,
            formula=options.formula,
            files=given.files,
            options=read_call(options),
        )
    if options.draw:
        from anymol.cli.render import draw_answers

        for path in draw_answers(prediction, Path(options.draw), prediction.task):
            log(f"drawn: {path}")
    if options.json:
        print_json(prediction.to_json())
    else:
        from anymol.cli.render import print_prediction

        print_prediction(make_console(), prediction)
    return 0
