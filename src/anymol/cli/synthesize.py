"""``anymol synthesize``: a file of molecules to graphs, geometries, drawings and spectra."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anymol.bounds import MAX_PART_ROWS
from anymol.cli.options import add_json, processes, refuse_together, require_file, seed, whole
from anymol.cli.output import log, print_json, shows_progress
from anymol.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from anymol.modalities.content import Record
    from anymol.synthesis.pipeline.executor import Executor
    from anymol.synthesis.pipeline.parts import SynthesisRow
    from anymol.synthesis.pipeline.run import SynthesisProgress
    from anymol.synthesis.pipeline.work import InputRow

NAME: Final = "synthesize"
HELP: Final = "Make graphs, geometries, drawings and spectra of every molecule of a file; can be stopped and resumed."

_LOG_EVERY: Final = 30.0
"""Seconds between two lines of progress where no terminal shows a bar."""

_PLOTS_PER_ROW: Final = 6
"""Most records of a row and modality that are drawn."""


def add_arguments(parser: Parser) -> None:
    """Declare the molecules, the engines with their settings, and how the work is shared."""
    parser.add_argument("input", metavar="INPUT", help="molecules: smi, csv, tsv, jsonl or sdf, plain or gz")
    parser.add_argument(
        "--modalities",
        required=True,
        metavar="LIST",
        help="graph,conformer,image,ms2,ir, or some of them; MODALITY:ENGINE chooses an engine",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder of the result")
    parser.add_argument("--column", default="smiles", metavar="C", help="column that holds the molecule (smiles)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="K=V", help="a setting of an engine, as in image.n_images=4"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="seed of everything random (0)")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="processes here, or a Ray cluster")
    parser.add_argument("--address", metavar="A", help="the Ray cluster (one is started on this machine)")
    parser.add_argument("--workers", type=processes, metavar="N", help="rows worked on at once (the number of cores)")
    parser.add_argument(
        "--part-rows", type=whole(1, MAX_PART_ROWS), default=1000, metavar="N", help="rows of a part file (1000)"
    )
    parser.add_argument(
        "--plots",
        type=whole(0, MAX_PART_ROWS),
        default=12,
        metavar="N",
        help="draw the records of the first N rows (12)",
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    parser.add_argument("--strict", action="store_true", help="exit with 2 if any row failed")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Make the records, and say how many."""
    from anymol.readers.tables import Columns, count_rows
    from anymol.synthesis.pipeline.run import FAILURES, SynthesisPlan, synthesize
    from anymol.synthesis.table import choose_engines

    refuse_together(
        options.address is not None, options.engine == "local", "--address goes with --engine ray", "add --engine ray"
    )
    source = Path(require_file(options.input, "INPUT"))
    engines = choose_engines(options.modalities, _read_settings(options.set))
    plan = SynthesisPlan(source, engines, Path(options.output), options.seed, options.part_rows, options.column)
    total = count_rows(source) * len(engines)
    with _Reporter(total) as reporter:
        done = synthesize(
            plan,
            _number_rows(source, Columns(main=options.column)),
            _make_executor(options),
            resume=options.resume,
            on_progress=reporter.report,
        )
    for engine in engines:
        counts = done.counts[str(engine.modality)]
        log(f"{engine.modality}: {counts.ok:,} rows by {engine.name} {engine.version}, {counts.failed:,} failed")
    if done.failed:
        log(f"why: {plan.output / FAILURES}")
    plots = _plot(plan.output, [str(engine.modality) for engine in engines], options.plots)
    if plots:
        log(f"drawn: {plots}")
    if options.json:
        print_json(
            {
                "output": str(plan.output),
                "counts": {name: vars(counts) for name, counts in done.counts.items()},
                "seconds": round(done.seconds, 3),
            }
        )
    return 2 if options.strict and done.failed else 0


def _make_executor(options: argparse.Namespace) -> Executor:
    if options.engine == "ray":
        from anymol.synthesis.pipeline.cluster import RayExecutor

        return RayExecutor(options.address, options.workers)
    from anymol.synthesis.pipeline.local import LocalExecutor

    return LocalExecutor(options.workers or len(os.sched_getaffinity(0)))


