"""``anymol train``: a recipe to a model, or to an encoder or a tokenizer alone."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.options import add_data_dir, add_json, find_data_dir, positive, silence_libraries
from anymol.cli.output import INTERRUPTED, log, make_console, print_json
from anymol.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from anymol.recipe import Recipe
    from anymol.training.plan import TrainingPlan
    from anymol.training.pretext.plan import PretextPlan
    from anymol.training.reinforcement.plan import PolicyPlan
    from anymol.training.run import RunResult
    from anymol.training.specialists.plan import SpecialistPlan
    from anymol.training.vocabulary.plan import VocabularyPlan

NAME: Final = "train"
HELP: Final = "Train a model, an encoder, a tokenizer or a specialist network, from a recipe; can be resumed."


def add_arguments(parser: Parser) -> None:
    """Declare the recipe, what it is changed by, and where the run starts and is kept."""
    parser.add_argument("recipe", metavar="RECIPE", help="a recipe file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="K=V", help="override a key, as in stages.0.optimiser.lr=1e-3"
    )
    parser.add_argument("--output", metavar="DIR", help="folder of the run (runs/NAME, by the recipe's name)")
    parser.add_argument("--shards", metavar="DIR", help="data built before with 'anymol data build'")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint, batch for batch")
    parser.add_argument(
        "--from", dest="start", metavar="PLACE",
        help="start from a checkpoint, or a run's newest one, of another recipe or other data with the same model",
    )  # fmt: skip
    parser.add_argument("--estimate", action="store_true", help="time a few steps, say what the run would cost, stop")
    parser.add_argument(
        "--processes", type=positive, metavar="N", help="with --estimate: how many processes will share the run (1)"
    )
    add_data_dir(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Train, and say where the outcome is."""
    silence_libraries()
    from anymol.data.config import DataConfig
    from anymol.recipe import load_recipe
    from anymol.training.plan import TrainingPlan
    from anymol.training.pretext.plan import PretextPlan
    from anymol.training.processes import count_launched, is_first_launched
    from anymol.training.reinforcement.plan import PolicyPlan
    from anymol.training.vocabulary.plan import VocabularyPlan

    recipe = load_recipe(options.recipe, options.set)
    if isinstance(recipe, DataConfig):
        raise UsageError("this recipe says what data are built, not what is trained", hint="see anymol data build")
    if options.estimate:
        return _estimate(recipe, options.processes, as_json=options.json)
    if options.processes is not None:
        raise UsageError(
            "--processes belongs to --estimate",
            hint="torchrun --nproc-per-node N -m anymol train trains on several processes",
        )
    if count_launched() > 1 and not isinstance(recipe, TrainingPlan):
        raise UsageError(
            f"{count_launched()} processes were launched, and this recipe trains on one",
            hint="run it without torchrun; models are what several processes train together",
        )
    logging.getLogger("anymol").setLevel(logging.INFO if is_first_launched() else logging.WARNING)
    output = Path(options.output or Path("runs") / recipe.name)
    match recipe:
        case TrainingPlan():
            return _train_model(recipe, output, options)
        case PretextPlan():
            return _train_encoder(recipe, output, options)
        case VocabularyPlan():
            return _train_tokenizer(recipe, output, options)
        case PolicyPlan():
            return _train_policy(recipe, output, options)
        case _:
            return _train_specialist(recipe, output, options)


def _train_model(plan: TrainingPlan, output: Path, options: argparse.Namespace) -> int:
    from anymol.tasks.correctness import judge_text
    from anymol.training.train import run as train

    result = train(
        plan,
        output,
        resume=options.resume,
        data_dir=find_data_dir(options),
        shards=options.shards,
        start=options.start,
        judge=judge_text,
    )
    hint = f"try it with: anymol predict logp CCO --source model --model {result.model}"
    return _say(result, "model", "tokens", (f"done: {result.tokens:,} tokens", hint), as_json=options.json)


