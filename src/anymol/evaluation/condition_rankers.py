"""Fits the rankers of reagents, solvents and catalysts on validation reactions."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anymol.errors import AnyMolError, CheckpointError, DataError
from anymol.evaluation.folds import FOLDS, assign_folds, fit_in_folds
from anymol.files import require_data_file, write_atomically
from anymol.inference.proposals.conditions import (
    FEATURES,
    RANKERS_FILE,
    ConditionRanker,
    describe_conditions,
    describe_molecules,
    pick_likely,
    write_rankers,
)
from anymol.metrics.choice import ChoiceModel, Floats
from anymol.retrieval.measured_properties.trees import BoostedTrees
from anymol.retrieval.reactions.company import Company
from anymol.retrieval.reactions.conditions import Asked, Conditions, leave_out, propose_conditions
from anymol.retrieval.reactions.shipped_store import open_shipped
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.task import ReagentsState
from anymol.training.run import RunResult
from anymol.training.specialists.growing import grow_trees
from anymol.training.specialists.plan import ConditionRankersPlan, TreesConfig

CONDITIONS_FILE: Final = "conditions.parquet"
REACTIONS_FILE: Final = "reactions.parquet"


@dataclass(frozen=True)
class AskedConditions:
    """A recorded reaction whose conditions are asked for.

    Attributes:
        reactants: Canonical SMILES of what is told, dot-joined.
        product: Canonical SMILES of one molecule.
        right: What was used, for each kind that the record tells: sorted canonical SMILES.
        file: Where the record stands.
    """

    reactants: str
    product: str
    right: Mapping[Asked, tuple[str, ...]]
    file: str


@dataclass(frozen=True)
class ProposedConditions:
    """What is proposed for a reaction.

    Attributes:
        about: The reaction.
        asked: What is asked for.
        proposals: What stores propose.
    """

    about: AskedConditions
    asked: Asked
    proposals: Sequence[Conditions]

    @property
    def named(self) -> int:
        """Molecules that the question names and that give no atom."""
        return max((one.named for one in self.proposals), default=0)

    @property
    def right(self) -> tuple[str, ...]:
        """What was used and is not named in the question."""
        return tuple(leave_out(self.about.right[self.asked], self.about.reactants.split(".")))

    @property
    def is_cut(self) -> bool:
        """Whether the record seems to leave out what helps.

        Those of ``conditions.parquet`` name bases and coupling agents among the reactants, and solvents apart; where no
        reactant helps, three of four tell a solvent and nothing else, for Suzuki couplings too. A chemist who names
        nothing asks for all.
        """
        return self.asked is Asked.HELPING and self.about.file == CONDITIONS_FILE and not self.named

    def describe(self, odds: Mapping[str, float]) -> tuple[Floats, int | None]:
        """Return the features of the likely proposals, and the place of the right one; None where none is.

        Args:
            odds: Log-odds of each molecule that a precedent used.
        """
        likely = pick_likely(self.proposals, odds)
        molecules = [one.molecules for one in likely]
        return describe_conditions(likely, odds), molecules.index(self.right) if self.right in molecules else None


def list_conditions(
    data_dir: Path, split: str, count: int | None, seed: int, *, separated: int | None = None
) -> list[AskedConditions]:
    """Return reactions of one product whose conditions are recorded: of both files, in turn.

    Args:
        data_dir: Holds ``conditions.parquet`` and ``reactions.parquet``.
        split: ``val``, or a test split.
        count: At most so many of ``conditions.parquet``, drawn by the seed; None for all.
        seed: Orders them.
        separated: The same of ``reactions.parquet``.

    Raises:
        DataError: A file is missing.
    """
    kept = []
    for read, file, most in (
        (_read_conditions, CONDITIONS_FILE, count),
        (_read_reactions, REACTIONS_FILE, separated),
    ):
        table = pq.read_table(require_data_file(data_dir, file), filters=[("split", "=", split)])
        rows = list(read(table.to_pylist()))
        random.Random(seed).shuffle(rows)
        kept += rows[:most]
    return kept


def _read_conditions(rows: Iterable[Mapping[str, Any]]) -> Iterator[AskedConditions]:
    for row in rows:
        parts = {name: _split(row[name]) for name in ("reagents", "solvents", "catalysts")}
        right = {
            Asked.HELPING: sorted(one for part in parts.values() for one in part),
            Asked.SOLVENTS: sorted(parts["solvents"]),
            Asked.CATALYSTS: sorted(parts["catalysts"]),
        }
        if row["reactants"] and row["products"] and "." not in row["products"] and right[Asked.HELPING]:
            yield _keep(row, right, CONDITIONS_FILE)


def _read_reactions(rows: Iterable[Mapping[str, Any]]) -> Iterator[AskedConditions]:
    for row in rows:
        if row["reagents_state"] == ReagentsState.SEPARATED.value and row["reagents"] and "." not in row["products"]:
            right = {
                Asked.HELPING: sorted(_split(row["reagents"])),
                Asked.SOLVENTS: sorted(_split(row["solvents_guess"])),
                Asked.CATALYSTS: sorted(_split(row["catalysts_guess"])),
            }
            yield _keep(row, right, REACTIONS_FILE)


def _keep(row: Mapping[str, Any], right: Mapping[Asked, list[str]], file: str) -> AskedConditions:
    told = {asked: tuple(molecules) for asked, molecules in right.items() if molecules}
    return AskedConditions(row["reactants"], row["products"], told, file)


def _split(mixture: str | None) -> list[str]:
    return [one for one in (mixture or "").split(".") if one]


def collect_conditions(
    reactions: Iterable[AskedConditions], stores: Sequence[ReactionStore]
) -> Iterator[ProposedConditions]:
    """Yield what stores propose for reactions, for each kind that is recorded.

    Args:
        reactions: The reactions.
        stores: Where precedents are looked for.
    """
    for one in reactions:
        for asked in one.right:
            try:
                found = propose_conditions(stores, one.reactants, one.product, asked)
            except AnyMolError:
                continue
            yield ProposedConditions(one, asked, found)


def count_company(data_dir: Path) -> Company:
    """Count which molecules help where which others are given, in training reactions of ``conditions.parquet``.

    Raises:
        DataError: The file is missing.
    """
    columns = ["reactants", "products", "reagents", "solvents", "catalysts"]
    file = require_data_file(data_dir, CONDITIONS_FILE)
    rows = pq.read_table(file, columns=columns, filters=[("split", "=", "train")]).to_pylist()
    return Company.count((one.reactants.split("."), one.right[Asked.HELPING]) for one in _read_conditions(rows))


def fit_conditions(
    collected: Iterable[ProposedConditions], company: Company, config: TreesConfig, seed: int = 0
) -> dict[Asked, ConditionRanker]:
    """Fit a ranker for each kind that is recorded.

    Args:
        collected: As :func:`collect_conditions` yields it.
        company: Which molecules usually help where which others are given.
        config: Sizes of the trees.
        seed: The trees follow from it.
    """
    usable: dict[Asked, list[ProposedConditions]] = {asked: [] for asked in Asked}
    for one in collected:
        if one.right and not one.is_cut and one.proposals:  # else all that was used is named in the question
            usable[one.asked].append(one)
    return {asked: _fit(rows, company, config, seed) for asked, rows in usable.items() if rows}


def _fit(rows: Sequence[ProposedConditions], company: Company, config: TreesConfig, seed: int) -> ConditionRanker:
    """Fit trees and, to what trees say of reactions that they never saw, the model of choice."""
    described = [describe_molecules(company, one.proposals[0]) for one in rows]
    products = [one.about.product for one in rows]
    folds = assign_folds(products)

    def grow(places: Sequence[int]) -> BoostedTrees:
        used = [float(molecule in rows[place].right) for place in places for molecule in described[place][0]]
        samples = np.concatenate([described[place][1] for place in places])
        return grow_trees(samples, np.array(used), config, seed, is_class=True)

    choices: list[tuple[Floats, int | None]] = [(np.zeros(0), None)] * len(rows)
    for fold in range(FOLDS):
        inside, outside = (np.flatnonzero(is_in).tolist() for is_in in (folds == fold, folds != fold))
        if not inside:
            continue
        trees = grow(outside or inside)
        for place in inside:
            choices[place] = rows[place].describe(_tell_odds(trees, *described[place]))
    return ConditionRanker(company, grow(range(len(rows))), fit_in_folds(choices, products, FEATURES))


def _tell_odds(trees: BoostedTrees, molecules: Sequence[str], described: NDArray[np.float32]) -> dict[str, float]:
    return dict(zip(molecules, trees.predict(described).tolist(), strict=True))


def run(plan: ConditionRankersPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Ask the store about validation reactions, and fit; ``condition_rankers.safetensors`` in `output` is what ships.

    Args:
        plan: How they are fitted.
        output: Folder of the run.
        data_dir: Holds ``conditions.parquet`` and ``reactions.parquet``.
        resume: Whether a run that is done stays.

    Returns:
        How it ended; its tokens are reactions.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
        CheckpointError: `output` holds a run and `resume` is false.
        DataError: Data or the store are missing.
    """
    started, place = time.perf_counter(), Path(output) / RANKERS_FILE
    if place.exists() and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    asked = list_conditions(data_dir, "val", plan.rows, plan.seed, separated=plan.separated)
    if not place.exists():
        store = open_shipped() if plan.store is None else ReactionStore.open(plan.store)
        if store is None:
            raise DataError("there is no store of reactions", hint="name one: --set store=DIR")
        rankers = fit_conditions(collect_conditions(asked, [store]), count_company(data_dir), plan.trees, plan.seed)
        signed = {kind: replace(one, choice=_sign(one, store)) for kind, one in rankers.items()}
        write_atomically(place, write_rankers(signed))
    return RunResult(True, place, len(asked), time.perf_counter() - started)


def _sign(ranker: ConditionRanker, store: ReactionStore) -> ChoiceModel:
    """Return the model of choice with the name of the store that it was fitted to."""
    return replace(ranker.choice, fit={**ranker.choice.fit, "store": store.digest})
