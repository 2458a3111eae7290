"""The table of published figures: each belongs to a suite, a task and a metric of ours."""

from __future__ import annotations

import pytest

from anymol.evaluation.published_figures import PublishedFigure, read_published_figures
from anymol.evaluation.published_table import tabulate_published
from anymol.evaluation.runner import REQUEST_MET
from anymol.evaluation.suites.table import SUITES
from anymol.metrics.published import PUBLISHED_MOLECULE_METRICS, PUBLISHED_NUMBER_METRICS
from anymol.tasks.conditions import BUCHWALD_HARTWIG
from anymol.tasks.quantum import B3LYP
from anymol.tasks.table import TASKS

FIGURES = read_published_figures()
BESIDES = {"top_3_exact", "top_5_exact", "all_checks_passed", REQUEST_MET.name}
UNBOUNDED = ("mae", "rmse", "levenshtein")


def name(figure: PublishedFigure) -> str:
    return f"{figure.suite}-{figure.task}-{figure.system}-{figure.metric}-{figure.part}"


@pytest.mark.parametrize("figure", FIGURES, ids=name)
def test_each_figure_belongs_to_something_of_ours(figure: PublishedFigure) -> None:
    assert figure.task in SUITES[figure.suite].tasks
    metrics = (*TASKS[figure.task].metrics, *PUBLISHED_MOLECULE_METRICS, *PUBLISHED_NUMBER_METRICS)
    assert figure.metric in {metric.name for metric in metrics} | BESIDES
    assert figure.system and figure.protocol and figure.source
    assert figure.value > 0 and (figure.metric.startswith(UNBOUNDED) or figure.value <= 1)


def test_no_figure_stands_twice() -> None:
    keys = [(one.suite, one.task, one.part, one.system, one.metric, one.protocol) for one in FIGURES]
    assert len(set(keys)) == len(keys)


def test_some_figures_as_printed() -> None:
    known = {(one.suite, one.task, one.part, one.system, one.metric): one.value for one in FIGURES}
    assert known["mol-instructions", "forward_reaction", "", "InstructMol-7B", "exact_of_decodable"] == 0.536
    assert known["uspto-mit", "forward_reaction", "reagents mixed", "Molecular Transformer", "exact_match"] == 0.887
    assert known["chebi-20", "captioning", "", "MolReFlect", "bleu4_words"] == 0.608
    assert known["moleculenet", "bbbp", "", "Uni-Mol", "roc_auc"] == 0.729


def test_figures_of_one_method_or_set_stand_beside_those_of_the_same() -> None:
    """Groups of rows are called by what fills the text slot: there two methods of quantum chemistry never mix."""
    assert {one.part for one in FIGURES if one.suite == "qm9"} == {B3LYP}
    assert {one.part for one in FIGURES if one.suite == "yields"} == {BUCHWALD_HARTWIG}
    labels = {part.label for parts in SUITES["spectra"].choices for part in parts}
    assert {one.part for one in FIGURES if one.suite == "spectra"} == labels


def test_of_one_suite() -> None:
    assert {one.suite for one in read_published_figures("yields")} == {"yields"}
    assert not read_published_figures("records")


def test_figures_of_one_system_from_two_sources_keep_to_their_rows() -> None:
    """Yield-BERT's r2 of a random split is .951; out of sample, as quoted by ReaDISH, .342."""
    figures = [one for one in FIGURES if one.task == "yield_prediction"]
    blocks = tabulate_published(figures, "ours", lambda task, metric: ("", ""), "##")
    rows = {row for block in blocks if isinstance(block, tuple) for row in block[1]}
    printed = {value for row in rows if row[0] == "Yield-BERT" for value in row}
    assert {"0.951", "0.342"} <= printed
