"""The store of measured properties, and the predictors for what was not measured.

Each property has a ridge regression (of a class, a penalised logistic one) and boosted trees (scikit-learn's histogram
gradient boosting). Rows of other scaffolds, the val rows, choose how much weight the trees have, and calibrate the
intervals and probabilities; none of their molecules is stored or fitted to.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anymol.chem.parsing import canonicalize_smiles, try_parse_smiles
from anymol.data.measured_sets import (
    MEASURED_SETS,
    MeasuredRow,
    draw_rows,
    keep_training_rows,
    read_reserved,
    read_set,
    thin_negatives,
)
from anymol.data.published.moleculenet import assign_scaffold_split
from anymol.errors import CheckpointError, DataError, InvalidSmilesError
from anymol.files import write_atomically
from anymol.metrics.logistic import fit_logistic
from anymol.metrics.regression import mean_absolute_error, root_mean_squared_error
from anymol.retrieval.measured_properties.building import BuiltStore, Measurement, build_store, read_measurements
from anymol.retrieval.measured_properties.features import N_KEYS, describe_molecules, list_elements
from anymol.retrieval.measured_properties.known import record_files
from anymol.retrieval.measured_properties.neighbours import find_neighbours
from anymol.retrieval.measured_properties.predictor import (
    LEVEL,
    PREDICTORS_FILE,
    DistanceSpread,
    Domain,
    LinearPart,
    PlattCurve,
    Predictor,
    PredictorCard,
    PredictorsCard,
    blend,
    read_predictors,
    write_predictors,
)
from anymol.retrieval.measured_properties.store import (
    STORE_FILE,
    MeasuredProperty,
    PropertyStore,
    Spread,
    ValueKind,
    read_store,
    write_store,
)
from anymol.training.run import RunResult
from anymol.training.specialists.growing import grow_trees, load_sklearn
from anymol.training.specialists.plan import MeasuredPlan, OwnTable, TreesConfig

_WEIGHTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of the trees that are tried."""

_PARTS: Final = "fitted"
"""Folder of the predictors that are done, from which a stopped run goes on."""

_FEWEST: Final = 30
"""Fewest calibration molecules, and fewest training molecules, of a predictor; below, measured values stand alone."""

_FEWEST_OF_A_CLASS: Final = 5
_LEAST_WIDTH: Final = 1e-3
"""What no training molecule varies in is divided by this, not by nothing."""

_RARE: Final = 3
"""An element that fewer molecules hold is none that the predictor knows."""


@dataclass(frozen=True)
class Table:
    """What is known of one property in one split.

    Attributes:
        smiles: The molecules, each once.
        values: What was measured, shape (n,); of several values the median, of a class 1 or 0.
    """

    smiles: tuple[str, ...]
    values: NDArray[np.float64]


