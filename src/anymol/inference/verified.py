"""How sure an answer is that programs have verified: how often such answers were what was asked for.

A request for an edit, an optimisation or a design has many right answers, and what is right can be counted. What can
still be wrong is how the words were read, and what a check leaves out. Both were measured: answers to requests in free
words that passed all checks, judged by conditions that were written beside the words and not read from them
(``benchmarks/editing_requests.tsv``, by ``scripts/measure_editing.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from anymol.tasks.task import Check


@dataclass(frozen=True)
class VerifiedShare:
    """How many verified answers were right.

    Attributes:
        right: Answers that met the specification written beside the request.
        n: Answers that passed every check.
    """

    right: int
    n: int

    @property
    def probability(self) -> float:
        """The share, with one more of either kind (Laplace), so that no figure claims certainty."""
        return (self.right + 1) / (self.n + 2)


VERIFIED: Final[Mapping[str, VerifiedShare]] = MappingProxyType(
    {
        "molecule_editing": VerifiedShare(74, 74),
        "molecule_optimisation": VerifiedShare(74, 74),
        "text_guided_design": VerifiedShare(71, 71),
    }
)
"""By task; figures of ``docs/results/editing.md``."""


def judge_verified(task: str, checks: Sequence[Check]) -> float | None:
    """Return the probability that an answer is what was asked for.

    Returns:
        The measured share where every check passed, and more than mere parsing was checked; None where one failed or
        could not be decided, or nothing was measured for the task.
    """
    decided = [check for check in checks if check.name != "parses"]
    if task not in VERIFIED or not decided or not all(check.passed for check in checks):
        return None
    return VERIFIED[task].probability
