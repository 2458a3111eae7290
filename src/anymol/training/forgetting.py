"""What a stage forgets: losses on held-out text that it does not train on, before and after.

MoRA claims that nothing general is forgotten, since nothing shared was changed (arXiv 2510.12245); this says of any
method, stage by stage, whether it is so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anymol.backbones.general_text import to_perplexity
from anymol.training.corpus import EncodedCorpus
from anymol.training.validation import TaskLoss

_PREFIX = "held/"
_START = "start/"


@dataclass(frozen=True)
class Regression:
    """A task that got worse.

    Attributes:
        task: Its name.
        before: Mean loss per token before the stage, in nats.
        after: The same after it.
        text_only: Whether none of its examples holds a molecule other than as text.
    """

    task: str
    before: float
    after: float
    text_only: bool

    def __str__(self) -> str:
        kind = " (text only)" if self.text_only else ""
        return (
            f"{self.task}{kind}: loss {self.before:.3f} -> {self.after:.3f}, "
            f"perplexity {to_perplexity(self.before):.2f} -> {to_perplexity(self.after):.2f}"
        )


def held_out_tasks(val: EncodedCorpus, trained: Sequence[str]) -> tuple[str, ...]:
    """Return the tasks of `val`, documents among them, that a stage does not train on."""
    return tuple(task for task in val.tasks if task not in trained)


def text_only_tasks(val: EncodedCorpus) -> frozenset[str]:
    """Return the tasks whose examples hold no molecule other than as text."""
    modal = np.unique(val.task[val.n_records > 0])
    return frozenset(task for number, task in enumerate(val.tasks) if number not in modal)


def held_out_line(found: Mapping[str, TaskLoss], *, of_start: bool = False) -> dict[str, Any]:
    """Return losses and perplexities as entries of a line of metrics.

    Args:
        found: What was measured.
        of_start: Whether it is of an adapter at its start; what a stage is compared with is the decoder without it.
    """
    line: dict[str, Any] = {}
    prefix = _START if of_start else _PREFIX
    for task, measured in found.items():
        line[f"{prefix}{task}/loss"] = measured.loss
        line[f"{prefix}{task}/perplexity"] = to_perplexity(measured.loss)
    return line


def read_held_out(lines: Sequence[Mapping[str, Any]], stage: int) -> dict[str, float]:
    """Return the losses that a stage began with, from the run's metrics; a resumed run measured them long ago."""
    for line in lines:
        if line["stage"] == stage and line["step"] == 0 and any(key.startswith(_PREFIX) for key in line):
            return {
                key.removeprefix(_PREFIX).removesuffix("/loss"): value
                for key, value in line.items()
                if key.startswith(_PREFIX) and key.endswith("/loss")
            }
    return {}


def find_regressions(
    before: Mapping[str, float], after: Mapping[str, float], *, tolerance: float, text_only: frozenset[str]
) -> list[Regression]:
    """Return the tasks whose loss rose by more than `tolerance` nats, the worst first."""
    worse = [
        Regression(task, before[task], loss, task in text_only)
        for task, loss in after.items()
        if task in before and loss - before[task] > tolerance
    ]
    return sorted(worse, key=lambda one: one.before - one.after)
