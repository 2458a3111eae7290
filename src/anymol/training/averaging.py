"""The exponential moving average of a model's weights: what a run held at a high learning rate is judged and saved by.

At a high rate the weights wander around the valley that they learn in; their average lies nearer to its floor, and
gains much of what an anneal of the rate would (Polyak and Juditsky 1992; Izmailov et al. 2018; Hägele et al. 2024).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from anymol.training.sharding import make_whole, shard_like

_UPDATES, _WEIGHTS = "updates", "weights/"


class WeightAverage:
    """The average of the parameters that a stage trains, in fp32; empty where the stage has none.

    ``a <- d a + (1 - d) w`` with ``d = min(decay^every, (1 + n) / (10 + n))`` after n updates, so that the random
    weights of a young run are soon forgotten. Running statistics are averages already and are used as they are.

    Attributes:
        updates: n, the updates so far.
    """

    def __init__(self) -> None:
        self.updates = 0
        self._decay, self._every = 0.0, 1
        self._averages: dict[str, Tensor] = {}

    def __bool__(self) -> bool:
        return bool(self._averages)

    def begin(self, model: nn.Module, *, decay: float, every: int = 1) -> None:
        """Average what a stage trains.

        An average of the same parameters, from the stage before or a checkpoint, goes on; else a new one starts at the
        weights as they are.

        Args:
            model: The model, each parameter learning or frozen as in the stage.
            decay: Part of the average that one step leaves, in [0, 1); 0 ends the average.
            every: Steps from update to update.
        """
        learning = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
        self._decay, self._every = decay, every
        if decay == 0:
            self.load({})
        elif self._averages.keys() != learning.keys():
            self._averages = {name: parameter.detach().float().clone() for name, parameter in learning.items()}
            self.updates = 0
        else:
            self._averages = {name: shard_like(self._averages[name], one) for name, one in learning.items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps of the stage, where an update is due."""
        if not self._averages or step % self._every:
            return
        kept = min(self._decay**self._every, (1 + self.updates) / (10 + self.updates))
        pairs = self._pairs(model)
        current = [parameter.detach().float() for parameter, _ in pairs]
        torch._foreach_lerp_([average for _, average in pairs], current, 1 - kept)
        self.updates += 1

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """Let the model have the averaged weights within the scope; its own come back bit by bit."""
        own = [(parameter, parameter.detach().clone()) for parameter, _ in self._pairs(model)]
        self.write(model)
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, weights in own:
                    parameter.copy_(weights)

    @torch.no_grad()
    def write(self, model: nn.Module) -> None:
        """Give the model the averaged weights for good, where there are any."""
        for parameter, average in self._pairs(model):
            parameter.copy_(shard_like(average, parameter))

    def tensors(self, *, kept: bool = True) -> dict[str, Tensor]:
        """Return the state on the CPU, as a checkpoint holds it; nothing where there is no average.

        Args:
            kept: Whether this process needs it, or only takes part in making sharded weights whole.
        """
        if not self._averages:
            return {}
        whole = ((_WEIGHTS + name, make_whole(average)) for name, average in self._averages.items())
        state = {name: average.cpu().contiguous() for name, average in whole if kept}
        return {_UPDATES: torch.tensor(self.updates), **state}

    def load(self, tensors: Mapping[str, Tensor], device: torch.device | None = None) -> None:
        """Take over what `tensors` gave; the next stage decides whether it goes on."""
        self.updates = int(tensors[_UPDATES]) if tensors else 0
        self._averages = {
            name.removeprefix(_WEIGHTS): tensor.to(device, copy=True)
            for name, tensor in tensors.items()
            if name != _UPDATES
        }

    def _pairs(self, model: nn.Module) -> list[tuple[nn.Parameter, Tensor]]:
        parameters = dict(model.named_parameters())
        return [(parameters[name], average) for name, average in self._averages.items()]