def run(plan: MeasuredPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Build and fit; ``measured_properties.tsv.gz`` and ``measured_predictors.safetensors`` in `output` are what ships.

    Args:
        plan: What is taken, and how it is fitted.
        output: Folder of the run.
        data_dir: Holds the public sets, ``heldout_keys.parquet`` and ``sources.csv``.
        resume: Whether a run that is done stays, and one that was stopped goes on after the last property.

    Returns:
        How it ended; its tokens are measured molecules.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
        DataError: Data are missing or damaged.
        CheckpointError: `output` holds a run and `resume` is false.
    """
    started, output = time.perf_counter(), Path(output)
    weights, place = output / PREDICTORS_FILE, output / STORE_FILE
    if weights.exists() and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    if not weights.exists():
        built, calibration = build(plan, data_dir)
        packed = write_store(built.store)
        write_atomically(place, packed)
        card = PredictorsCard(
            trained_on=f"train rows of scaffold splits, nothing reserved: {', '.join(plan.sets)}"
            + "".join(f", {table.path.name}" for table in plan.tables),
            command=f"anymol train recipes/{plan.name}.yaml --data-dir $ANYMOL_DATA",
            store_sha256=hashlib.sha256(packed).hexdigest(),
            predictors=(),
        )
        predictors = _fit_all(plan, built.store, calibration, card, output / _PARTS)
        write_atomically(weights, _pack(card, predictors))
        record_files(output)
        shutil.rmtree(output / _PARTS, ignore_errors=True)
    return RunResult(True, weights, len(read_store(place).molecules), time.perf_counter() - started)


def _fit_all(
    plan: MeasuredPlan, store: PropertyStore, calibration: Sequence[MeasuredRow], card: PredictorsCard, parts: Path
) -> list[Predictor]:
    """Return the predictor of each property; those that a run was stopped after are read again."""
    digest = hashlib.sha256(f"{card.store_sha256}{plan.model_dump_json()}".encode()).hexdigest()[:16]
    features = FeatureCache()
    predictors: list[Predictor] = []
    for number, one in enumerate(store.card.properties):
        part = parts / f"{digest}-{number}.safetensors"
        if part.is_file():
            found = read_predictors(part).find(one.name)
        else:
            found = fit_property(one, store, calibration, plan.trees_of(one.task), plan.seed, features)
            write_atomically(part, _pack(card, [] if found is None else [found]))
        predictors += [] if found is None else [found]
    return predictors


def _pack(card: PredictorsCard, predictors: Sequence[Predictor]) -> bytes:
    return write_predictors(card.model_copy(update={"predictors": tuple(one.card for one in predictors)}), predictors)


class FeatureCache:
    """Features of molecules, described once for all properties."""

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.float32]] = {}

    def describe(self, smiles: Sequence[str]) -> NDArray[np.float32]:
        """Return the features of molecules, shape (n, F)."""
        missing = [one for one in smiles if one not in self._known]
        self._known |= dict(zip(missing, describe_molecules(missing), strict=True))
        return np.stack([self._known[one] for one in smiles])


def build(plan: MeasuredPlan, data_dir: Path) -> tuple[BuiltStore, list[MeasuredRow]]:
    """Return the store of training rows, and the val rows that calibrate.

    Raises:
        DataError: Data are missing or damaged.
    """
    is_reserved = read_reserved(data_dir)
    properties: list[MeasuredProperty] = []
    measurements: list[Measurement] = []
    calibration: list[MeasuredRow] = []
    left_out: list[str] = []
    for one in MEASURED_SETS:
        if one.name not in plan.sets:
            continue
        rows = read_set(one, data_dir)
        thinned = thin_negatives(rows, one.limit, plan.seed)
        kept = keep_training_rows(thinned, is_reserved)
        properties += one.columns.values()
        measurements += (value for row in kept for value in row.measurements)
        calibration += draw_rows([row for row in rows if row.split == "val"], plan.held, plan.seed)
        if len(thinned) < len(rows):
            left_out.append(f"{one.name}: {len(rows) - len(thinned):,} training molecules that are inactive")
        left_out.append(f"{one.name}: {len(thinned) - len(kept):,} rows that are evaluated on or reserved")
    for table in plan.tables:
        rows = _read_own(table)
        properties += table.columns.values()
        measurements += (value for row in rows for value in row.measurements)
        calibration += (row for row in rows if row.split == "val")
    names = Counter(one.name for one in properties)
    if twice := [name for name, count in names.items() if count > 1]:
        raise DataError(
            "a property comes from one source", value=", ".join(twice), hint="leave its public set out of sets"
        )
    return build_store(properties, measurements, left_out), calibration


def _read_own(table: OwnTable) -> list[MeasuredRow]:
    """Return the rows of a table of one's own; of ten scaffolds one calibrates."""
    rows = []
    for one in read_measurements(table.path, table.smiles, table.columns):
        smiles, split = one.smiles, "train"
        # What is wrong with a molecule is said where the store is built.
        if not isinstance(try_parse_smiles(smiles), InvalidSmilesError):
            smiles = canonicalize_smiles(smiles)
            split = "val" if assign_scaffold_split(smiles) == "val" else "train"
        rows.append(MeasuredRow(smiles, split, {one.name: one.value}))
    return rows


def fit_property(
    measured: MeasuredProperty,
    store: PropertyStore,
    calibration: Iterable[MeasuredRow],
    trees: TreesConfig,
    seed: int,
    features: FeatureCache,
) -> Predictor | None:
    """Fit and calibrate the predictor of one property; None where too few molecules are known.

    Args:
        measured: The property.
        store: Whose molecules it is fitted to, without those that calibrate.
        calibration: Rows of other scaffolds.
        trees: Sizes of the trees.
        seed: Of the trees.
        features: Of the molecules that were described before.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    val = gather_rows(calibration, measured)
    # Of a table of one's own the molecules that calibrate are stored too.
    calibrating = frozenset(val.smiles)
    store = PropertyStore(store.card, [one for one in store.molecules if one.smiles not in calibrating])
    train = gather_stored(store, measured)
    if min(len(train.smiles), len(val.smiles)) < _FEWEST or not (
        _is_mixed(measured, train) and _is_mixed(measured, val)
    ):
        return None
    samples, held = features.describe(train.smiles), features.describe(val.smiles)
    linear = _fit_linear(samples, train.values, measured.kind)
    grown = grow_trees(samples, train.values, trees, seed, is_class=measured.kind is ValueKind.CLASS)
    parts = linear.predict(held), grown.predict(held)
    weight = min(_WEIGHTS, key=lambda one: _measure_loss(blend(*parts, one), val.values, measured.kind))
    said = blend(*parts, weight)
    nearest = np.array([find_neighbours(store, measured.name, smiles, 1)[0].similarity for smiles in val.smiles])
    sizes, elements = list_elements(train.smiles)
    domain = Domain(
        elements=tuple(sorted(number for number, count in elements.items() if count >= _RARE)),
        heaviest=int(np.quantile(sizes, 0.99, method="higher")),
        similarity=round(float(np.quantile(nearest, 0.05)), 3),
    )
    card = PredictorCard(
        name=measured.name,
        kind=measured.kind,
        n=len(train.smiles),
        calibrated_on=len(val.smiles),
        trees_weight=weight,
        spread=fit_spread(np.abs(said - val.values), nearest) if measured.kind is ValueKind.NUMBER else None,
        curve=_fit_curve(said, val.values) if measured.kind is ValueKind.CLASS else None,
        domain=domain,
        figures=_list_figures(measured.kind, said, val.values),
    )
    return Predictor(card, linear, grown)


def gather_stored(store: PropertyStore, measured: MeasuredProperty) -> Table:
    """Return the molecules of a store of which a property is known; of a class those that all agree on."""
    pairs = [(one.smiles, Spread(one.values[measured.name])) for one in store.list_measured(measured.name)]
    if measured.kind is ValueKind.CLASS:
        pairs = [(smiles, spread) for smiles, spread in pairs if not spread.disagrees]
    return Table(tuple(smiles for smiles, _ in pairs), np.array([spread.middle for _, spread in pairs]))


def gather_rows(rows: Iterable[MeasuredRow], measured: MeasuredProperty) -> Table:
    """Return the molecules of rows of which a property is known, each once; of a class those that all agree on."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if measured.name in row.values:
            found.setdefault(row.smiles, []).append(row.values[measured.name])
    spreads = {smiles: Spread(tuple(values)) for smiles, values in found.items()}
    if measured.kind is ValueKind.CLASS:
        spreads = {smiles: spread for smiles, spread in spreads.items() if not spread.disagrees}
    return Table(tuple(spreads), np.array([spread.middle for spread in spreads.values()]))


def _is_mixed(measured: MeasuredProperty, table: Table) -> bool:
    """Whether a class has examples of both kinds."""
    if measured.kind is ValueKind.NUMBER:
        return True
    positive = int(table.values.sum())
    return min(positive, len(table.values) - positive) >= _FEWEST_OF_A_CLASS


# ------------------------------------------------------------------------------------------------------------ fitting


def _fit_linear(samples: NDArray[np.float32], values: NDArray[np.float64], kind: ValueKind) -> LinearPart:
    shown = samples.astype(np.float64)
    low, high = shown.min(axis=0), shown.max(axis=0)
    # Keys are there or not: scaled by their spread, those that few molecules have would weigh most.
    centre, width = shown.mean(axis=0), np.maximum(shown.std(axis=0), _LEAST_WIDTH)
    centre[-N_KEYS:], width[-N_KEYS:] = 0.0, 1.0
    fitted = _make_linear(kind).fit((shown - centre) / width, values)
    weights = (np.ravel(fitted.coef_) / width).astype(np.float32)
    bias = float(np.ravel(fitted.intercept_)[0] - weights.astype(np.float64) @ centre)
    # A little beyond what was measured a line still holds; far beyond, nothing does.
    room = (high - low) / 2
    return LinearPart((low - room).astype(np.float32), (high + room).astype(np.float32), weights, bias)


def _make_linear(kind: ValueKind) -> Any:
    linear = load_sklearn("linear_model")
    if kind is ValueKind.NUMBER:
        return linear.RidgeCV(np.logspace(0, 4, 9))
    return linear.LogisticRegression(C=0.003, solver="newton-cholesky", max_iter=100)


# -------------------------------------------------------------------------------------------------------- calibrating


def fit_spread(errors: NDArray[np.float64], nearest: NDArray[np.float64]) -> DistanceSpread:
    """Fit how errors grow with the distance from what was measured, and the multiple that holds 90 of 100.

    Args:
        errors: Absolute errors, shape (n,).
        nearest: Similarity of the nearest measured molecule, shape (n,).
    """
    logs = np.log(errors + 0.1 * np.median(errors) + 1e-9)
    distance = 1 - nearest
    centred = distance - distance.mean()
    # Some molecules' worth of no growth: a few rows at one end must not make the other certain.
    slope = float(centred @ logs / (centred @ centred + 0.02 * len(errors)))
    slope = float(np.clip(slope, 0.0, 3.0))
    offset = float(logs.mean() - slope * distance.mean())
    scaled = np.sort(errors / np.exp(offset + slope * distance))
    rank = min(int(np.ceil((len(scaled) + 1) * LEVEL)), len(scaled))
    return DistanceSpread(offset=round(offset, 5), slope=round(slope, 5), quantile=round(float(scaled[rank - 1]), 5))


def _fit_curve(logits: NDArray[np.float64], values: NDArray[np.float64]) -> PlattCurve:
    bias, slopes = fit_logistic(logits[:, None], values > 0.5)
    if slopes[0] <= 0:
        # Where more log-odds mean less, the predictor knows nothing of these molecules but how many say yes.
        bias, slopes = fit_logistic(np.zeros((len(values), 0)), values > 0.5)
        return PlattCurve(bias=round(bias, 5), slope=0.0)
    return PlattCurve(bias=round(bias, 5), slope=round(float(slopes[0]), 5))


def _measure_loss(said: NDArray[np.float64], values: NDArray[np.float64], kind: ValueKind) -> float:
    if kind is ValueKind.NUMBER:
        return root_mean_squared_error(list(said), list(values))
    return -_measure_auc(said, values)


def _list_figures(kind: ValueKind, said: NDArray[np.float64], values: NDArray[np.float64]) -> dict[str, float]:
    if kind is ValueKind.CLASS:
        return {"val_roc_auc": round(_measure_auc(said, values), 4)}
    return {
        "val_mae": round(mean_absolute_error(list(said), list(values)), 4),
        "val_rmse": round(root_mean_squared_error(list(said), list(values)), 4),
    }


def _measure_auc(said: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    return float(load_sklearn("metrics").roc_auc_score(values > 0.5, said))
