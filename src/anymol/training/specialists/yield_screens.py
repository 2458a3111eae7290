"""Trees of the yields of two screens, and how wrong they are with and without all components known.

Fitted to the train rows of the first published random split of each screen. Intervals are those of reactions that
folds of train rows leave out; of components never seen, those of folds of components. Test rows are not looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anymol.data.heldout import compute_blocks
from anymol.data.measured_sets import read_reserved
from anymol.errors import CheckpointError, DataError
from anymol.files import require_data_file, write_atomically
from anymol.metrics.regression import r_squared
from anymol.retrieval.yield_screens.predictor import (
    FILE,
    HIGHEST,
    LEAST_R2,
    LEVEL,
    Bands,
    KnownYields,
    UnseenCard,
    YieldCard,
    YieldsCard,
    describe_component,
    describe_reactions,
    write_yields,
)
from anymol.retrieval.yield_screens.screens import Recognised, Screen, list_screens
from anymol.training.run import RunResult
from anymol.training.specialists.growing import grow_trees
from anymol.training.specialists.plan import TreesConfig, YieldsPlan

DATA_FILE: Final = "yields.parquet"
_BANDS: Final = 4
_FOLDS: Final = 5


@dataclass(frozen=True, eq=False)
class ScreenRows:
    """Rows of one screen.

    Attributes:
        screen: The screen.
        cells: The choice of each role, shape (n, R), uint8.
        yields: Shape (n,), percent.
    """

    screen: Screen
    cells: NDArray[np.uint8]
    yields: NDArray[np.float64]

    @property
    def reactions(self) -> list[tuple[str, ...]]:
        """Of each row the component of each role."""
        return [
            tuple(role.components[choice] for role, choice in zip(self.screen.roles, cell, strict=True))
            for cell in self.cells
        ]


def run(plan: YieldsPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Fit; ``yield_screens.safetensors`` in `output` is what ships.

    Args:
        plan: How it is fitted.
        output: Folder of the run.
        data_dir: Holds ``yields.parquet`` and ``heldout_keys.parquet``.
        resume: Whether a run that is done stays.

    Returns:
        How it ended; its tokens are reactions.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
        DataError: Data are missing or damaged.
        CheckpointError: `output` holds a run and `resume` is false.
    """
    started, weights = time.perf_counter(), Path(output) / FILE
    if weights.exists() and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    rows = [read_rows(screen, data_dir, "train") for screen in list_screens()]
    if not weights.exists():
        known = [fit_screen(one, plan.trees, plan.seed) for one in rows]
        card = YieldsCard(
            trained_on=f"{DATA_FILE}, train rows of the first published random split, no reserved product",
            command=f"anymol train recipes/{plan.name}.yaml --data-dir $ANYMOL_DATA",
            screens=tuple(one.card for one in known),
        )
        write_atomically(weights, write_yields(card, known))
    return RunResult(True, weights, sum(len(one.yields) for one in rows), time.perf_counter() - started)


def read_rows(screen: Screen, data_dir: Path, split: str) -> ScreenRows:
    """Return the rows of a screen in a split, without those whose product is reserved for evaluation by others.

    Raises:
        DataError: A file is missing, or a row is no reaction of the screen.
    """
    path = require_data_file(data_dir, DATA_FILE)
    table = pq.read_table(path, columns=["dataset", "reaction_smiles", "product", "yield_percent", "split"])
    table = table.filter(pc.and_(pc.equal(table["dataset"], screen.key), pc.equal(table["split"], split)))
    is_reserved = read_reserved(data_dir)
    reserved = {one for one in table["product"].unique().to_pylist() if any(map(is_reserved, compute_blocks(one)))}
    cells, yields = [], []
    for reaction, percent in zip(table["reaction_smiles"].to_pylist(), table["yield_percent"].to_pylist(), strict=True):
        inputs, _, product = reaction.partition(">>")
        if product in reserved:
            continue
        found = screen.recognise(inputs, product)
        if not isinstance(found, Recognised) or found.unseen is not None:
            raise DataError(f"a row is no reaction of the {screen.name}", value=reaction)
        cells.append(found.cell)
        yields.append(percent)
    return ScreenRows(screen, np.array(cells, np.uint8).reshape(-1, len(screen.roles)), np.array(yields, np.float64))


