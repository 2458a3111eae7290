"""Routes: steps that together make a molecule of building blocks, and the best of them among all that was looked at.

The steps that were looked at span an AND-OR graph: a molecule needs one of its steps, a step all of its reactants. The
best routes are found in it by A* over partial routes: ``f = sum of -log p of the chosen steps + sum of V(m)`` over the
molecules still open, where ``V(m) = min over steps (-log p + sum of V(reactants))`` is the least cost below a molecule.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Final

from anymol.chem.parsing import parse_smiles
from anymol.planning.expansions import Expansion
from anymol.planning.single_step import Step
from anymol.planning.stock import Stock, StockMatch

OPEN_COST: Final = 12.0
"""What a molecule costs that can neither be bought nor made, nats: a route with fewer of them comes first."""

BROKEN_OFF_COST: Final = 30.0
"""What it costs where steps to it are known: they are followed to where they end."""

OPEN_ATOM_COST: Final = 0.5
"""What each of its heavy atoms adds: of equal numbers that are missing the smaller molecules come first."""

_POPPED: Final = 20_000
"""Partial routes that are looked at."""

_Chosen = Mapping[str, Step | None]
"""Molecule -> the step that makes it; None where it is left open."""


@dataclass(frozen=True)
class Leaf:
    """A molecule that a route starts from.

    Attributes:
        smiles: Canonical SMILES.
        match: How the stock holds it; None where it does not.
    """

    smiles: str
    match: StockMatch | None

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {"smiles": self.smiles, "stock": None if self.match is None else self.match.to_json()}


@dataclass(frozen=True)
class Route:
    """A way to a molecule.

    Attributes:
        target: Canonical SMILES of what is made.
        steps: The steps in an order in which they can be carried out; the last makes the target.
        leaves: What is bought, and what is missing.
    """

    target: str
    steps: tuple[Step, ...]
    leaves: tuple[Leaf, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the stock holds all that it starts from."""
        return all(one.match is not None for one in self.leaves)

    @property
    def score(self) -> float:
        """Product of the probabilities of its steps."""
        return math.prod(one.probability for one in self.steps)

    @property
    def length(self) -> int:
        """Most steps in a row, from a building block to the target."""
        made = {one.product: one for one in self.steps}
        return _count_rows(self.target, made)

    @property
    def price(self) -> float | None:
        """Sum of the prices of what is bought; None where one is not known."""
        prices = [one.match.price for one in self.leaves if one.match is not None and one.match.entry is not None]
        known = [price for price in prices if price is not None]
        return sum(known) if known and len(known) == len(prices) else None

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "complete": self.is_complete,
            "score": self.score,
            "length": self.length,
            "price": self.price,
            "steps": [one.to_json() for one in self.steps],
            "leaves": [one.to_json() for one in self.leaves],
        }


def list_routes(
    target: str, table: Mapping[str, Expansion], stock: Stock, *, longest: int, complete: bool = True
) -> Iterator[Route]:
    """Yield the routes among all steps that were looked at, the most probable first.

    Args:
        target: Canonical SMILES.
        table: What is known of each molecule.
        stock: What routes start from; the target is not in it.
        longest: Most steps in a row.
        complete: Whether all that a route starts from must be in the stock. If not, molecules are left open where
            nothing else is known of them; a route with fewer of them comes first.
    """
    least = weigh_molecules(table, stock, complete=complete)
    if least.get(target, math.inf) == math.inf:
        return
    order = count()
    queue: list[tuple[float, int, float, _Chosen, tuple[str, ...]]] = [(least[target], next(order), 0.0, {}, (target,))]
    for _ in range(_POPPED):
        if not queue:
            return
        _, _, spent, chosen, open_ones = heapq.heappop(queue)
        if not open_ones:
            yield _make_route(target, chosen, stock)
            continue
        molecule, rest = open_ones[0], open_ones[1:]
        options: list[Step | None] = list(table[molecule].steps) if molecule in table else []
        if not complete and molecule != target:
            options.append(None)
        for step in options:
            grown = {**chosen, molecule: step}
            fresh = [] if step is None else [one for one in step.reactants if stock.find(one) is None]
            waiting = (*rest, *(one for one in fresh if one not in grown and one not in rest))
            cost = spent + (_price_open(molecule, table) if step is None else -math.log(step.probability))
            bound = cost + sum(least.get(one, math.inf) for one in waiting)
            # What is still open needs one more step, unless it may stay open.
            if bound < math.inf and _count_rows(target, grown, frozenset(waiting if complete else ())) <= longest:
                heapq.heappush(queue, (bound, next(order), cost, grown, waiting))


def weigh_molecules(table: Mapping[str, Expansion], stock: Stock, *, complete: bool = True) -> dict[str, float]:
    """Return the least cost of making each molecule, nats; what cannot be made is missing.

    Args:
        table: What is known of each molecule.
        stock: What costs nothing.
        complete: Whether nothing may be left open; else what can neither be bought nor made has a cost of its own.
    """
    least: dict[str, float] = {}
    for expansion in table.values():
        for step in expansion.steps:
            for one in step.reactants:
                if stock.find(one) is not None:
                    least[one] = 0.0
                elif not complete:
                    least[one] = _price_open(one, table)
    changed = True
    while changed:  # costs only fall, and a circle costs more than it saves
        changed = False
        for molecule, expansion in table.items():
            for step in expansion.steps:
                cost = -math.log(step.probability) + sum(least.get(one, math.inf) for one in step.reactants)
                if cost < least.get(molecule, math.inf) - 1e-12:
                    least[molecule] = cost
                    changed = True
    return least


def _price_open(molecule: str, table: Mapping[str, Expansion]) -> float:
    """Return what it costs to leave a molecule open."""
    known = molecule in table and bool(table[molecule].steps)
    return (BROKEN_OFF_COST if known else OPEN_COST) + OPEN_ATOM_COST * _count_atoms(molecule)


@lru_cache(maxsize=100_000)
def _count_atoms(smiles: str) -> int:
    return int(parse_smiles(smiles).GetNumAtoms())


def _count_rows(
    molecule: str, chosen: _Chosen, waiting: frozenset[str] = frozenset(), above: tuple[str, ...] = ()
) -> int:
    """Return the most steps in a row below a molecule; more than any limit where they go round."""
    if molecule in above:
        return 1 << 30
    if molecule in waiting:
        return 1
    step = chosen.get(molecule)
    if step is None:
        return 0
    return 1 + max(_count_rows(one, chosen, waiting, (*above, molecule)) for one in step.reactants)


def _make_route(target: str, chosen: _Chosen, stock: Stock) -> Route:
    """Return the route of chosen steps, each behind those that make its reactants."""
    steps: dict[str, Step] = {}
    leaves: dict[str, Leaf] = {}

    def visit(molecule: str) -> None:
        step = chosen.get(molecule)
        if step is None:
            leaves.setdefault(molecule, Leaf(molecule, stock.find(molecule)))
            return
        for one in step.reactants:
            visit(one)
        steps.setdefault(molecule, step)

    visit(target)
    return Route(target, tuple(steps.values()), tuple(leaves.values()))
