"""How often each task is drawn in training. Needs no RDKit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from anymol.data.config import Frozen
from anymol.errors import ConfigError


class MixtureConfig(Frozen):
    """A mixture of tasks.

    The probability of task t is proportional to ``w_t * n_t ** (1 / T)``: with T = 1 examples are drawn alike, with a
    large T tasks are (Raffel et al. 2020, "Exploring the limits of transfer learning", section 3.5.2).

    Attributes:
        temperature: T.
        weights: Factor w of each task; tasks that are absent have 1, tasks with 0 are left out.
    """

    temperature: float = Field(default=1.0, ge=1.0)
    weights: dict[str, float] = Field(default_factory=dict)


def compute_probabilities(counts: Mapping[str, int], config: MixtureConfig) -> dict[str, float]:
    """Return the probability of each task.

    Args:
        counts: Task -> number of examples.
        config: The mixture.

    Raises:
        ConfigError: When a weight names an unknown task, is negative, or nothing is left.

    Example:
        >>> compute_probabilities({"logp": 100, "captioning": 300}, MixtureConfig())
        {'logp': 0.25, 'captioning': 0.75}
    """
    unknown = sorted(set(config.weights) - set(counts))
    if unknown:
        raise ConfigError(
            f"the mixture weighs tasks that have no examples: {', '.join(unknown)}", hint=f"there are {', '.join(counts)}"
        )
    raw = {}
    for task, count in counts.items():
        weight = config.weights.get(task, 1.0)
        if weight < 0:
            raise ConfigError(f"the weight of {task} is negative", value=weight)
        raw[task] = weight * count ** (1.0 / config.temperature) if count else 0.0
    total = sum(raw.values())
    if total <= 0:
        raise ConfigError("the mixture leaves no task", hint="give at least one task with examples a positive weight")
    return {task: value / total for task, value in raw.items()}


def mix_order(
    tasks: Sequence[str] | NDArray[np.str_], config: MixtureConfig, *, length: int, seed: int, epoch: int = 0
) -> NDArray[np.int64]:
    """Return which examples to visit, in order: tasks by their probability, each task's examples evenly.

    A task's examples are used up in a shuffled order before one comes again. The order depends on the arguments alone,
    so that a resumed run repeats it.

    Args:
        tasks: Task of each example, shape (n,).
        config: The mixture.
        length: Number of examples to visit.
        seed: Seed.
        epoch: Number of the pass; another one gives another order.

    Returns:
        Indices of examples, shape (length,), int64.
    """
    names, codes = np.unique(np.asarray(tasks, dtype=str), return_inverse=True)
    counts = np.bincount(codes, minlength=len(names))
    probabilities = compute_probabilities(dict(zip(names.tolist(), counts.tolist(), strict=True)), config)
    rng = np.random.default_rng([seed, epoch])
    shares = np.asarray([probabilities[name] for name in names.tolist()])
    drawn = rng.choice(len(names), size=length, p=shares)
    order = np.empty(length, dtype=np.int64)
    for code in range(len(names)):
        places = np.flatnonzero(drawn == code)
        members = np.flatnonzero(codes == code)
        order[places] = _cycle(members, len(places), rng)
    return order


def _cycle(members: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `count` members, each pass over them in a new order."""
    passes = [rng.permutation(members) for _ in range(-(-count // max(len(members), 1)))]
    return np.concatenate(passes)[:count] if passes else np.empty(0, dtype=np.int64)


def iterate_epochs(
    tasks: Sequence[str] | NDArray[np.str_], config: MixtureConfig, *, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Yield the order of one pass after another, without end."""
    epoch = 0
    while True:
        yield mix_order(tasks, config, length=len(tasks), seed=seed, epoch=epoch)
        epoch += 1
