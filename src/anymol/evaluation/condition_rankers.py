"""Fits the rankers of reagents, solvents and catalysts on validation reactions."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from anymol.errors import AnyMolError
from anymol.evaluation.folds import fit_in_folds
from anymol.files import require_data_file
from anymol.inference.proposals.conditions import FEATURES, describe_conditions
from anymol.metrics.choice import ChoiceModel, Floats
from anymol.retrieval.reactions.conditions import Asked, Conditions, leave_out, propose_conditions
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.task import ReagentsState

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

    def describe(self) -> tuple[Floats, int | None]:
        """Return the features of the proposals, and the place of the right one; None where none is."""
        molecules = [one.molecules for one in self.proposals]
        return describe_conditions(self.proposals), molecules.index(self.right) if self.right in molecules else None


def list_conditions(data_dir: Path, split: str, count: int | None, seed: int) -> list[AskedConditions]:
    """Return reactions of one product whose conditions are recorded: of both files, in turn.

    Args:
        data_dir: Holds ``conditions.parquet`` and ``reactions.parquet``.
        split: ``val``, or a test split.
        count: At most so many of each file, drawn by the seed; None for all.
        seed: Orders them.

    Raises:
        DataError: A file is missing.
    """
    kept = []
    for read, file in ((_read_conditions, CONDITIONS_FILE), (_read_reactions, REACTIONS_FILE)):
        table = pq.read_table(require_data_file(data_dir, file), filters=[("split", "=", split)])
        rows = list(read(table.to_pylist()))
        random.Random(seed).shuffle(rows)
        kept += rows[:count]
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


def fit_conditions(collected: Iterable[ProposedConditions]) -> dict[Asked, ChoiceModel]:
    """Fit a ranker for each kind that is recorded.

    Args:
        collected: As :func:`collect_conditions` yields it.
    """
    rows: dict[Asked, list[tuple[Floats, int | None]]] = {asked: [] for asked in Asked}
    products: dict[Asked, list[str]] = {asked: [] for asked in Asked}
    for one in collected:
        if one.right and not one.is_cut:  # else all that was used is named in the question
            rows[one.asked].append(one.describe())
            products[one.asked].append(one.about.product)
    return {asked: fit_in_folds(rows[asked], products[asked], FEATURES) for asked in Asked if rows[asked]}