def fit_screen(train: ScreenRows, trees: TreesConfig, seed: int) -> KnownYields:
    """Fit and calibrate the trees of one screen.

    Args:
        train: Train rows.
        trees: Sizes of the trees.
        seed: Of the trees and folds.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    screen, columns = train.screen, list_columns(train.screen)
    samples = describe_reactions(train.reactions, columns)
    folds = np.random.default_rng(seed).permutation(len(samples)) % _FOLDS
    apart = np.zeros(len(samples))
    for fold in range(_FOLDS):
        out = folds == fold
        apart[out] = grow_trees(samples[~out], train.yields[~out], trees, seed).predict(samples[out])
    unseen = {}
    for place, role in enumerate(screen.roles):
        if role.like is None:
            continue
        said = predict_unseen(train, train, place, trees, seed)
        r2 = r_squared(list(said), list(train.yields))
        if r2 >= LEAST_R2:
            unseen[role.name] = UnseenCard(r2=round(r2, 3), bands=fit_bands(said, train.yields))
    grown = grow_trees(samples, train.yields, trees, seed)
    seen = fit_bands(apart.clip(0.0, HIGHEST), train.yields)
    card = YieldCard(key=screen.key, n=len(samples), seen=seen, unseen=unseen, baseline=grown.baseline)
    return KnownYields(card, screen, train.cells, train.yields.astype(np.float32), columns, grown)


def predict_unseen(
    train: ScreenRows, asked: ScreenRows, place: int, trees: TreesConfig, seed: int
) -> NDArray[np.float64]:
    """Return predicted yields, each by trees that saw no reaction with the component of one role, shape (n,).

    Args:
        train: What trees are fitted to, without a fifth of the components at a time: those that stand side by side.
        asked: What is predicted.
        place: The role.
        trees: Sizes of the trees.
        seed: Of the trees.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    columns = list_columns(train.screen)
    samples, wanted = describe_reactions(train.reactions, columns), describe_reactions(asked.reactions, columns)
    n_components = len(train.screen.roles[place].components)
    # Neighbours go together: with its bromide known, a chloride is hardly new.
    folds = np.arange(n_components) * _FOLDS // n_components
    left, out = folds[train.cells[:, place]], folds[asked.cells[:, place]]
    said = np.zeros(len(wanted))
    for fold in np.unique(out):
        kept = left != fold
        said[out == fold] = grow_trees(samples[kept], train.yields[kept], trees, seed).predict(wanted[out == fold])
    return said.clip(0.0, HIGHEST)


def list_columns(screen: Screen) -> tuple[NDArray[np.uint16], ...]:
    """Return which features of the component of each role trees look at."""
    return tuple(
        choose_columns(np.stack([describe_component(one) for one in role.components])) for role in screen.roles
    )


def choose_columns(described: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return features that order the components of a role each in its own way: to a tree the others say the same.

    Args:
        described: The features of the components, shape (C, F).
    """
    kept: dict[tuple[int, ...], int] = {}
    for column in range(described.shape[1]):
        ranks = np.unique(described[:, column], return_inverse=True)[1]
        if ranks.max() > 0:
            kept.setdefault(min(tuple(ranks), tuple(ranks.max() - ranks)), column)
    return np.array(list(kept.values()), np.uint16)


def fit_bands(said: NDArray[np.float64], values: NDArray[np.float64]) -> Bands:
    """Return the half-widths that hold 90 of 100 yields in each quarter of the predicted ones.

    Args:
        said: Predicted yields of reactions that were not fitted to, shape (n,).
        values: Measured yields, shape (n,).
    """
    edges = np.unique(np.quantile(said, np.arange(1, _BANDS) / _BANDS).round(1))
    bands = np.searchsorted(edges, said, side="right")
    errors = np.abs(said - values)
    widths = []
    for band in range(len(edges) + 1):
        inside = np.sort(errors[bands == band])
        inside = inside if len(inside) else np.sort(errors)
        widths.append(float(inside[min(int(np.ceil((len(inside) + 1) * LEVEL)), len(inside)) - 1]))
    return Bands(edges=tuple(edges.tolist()), widths=tuple(round(one, 2) for one in widths))
