"""Alternatives: routes that make the same bonds from like pieces are one, shown by the most probable of them.

The similarity of two routes is that of their molecules, the target aside: for each the Tanimoto similarity to the most
similar one of the other route, averaged both ways.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import recall_morgan, tanimoto_row
from anymol.planning.routes import Route

ALIKE: Final = 0.65
"""Similarity from which on two routes are variants of one."""

VARIANTS: Final = 5
"""Routes of an alternative that are kept, the best of them first."""

_LOOKED_AT: Final = 300
"""Routes that are parted into alternatives."""

_SECONDS: Final = 10.0
"""Time for it."""


@dataclass
class Alternative:
    """Routes that are alike.

    Attributes:
        routes: The most probable ones, the best first.
        count: How many there are among all that were looked at.
    """

    routes: list[Route]
    count: int = 1
    _fingerprints: list[ExplicitBitVect] = field(default_factory=list, repr=False)

    @property
    def best(self) -> Route:
        """The most probable one."""
        return self.routes[0]

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "route": self.best.to_json(),
            "variants": [one.to_json() for one in self.routes[1:]],
            "variant_count": self.count - 1,
        }


def part_routes(routes: Iterable[Route], limit: int) -> list[Alternative]:
    """Return alternatives, in the order of their best routes.

    Args:
        routes: Routes, the best first.
        limit: Alternatives at most.
    """
    started = time.monotonic()
    found: list[Alternative] = []
    for number, route in enumerate(routes):
        if number == _LOOKED_AT or time.monotonic() - started > _SECONDS:
            break
        fingerprints = [recall_morgan(smiles) for smiles in _list_molecules(route)]
        near = next((one for one in found if compare_molecules(fingerprints, one._fingerprints) >= ALIKE), None)
        if near is not None:
            near.count += 1
            near.routes += [route] if len(near.routes) < VARIANTS else []
        elif len(found) < limit:
            found.append(Alternative([route], 1, fingerprints))
    return found


def compare_routes(one: Route, other: Route) -> float:
    """Return how alike two routes to one target are, 0 to 1."""
    first, second = ([recall_morgan(smiles) for smiles in _list_molecules(route)] for route in (one, other))
    return compare_molecules(first, second)


def compare_molecules(one: list[ExplicitBitVect], other: list[ExplicitBitVect]) -> float:
    """Return how alike two sets of molecules are, 0 to 1."""
    if not one or not other:
        return float(not one and not other)
    there = sum(max(tanimoto_row(each, other)) for each in one) / len(one)
    back = sum(max(tanimoto_row(each, one)) for each in other) / len(other)
    return (there + back) / 2


def _list_molecules(route: Route) -> list[str]:
    """Return the molecules of a route without its target and what is inorganic, which any route may use."""
    made = [step.product for step in route.steps if step.product != route.target]
    bought = [leaf.smiles for leaf in route.leaves if leaf.match is None or leaf.match.entry is not None]
    return [*made, *bought]
