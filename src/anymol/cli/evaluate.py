"""``anymol evaluate``: figures of a model, or of any other subject, on held-back rows, beside trivial baselines."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.figure_tables import print_figures
from anymol.cli.options import (
    SOURCES,
    add_data_dir,
    add_dtype,
    add_json,
    find_data_dir,
    one_of,
    positive,
    seed,
    silence_libraries,
)
from anymol.cli.output import log, print_json, waiting
from anymol.cli.parser import Parser, UsageError, suggest
from anymol.errors import DataError
from anymol.evaluation.protocol import Protocol
from anymol.evaluation.suites.names import ALL, SUITE_NAMES
from anymol.locks import lock_folder

if TYPE_CHECKING:
    from anymol.evaluation.asking import LoadSubject
    from anymol.evaluation.leakage import TrainingKeys
    from anymol.evaluation.plan import EvaluationPlan
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
        nargs="+",
        help=f"suites by name: {', '.join(SUITE_NAMES)}; 'all': every suite whose data are at hand. Or one folder of "
        "shards whose rows are asked; one table (csv, jsonl) of one --task, with a column per slot and 'answer'; or "
        "'synthesis': the engines themselves",
    )
    parser.add_argument("--model", metavar="DIR", help="a model directory (the embedded model if not given)")
    add_dtype(parser)
    _add_subjects(parser)
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


def run(options: argparse.Namespace) -> int:
    """Evaluate, or calibrate, and show the figures."""
    silence_libraries()
    names = _list_suites(options)
    if len(options.suite) > 1 and not names:
        raise UsageError(
            f"several of {', '.join(options.suite)} are not names of suites",
            hint="a folder of shards or a table is evaluated by itself",
        )
    options.rows_of = options.suite[0]
    if options.rows_of == SYNTHESIS:
        return _evaluate_synthesis(options)
    _require_one_subject(options)
    if options.harness is not None:
        return _write_harness(options, names)
    if options.sheet is not None:
        return _write_sheet(options, names)
    if names:
        return _evaluate_suites(options, names)
    if options.shown or options.calibrate:
        return _ask_model(options)
    from anymol.evaluation.runner import evaluate_subject

    rows = _find_rows(options)
    with ExitStack() as held:
        subject, load = _make_subject(options, held)
        held.enter_context(_hold(options.output))
        training = _read_training(options)
        held.enter_context(waiting("asking"))
        done = evaluate_subject(
            subject,
            rows,
            _read_plan(options),
            output=options.output,
            protocol=options.protocol,
            resume=options.resume,
            training=training,
            processes=options.processes,
            load=load,
        )
    return _show(options, done)


def _list_suites(options: argparse.Namespace) -> list[str]:
    """Return the names of suites that are wanted; empty where a path is given instead."""
    known = (*SUITE_NAMES, ALL)
    wanted = [name for name in options.suite if name in known]
    if len(wanted) < len(options.suite):
        unknown = next(name for name in options.suite if name not in known)
        if wanted:
            raise UsageError(f"there is no suite '{unknown}'", value=unknown, hint=suggest(unknown, known))
        if len(options.suite) == 1 and unknown != SYNTHESIS and not Path(unknown).exists():
            near = suggest(unknown, known)
            raise UsageError(f"'{unknown}' is neither a suite nor a folder or table of rows", value=unknown, hint=near)
        return []
    for name in wanted:
        if Path(name).exists():
            log(f"'{name}' is taken as the suite of this name; the folder is ./{name}")
    return list(SUITE_NAMES) if ALL in wanted else list(dict.fromkeys(wanted))


def _evaluate_suites(options: argparse.Namespace, names: list[str]) -> int:
    from anymol.evaluation.suites.run import evaluate_suites
    from anymol.evaluation.suites.summary import write_summary
    from anymol.evaluation.suites.table import get_suite

    if options.calibrate or options.shown:
        raise UsageError("--calibrate and --shown need shards", hint="give a folder of shards")
    if options.split is not None:
        raise UsageError("a suite names its own split", hint="leave --split out")
    data_dir = _require_data_dir(options)
    output = None if options.output is None else Path(options.output)
    with ExitStack() as held:
        subject, load = _make_subject(options, held)
        held.enter_context(_hold(options.output))
        training = _read_training(options)
        done = evaluate_suites(
            subject,
            [get_suite(name) for name in names],
            data_dir,
            _read_plan(options),
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


def _write_harness(options: argparse.Namespace, names: list[str]) -> int:
    """Write rows as tasks of lm-evaluation-harness."""
    from anymol.evaluation.harness.rows import write_harness_tasks

    folder, plan = Path(options.harness), _read_plan(options)
    sets = _list_row_sets(options, names, plan)
    written = [task for name, rows in sets for task in write_harness_tasks(rows, name, plan, folder)]
    if not any(one.n_rows for one in written):
        why = "; ".join(f"{count:,} rows: {reason}" for one in written for reason, count in one.left_out.items())
        raise DataError("there is no row that can be asked as text", value=sets[0][1].name, hint=why or None)
    notes = [note for _, rows in sets for note in rows.notes]
    if options.json:
        print_json(
            {
                "folder": str(folder),
                "tasks": {one.name: one.n_rows for one in written if one.n_rows},
                "left_out": {one.name: dict(one.left_out) for one in written if one.left_out},
                "notes": notes,
            }
        )
    else:
        for one in written:
            print(f"{one.name}: {one.n_rows:,} rows")
            for why, count in one.left_out.items():
                print(f"  {count:,} rows left out: {why}")
    for note in notes:
        log(note)
    log(f"python -m anymol.evaluation.harness run --include_path {folder} --tasks TASK --model MODEL")
    return 0


def _write_sheet(options: argparse.Namespace, names: list[str]) -> int:
    """Write rows as a sheet of questions for people, with its key."""
    from anymol.evaluation.question_sheet import write_question_sheet

    folder, plan = Path(options.sheet), _read_plan(options)
    sets = [rows for _, rows in _list_row_sets(options, names, plan)]
    written = write_question_sheet(sets, plan, folder)
    if options.json:
        print_json({"folder": str(folder), "tasks": dict(written.counts), "left_out": dict(written.left_out)})
    else:
        for task, count in written.counts.items():
            print(f"{task}: {count:,} questions")
        for why, count in written.left_out.items():
            print(f"{count:,} rows left out: {why}")
    for note in dict.fromkeys(note for rows in sets for note in rows.notes):
        log(note)
    log(f"give away {folder / 'sheet.html'} and {folder / 'answers.csv'}; the answers are in {folder / 'key'}")
    log(f"anymol evaluate {folder / 'key'} --no-limit --predictions {folder / 'answers.csv'}")
    return 0


def _list_row_sets(options: argparse.Namespace, names: list[str], plan: EvaluationPlan) -> list[tuple[str, RowSet]]:
    """Return the rows that are written down instead of asked, by the name of each set."""
    from anymol.evaluation.suites.suite_rows import SuiteRows
    from anymol.evaluation.suites.table import get_suite

    if not names:
        return [(Path(options.rows_of).stem, _find_rows(options))]
    data_dir = _require_data_dir(options)
    return [(name, SuiteRows(get_suite(name), data_dir, tasks=plan.tasks)) for name in names]


def _require_data_dir(options: argparse.Namespace, why: str = "suites need the data directory") -> Path:
    data_dir = find_data_dir(options)
    if data_dir is None:
        raise UsageError(why, hint="give --data-dir DIR or set ANYMOL_DATA")
    return data_dir


def _ask_model(options: argparse.Namespace) -> int:
    """Fit a model's certainty on shards, or ask it the same rows shown in several ways."""
    from anymol.evaluation.calibrate import calibrate
    from anymol.models.locating import is_embedded, locate_model

    if _is_table(options.rows_of):
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
            fitted = calibrate(model, options.rows_of, _read_plan(options))
    log(f"fitted on {fitted.fitted_on}; written into {model}")
    if options.json:
        print_json({"model": str(model), "fitted_on": fitted.fitted_on})
    return 0


