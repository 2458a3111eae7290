"""Measures the predictors of measured properties, lets the better of predictor and model answer, and writes the report.

On the val rows predictor and model are asked the same; who does better there answers the task, which is written to
``measured_answerers.json``. On the test rows both are reported, beside the mean and the nearest measured molecule, with
bootstrap intervals, and with the share of intervals that hold the measured number.

Run:  python scripts/measure_measured_properties.py --data-dir DATA [--guess]
Needs the extra `evaluate`. `--guess` takes about half a second of the model a row; everything else takes minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from anymol.evaluation.measured_properties import (
    Asked,
    TaskFigures,
    ask_predictors,
    compare_with_model,
    group_by_task,
    measure_task,
)
from anymol.files import write_atomically
from anymol.inference.assistant import Assistant
from anymol.metrics.interval import ConfidenceInterval
from anymol.retrieval.measured_properties.known import (
    ANSWERERS_FILE,
    RUN,
    Answerers,
    Contest,
    KnownProperties,
    record_files,
)
from anymol.retrieval.measured_properties.store import ValueKind
from anymol.shipped import PACKAGE
from anymol.tasks.table import get_task

SHIPPED = PACKAGE / "retrieval" / "measured_properties"
REPORT = Path(__file__).parents[1] / "docs" / "results" / "measured_properties.md"
Compared = Mapping[str, tuple[Contest, ConfidenceInterval, ConfidenceInterval | None]]


def main() -> None:
    """Measure, choose and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=SHIPPED, help="store and predictors; those that ship")
    parser.add_argument("--model", help="model to compare with; the embedded one")
    parser.add_argument("--rows", type=int, default=100, help="rows of a task that the model is asked")
    parser.add_argument("--guess", action="store_true", help="ask it on test rows of tasks too that it never learnt")
    parser.add_argument("--molecules", type=int, default=1_500, help="most molecules of a set")
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    started = time.perf_counter()
    known = KnownProperties(options.folder)
    val, test = (
        group_by_task(ask_predictors(known, options.data_dir, split, options.molecules)) for split in ("val", "test")
    )
    assistant = Assistant.load(options.model, lazy=True)
    compared = {
        "val": _compare(assistant, val, options.rows, guess=False),
        "test": _compare(assistant, test, options.rows, guess=options.guess),
    }
    answerers = Answerers(
        model=assistant.name,
        command=f"python scripts/measure_measured_properties.py --data-dir DATA --molecules {options.molecules}",
        tasks={task: contest for task, (contest, _, _) in compared["val"].items()},
    )
    write_atomically(options.folder / ANSWERERS_FILE, answerers.model_dump_json(indent=1) + "\n")
    if RUN.is_at(options.folder):
        record_files(options.folder)
    figures = [measure_task(get_task(task), asked) for task, asked in test.items()]
    write_atomically(options.output, _write_report(figures, compared, answerers, known))
    print(json.dumps({"seconds": round(time.perf_counter() - started), "report": str(options.output)}))


def _compare(assistant: Assistant, split: Mapping[str, Sequence[Asked]], rows: int, *, guess: bool) -> Compared:
    """Return how both did on rows of each task; of tasks that it never learnt a model is asked only if it may guess."""
    found = {}
    for task, asked in split.items():
        drawn = random.Random(0).sample(list(asked), min(rows, len(asked)))
        found[task] = compare_with_model(assistant, get_task(task), drawn, guess=guess)
        print(task, found[task][0], flush=True)
    return found


