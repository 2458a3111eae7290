"""Measures the network of computed properties on the test rows of ``quantum.parquet``, and writes the report.

The rows are looked up nowhere: none of their molecules is stored or fitted to. Beside the network stand the mean and
the most similar stored molecule, with bootstrap intervals, and the share of 90 % intervals that hold the number.

Run:  python scripts/measure_computed_properties.py --data-dir DATA
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from anymol.evaluation.measured_properties import TaskFigures, ask_computed, group_by_task, measure_task
from anymol.files import write_atomically
from anymol.metrics.interval import ConfidenceInterval
from anymol.retrieval.computed_properties.known import find_computed
from anymol.tasks.table import get_task

REPORT = Path(__file__).parents[1] / "docs" / "results" / "computed_properties.md"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    started = time.perf_counter()
    asked, outside = ask_computed(find_computed(), options.data_dir, "test")
    figures = [measure_task(get_task(task), rows) for task, rows in group_by_task(asked).items()]
    beyond = group_by_task(outside)
    whole = {task: [*rows, *beyond[task]] for task, rows in group_by_task(asked).items() if task in beyond}
    forced = [measure_task(get_task(task), rows) for task, rows in whole.items()]
    declined = len({one.smiles for one in outside})
    write_atomically(options.output, write_report(figures, forced, declined))
    print(json.dumps({"seconds": round(time.perf_counter() - started), "report": str(options.output)}))


def write_report(figures: Sequence[TaskFigures], forced: Sequence[TaskFigures], declined: int) -> str:
    """Return the page.

    Args:
        figures: Of each task.
        forced: The same with the rows outside the domain, where there are any.
        declined: Test molecules outside the domain.
    """
    known = find_computed()
    card = known.predictors.card
    lines = [
        "# Computed properties",
        "",
        "Orbital energies, total energies and dipole moments by B3LYP/6-31G(2df,p), as QM9 has them: what is recorded",
        "is [looked up](../how-to/computed.md), what is not is predicted by a network of fragments. Here it is",
        "measured on the test rows of `quantum.parquet`, which are neither stored nor fitted to.",
        f"Store: {len(known.store.molecules):,} molecules. Network: {card.trained_on}.",
        "Intervals in brackets are bootstrap intervals of 95 %.",
        "",
        f"Made by `{card.command} --output runs/computed_properties` and",
        "`python scripts/measure_computed_properties.py --data-dir DATA`.",
        "",
        "`nearest` answers with the value of the most similar stored molecule, `mean` with the mean of the store (of",
        "total energies neither says anything). `held` is the share of test molecules whose number lies in the 90 %",
        "interval, which was calibrated on the val rows.",
        "",
        "| task | unit | n | MAE | RMSE | MAE, nearest | MAE, mean | held | median width |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.task} | {get_task(one.task).unit} | {one.n:,} | {_show(one.predictor)} | {_show(one.second)} | "
        f"{_show(one.nearest)} | {_show(one.mean)} | {_show(one.believed)} | {one.width:.3g} |"
        for one in figures
    ]
    lines += [
        "",
        "1 Hartree is 27.211 eV. Only gaps stand in the file for all molecules; the others for two in five.",
        "",
        f"{declined} test molecules are outside the domain and declined: the file writes them as ions, which QM9 does",
        "not hold. With them, had the network been asked all the same, the errors would be:",
        "",
        *(f"* {one.task}, n = {one.n:,}: MAE {_show(one.predictor)} {get_task(one.task).unit}" for one in forced),
    ]
    return "\n".join(lines) + "\n"


def _show(figure: ConfidenceInterval | None) -> str:
    return "none" if figure is None else f"{figure.estimate:.3g} ({figure.low:.3g} to {figure.high:.3g})"


if __name__ == "__main__":
    main()