def _read_plan(options: argparse.Namespace) -> EvaluationPlan:
    """Return which rows are asked and how, as the options say."""
    from anymol.evaluation.plan import EvaluationPlan, Rows

    return EvaluationPlan(
        split=options.split or "val",
        tasks=None if options.task is None else tuple(options.task),
        rows=Rows(options.rows or ("even" if options.calibrate else "all")),
        limit=None if options.no_limit else options.limit,
        seed=options.seed,
        device=_choose_device(options),
        dtype=options.dtype,
    )


def _choose_device(options: argparse.Namespace) -> str:
    import torch

    return options.device or ("cuda" if torch.cuda.is_available() else "cpu")


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


def _require_one_subject(options: argparse.Namespace) -> None:
    """Refuse options that name two subjects, or ask of another subject what only a model can do."""
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
    if options.resume and options.output is None:
        raise UsageError("--resume goes on with answers in a folder", hint="give the --output of the earlier run")
    if options.output is not None:
        # Of several suites each has a folder of its own.
        written = [path for path in Path(options.output).rglob("predictions.jsonl") if path.is_file()]
        for given in (options.rows_of, options.predictions):
            if given is not None and Path(given).exists() and any(path.samefile(given) for path in written):
                raise UsageError("the report would replace the file that is evaluated", hint="give another --output")
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


def _is_table(suite: str) -> bool:
    """Whether a suite is a file of rows, not a folder."""
    return Path(suite).is_file()


def _find_rows(options: argparse.Namespace) -> RowSet:
    if not _is_table(options.rows_of):
        from anymol.evaluation.row_sets import ShardRows

        return ShardRows(options.rows_of, split=options.split or "val", tasks=options.task)
    from anymol.evaluation.own_rows import OwnRows
    from anymol.tasks.table import get_task

    if len(options.task or ()) != 1:
        raise UsageError("a table of rows is asked as one task", hint="give --task TASK")
    return OwnRows(options.rows_of, get_task(options.task[0]))


def _make_subject(options: argparse.Namespace, held: ExitStack) -> tuple[Subject, LoadSubject | None]:
    """Return what is evaluated, and what loads a copy of it in another process, where it can be copied."""
    if options.predictions:
        from anymol.evaluation.subjects.predictions import PredictionsSubject

        return PredictionsSubject(options.predictions), None
    if options.language_model:
        from anymol.evaluation.subjects.language_model import LanguageModelSubject

        return _load(
            partial(
                LanguageModelSubject.load, options.language_model, device=_choose_device(options), dtype=options.dtype
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

        return _load(partial(ModelSubject.load, directory, device=_choose_device(options), dtype=options.dtype))
    from anymol.evaluation.subjects.assistant import AssistantSubject
    from anymol.inference.options import SourceChoice

    source = SourceChoice(options.source)
    return _load(partial(AssistantSubject.load, directory, source, device=options.device, dtype=options.dtype))


def _load(load: LoadSubject) -> tuple[Subject, LoadSubject]:
    return load(), load


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
        done = ablate_modalities(model, options.rows_of, ways, _read_plan(options), output=options.output, log=log)
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

    data_dir = _require_data_dir(options, "the measured spectra are needed")
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
