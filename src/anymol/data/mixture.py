"""How often each task is drawn in training. Needs no RDKit."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from anymol.data.config import Frozen
from anymol.errors import ConfigError


class MixtureConfig(Frozen):
    """How examples are drawn.

    Attributes:
        weights: Task -> relative chance that an example is drawn from it. Empty: every task there is.
        temperature: T, where `weights` is empty: the chance of a task with n examples is proportional to n^(1/T)
            (Raffel et al. 2020, "Exploring the limits of transfer learning", section 3.5.2). With 1 examples are
            drawn alike; with a large T tasks are.
    """

    weights: dict[str, float] = Field(default_factory=dict)
    temperature: float = Field(default=1.0, ge=1.0)


def compute_chances(counts: Mapping[str, int], config: MixtureConfig) -> dict[str, float]:
    """Return the chance of each task; they sum to 1.

    Args:
        counts: Task -> number of examples.
        config: The mixture.

    Raises:
        ConfigError: When a weight is not positive or names a task without examples, or nothing is left.

    Example:
        >>> compute_chances({"logp": 100, "captioning": 300}, MixtureConfig())
        {'logp': 0.25, 'captioning': 0.75}
    """
    for task, weight in config.weights.items():
        if weight <= 0:
            raise ConfigError(f"the weight of {task} must be positive; leave the task out instead", value=weight)
        if not counts.get(task):
            present = ", ".join(name for name, count in counts.items() if count)
            raise ConfigError(f"the mixture draws from {task}, of which there is no example", hint=f"of: {present}")
    raw = config.weights or {task: count ** (1.0 / config.temperature) for task, count in counts.items() if count}
    total = sum(raw.values())
    if total <= 0:
        raise ConfigError("there are no examples to draw from")
    return {task: value / total for task, value in raw.items()}