def _train_encoder(plan: PretextPlan, output: Path, options: argparse.Namespace) -> int:
    if options.start is not None:
        raise UsageError("an encoder alone is not trained --from a run", hint="leave --from out")
    from anymol.training.pretext.run import run as pretrain

    result = pretrain(plan, output, resume=options.resume, data_dir=find_data_dir(options), shards=options.shards)
    hint = f"give it to a model: model.encoder_weights: {{{plan.objective.modality}: {result.model}}}"
    return _say(result, "encoder", "atoms", (f"done: {result.tokens:,} atoms", hint), as_json=options.json)


def _train_tokenizer(plan: VocabularyPlan, output: Path, options: argparse.Namespace) -> int:
    if options.shards:
        raise UsageError("a tokenizer is trained on texts, not on shards", hint="leave --shards out")
    if options.start is not None:
        raise UsageError("a tokenizer is not trained --from a run", hint="leave --from out")
    from anymol.training.vocabulary.run import run as train_vocabulary

    result = train_vocabulary(plan, output, resume=options.resume, data_dir=find_data_dir(options))
    lines = (
        f"done: a vocabulary of {result.tokens:,}; {result.model}/fertility.json says what it makes of which text",
        f"give it to a model: tokenizer: {{kind: trained, path: {result.model}}}",
    )
    return _say(result, "tokenizer", "vocabulary", lines, as_json=options.json)


def _train_policy(plan: PolicyPlan, output: Path, options: argparse.Namespace) -> int:
    if options.start is not None:
        raise UsageError("the recipe says which model is trained", hint="give it as --set model=DIR")
    import json

    from anymol.evaluation.rewards import judge_example
    from anymol.training.reinforcement.run import GAIN_FILE
    from anymol.training.reinforcement.run import run as reinforce

    result = reinforce(
        plan,
        output,
        judge=judge_example,
        data_dir=find_data_dir(options),
        shards=options.shards,
        resume=options.resume,
    )
    lines: list[str] = []
    if result.finished:
        gain = json.loads((output / GAIN_FILE).read_text(encoding="utf-8"))
        for when in ("before", "after"):
            low, high = gain[when]["right_interval"]
            lines.append(
                f"{when}: {gain[when]['right']:.1%} right [{low:.1%}, {high:.1%}] of {gain[when]['n']} held out"
                " that chose no weights"
            )
    return _say(result, "model", "answers", (*lines, f"done: {result.model}"), as_json=options.json)


def _train_specialist(plan: SpecialistPlan, output: Path, options: argparse.Namespace) -> int:
    if options.shards or options.start is not None:
        raise UsageError(
            "a specialist is trained on its own data and from its own start", hint="leave --shards and --from out"
        )
    data_dir = find_data_dir(options)
    if data_dir is None:
        raise UsageError(f"{plan.trains} is trained on real data", hint="give --data-dir or set ANYMOL_DATA")
    from anymol.training.specialists.plan import (
        ComputedPlan,
        ConditionRankersPlan,
        DescriptionsPlan,
        DetectorPlan,
        IntensityPlan,
        LabelReaderPlan,
        MeasuredPlan,
        ProposalRankersPlan,
        RolesPlan,
        SurrogatePlan,
        YieldsPlan,
    )

    match plan:
        case DetectorPlan():
            from anymol.training.specialists.detector import run as train_detector

            result = train_detector(plan, output, data_dir=data_dir, resume=options.resume)
        case LabelReaderPlan():
            from anymol.training.specialists.label_reader import run as train_label_reader

            result = train_label_reader(plan, output, data_dir=data_dir, resume=options.resume)
        case IntensityPlan():
            from anymol.training.specialists.intensities import run as fit_intensities

            result = fit_intensities(plan, output, data_dir=data_dir, resume=options.resume)
        case SurrogatePlan():
            from anymol.training.specialists.surrogate import run as train_surrogate

            result = train_surrogate(plan, output, data_dir=data_dir, resume=options.resume)
        case RolesPlan():
            from anymol.training.specialists.reaction_roles import run as fit_roles

            result = fit_roles(plan, output, data_dir=data_dir, resume=options.resume)
        case MeasuredPlan():
            from anymol.training.specialists.measured_properties import run as fit_properties

            result = fit_properties(plan, output, data_dir=data_dir, resume=options.resume)
        case DescriptionsPlan():
            from anymol.evaluation.descriptions import run as fit_descriptions

            result = fit_descriptions(plan, output, data_dir=data_dir, resume=options.resume)
        case ComputedPlan():
            from anymol.training.specialists.computed_properties import run as fit_computed

            result = fit_computed(plan, output, data_dir=data_dir, resume=options.resume)
        case YieldsPlan():
            from anymol.training.specialists.yield_screens import run as fit_yields

            result = fit_yields(plan, output, data_dir=data_dir, resume=options.resume)
        case ProposalRankersPlan():
            from anymol.evaluation.proposal_rankers import run as fit_rankers

            result = fit_rankers(plan, output, data_dir=data_dir, resume=options.resume)
        case ConditionRankersPlan():
            from anymol.evaluation.condition_rankers import run as fit_conditions

            result = fit_conditions(plan, output, data_dir=data_dir, resume=options.resume)
    return _say(result, "weights", "examples", (f"done: {result.model}",), as_json=options.json)


