"""What was asked of the single step so far: each molecule once, with what it gave and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from anymol.errors import AnyMolError
from anymol.planning.constraints import Constraints, explain_refusal
from anymol.planning.single_step import SingleStep, Step
from anymol.planning.stock import write_key

WIDEST: Final = 30
"""Steps of a molecule that are gone on with, the most probable first."""

LEAST: Final = 1e-3
"""Probability of a step below which it is not gone on with."""

UNREADABLE: Final = "a molecule of it cannot be read"


@dataclass(frozen=True)
class Expansion:
    """What is known of how a molecule can be made.

    Attributes:
        steps: Steps that make it, the most probable first.
        left_out: Why how many other steps were left out.
        refusal: Why nothing was asked: it is a scheduled chemical.
        fault: Why there is no answer: the single step cannot read it.
    """

    steps: tuple[Step, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    refusal: str | None = None
    fault: str | None = None


class Expander:
    """Asks the single step, and remembers.

    Args:
        single_step: What is asked.
        constraints: What steps are left out.
        told: Called after each molecule that was asked about.
    """

    def __init__(
        self, single_step: SingleStep, constraints: Constraints, told: Callable[[], None] = lambda: None
    ) -> None:
        self._single_step, self._constraints, self._told = single_step, constraints, told
        self.table: dict[str, Expansion] = {}

    def expand(self, smiles: str) -> tuple[Step, ...]:
        """Return the steps that make a molecule."""
        if smiles not in self.table:
            self.table[smiles] = self._ask(smiles)  # whole or not at all, wherever Ctrl-C comes
            self._told()
        return self.table[smiles].steps

    def _ask(self, smiles: str) -> Expansion:
        if (refusal := explain_refusal(smiles)) is not None:
            return Expansion(refusal=refusal)
        try:
            proposed = self._single_step.propose(smiles)
        except AnyMolError as error:
            return Expansion(fault=error.message)
        kept: list[Step] = []
        left_out: Counter[str] = Counter()
        key = write_key(smiles)
        for step in proposed:
            if len(kept) == WIDEST or step.probability < LEAST:
                break
            if smiles in step.reactants or (key is not None and key in map(write_key, step.reactants)):
                continue  # of itself, or of a salt or tautomer of it: nothing is made
            fault = self._judge(step)
            if fault is None:
                kept.append(step)
            else:
                left_out[fault] += 1
        return Expansion(tuple(kept), left_out)

    def _judge(self, step: Step) -> str | None:
        """Return why a step is left out; None where it is kept, and then all of its molecules can be read."""
        try:
            return self._constraints.find_fault(step)
        except AnyMolError:
            return UNREADABLE