def _read_settings(words: list[str]) -> dict[str, dict[str, Any]]:
    """Return ``modality.key=value`` words as settings by modality; values are YAML.

    Raises:
        UsageError: A word is not of that form.
    """
    import yaml

    settings: dict[str, dict[str, Any]] = {}
    for word in words:
        key, equals, value = word.partition("=")
        modality, dot, name = key.partition(".")
        if not (equals and dot and name):
            raise UsageError(f"'{word}' is not a setting", hint="write it as image.n_images=4")
        try:
            settings.setdefault(modality, {})[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(f"the value of '{key}' cannot be read: {error}", hint="write it as YAML") from None
    return settings


def _number_rows(source: Path, columns: Any) -> Iterator[InputRow]:
    from anymol.readers.tables import read_rows
    from anymol.synthesis.pipeline.work import InputRow

    for row in read_rows(source, columns):
        named = row.columns.get("id") or row.columns.get("name") or row.number
        yield InputRow(row.number, str(named), row.main, None if row.error is None else str(row.error), row.notes)


class _Reporter:
    """Shows progress with rate and time left: a bar on a terminal, else a line now and then."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._bar: Any = None
        self._last = time.monotonic()

    def __enter__(self) -> _Reporter:
        if shows_progress():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Bar(*columns, console=Console(file=sys.stderr))
            self._bar.start()
            self._task = self._bar.add_task("making records", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, progress: SynthesisProgress) -> None:
        """Show where the run stands."""
        shown = f"{progress.rate:,.1f} rows/s, {progress.failed:,} failed"
        if self._bar is not None:
            self._bar.update(self._task, completed=progress.done, description=shown)
        elif time.monotonic() - self._last > _LOG_EVERY:
            self._last = time.monotonic()
            left = max(0, self._total - progress.done) / progress.rate if progress.rate else 0.0
            log(f"{progress.done:,} of {self._total:,} rows; {shown}; {left / 60:,.0f} min left")


def _plot(output: Path, modalities: list[str], count: int) -> Path | None:
    """Draw the records of the first rows that have some; return the folder, None where nothing was drawn."""
    from itertools import islice

    from anymol.errors import AnyMolError
    from anymol.synthesis.pipeline.parts import read_records

    folder = output / "plots"
    drawn = False
    for modality in modalities:
        if not any((output / modality).glob("part-*.parquet")):  # an empty input
            continue
        for row in islice(read_records(output, modality), max(0, count)):
            for number, record in enumerate(row.records[:_PLOTS_PER_ROW]):
                suffix = f"-{number}" if len(row.records) > 1 else ""
                try:
                    _plot_record(row, record, folder / f"{row.row:05d}-{modality}{suffix}.png")
                    drawn = True
                except AnyMolError as error:
                    log(f"not drawn: {error}")
    return folder if drawn else None


def _plot_record(row: SynthesisRow, record: Record, path: Path) -> None:
    """Draw one record as a specialist would: a graph as a structure, the peaks of a mass spectrum with formulas."""
    from anymol.chem.depiction import draw_molecule
    from anymol.conformer_page import write_html
    from anymol.modalities.conformer import Conformer
    from anymol.modalities.graph import MolecularGraph
    from anymol.modalities.image import MoleculeImage
    from anymol.modalities.infrared_spectrum import InfraredSpectrum
    from anymol.modalities.mass_spectrum import MassSpectrum
    from anymol.pictures import plot
    from anymol.synthesis.ms2 import annotate

    path.parent.mkdir(parents=True, exist_ok=True)
    match record:
        case MolecularGraph():
            draw_molecule(row.smiles, path)
        case Conformer():
            plot(record, path)
            write_html(record, path.with_suffix(".html"), title=row.id)
        case MassSpectrum():
            plot(record, path, annotations=annotate(row.smiles, record))
        case MoleculeImage() | InfraredSpectrum():
            plot(record, path)
