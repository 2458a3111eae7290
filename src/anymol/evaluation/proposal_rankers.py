"""Fits the rankers of proposals on validation reactions, and says how well they rank ones they never saw."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from anymol.errors import AnyMolError, CheckpointError, DataError
from anymol.evaluation.folds import fit_in_folds
from anymol.files import require_data_file
from anymol.inference.assistant import Assistant
from anymol.inference.proposals.fitted import (
    PRECURSORS,
    PRECURSORS_WITHOUT_MODEL,
    PRODUCTS,
    SCORED,
    save_rankers,
)
from anymol.inference.proposals.precursors import gather_precursors
from anymol.inference.proposals.products import gather_products
from anymol.inference.proposals.proposal import Choose, Proposal
from anymol.inference.proposals.ranking import (
    PRECURSORS_LISTED,
    PRECURSORS_SCORED,
    PRODUCTS_LISTED,
    PRODUCTS_SCORED,
    STORE_FEATURES,
    describe,
    pick_best,
)
from anymol.inference.sources.model import ModelSource
from anymol.locks import lock_folder
from anymol.metrics.choice import ChoiceModel, Floats
from anymol.retrieval.reactions.shipped_store import open_shipped
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.task import ReagentsState, TaskInput
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.plan import ProposalRankersPlan

FILE: Final = "reactions.parquet"
_RANKERS: Final = "rankers.json"


def run(plan: ProposalRankersPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Ask stores and model about validation reactions, and fit; ``rankers.json`` in `output` is what ships.

    Args:
        plan: How they are fitted.
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
    with lock_folder(output, hint=LOCK_HINT):
        return _run_locked(plan, output, data_dir, started, resume=resume)


def _run_locked(plan: ProposalRankersPlan, output: Path, data_dir: Path, started: float, *, resume: bool) -> RunResult:
    if any((output / f"{way}.jsonl").exists() for way in Way) and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    store = open_shipped() if plan.store is None else ReactionStore.open(plan.store)
    if store is None:
        raise DataError("there is no store of reactions", hint="name one: --set store=DIR")
    model = Assistant.load(plan.model).model
    rows = {way: _collect_all(way, plan, output, data_dir, store, model) for way in Way}
    rankers = {PRECURSORS_WITHOUT_MODEL: _sign(fit_rows(rows[Way.PRECURSORS], STORE_FEATURES), store)}
    for way, name in ((Way.PRECURSORS, PRECURSORS), (Way.PRODUCTS, PRODUCTS)):
        first = fit_rows(rows[way], way.listed)
        second = fit_rows(rows[way], way.scored, first)
        rankers |= {name: _sign(first, store, model), name + SCORED: _sign(second, store, model)}
    save_rankers(rankers, output / _RANKERS)
    return RunResult(True, output / _RANKERS, sum(map(len, rows.values())), time.perf_counter() - started)


def _sign(ranker: ChoiceModel, store: ReactionStore, model: ModelSource | None = None) -> ChoiceModel:
    """Return a ranker that names the store and the weights of the model whose figures it was fitted to."""
    asked = {} if model is None else {"model": model.digest}
    return replace(ranker, fit={**ranker.fit, "store": store.digest, **asked})


class Way(StrEnum):
    """What is asked about a reaction."""

    PRECURSORS = "precursors"
    PRODUCTS = "products"

    @property
    def listed(self) -> tuple[str, ...]:
        """What describes a proposal at the first look."""
        return PRECURSORS_LISTED if self is Way.PRECURSORS else PRODUCTS_LISTED

    @property
    def scored(self) -> tuple[str, ...]:
        """What describes one that the model has scored: the same and more."""
        return PRECURSORS_SCORED if self is Way.PRECURSORS else PRODUCTS_SCORED


@dataclass(frozen=True)
class AskedReaction:
    """A recorded reaction whose one side is asked for.

    Attributes:
        reactants: Canonical SMILES, sorted, dot-joined.
        product: Canonical SMILES of one molecule.
        asked: What a forward prediction is told.
    """

    reactants: str
    product: str
    asked: TaskInput


def list_reactions(data_dir: Path, way: Way, split: str, count: int | None, seed: int) -> list[AskedReaction]:
    """Return reactions of one product.

    Args:
        data_dir: Holds ``reactions.parquet``.
        way: What is asked; for precursors only reactions whose reactants stand apart from what helps.
        split: ``val``, or a test split.
        count: At most so many, drawn by the seed; None for all.
        seed: Orders them.

    Raises:
        DataError: The file is missing.
    """
    columns = ["products", "reactants", "reagents", "reagents_state", "split"]
    table = pq.read_table(require_data_file(data_dir, FILE), columns=columns, filters=[("split", "=", split)])
    rows = [
        AskedReaction(
            ".".join(sorted(row["reactants"].split("."))),
            row["products"],
            TaskInput(
                reactants=row["reactants"],
                reagents=row["reagents"] or None,
                reagents_state=ReagentsState(row["reagents_state"]),
            ),
        )
        for row in table.to_pylist()
        if "." not in row["products"] and (way is Way.PRODUCTS or row["reagents_state"] != ReagentsState.MIXED.value)
    ]
    random.Random(seed).shuffle(rows)
    return rows[:count]


def _collect_all(
    way: Way, plan: ProposalRankersPlan, output: Path, data_dir: Path, store: ReactionStore, model: ModelSource
) -> list[dict[str, Any]]:
    """Return what is proposed for validation reactions; what stands in the folder is not asked again."""
    place = output / f"{way}.jsonl"
    output.mkdir(parents=True, exist_ok=True)
    asked = list_reactions(data_dir, way, "val", plan.rows, plan.seed)
    done = [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
    with place.open("a") as stream:
        for record in collect(asked[len(done) :], way, store, model):
            stream.write(json.dumps(record) + "\n")
            stream.flush()
            done.append(record)
    return done


def collect(
    asked: Sequence[AskedReaction], way: Way, store: ReactionStore, model: ModelSource, choose: Choose = list
) -> Iterator[dict[str, Any]]:
    """Yield for each reaction what is proposed and how it is described, or why the model cannot read it.

    Args:
        asked: The reactions.
        way: What is asked of each.
        store: Where precedents are looked for.
        model: Proposes and scores.
        choose: Says which are scored; all, if it is not given.
    """
    for one in asked:
        try:
            (proposals,) = _gather(one, way, store, model, choose)
        except AnyMolError as error:
            yield {"product": one.product, "error": error.message}
            continue
        described = describe(proposals, way.scored).round(5)
        written = [
            {
                "smiles": proposal.smiles,
                "by_store": proposal.found is not None,
                "features": [value if math.isfinite(value) else None for value in features.tolist()],
            }
            for proposal, features in zip(proposals, described, strict=True)
        ]
        right = one.reactants if way is Way.PRECURSORS else one.product
        yield {"product": one.product, "right": right, "proposals": written}


def _gather(
    one: AskedReaction, way: Way, store: ReactionStore, model: ModelSource, choose: Choose
) -> list[list[Proposal]]:
    match way:
        case Way.PRECURSORS:
            return gather_precursors([store], model, [one.product], choose=choose)
        case Way.PRODUCTS:
            return gather_products([store], model, [one.asked], choose=choose)


def fit_rows(
    records: Sequence[dict[str, Any]], features: tuple[str, ...], first: ChoiceModel | None = None
) -> ChoiceModel:
    """Fit a ranker on collected rows; its ``fit`` says how often the right answer is among the first.

    Args:
        records: As :func:`collect` yields them.
        features: Those that it takes, from the first on; with the stores' alone only their proposals are ranked.
        first: Ranker of the first look, of fewer features; only its best are ranked. None for all.
    """
    usable = [one for one in records if "error" not in one]
    rows = [_read(one, features) for one in usable]
    if first is not None:
        rows = [_keep_best(first, *row) for row in rows]
    return fit_in_folds(rows, [one["product"] for one in usable], features)


def _keep_best(first: ChoiceModel, described: Floats, right: int | None) -> tuple[Floats, int | None]:
    kept = pick_best(first.weigh(described[:, : len(first.features)]))
    return described[kept], kept.index(right) if right in kept else None


def _read(record: dict[str, Any], features: tuple[str, ...]) -> tuple[Floats, int | None]:
    kept = [one for one in record["proposals"] if features != STORE_FEATURES or one["by_store"]]
    width = len(features)
    described = np.array([one["features"][:width] for one in kept], dtype=np.float64).reshape(-1, width)
    names = [one["smiles"] for one in kept]
    return described, names.index(record["right"]) if record["right"] in names else None