def _say(result: RunResult, product: str, counted: str, lines: Sequence[str], *, as_json: bool) -> int:
    """Print how a run ended and return the exit code.

    Args:
        result: How it ended.
        product: Key of what was made.
        counted: Key of what was counted.
        lines: What a person is told where it is finished.
        as_json: Whether one JSON object is printed instead.
    """
    from anymol.training.processes import is_first_launched

    code = 0 if result.finished else INTERRUPTED
    if not is_first_launched():  # of several processes one speaks
        return code
    if as_json:
        print_json(
            {
                "finished": result.finished,
                product: None if result.model is None else str(result.model),
                counted: result.tokens,
                "seconds": round(result.seconds, 3),
            }
        )
    elif result.finished:
        for line in lines:
            log(line)
    return code


def _estimate(recipe: Recipe, processes: int | None, *, as_json: bool) -> int:
    from anymol.training.estimate import estimate
    from anymol.training.memory import describe_memory
    from anymol.training.plan import TrainingPlan
    from anymol.training.pretext.estimate import estimate as estimate_pretext
    from anymol.training.pretext.plan import PretextPlan
    from anymol.training.processes import count_launched

    if count_launched() > 1:
        raise UsageError("a run is estimated by one process", hint="leave torchrun out, and give --processes N")
    if not isinstance(recipe, TrainingPlan | PretextPlan):
        raise UsageError("only models and encoders are timed", hint="the head of this recipe says what it costs")
    alone = isinstance(recipe, PretextPlan)
    if isinstance(recipe, PretextPlan):
        if processes is not None and processes > 1:
            raise UsageError("an encoder is trained on one process", hint="leave --processes out")
        found = estimate_pretext(recipe)
    else:
        found = estimate(recipe, processes=processes or 1)
    if as_json:
        print_json({**asdict(found), "steps": found.steps, "tokens": found.tokens, "hours": found.hours})
        return 0
    from rich import box
    from rich.table import Table

    title = f"{recipe.name}: {found.parameters:,} parameters on {found.device}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("stage")
    unit = "atoms" if alone else "tokens"
    for title in ("steps", unit, "trained parameters", f"{unit}/s", "hours", *(() if alone else ("memory",))):
        table.add_column(title, justify="right")
    for stage in found.stages:
        figures = (stage.steps, stage.tokens, stage.trained, round(stage.tokens_per_second))
        memory = () if stage.memory is None else (f"{stage.memory.total / 2**30:.1f} GiB",)
        table.add_row(stage.name, *(f"{figure:,}" for figure in figures), f"{stage.hours:,.2f}", *memory)
    table.add_row("all", f"{found.steps:,}", f"{found.tokens:,}", "", "", f"{found.hours:,.2f}")
    make_console().print(table)
    for stage in found.stages:
        if stage.memory is not None:
            log(f"{stage.name}: {describe_memory(stage.memory)}")
    if found.processes > 1:
        log(
            f"memory is that of each of {found.processes} processes, and each is as fast as this one; what they wait "
            "for one another comes on top"
        )
    log("at the speed of this machine as it is now; making the data and validating come on top")
    return 0
