"""Measures the yields of two screens on the test rows of the first published random split, and writes the report.

Beside the trees stand the mean of the train rows and a sum of one contribution per component. Out of sample, trees are
fitted anew to train rows without some components of one role, and asked about the test rows that have them.

Run:  python scripts/measure_yields.py --data-dir DATA
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.files import write_atomically
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean, bootstrap_metric
from anymol.metrics.regression import r_squared
from anymol.recipe import load_recipe
from anymol.retrieval.yield_screens.predictor import HIGHEST, Bands, KnownYields, read_yields
from anymol.training.specialists.plan import YieldsPlan
from anymol.training.specialists.yield_screens import ScreenRows, predict_unseen, read_rows

HOME: Final = Path(__file__).parents[1]
REPORT: Final = HOME / "docs" / "results" / "yields.md"
_RIDGE: Final = 1.0
"""Rows' worth of no contribution: components of one role only differ among themselves."""
_RESAMPLES: Final = 200


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    started = time.perf_counter()
    plan = load_recipe(HOME / "recipes" / "yield_screens.yaml")
    assert isinstance(plan, YieldsPlan)
    card, known = read_yields()
    inside, outside = [], []
    for one in known:
        train, test = (read_rows(one.screen, options.data_dir, split) for split in ("train", "test"))
        inside += measure_seen(one, train, test)
        outside += measure_unseen(one, train, test, plan)
    write_atomically(options.output, write_report(card.command, card.trained_on, inside, outside))
    print(json.dumps({"seconds": round(time.perf_counter() - started), "report": str(options.output)}))


def measure_seen(known: KnownYields, train: ScreenRows, test: ScreenRows) -> list[str]:
    """Return the lines of the table of known components."""
    said = known.predict(test.reactions)
    answers = {
        "trees": said,
        "additive": fit_additive(train).predict(test),
        "mean": np.full(len(test.yields), train.yields.mean()),
    }
    lines = []
    for name, values in answers.items():
        held = show_held(known.card.seen, said, test.yields) if name == "trees" else " | "
        lines.append(
            f"| {known.screen.name} | {len(test.yields):,} | {name} | {show_fit(values, test.yields)} | {held} |"
        )
    return lines


def measure_unseen(known: KnownYields, train: ScreenRows, test: ScreenRows, plan: YieldsPlan) -> list[str]:
    """Return the lines of the table of components that were never seen, role by role."""
    lines = []
    for place, role in enumerate(known.screen.roles):
        said = predict_unseen(train, test, place, plan.trees, plan.seed)
        additive = fit_additive(train, without=place).predict(test)
        card = known.card.unseen.get(role.name)
        held = " | " if card is None else show_held(card.bands, said, test.yields)
        asked = "declined" if card is None else "predicted"
        lines.append(
            f"| {known.screen.name} | {role.name} ({len(role.components)}) | {asked} | {show_fit(said, test.yields)} | "
            f"{r_squared(list(additive), list(test.yields)):.3f} | {held} |"
        )
    return lines


class Additive:
    """A mean plus one contribution per component.

    Args:
        weights: The mean, then the contributions.
        rows: What they were fitted to.
        without: Role that contributes nothing.
    """

    def __init__(self, weights: NDArray[np.float64], without: int | None) -> None:
        self._weights, self._without = weights, without

    def predict(self, rows: ScreenRows) -> NDArray[np.float64]:
        """Return the yields of rows, shape (n,)."""
        return (encode(rows, self._without) @ self._weights).clip(0.0, HIGHEST)


def fit_additive(train: ScreenRows, without: int | None = None) -> Additive:
    """Fit by least squares; `without` one role that contributes nothing."""
    samples = encode(train, without)
    penalty = _RIDGE * np.eye(samples.shape[1])
    penalty[0, 0] = 0.0
    weights = np.linalg.solve(samples.T @ samples + penalty, samples.T @ train.yields)
    return Additive(weights.astype(np.float64), without)


