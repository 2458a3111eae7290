"""Plans: from a molecule and a stock to alternatives, or to why there is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from rdkit import Chem

from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import RefusedError, UserError
from anymol.planning.alternatives import Alternative, part_routes
from anymol.planning.constraints import Constraints, explain_refusal
from anymol.planning.expansions import Expander, Expansion
from anymol.planning.failures import MissingMolecule, explain_missing, explain_molecule
from anymol.planning.routes import Route, list_routes
from anymol.planning.search import MOST_NODES, SearchKind, run_search
from anymol.planning.single_step import SingleStep
from anymol.planning.stock import Stock, StockMatch

MOST_STEPS: Final = 20
"""Most steps in a row that may be asked for."""

_LOOKING: Final = 20.0
"""How many times longer the search goes on than it was looked through for routes."""

_NEAR_MISSES: Final = 3
"""Incomplete routes that are told where there is no complete one."""


class Ended(StrEnum):
    """Why a search ended."""

    EXHAUSTED = "all that is proposed was looked at"
    FIRST = "a complete route was found"
    TIME = "the time was up"
    MOLECULES = "as many molecules were looked at as may be"
    SIZE = "the search had grown as large as it may"
    INTERRUPTED = "it was interrupted"


@dataclass(frozen=True)
class PlanOptions:
    """How a plan is wanted.

    Attributes:
        steps: Most steps in a row, from a building block to the target.
        seconds: Time for the search. It is looked at between two molecules, so that the last one may take longer.
        molecules: Molecules that are looked at, at most.
        alternatives: Alternatives, at most.
        search: How the next molecule is chosen.
        first: Whether the search ends with the first complete route.
    """

    steps: int = 6
    seconds: float = 60.0
    molecules: int = 10_000
    alternatives: int = 5
    search: SearchKind = SearchKind.RETRO_STAR
    first: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise UserError("steps in a row are out of range", value=self.steps, hint=f"1 to {MOST_STEPS}")
        if not self.seconds > 0:
            raise UserError("the time is not above zero", value=self.seconds, hint="give seconds, as 60")
        if self.molecules < 1 or self.alternatives < 1:
            raise UserError(
                "a number is below one", value=min(self.molecules, self.alternatives), hint="give at least 1"
            )


@dataclass(frozen=True)
class Progress:
    """How far a search is.

    Attributes:
        seconds: Since it began.
        molecules: That were looked at.
        score: Of the best complete route; None as long as there is none.
    """

    seconds: float
    molecules: int
    score: float | None


@dataclass(frozen=True)
class Plan:
    """What a search found.

    Attributes:
        target: Canonical SMILES of what shall be made.
        single_step: Who proposed the steps.
        stock: Name of the stock.
        stock_size: Its molecules.
        in_stock: How the stock holds the target itself; None where it does not.
        options: What was asked for.
        alternatives: Complete routes, the most probable first; empty where there is none.
        near_misses: Where there is none: incomplete routes, the one that lacks least first.
        missing: What these lack, each molecule once, with the reason.
        molecules: How many were looked at.
        seconds: How long it took.
        first_after: Seconds until the first complete route was there; None without one.
        ended: Why the search ended.
        interruption: What interrupted it, to be raised again when the plan is told.
        notes: What must be said of it.
    """

    target: str
    single_step: str
    stock: str
    stock_size: int
    in_stock: StockMatch | None
    options: PlanOptions
    alternatives: tuple[Alternative, ...]
    near_misses: tuple[Route, ...]
    missing: tuple[MissingMolecule, ...]
    molecules: int
    seconds: float
    first_after: float | None
    ended: Ended
    interruption: KeyboardInterrupt | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def is_solved(self) -> bool:
        """Whether there is a complete route."""
        return bool(self.alternatives)

    @property
    def shown(self) -> tuple[Route, ...]:
        """The best route of each group of alternatives; where there is none, those that came nearest."""
        return tuple(one.best for one in self.alternatives) or self.near_misses

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "target": self.target,
            "solved": self.is_solved,
            "single_step": self.single_step,
            "stock": {"name": self.stock, "size": self.stock_size},
            "in_stock": None if self.in_stock is None else self.in_stock.to_json(),
            "steps": self.options.steps,
            "search": self.options.search.value,
            "alternatives": [one.to_json() for one in self.alternatives],
            "near_misses": [one.to_json() for one in self.near_misses],
            "missing": [one.to_json() for one in self.missing],
            "molecules": self.molecules,
            "seconds": round(self.seconds, 3),
            "first_after": None if self.first_after is None else round(self.first_after, 3),
            "ended": self.ended.name.lower(),
            "notes": list(self.notes),
        }


def plan_routes(
    molecule: str,
    single_step: SingleStep,
    stock: Stock,
    *,
    options: PlanOptions | None = None,
    constraints: Constraints | None = None,
    told: Callable[[Progress], None] = lambda progress: None,
) -> Plan:
    """Search for routes from a stock to a molecule.

    Ctrl-C ends the search, not the plan: what was found so far is returned, with the interruption.

    Args:
        molecule: SMILES. Of a salt the parent is planned for.
        single_step: Proposes steps.
        stock: What routes start from.
        options: How the plan is wanted.
        constraints: What routes may not hold.
        told: Called after each molecule that was looked at.

    Raises:
        InvalidSmilesError: The molecule does not parse.
        RefusedError: It is a scheduled chemical.
    """
    wanted, banned = options or PlanOptions(), constraints or Constraints()
    target, notes = read_target(molecule)
    if (refusal := explain_refusal(molecule)) is not None:
        raise RefusedError(refusal, value=molecule, hint="no routes are planned to scheduled chemicals")
    shelf = stock.without(target)
    watch = _Watch(target, shelf, wanted.steps, told)
    expander = Expander(single_step, banned, watch.look)
    watch.table = expander.table
    interruption: KeyboardInterrupt | None = None
    nodes = 0
    try:
        nodes = run_search(
            target,
            expander,
            shelf,
            kind=wanted.search,
            longest=wanted.steps,
            seconds=wanted.seconds,
            molecules=wanted.molecules,
            first=wanted.first,
        )
    except KeyboardInterrupt as stopped:
        interruption = stopped
    seconds = watch.seconds
    table = expander.table
    alternatives = part_routes(list_routes(target, table, shelf, longest=wanted.steps), wanted.alternatives)
    misses = [] if alternatives else _list_near_misses(target, table, shelf, wanted)
    return Plan(
        target,
        single_step.name,
        stock.name,
        len(stock),
        stock.find(target),
        wanted,
        tuple(alternatives),
        tuple(misses),
        tuple(_explain(target, misses, table, shelf, wanted) if not alternatives else ()),
        len(table),
        seconds,
        (watch.first_after or seconds) if alternatives else None,
        _find_end(interruption, wanted, bool(alternatives), len(table), seconds, nodes),
        interruption,
        notes,
    )


def read_target(molecule: str) -> tuple[str, tuple[str, ...]]:
    """Return the canonical SMILES of what is planned for, and what must be said of it.

    Raises:
        InvalidSmilesError: The molecule does not parse.
    """
    target, notes = canonicalize_smiles(molecule), []
    neutral = analyze_composition(target).parent_neutral
    if neutral != target:
        what = "the parent of the salt or mixture" if "." in target else "the neutral form of"
        notes.append(f"planned for {neutral}, {what} {target}")
        target = neutral
    mol = parse_smiles(target)
    possible = Chem.FindPotentialStereo(mol)
    unstated = sum(one.specified == Chem.StereoSpecified.Unspecified for one in possible)
    if unstated:
        notes.append(
            f"{unstated} stereocentre{'s' if unstated > 1 else ''} of the target without a stated configuration:"
            " the routes are to any of its stereoisomers"
        )
    return target, tuple(notes)


class _Watch:
    """Looks at the clock and for the best complete route after each molecule; it takes a twentieth of the time."""

    def __init__(self, target: str, stock: Stock, longest: int, told: Callable[[Progress], None]) -> None:
        self._target, self._stock, self._longest, self._told = target, stock, longest, told
        self._started = time.monotonic()
        self._again = 0.0
        self._score: float | None = None
        self.table: dict[str, Expansion] = {}
        self.first_after: float | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def look(self) -> None:
        before = self.seconds
        if before >= self._again:
            best = next(list_routes(self._target, self.table, self._stock, longest=self._longest), None)
            if best is not None:
                self._score = best.score
                self.first_after = before if self.first_after is None else self.first_after
            self._again = self.seconds + _LOOKING * (self.seconds - before)
        self._told(Progress(self.seconds, len(self.table), self._score))


def _list_near_misses(target: str, table: dict[str, Expansion], stock: Stock, wanted: PlanOptions) -> list[Route]:
    """Return the incomplete routes that lack least and are not alike."""
    found = part_routes(list_routes(target, table, stock, longest=wanted.steps, complete=False), _NEAR_MISSES)
    return [one.best for one in found]


def _explain(
    target: str, misses: list[Route], table: dict[str, Expansion], stock: Stock, wanted: PlanOptions
) -> list[MissingMolecule]:
    if not misses:
        return [explain_molecule(target, table, stock)]
    missing = (one for route in misses for one in explain_missing(route, table, stock, wanted.steps))
    return list({one.smiles: one for one in missing}.values())


def _find_end(
    interruption: KeyboardInterrupt | None,
    wanted: PlanOptions,
    solved: bool,
    molecules: int,
    seconds: float,
    nodes: int,
) -> Ended:
    if interruption is not None:
        return Ended.INTERRUPTED
    if wanted.first and solved:
        return Ended.FIRST
    if seconds >= wanted.seconds:
        return Ended.TIME
    if molecules >= wanted.molecules:
        return Ended.MOLECULES
    return Ended.SIZE if nodes >= MOST_NODES else Ended.EXHAUSTED
