"""The measurement of synthesised records for people: a page of tables and pictures, and the figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from anymol.evaluation.synthesis import SynthesisEvaluation
from anymol.evaluation.synthesis_conformer import ConformerReport, GapFigures
from anymol.evaluation.synthesis_image import ImageReport, Recognised
from anymol.evaluation.synthesis_ir import IrReport
from anymol.evaluation.synthesis_ms2 import Ms2Report
from anymol.files import write_atomically
from anymol.metrics.interval import ConfidenceInterval


def write_synthesis_report(done: SynthesisEvaluation, directory: Path, *, pictures: Sequence[str] = ()) -> Path:
    """Write ``synthesis.md`` and ``synthesis.json``; returns the page.

    Args:
        done: What was measured.
        directory: Where to.
        pictures: Names of pictures beside the page.
    """
    figures = json.dumps(done.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(directory / "synthesis.json", figures + "\n")
    write_atomically(directory / "synthesis.md", render_synthesis(done, pictures))
    return directory / "synthesis.md"


def render_synthesis(done: SynthesisEvaluation, pictures: Sequence[str] = ()) -> str:
    """Return the page as Markdown."""
    return "\n".join(_write(done, pictures)) + "\n"


def _write(done: SynthesisEvaluation, pictures: Sequence[str]) -> Iterator[str]:
    yield "# How good synthesised records are"
    yield ""
    yield (
        f"Held-back structures (split `{done.split}`), means with their 95 % bootstrap interval over molecules. Made "
        "by `anymol evaluate synthesis`."
    )
    yield ""
    if done.ms2 is not None:
        yield from _write_ms2(done.ms2)
    yield from _show(pictures, "ms2", "Predicted above, measured below.")
    if done.ir is not None:
        yield from _write_ir(done.ir)
    yield from _show(pictures, "ir", "The surrogate against GFN2-xTB.")
    if done.conformer is not None:
        yield from _write_conformer(done.conformer)
    if done.image is not None:
        yield from _write_image(done.image)
    for note in done.notes:
        yield f"Note: {note}"
        yield ""


def _write_ms2(report: Ms2Report) -> Iterator[str]:
    yield "## MS/MS"
    yield ""
    yield f"{report.engine}; {report.n_spectra:,} measured spectra of {report.n_molecules:,} molecules (MassBank)."
    yield ""
    names = list(next(iter(report.figures.values())))
    yield from _table(
        ("", *map(str, names)),
        [(str(method), *(_show_interval(row[name]) for name in names)) for method, row in report.figures.items()]
        + [
            (f"engine less {method}", *(_show_interval(row[name]) for name in names))
            for method, row in report.gains.items()
        ],
    )
    groups = {**report.by_adduct, **report.by_energy}
    yield "Cosine by adduct and energy: " + ", ".join(f"{name} {_show_interval(one)}" for name, one in groups.items())
    yield ""
    ranking = report.ranking
    if ranking is not None:
        yield (
            f"The true structure among {ranking.mean_candidates:.1f} isomers on average ({ranking.n:,} molecules): "
            f"first {_show_interval(ranking.top1)} (chance {ranking.chance_top1:.2f}), among the first three "
            f"{_show_interval(ranking.top3)} (chance {ranking.chance_top3:.2f}), mean reciprocal rank "
            f"{_show_interval(ranking.mrr)} (chance {ranking.chance_mrr:.2f}). Less chance, paired by molecule: "
            f"{_show_interval(ranking.top1_gain)}, {_show_interval(ranking.top3_gain)}, "
            f"{_show_interval(ranking.mrr_gain)}. {ranking.n_left_out:,} isomers that the engine makes no spectrum of "
            f"are not rivals; {ranking.n_alone:,} molecules had no other."
        )
        yield ""


def _write_ir(report: IrReport) -> Iterator[str]:
    yield "## Infrared"
    yield ""
    yield f"{report.engine} {report.version} against {report.reference}, {report.n:,} molecules."
    yield ""
    names = list(next(iter(report.figures.values())))
    yield from _table(
        ("", *map(str, names)),
        [(str(system), *(_show_interval(row[name]) for name in names)) for system, row in report.figures.items()],
    )


def _write_conformer(report: ConformerReport) -> Iterator[str]:
    yield "## Conformers"
    yield ""
    yield f"{report.engine} {report.version} against a search of {report.n_search} conformers, {report.n} molecules."
    yield ""
    rows = [("engine", report.own), ("a single embedding", report.single)]
    found = [(name, gaps) for name, gaps in rows if gaps is not None]
    if found:
        limits = list(found[0][1].within)
        header = ("", *(f"within {limit:g} kcal/mol" for limit in limits), "median gap", "nine in ten within")
        yield from _table(header, [_gap_row(name, gaps, limits) for name, gaps in found])
    if report.rmsd is not None and report.rmsd_within_1 is not None:
        yield (
            f"Nearest conformer to the crystal's: {_show_interval(report.rmsd)} angstrom on average, within 1 angstrom "
            f"for {_show_interval(report.rmsd_within_1)}."
        )
        yield ""


def _gap_row(name: str, gaps: GapFigures, limits: Sequence[float]) -> tuple[str, ...]:
    shares = (_show_interval(gaps.within[limit]) for limit in limits)
    return name, *shares, _show_interval(gaps.median), _show_interval(gaps.p90)


def _write_image(report: ImageReport) -> Iterator[str]:
    yield "## Drawings"
    yield ""
    yield (
        f"What the {report.reader}, reads of them: drawings of held-back molecules, and of the benchmark sets, which "
        "are real and which no training saw. A molecule counts as exact with its stereochemistry, also where the "
        "drawing shows more of it than the SMILES states. The probability stated, on average, would be the share that "
        "is exact if it were calibrated on such drawings; it was fitted on others of ours."
    )
    yield ""
    tables: tuple[tuple[str, Mapping[str, Recognised]], ...] = (
        ("style, clean ink", {str(name): one for name, one in report.drawings.items()}),
        ("degradation, all styles", {str(name): one for name, one in report.degradations.items()}),
        ("benchmark", report.measured),
    )
    for title, table in tables:
        rows = [
            (name, str(one.n), *map(_show_interval, (one.exact, one.skeleton, one.similarity, one.stated)))
            for name, one in table.items()
        ]
        yield from _table((title, "n", "exact", "exact but for stereo", "Tanimoto similarity", "stated"), rows)
    schemes = report.schemes
    yield (
        f"Of {schemes.n} reaction schemes in all styles and media, an arrow between molecules is made out in "
        f"{_show_interval(schemes.read)}; reactants and products are exact in {_show_interval(schemes.sides)}, the "
        f"reagents too in {_show_interval(schemes.whole)}: those that stand over the arrow as words are not read."
    )
    yield ""


def _show(pictures: Sequence[str], kind: str, caption: str) -> Iterator[str]:
    mine = [name for name in pictures if f"-{kind}-" in name]
    if mine:
        yield caption
        yield ""
        yield from (f"![{kind}]({name})" for name in mine)
        yield ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _show_interval(one: ConfidenceInterval) -> str:
    return f"{one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}]"
