"""``anymol evaluate``: figures of a model, or of any other subject, on held-back rows, beside trivial baselines."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anymol.cli.options import (
    SOURCES,
    add_data_dir,
    add_dtype,
    add_json,
    find_data_dir,
    positive,
    seed,
    silence_libraries,
)
from anymol.cli.output import log, make_console, print_json, waiting
from anymol.cli.parser import Parser, UsageError
from anymol.evaluation.protocol import Protocol
from anymol.files import hash_file
from anymol.locks import lock_folder

if TYPE_CHECKING:
    from rich.table import Table

    from anymol.evaluation.figures import Comparison, Figure
    from anymol.evaluation.results import Evaluation
    from anymol.evaluation.row_sets import RowSet
    from anymol.evaluation.subjects.subject import Subject

NAME: Final = "evaluate"
SYNTHESIS: Final = "synthesis"
"""The suite that measures engines instead of a model."""

MODEL: Final = "model"
"""The source that is a model by itself: its probabilities can be fitted, and its rows shown in several ways."""

HELP: Final = "Measure a model on held-back rows, every row counted, beside trivial baselines."


def add_arguments(parser: Parser) -> None:
    """Declare what is evaluated, on which rows, and where reports go."""
    parser.add_argument(
        "suite",
        metavar="SUITE",
        help="folder of shards whose rows are asked; a table (csv, jsonl) of one --task, with a column per slot and "
        "'answer'; or 'synthesis': the engines themselves",
    )
    parser.add_argument("--model", metavar="DIR", help="a model directory (the embedded model if not given)")
    add_dtype(parser)
    _add_subjects(parser)
    parser.add_argument("--output", metavar="DIR", help="write report, figures and every answer there")
    parser.add_argument("--split", default="val", metavar="NAME", help="which rows are asked (val)")
    parser.add_argument("--task", action="append", metavar="TASK", help="only this task; may be repeated")
    parser.add_argument(
        "--shown",
        action="append",
        metavar="WHAT",
        help="ask the same rows once per --shown, their molecules shown so: smiles, graph, conformer, image, ms2, ir, "
        "or several with commas (smiles,ms2); 'others' among them takes the records of other molecules, as a control; "
        "all are compared with the first",
    )
    parser.add_argument(
        "--protocol",
        type=Protocol,
        choices=tuple(Protocol),
        default=Protocol.HONEST,
        help="honest: every row counts (the default); published: the rules of published tables too; both: the same",
    )
    parser.add_argument("--limit", type=positive, default=300, metavar="N", help="most rows per task (300)")
    parser.add_argument("--no-limit", action="store_true", help="ask every row, however many")
    parser.add_argument(
        "--rows",
        choices=("all", "even", "odd"),
        help="which rows of the split (all; even with --calibrate, so that the odd ones can judge the fit)",
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="draws the rows (0)")
    parser.add_argument("--device", metavar="D", help="cpu or cuda (cuda where there is one)")
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="fit probabilities and intervals on these rows into the model directory, and report nothing",
    )
    engines = parser.add_argument_group("synthesised records (SUITE synthesis)")
    engines.add_argument("--modality", action="append", metavar="M", help="only this one; may be repeated")
    engines.add_argument("--measured", metavar="DIR", help="crystal structures or infrared spectra to compare with")
    add_data_dir(engines)
    add_json(parser)


def _add_subjects(parser: Parser) -> None:
    """Declare what may be evaluated instead of a model by itself."""
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


def run(options: argparse.Namespace) -> int:
    """Evaluate, or calibrate, and show the figures."""
    silence_libraries()
    if options.suite == SYNTHESIS:
        return _evaluate_synthesis(options)
    _require_one_subject(options)
    if _is_table(options.suite) or options.predictions or options.endpoint or options.source != MODEL:
        return _evaluate_other(options)
    import torch

    from anymol.evaluation.calibrate import calibrate
    from anymol.evaluation.results import Rows
    from anymol.evaluation.runner import evaluate
    from anymol.models.locating import locate_model

    if options.calibrate and (options.model is None or options.output is not None):
        raise UsageError(
            "--calibrate rewrites a model directory and reports nothing", hint="give --model DIR and leave --output out"
        )
    if options.protocol is not Protocol.HONEST and (options.calibrate or options.shown):
        raise UsageError("--protocol belongs to a plain evaluation", hint="leave --calibrate and --shown out")
    if options.shown and options.calibrate:
        raise UsageError("--shown compares and fits nothing", hint="leave --calibrate or --shown out")
    with locate_model(options.model) as model:
        if options.shown:
            return _evaluate_shown(options, model)
        if options.calibrate:
            with waiting("asking"):
                fitted = calibrate(model, options.suite, _read_plan(options))
            log(f"fitted on {fitted.fitted_on}; written into {model}")
            if options.json:
                print_json({"model": str(model), "fitted_on": fitted.fitted_on})
            return 0
        with waiting("asking"), _hold(options.output):
            done = evaluate(model, options.suite, output=options.output, protocol=options.protocol, **arguments)
    return _show(options, done)


def _show(options: argparse.Namespace, done: Evaluation) -> int:
    if options.json:
        print_json(done.to_json())
    else:
        _print_figures(done, options.protocol)
    if options.output is not None:
        log(f"report: {Path(options.output) / 'report.html'}")
    return 0


def _require_one_subject(options: argparse.Namespace) -> None:
    """Refuse options that name two subjects, or ask of another subject what only a model can do."""
    chosen = [
        flag
        for flag, given in (
            ("--predictions", options.predictions),
            ("--endpoint", options.endpoint),
            ("--source", options.source != MODEL),
        )
        if given
    ]
    if options.output is not None:
        written = Path(options.output) / "predictions.jsonl"
        for given in (options.suite, options.predictions):
            if given is not None and written.is_file() and Path(given).exists() and written.samefile(given):
                raise UsageError("the report would replace the file that is evaluated", hint="give another --output")
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} name two subjects", hint="evaluate one after the other")
    if (options.endpoint is None) != (options.endpoint_model is None):
        raise UsageError("an endpoint has an address and a model", hint="give --endpoint URL --endpoint-model NAME")
    if chosen and chosen != ["--source"] and options.model is not None:
        raise UsageError(f"{chosen[0]} is evaluated instead of a model", hint="leave --model out")
    if chosen and (options.calibrate or options.shown):
        raise UsageError(f"--calibrate and --shown need a model, not {chosen[0]}", hint=f"leave {chosen[0]} out")


def _evaluate_other(options: argparse.Namespace) -> int:
    """Evaluate what is not a model by itself on shards."""
    from anymol.evaluation.results import Rows
    from anymol.evaluation.runner import evaluate_subject

    asked_of = _find_rows(options)
    with ExitStack() as held:
        subject = _make_subject(options, held)
        held.enter_context(waiting("asking"))
        held.enter_context(_hold(options.output))
        done = evaluate_subject(
            subject,
            asked_of,
            rows=Rows(options.rows or "all"),
            limit=None if options.no_limit else options.limit,
            seed=options.seed,
            output=options.output,
            protocol=options.protocol,
        )
    return _show(options, done)


def _is_table(suite: str) -> bool:
    """Whether a suite is a file of rows, not a folder."""
    return Path(suite).is_file()


def _find_rows(options: argparse.Namespace) -> RowSet:
    if not _is_table(options.suite):
        from anymol.evaluation.row_sets import ShardRows

        return ShardRows(options.suite, split=options.split, tasks=options.task)
    from anymol.evaluation.own_rows import OwnRows
    from anymol.tasks.table import get_task

    if len(options.task or ()) != 1:
        raise UsageError("a table of rows is asked as one task", hint="give --task TASK")
    if options.calibrate or options.shown:
        raise UsageError("--calibrate and --shown need shards", hint="give a folder of shards")
    return OwnRows(options.suite, get_task(options.task[0]))


def _make_subject(options: argparse.Namespace, held: ExitStack) -> Subject:
    if options.predictions:
        from anymol.evaluation.subjects.predictions import PredictionsSubject

        return PredictionsSubject(options.predictions)
    if options.endpoint:
        from anymol.evaluation.subjects.endpoint import EndpointPlan, EndpointSubject

        return EndpointSubject(
            EndpointPlan(
                options.endpoint, options.endpoint_model, options.endpoint_key, float(options.endpoint_timeout)
            )
        )
    from anymol.models.locating import locate_model

    directory = held.enter_context(locate_model(options.model))
    if options.source == MODEL:
        import torch

        from anymol.evaluation.subjects.model import ModelSubject

        device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        return ModelSubject.load(directory, device=device, dtype=options.dtype)
    from anymol.evaluation.subjects.assistant import AssistantSubject
    from anymol.inference.assistant import Assistant
    from anymol.inference.options import SourceChoice
    from anymol.models.manifest import MODEL_DIRECTORY

    assistant = Assistant.load(directory, device=options.device, dtype=options.dtype, lazy=True)
    details = {"model sha256": hash_file(directory / MODEL_DIRECTORY.manifest)}
    return AssistantSubject(assistant, SourceChoice(options.source), details)


def _hold(output: str | None) -> AbstractContextManager[None]:
    """Hold the folder of the report: of two runs both would append their answers to one file."""
    return nullcontext() if output is None else lock_folder(Path(output), hint="wait for it, or give another --output")


def _evaluate_shown(options: argparse.Namespace, model: Path, arguments: dict[str, Any]) -> int:
    """Ask the same rows once per way of showing, and show the differences."""
    from anymol.evaluation.modality_ablation.report import render_ablation_markdown
    from anymol.evaluation.modality_ablation.run import ablate_modalities
    from anymol.evaluation.modality_ablation.views import ModalityView

    ways = [ModalityView.parse(text) for text in options.shown]
    with _hold(options.output):
        done = ablate_modalities(model, options.suite, ways, output=options.output, log=log, **arguments)
    if options.json:
        print_json(done.to_json())
    elif options.output is None:
        print(render_ablation_markdown(done))
    if options.output is not None:
        log(f"report: {Path(options.output) / 'shown.html'}")
    return 0


def _evaluate_synthesis(options: argparse.Namespace) -> int:
    from anymol.evaluation.synthesis import JUDGED, SynthesisPlan, evaluate_synthesis
    from anymol.evaluation.synthesis_pictures import draw_examples
    from anymol.evaluation.synthesis_report import write_synthesis_report
    from anymol.modalities.modality import Modality

    data_dir = find_data_dir(options)
    if data_dir is None:
        raise UsageError("the measured spectra are needed", hint="give --data-dir DIR or set ANYMOL_DATA")
    known = {str(modality): modality for modality in JUDGED}
    for name in options.modality or ():
        if name not in known:
            raise UsageError(f"'{name}' cannot be measured", hint=f"known: {', '.join(known)}")
    chosen = tuple(Modality(name) for name in options.modality) if options.modality else JUDGED
    measured = None if options.measured is None else Path(options.measured)
    plan = SynthesisPlan(data_dir, options.split, options.limit, options.seed, chosen, measured)
    done = evaluate_synthesis(plan, log=log)
    if options.json:
        print_json(done.to_json())
    if options.output is not None:
        output = Path(options.output)
        wanted = {Modality.MS2, Modality.IR} <= set(chosen)
        pictures = draw_examples(data_dir, output, split=options.split, seed=options.seed) if wanted else []
        log(f"report: {write_synthesis_report(done, output, pictures=pictures)}")
    elif not options.json:
        from anymol.evaluation.synthesis_report import render_synthesis

        print(render_synthesis(done))
    return 0


def _print_figures(done: Evaluation, protocol: Protocol) -> None:
    console = make_console()
    if protocol is not Protocol.PUBLISHED:
        console.print(_tabulate_honest(done))
    if protocol is not Protocol.HONEST:
        console.print(_tabulate_published(done))
    for note in done.notes:
        console.print(note)


def _tabulate_published(done: Evaluation) -> Table:
    from rich import box
    from rich.table import Table

    title = f"{done.model} on {done.data}, by the rules of published tables"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("task")
    table.add_column("n", justify="right")
    table.add_column("figures (95 % interval)")
    for task in done.tasks:
        shown = "\n".join(_show_figure(one) for one in task.published)
        table.add_row(task.task, f"{task.n:,}", shown or "no published table is comparable")
    return table


def _tabulate_honest(done: Evaluation) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=f"{done.model} on {done.data}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("task")
    table.add_column("n", justify="right")
    for title in ("figure (95 % interval)", "hardest trivial baseline", "beaten", "ECE", "in 90 % interval"):
        table.add_column(title)
    for task in done.tasks:
        table.add_row(
            task.task,
            f"{task.n:,}",
            _show_figure(task.headline),
            _show_baseline(task.best_trivial),
            "yes" if task.comparisons and task.beats_trivial else "no" if task.comparisons else "-",
            "-" if task.ece is None else f"{task.ece:.3f}",
            "-" if task.coverage is None else f"{task.coverage:.2f}",
        )
    return table


def _show_figure(figure: Figure) -> str:
    one = figure.interval
    return f"{figure.metric} {one.estimate:.3f} ({one.low:.3f} to {one.high:.3f})"


def _show_baseline(comparison: Comparison | None) -> str:
    return "-" if comparison is None else f"{comparison.baseline} {comparison.figure.interval.estimate:.3f}"
