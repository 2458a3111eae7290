"""Fits the rankers of proposed reactants on validation reactions, and says how well they rank ones they never saw."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from anymol.errors import AnyMolError, CheckpointError, DataError
from anymol.files import require_data_file
from anymol.inference.assistant import Assistant
from anymol.inference.precursors.fitted import save_rankers
from anymol.inference.precursors.proposals import gather_proposals
from anymol.inference.precursors.ranker import (
    MODEL_FEATURES,
    STORE_FEATURES,
    Floats,
    PrecursorRanker,
    describe,
    fit_ranker,
)
from anymol.inference.sources.model import ModelSource
from anymol.retrieval.reactions.shipped_store import open_shipped
from anymol.retrieval.reactions.store import ReactionStore
from anymol.training.run import RunResult
from anymol.training.specialists.plan import PrecursorRankerPlan

FILE: Final = "reactions.parquet"
TOPS: Final = (1, 3, 5, 10, 50)
_FOLDS: Final = 5
_ROWS: Final = "proposals.jsonl"
_RANKERS: Final = "rankers.json"


def run(plan: PrecursorRankerPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Ask stores and model about validation reactions, and fit; ``rankers.json`` in `output` is what ships.

    Args:
        plan: How it is fitted.
        output: Folder of the run; what was proposed is kept there, so that a run that was stopped goes on.
        data_dir: Holds ``reactions.parquet``.
        resume: Whether a run goes on that is there.

    Returns:
        How it ended; its tokens are reactions.

    Raises:
        CheckpointError: `output` holds a run and `resume` is false.
        DataError: Data or the store are missing.
    """
    started, output = time.perf_counter(), Path(output)
    place = output / _ROWS
    if place.exists() and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    output.mkdir(parents=True, exist_ok=True)
    store = open_shipped() if plan.store is None else ReactionStore.open(plan.store)
    if store is None:
        raise DataError("there is no store of reactions", hint="name one: --set store=DIR")
    asked = list_reactions(data_dir, "val", plan.rows, plan.seed)
    done = [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
    with place.open("a") as stream:
        for record in collect(asked[len(done) :], store, Assistant.load(plan.model).model):
            stream.write(json.dumps(record) + "\n")
            stream.flush()
            done.append(record)
    rankers = [fit_rows(done, by_model=by_model) for by_model in (True, False)]
    save_rankers(rankers, output / _RANKERS)
    return RunResult(True, output / _RANKERS, len(done), time.perf_counter() - started)


def list_reactions(data_dir: Path, split: str, count: int | None, seed: int) -> list[tuple[str, str]]:
    """Return (product, reactants) of reactions of one product whose reactants stand apart from what helps.

    Args:
        data_dir: Holds ``reactions.parquet``.
        split: ``val``, or a test split.
        count: At most so many, drawn by the seed; None for all.
        seed: Orders them.

    Raises:
        DataError: The file is missing.
    """
    columns = ["products", "reactants", "reagents_state", "split"]
    table = pq.read_table(require_data_file(data_dir, FILE), columns=columns, filters=[("split", "=", split)])
    rows = [
        (row["products"], ".".join(sorted(row["reactants"].split("."))))
        for row in table.to_pylist()
        if row["reagents_state"] != "mixed" and "." not in row["products"]
    ]
    random.Random(seed).shuffle(rows)
    return rows[:count]


def collect(asked: Sequence[tuple[str, str]], store: ReactionStore, model: ModelSource) -> Iterator[dict[str, Any]]:
    """Yield for each reaction what is proposed and how it is described; one that the model cannot read is passed over.

    Args:
        asked: (product, reactants).
        store: Where precedents are looked for.
        model: Proposes and scores.
    """
    for product, reactants in asked:
        try:
            (proposals,) = gather_proposals([store], model, [product])
        except AnyMolError as error:
            yield {"product": product, "error": error.message}
            continue
        described = describe(proposals, by_model=True).round(5).tolist()
        written = [
            {"reactants": one.reactants, "by_store": one.found is not None, "features": features}
            for one, features in zip(proposals, described, strict=True)
        ]
        yield {"product": product, "right": reactants, "proposals": written}


def fit_rows(records: Sequence[dict[str, Any]], *, by_model: bool) -> PrecursorRanker:
    """Fit a ranker on collected rows; its ``fit`` says how often the right answer is among the first.

    Args:
        records: As :func:`collect` yields them.
        by_model: Whether it takes what the model says; without, only proposals of the store are ranked.
    """
    rows = [_read(one, by_model=by_model) for one in records if "error" not in one]
    folds = np.arange(len(rows)) % _FOLDS
    ranks: list[float] = []
    for fold in range(_FOLDS):
        fitted = fit_ranker([rows[place] for place in np.flatnonzero(folds != fold)], by_model=by_model)
        ranks += [_find_rank(fitted, *rows[place]) for place in np.flatnonzero(folds == fold)]
    whole = fit_ranker(rows, by_model=by_model)
    tops = {f"top {top}": round(float(np.mean([rank < top for rank in ranks])), 4) for top in TOPS}
    listed = round(float(np.mean([right is not None for _, right in rows])), 4)
    fit = {**whole.fit, "listed": listed, "folds": _FOLDS, **tops}
    return PrecursorRanker(by_model, whole.mean, whole.scale, whole.weights, whole.none, fit)


def _read(record: dict[str, Any], *, by_model: bool) -> tuple[Floats, int | None]:
    kept = [one for one in record["proposals"] if by_model or one["by_store"]]
    width = len(STORE_FEATURES) + (len(MODEL_FEATURES) if by_model else 0)
    features = np.array([one["features"][:width] for one in kept], dtype=np.float64).reshape(-1, width)
    names = [one["reactants"] for one in kept]
    return features, names.index(record["right"]) if record["right"] in names else None


def _find_rank(ranker: PrecursorRanker, features: Floats, right: int | None) -> float:
    if right is None:
        return float("inf")
    scores = ranker.score(features)
    return float((scores > scores[right]).sum())
