"""``anymol evaluate``: figures of a model, or of any other subject, on held-back rows, beside trivial baselines."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.evaluated_rows import SYNTHESIS, find_rows, is_table, list_suites, read_plan, require_data_dir
from anymol.cli.evaluated_subjects import add_subjects, make_subject, require_one_subject
from anymol.cli.figure_tables import print_figures
from anymol.cli.options import (
    add_data_dir,
    add_dtype,
    add_json,
    one_of,
    positive,
    seed,
    silence_libraries,
)
from anymol.cli.output import log, print_json, waiting
from anymol.cli.parser import Parser, UsageError
from anymol.cli.written_rows import write_harness, write_sheet
from anymol.evaluation.protocol import Protocol
from anymol.evaluation.suites.names import SUITE_NAMES
from anymol.locks import lock_folder

if TYPE_CHECKING:
    from anymol.evaluation.leakage import TrainingKeys
    from anymol.evaluation.results import Evaluation

NAME: Final = "evaluate"
HELP: Final = "Measure a model on held-back rows, every row counted, beside trivial baselines."


def add_arguments(parser: Parser) -> None:
    """Declare what is evaluated, on which rows, and where reports go."""
    parser.add_argument(
        "suite",
        metavar="SUITE",
        nargs="+",
        help=f"suites by name: {', '.join(SUITE_NAMES)}; 'all': every suite whose data are at hand. Or one folder of "
        "shards whose rows are asked; one table (csv, jsonl) of one --task, with a column per slot and 'answer'; or "
        "'synthesis': the engines themselves",
    )
    parser.add_argument("--model", metavar="DIR", help="a model directory (the embedded model if not given)")
    add_dtype(parser)
    add_subjects(parser)
    parser.add_argument(
        "--output",
        metavar="DIR",
        help="write report, figures and every answer there; of several suites each in its own",
    )
    parser.add_argument(
        "--harness",
        metavar="DIR",
        help="ask nobody: write the rows as tasks of lm-evaluation-harness there, for --include_path",
    )
    parser.add_argument(
        "--sheet",
        metavar="DIR",
        help="ask nobody: write the rows as a sheet of questions for people there, with the key that scores it",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the answers that a stopped run left there")
    parser.add_argument("--split", metavar="NAME", help="which rows of shards are asked (val)")
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
        type=one_of(Protocol),
        choices=tuple(Protocol),
        default=Protocol.HONEST,
        help="by whose rules figures are shown. honest (the default): every row counts; published: the same answers by "
        "the rules of published tables; both: the one table and the other. Files have the honest figures always, the "
        "published ones unless it is honest",
    )
    parser.add_argument("--limit", type=positive, default=300, metavar="N", help="most rows per task (300)")
    parser.add_argument("--no-limit", action="store_true", help="ask every row, however many")
    parser.add_argument(
        "--rows",
        choices=("all", "even", "odd"),
        help="which rows of the split (all; even with --calibrate, so that the odd ones can judge the fit)",
    )
    parser.add_argument(
        "--training",
        action="append",
        metavar="DIR",
        help="shards that the model was trained on: rows that these hold, or nearly, are counted, and figures without "
        "them stand beside; may be repeated",
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="draws the rows (0)")
    parser.add_argument(
        "--processes",
        type=positive,
        default=1,
        metavar="N",
        help="let so many processes ask, each with a copy of the model on one thread; the answers are the same (1)",
    )
    parser.add_argument("--device", metavar="D", help="cpu or cuda (cuda where there is one)")
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="fit probabilities and intervals on these rows into the model directory, and report nothing",
    )
    engines = parser.add_argument_group("synthesised records (SUITE synthesis)")
    engines.add_argument("--modality", action="append", metavar="M", help="only this one; may be repeated")
    engines.add_argument("--measured", metavar="DIR", help="crystal structures or infrared spectra to compare with")
    add_data_dir(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Evaluate, or calibrate, and show the figures."""
    silence_libraries()
    names = list_suites(options)
    if len(options.suite) > 1 and not names:
        raise UsageError(
            f"several of {', '.join(options.suite)} are not names of suites",
            hint="a folder of shards or a table is evaluated by itself",
        )
    options.rows_of = options.suite[0]
    if options.rows_of == SYNTHESIS:
        return _evaluate_synthesis(options)
    require_one_subject(options)
    _require_safe_output(options)
    if options.harness is not None:
        return write_harness(options, names)
    if options.sheet is not None:
        return write_sheet(options, names)
    if names:
        return _evaluate_suites(options, names)
    if options.shown or options.calibrate:
        return _ask_model(options)
    from anymol.evaluation.runner import evaluate_subject

    rows = find_rows(options)
    with ExitStack() as held:
        subject, load = make_subject(options, held)
        held.enter_context(_hold(options.output))
        training = _read_training(options)
        held.enter_context(waiting("asking"))
        done = evaluate_subject(
            subject,
            rows,
            read_plan(options),
            output=options.output,
            protocol=options.protocol,
            resume=options.resume,
            training=training,
            processes=options.processes,
            load=load,
        )
    return _show(options, done)


