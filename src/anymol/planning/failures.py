"""Why a branch failed: for each molecule that neither the stock holds nor a step makes, the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from anymol.errors import AnyMolError
from anymol.planning.expansions import Expansion
from anymol.planning.routes import Route
from anymol.planning.stock import Stock


class Reason(StrEnum):
    """Why there is no way to a molecule."""

    DECLINED = "it is declined"
    UNREADABLE = "it cannot be read"
    NOTHING_PROPOSED = "nothing is proposed for it"
    ALL_LEFT_OUT = "all that is proposed for it is left out"
    DEAD_END = "what is proposed for it leads to nothing in the stock"
    TOO_DEEP = "the limit of steps in a row is reached"
    NOT_LOOKED_AT = "the search ended before it was looked at"


@dataclass(frozen=True)
class MissingMolecule:
    """A molecule at which a branch ends.

    Attributes:
        smiles: Canonical SMILES.
        reason: Why no step makes it.
        detail: More of it: what was left out and why, in words; empty where there is nothing to say.
        listed: In which other form the stock lists it; None where in none.
        nearest: SMILES of the most similar molecule of the stock; None where it was not looked for.
        similarity: Its Tanimoto similarity.
    """

    smiles: str
    reason: Reason
    detail: str = ""
    listed: str | None = None
    nearest: str | None = None
    similarity: float | None = None

    def __str__(self) -> str:
        said = f"{self.smiles}: {self.reason}{f' ({self.detail})' if self.detail else ''}"
        said += f"; {self.listed}" if self.listed is not None else ""
        if self.nearest is not None and self.similarity is not None:
            said += f"; nearest in stock {self.nearest} (similarity {self.similarity:.2f})"
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {**vars(self), "reason": self.reason.name.lower()}


def explain_missing(route: Route, table: Mapping[str, Expansion], stock: Stock, longest: int) -> list[MissingMolecule]:
    """Return what is missing of a route and why, in the order of its leaves.

    Args:
        route: A route that is not complete.
        table: What was looked at.
        stock: What routes start from.
        longest: Most steps in a row.
    """
    depths = _measure_depths(route)
    missing = [leaf.smiles for leaf in route.leaves if leaf.match is None]
    return [explain_molecule(one, table, stock, is_deep=depths[one] >= longest) for one in missing]


def explain_molecule(
    smiles: str, table: Mapping[str, Expansion], stock: Stock, *, is_deep: bool = False
) -> MissingMolecule:
    """Return why no step makes a molecule.

    Args:
        smiles: Canonical SMILES.
        table: What was looked at.
        stock: What routes start from.
        is_deep: Whether no further step was allowed.
    """
    reason, detail = _find_reason(table.get(smiles), is_deep)
    try:
        nearest = stock.find_nearest(smiles)
    except AnyMolError:  # a fragment that RDKit writes and does not read
        nearest = None
    return MissingMolecule(
        smiles,
        reason,
        detail,
        stock.explain_absence(smiles),
        None if nearest is None else nearest[0].smiles,
        None if nearest is None else round(nearest[1], 4),
    )


def _find_reason(expansion: Expansion | None, is_deep: bool) -> tuple[Reason, str]:
    if expansion is None:
        return (Reason.TOO_DEEP if is_deep else Reason.NOT_LOOKED_AT), ""
    if expansion.refusal is not None:
        return Reason.DECLINED, expansion.refusal
    if expansion.fault is not None:
        return Reason.UNREADABLE, expansion.fault
    left_out = "; ".join(f"{count} because {why}" for why, count in expansion.left_out.most_common())
    if expansion.steps:
        count = len(expansion.steps)
        said = f"{count} step{'s were' if count != 1 else ' was'} looked at"
        return (Reason.TOO_DEEP if is_deep else Reason.DEAD_END), f"{said}; left out: {left_out}" if left_out else said
    return (Reason.ALL_LEFT_OUT, left_out) if left_out else (Reason.NOTHING_PROPOSED, "")


def _measure_depths(route: Route) -> dict[str, int]:
    """Return how many steps each molecule stands above the target, at most."""
    depths = {route.target: 0}
    for step in reversed(route.steps):  # each stands behind what makes its reactants
        for one in step.reactants:
            depths[one] = max(depths.get(one, 0), depths[step.product] + 1)
    return depths