def encode(rows: ScreenRows, without: int | None) -> NDArray[np.float64]:
    """Return ones, then which component each role has, shape (n, 1 + C)."""
    chosen = [
        np.eye(len(role.components))[rows.cells[:, place]]
        for place, role in enumerate(rows.screen.roles)
        if place != without
    ]
    return np.hstack([np.ones((len(rows.cells), 1)), *chosen])


def show_fit(said: NDArray[np.float64], truths: NDArray[np.float64]) -> str:
    """Return R2 and MAE as two cells."""
    r2 = bootstrap_metric(r_squared, list(said), list(truths), resamples=_RESAMPLES)
    return f"{_show(r2, 3)} | {_show(bootstrap_mean(np.abs(said - truths)), 1)}"


def show_held(bands: Bands, said: NDArray[np.float64], truths: NDArray[np.float64]) -> str:
    """Return the share of yields in their intervals and the median width as two cells."""
    widths = np.array([bands.measure(one) for one in said])
    held = bootstrap_mean(np.abs(said - truths) <= widths)
    ends = np.clip(said + widths, 0, HIGHEST) - np.clip(said - widths, 0, HIGHEST)
    return f"{_show(held, 3)} | {np.median(ends):.0f}"


def write_report(command: str, trained_on: str, inside: Sequence[str], outside: Sequence[str]) -> str:
    """Return the page.

    Args:
        command: What made the trees.
        trained_on: What they were fitted to.
        inside: Lines of the table of known components.
        outside: Lines of the table of components that were never seen.
    """
    lines = [
        "# Yields",
        "",
        "Yields of two screens by robots, the Buchwald-Hartwig screen (Ahneman et al. 2018) and the",
        "Suzuki-Miyaura screen (Perera et al. 2018): what was measured is [looked up](../how-to/yields.md), other",
        "combinations of the same components are predicted by boosted trees. Here they are measured on the test",
        "rows of the first published random split, which are neither stored nor fitted to.",
        f"Trees: {trained_on}.",
        "Yields are percent; intervals in brackets are bootstrap intervals of 95 %.",
        "",
        f"Made by `{command} --output runs/yield_screens` and",
        "`python scripts/measure_yields.py --data-dir DATA`.",
        "",
        "## All components known",
        "",
        "`additive` is a mean plus one contribution per component, `mean` the mean of the train rows. `held` is",
        "the share of test yields inside the 90 % interval, which folds of train rows calibrated; its width is",
        "cut at 0 and 100.",
        "",
        "| screen | n | answers | R2 | MAE | held | median width |",
        "|---|---:|---|---:|---:|---:|---:|",
        *inside,
        "",
        "A random split interpolates: of each test reaction the train rows hold its neighbours, with one",
        "component changed. The same plates gave both.",
        "",
        "## A component never seen",
        "",
        "Here trees were fitted anew to train rows without a fifth of the components of one role, and asked about",
        "the test rows that have them, fifth by fifth; components that are alike, the halides of one arene above",
        "all, are left out together. `additive` knows all roles but that one. What is predicted is told with the",
        "wider interval, which the train rows of the same fifths calibrated, and called doubtful; the rest is",
        "declined.",
        "",
        "| screen | role (components) | what happens | R2 | MAE | R2, additive | held | median width |",
        "|---|---|---|---:|---:|---:|---:|---:|",
        *outside,
        "",
        "Three bases or four solvents are not a sample of bases or solvents, and even of halides these are five",
        "arenes: the figure of a role says how it went with these components, and may be another with the next.",
        "What a new additive or ligand does is hardly seen from its descriptors: knowing nothing of it says as much.",
        "Yields of other reactions (those of patents and notebooks) are not predicted at all.",
    ]
    return "\n".join(lines) + "\n"


def _show(figure: ConfidenceInterval, decimals: int) -> str:
    return f"{figure.estimate:.{decimals}f} ({figure.low:.{decimals}f} to {figure.high:.{decimals}f})"


if __name__ == "__main__":
    main()