def _require_safe_output(options: argparse.Namespace) -> None:
    """Refuse to go on without answers to go on from, and to replace the file that is evaluated."""
    if options.output is None:
        if options.resume:
            raise UsageError("--resume goes on with answers in a folder", hint="give the --output of the earlier run")
        return
    # Of several suites each has a folder of its own.
    written = [path for path in Path(options.output).rglob("predictions.jsonl") if path.is_file()]
    for given in (options.rows_of, options.predictions):
        if given is not None and Path(given).exists() and any(path.samefile(given) for path in written):
            raise UsageError("the report would replace the file that is evaluated", hint="give another --output")


def _evaluate_suites(options: argparse.Namespace, names: list[str]) -> int:
    from anymol.evaluation.suites.run import evaluate_suites
    from anymol.evaluation.suites.summary import write_summary
    from anymol.evaluation.suites.table import get_suite

    if options.calibrate or options.shown:
        raise UsageError("--calibrate and --shown need shards", hint="give a folder of shards")
    if options.split is not None:
        raise UsageError("a suite names its own split", hint="leave --split out")
    data_dir = require_data_dir(options)
    output = None if options.output is None else Path(options.output)
    with ExitStack() as held:
        subject, load = make_subject(options, held)
        held.enter_context(_hold(options.output))
        training = _read_training(options)
        done = evaluate_suites(
            subject,
            [get_suite(name) for name in names],
            data_dir,
            read_plan(options),
            output=output,
            protocol=options.protocol,
            resume=options.resume,
            training=training,
            processes=options.processes,
            load=load,
            log=log,
        )
        if output is not None:
            write_summary(done, output)
    if options.json:
        print_json(done.to_json())
    else:
        for one in done.done.values():
            print_figures(one, options.protocol)
    if output is not None:
        log(f"report: {output / 'report.html'}")
    return 0


def _ask_model(options: argparse.Namespace) -> int:
    """Fit a model's certainty on shards, or ask it the same rows shown in several ways."""
    from anymol.evaluation.calibrate import calibrate
    from anymol.models.locating import is_embedded, locate_model

    if is_table(options.rows_of):
        raise UsageError("--calibrate and --shown need shards", hint="give a folder of shards")
    if options.resume or options.training:
        raise UsageError("--resume and --training belong to a plain evaluation", hint="leave them out")
    if options.calibrate and (is_embedded(options.model) or options.output is not None):
        raise UsageError(
            "--calibrate rewrites a model directory and reports nothing", hint="give --model DIR and leave --output out"
        )
    if options.protocol is not Protocol.HONEST:
        raise UsageError("--protocol belongs to a plain evaluation", hint="leave --calibrate and --shown out")
    if options.shown and options.calibrate:
        raise UsageError("--shown compares and fits nothing", hint="leave --calibrate or --shown out")
    with locate_model(options.model) as model:
        if options.shown:
            return _evaluate_shown(options, model)
        with waiting("asking"):
            fitted = calibrate(model, options.rows_of, read_plan(options))
    log(f"fitted on {fitted.fitted_on}; written into {model}")
    if options.json:
        print_json({"model": str(model), "fitted_on": fitted.fitted_on})
    return 0


def _read_training(options: argparse.Namespace) -> TrainingKeys | None:
    """Return what the model has learnt from, where the options name it."""
    if not options.training:
        return None
    from anymol.evaluation.leakage import read_training

    with waiting("reading what the model was trained on"):
        return read_training([Path(one) for one in options.training])


def _show(options: argparse.Namespace, done: Evaluation) -> int:
    if options.json:
        print_json(done.to_json())
    else:
        print_figures(done, options.protocol)
    if options.output is not None:
        log(f"report: {Path(options.output) / 'report.html'}")
    return 0


def _hold(output: str | None) -> AbstractContextManager[None]:
    """Hold the folder of the report: of two runs both would append their answers to one file."""
    return nullcontext() if output is None else lock_folder(Path(output), hint="wait for it, or give another --output")


def _evaluate_shown(options: argparse.Namespace, model: Path) -> int:
    """Ask the same rows once per way of showing, and show the differences."""
    from anymol.evaluation.modality_ablation.report import render_ablation_markdown
    from anymol.evaluation.modality_ablation.run import ablate_modalities
    from anymol.evaluation.modality_ablation.views import ModalityView

    ways = [ModalityView.parse(text) for text in options.shown]
    with _hold(options.output):
        done = ablate_modalities(model, options.rows_of, ways, read_plan(options), output=options.output, log=log)
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

    data_dir = require_data_dir(options, "the measured spectra are needed")
    known = {str(modality): modality for modality in JUDGED}
    for name in options.modality or ():
        if name not in known:
            raise UsageError(f"'{name}' cannot be measured", hint=f"known: {', '.join(known)}")
    chosen = tuple(Modality(name) for name in options.modality) if options.modality else JUDGED
    measured = None if options.measured is None else Path(options.measured)
    split = options.split or "val"
    plan = SynthesisPlan(data_dir, split, options.limit, options.seed, chosen, measured)
    done = evaluate_synthesis(plan, log=log)
    if options.json:
        print_json(done.to_json())
    if options.output is not None:
        output = Path(options.output)
        wanted = {Modality.MS2, Modality.IR} <= set(chosen)
        pictures = draw_examples(data_dir, output, split=split, seed=options.seed) if wanted else []
        log(f"report: {write_synthesis_report(done, output, pictures=pictures)}")
    elif not options.json:
        from anymol.evaluation.synthesis_report import render_synthesis

        print(render_synthesis(done))
    return 0
