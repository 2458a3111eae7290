"""Fits what a model may say of its own certainty, on validation rows, and writes ``calibration.json`` beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from anymol.evaluation.plan import EvaluationPlan, Rows
from anymol.evaluation.results import EvaluatedRow, Evaluation
from anymol.evaluation.runner import evaluate
from anymol.inference.confidence import (
    Calibration,
    Candidate,
    IntervalScale,
    ProbabilityScale,
    fit_intervals,
    fit_probabilities,
)
from anymol.models.checkpoint import write_manifest
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind

CALIBRATION_PLAN: Final = EvaluationPlan(rows=Rows.EVEN, limit=400, seed=1)
"""The even rows are fitted on, so that the odd ones can judge the fit."""


def calibrate(model_dir: str | Path, shards_dir: str | Path, plan: EvaluationPlan = CALIBRATION_PLAN) -> Calibration:
    """Ask a model validation rows, fit its calibration, and write it into the model directory.

    Tasks that these rows do not ask about keep the fit that they have.

    Args:
        model_dir: The model; its ``calibration.json`` and manifest are rewritten.
        shards_dir: The data.
        plan: Which rows are fitted on, and how hard the model looks; the fit holds for that budget.

    Raises:
        CheckpointError: The model is missing or damaged.
        DataError: The shards are.
    """
    done = evaluate(model_dir, shards_dir, plan, baselines=False)
    fitted = Calibration.load(Path(model_dir)).joined_with(fit_calibration(done))
    fitted.save(Path(model_dir))
    write_manifest(model_dir)
    return fitted


def fit_calibration(evaluation: Evaluation) -> Calibration:
    """Fit the calibration of every task of an evaluation."""
    by_task: dict[str, list[EvaluatedRow]] = defaultdict(list)
    for row in evaluation.rows:
        by_task[row.example.task].append(row)
    probabilities: dict[str, ProbabilityScale] = {}
    intervals: dict[str, IntervalScale] = {}
    for name, rows in by_task.items():
        match get_task(name).answer:
            case AnswerKind.NUMBER:
                found = fit_number_rows(rows)
                if found is not None:
                    intervals[name] = found
            case AnswerKind.MOLECULE | AnswerKind.MIXTURE | AnswerKind.REACTION | AnswerKind.TEXT | AnswerKind.CLASS:
                probabilities[name] = fit_probabilities([_read_candidates(row) for row in rows])
    return Calibration(probabilities, intervals, f"{evaluation.data}, {len(evaluation.rows)} rows")


def fit_number_rows(rows: Sequence[EvaluatedRow]) -> IntervalScale | None:
    """Fit the intervals of one task; None where no row has an answer."""
    answered = [(row, row.found.answers[0]) for row in rows if row.found.answers]
    if not answered:
        return None
    return fit_intervals(
        [float(answer.value) for _, answer in answered],
        [answer.spread or 0.0 for _, answer in answered],
        [float(row.reference) for row, _ in answered],
    )


def _read_candidates(row: EvaluatedRow) -> list[tuple[Candidate, bool]]:
    return [
        (answer.candidate, hit)
        for answer, hit in zip(row.found.answers, row.hits, strict=True)
        if answer.candidate is not None
    ]