def _write_report(
    figures: Sequence[TaskFigures], compared: Mapping[str, Compared], answerers: Answerers, known: KnownProperties
) -> str:
    numbers = [one for one in figures if one.second is not None]
    classes = [one for one in figures if one.second is None]
    card = known.predictors.card
    lines = [
        "# Measured properties",
        "",
        "What was measured is looked up; what was not is predicted from what was. Here the predictors are measured on",
        "molecules whose scaffolds the store does not have (MoleculeNet's scaffold split, test; nothing is looked up).",
        f"Store: {len(known.store.molecules):,} molecules. Predictors: {len(card.predictors)}, {card.trained_on}.",
        "Intervals in brackets are bootstrap intervals of 95 %.",
        "",
        "Made by `anymol train recipes/measured_properties.yaml --data-dir DATA --output runs/measured_properties` and",
        f"`{answerers.command}`.",
        "",
        "## Numbers",
        "",
        "`nearest` answers with the value of the most similar measured molecule, `mean` with the mean of the store.",
        "`held` is the share of test molecules whose measured number lies in the 90 % interval; the intervals were",
        "calibrated on the val rows, of yet other scaffolds.",
        "",
        "| task | n | MAE | RMSE | MAE, nearest | MAE, mean | held | median width | nearest similarity |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.task} | {one.n} | {_show(one.predictor)} | {_show(one.second)} | {_show(one.nearest)} | "
        f"{_show(one.mean)} | {_show(one.believed)} | {one.width:.2f} | {one.similarity:.2f} |"
        for one in numbers
    ]
    lines += [
        "",
        "## Classes",
        "",
        "ROC-AUC is the mean over the endpoints of a task that have both classes; 0.5 is chance. `ECE` is the expected",
        "calibration error of the probability of the answer, over 15 bins.",
        "",
        "| task | n | ROC-AUC | ROC-AUC, nearest | ECE | nearest similarity |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.task} | {one.n} | {_show(one.predictor)} | {_show(one.nearest)} | {_show(one.believed)} | "
        f"{one.similarity:.2f} |"
        for one in classes
    ]
    lines += _write_comparison(compared, answerers)
    lines += _write_store(known)
    return "\n".join(lines) + "\n"


def _write_comparison(compared: Mapping[str, Compared], answerers: Answerers) -> list[str]:
    lines = [
        "",
        "## Predictor and model",
        "",
        f"The same rows, drawn at random, asked of the predictor and of the model `{answerers.model}`. The better one",
        "on val answers the task; the choice stands in `measured_answerers.json`. A model that was not trained on a",
        "task does not answer it and is not asked on val; on test it guesses, where `--guess` was given. What `nano`",
        "guesses on 50 test rows of MoleculeNet's tasks stands in [all tasks](../results.md).",
        "",
        "| task | figure | val n | predictor, val | model, val | answers | test n | predictor, test | model, test |",
        "|---|---|---:|---:|---:|---|---:|---:|---:|",
    ]
    for task, (contest, predictor, model) in compared["val"].items():
        line = f"| {task} | {contest.metric} | {contest.n} | {_show(predictor)} | {_show(model)} | {contest.answers}"
        line += "" if contest.model_is_trained else " (model not trained on it)"
        if task in compared["test"]:
            tested, predictor, model = compared["test"][task]
            line += f" | {tested.n} | {_show(predictor)} | {_show(model)} |"
        else:
            line += " | 0 | none | none |"
        lines.append(line)
    return lines


def _write_store(known: KnownProperties) -> list[str]:
    lines = [
        "",
        "## What is stored",
        "",
        "| property | molecules | measured twice or more | that disagree | source | licence | predictor |",
        "|---|---:|---:|---:|---|---|---|",
    ]
    for one in known.store.card.properties:
        values = [molecule.values[one.name] for molecule in known.store.list_measured(one.name)]
        twice = [found for found in values if len(found) > 1]
        disagree = sum(max(found) > min(found) for found in twice)
        fitted = known.predictors.find(one.name)
        said = "none: too few of a class" if one.kind is ValueKind.CLASS else "none: too few"
        if fitted is not None:
            said = f"{fitted.card.n:,} molecules, trees {fitted.card.trees_weight:g}"
        lines.append(
            f"| {one.name} | {len(values):,} | {len(twice)} | {disagree} | {one.source} | {one.licence} | {said} |"
        )
    return [*lines, "", *(f"* {left}" for left in known.store.card.left_out)]


def _show(figure: ConfidenceInterval | None) -> str:
    return "none" if figure is None else f"{figure.estimate:.3g} ({figure.low:.3g} to {figure.high:.3g})"


if __name__ == "__main__":
    main()
