"""Who is evaluated, as the options of ``anymol evaluate`` say: a model, the assistant, or another subject."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

from anymol.cli.evaluated_rows import choose_device
from anymol.cli.options import SOURCES, positive
from anymol.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from anymol.evaluation.asking import LoadSubject
    from anymol.evaluation.subjects.subject import Subject

MODEL: Final = "model"
"""The source that is a model by itself: its probabilities can be fitted, and its rows shown in several ways."""


def add_subjects(parser: Parser) -> None:
    """Declare what may be evaluated instead of a model by itself.

    Args:
        parser: Takes the options.
    """
    subjects = parser.add_argument_group("what is evaluated, where it is not a model by itself")
    subjects.add_argument(
        "--source",
        choices=SOURCES,
        default=MODEL,
        help="model: the model alone (the default); auto: the whole assistant, as a user meets it; tool: all of it but "
        "the model",
    )
    subjects.add_argument(
        "--predictions",
        metavar="FILE",
        help="answers of any program: csv or jsonl with 'id' and 'answer', or a list 'answers', the best first",
    )
    subjects.add_argument(
        "--language-model",
        metavar="DIR",
        help="a plain causal language model: a directory of transformers, or a name that 'anymol backbone' knows",
    )
    subjects.add_argument(
        "--endpoint", metavar="URL", help="a server of the OpenAI chat protocol, for example http://localhost:8000/v1"
    )
    subjects.add_argument("--endpoint-model", metavar="NAME", help="name of the model at the endpoint")
    subjects.add_argument(
        "--endpoint-key",
        metavar="VARIABLE",
        default="ANYMOL_ENDPOINT_KEY",
        help="environment variable that holds the endpoint's key (ANYMOL_ENDPOINT_KEY)",
    )
    subjects.add_argument(
        "--endpoint-timeout", type=positive, default=120, metavar="S", help="seconds that a request may take (120)"
    )


def require_one_subject(options: argparse.Namespace) -> None:
    """Refuse options that name two subjects, or ask of another subject what only a model can do.

    Args:
        options: Those of the command.

    Raises:
        UsageError: They do.
    """
    chosen = [
        flag
        for flag, given in (
            ("--predictions", options.predictions),
            ("--language-model", options.language_model),
            ("--endpoint", options.endpoint),
            ("--source", options.source != MODEL),
        )
        if given
    ]
    single = (
        options.predictions
        or options.endpoint
        or options.calibrate
        or options.shown
        or options.harness
        or options.sheet
    )
    if options.processes > 1 and single:
        raise UsageError(
            "--processes is for models that answer on this machine",
            hint="an endpoint is asked several rows at a time anyway; leave it out",
        )
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} name two subjects", hint="evaluate one after the other")
    if (options.endpoint is None) != (options.endpoint_model is None):
        raise UsageError("an endpoint has an address and a model", hint="give --endpoint URL --endpoint-model NAME")
    if chosen and chosen != ["--source"] and options.model is not None:
        raise UsageError(f"{chosen[0]} is evaluated instead of a model", hint="leave --model out")
    if chosen and (options.calibrate or options.shown):
        raise UsageError(f"--calibrate and --shown need a model, not {chosen[0]}", hint=f"leave {chosen[0]} out")


def make_subject(options: argparse.Namespace, held: ExitStack) -> tuple[Subject, LoadSubject | None]:
    """Return what is evaluated, and what loads a copy of it in another process, where it can be copied.

    Args:
        options: Those of the command.
        held: Keeps what must stay open while it is asked.

    Raises:
        AnyMolError: It cannot be read.
    """
    if options.predictions:
        from anymol.evaluation.subjects.predictions import PredictionsSubject

        return PredictionsSubject(options.predictions), None
    if options.language_model:
        from anymol.evaluation.subjects.language_model import LanguageModelSubject

        return _load(
            partial(
                LanguageModelSubject.load, options.language_model, device=choose_device(options), dtype=options.dtype
            )
        )
    if options.endpoint:
        from anymol.evaluation.subjects.endpoint import EndpointPlan, EndpointSubject

        plan = EndpointPlan(
            options.endpoint, options.endpoint_model, options.endpoint_key, float(options.endpoint_timeout)
        )
        return EndpointSubject(plan), None
    from anymol.models.locating import locate_model

    directory = held.enter_context(locate_model(options.model))
    if options.source == MODEL:
        from anymol.evaluation.subjects.model import ModelSubject

        return _load(partial(ModelSubject.load, directory, device=choose_device(options), dtype=options.dtype))
    from anymol.evaluation.subjects.assistant import AssistantSubject
    from anymol.inference.options import SourceChoice

    source = SourceChoice(options.source)
    return _load(partial(AssistantSubject.load, directory, source, device=options.device, dtype=options.dtype))


def _load(load: LoadSubject) -> tuple[Subject, LoadSubject]:
    return load(), load
