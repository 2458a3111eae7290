"""A decoder that computes in bf16 and learns in fp32.

Autocast keeps weights, gradients and the residual stream in fp32 and casts around each product. Where memory is the
limit, as in small models on CPUs, half the bytes are half the time of all that is not a product. So the weights
themselves are bf16 while a stage runs, and the optimiser updates fp32 masters of them (Micikevicius et al. 2018, "Mixed
precision training", section 3.1): steps too small for bf16 are not lost.

A backward pass leaves gradients in bf16. Those of several passes, and of several processes, are added in fp32.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn

from anymol.errors import ConfigError
from anymol.models.modeling import AnyMolForCausalLM
from anymol.training.optimisation import ParameterGroups
from anymol.training.stages import Precision


@contextmanager
def learn_in_fp32(model: AnyMolForCausalLM, precision: Precision) -> Iterator[MasterWeights]:
    """Let a model's decoder hold bf16 weights in this scope, where `precision` says so; fp32 comes back at its end.

    Yields:
        The masters; of no weight at all under another precision.

    Raises:
        ConfigError: The decoder has an adapter, whose small weights are kept in fp32.
    """
    held = precision is Precision.BF16_WEIGHTS
    if held and model.config.adapters:
        raise ConfigError("bf16_weights is for a decoder without adapters", hint="give the stage precision bf16")
    masters = MasterWeights(model.decoder if held else None)
    try:
        yield masters
    finally:
        masters.restore()


class MasterWeights:
    """fp32 masters of a module's parameters, which are bf16 from now on.

    Buffers stay as they are: the frequencies of rotary embeddings would lose their positions.

    Args:
        module: What holds fp32 parameters; those that need no gradient are kept only to be restored. None for nothing.
    """

    def __init__(self, module: nn.Module | None) -> None:
        self._places = [
            (owner, name, parameter)
            for owner in (() if module is None else module.modules())
            for name, parameter in owner.named_parameters(recurse=False)
        ]
        parameters = dict.fromkeys(parameter for _, _, parameter in self._places)
        self._of = {one: nn.Parameter(one.data, requires_grad=one.requires_grad) for one in parameters}
        for parameter in self._of:
            parameter.data = parameter.data.bfloat16()

    @property
    def held(self) -> bool:
        """Whether there are any: whether gradients arrive in bf16."""
        return bool(self._of)

    def groups(self, groups: ParameterGroups) -> ParameterGroups:
        """Return parameter groups for an optimiser, masters in the place of what they are masters of."""

        def swap(named: list[tuple[str, nn.Parameter]]) -> list[tuple[str, nn.Parameter]]:
            return [(name, self._of.get(parameter, parameter)) for name, parameter in named]

        return replace(
            groups,
            matrices=swap(groups.matrices),
            embeddings=swap(groups.embeddings),
            scalars=swap(groups.scalars),
            low_rank=swap(groups.low_rank),
        )

    @torch.no_grad()
    def take_gradients(self) -> None:
        """Add the gradients of the last backward pass to the masters', in fp32, and clear them."""
        for parameter, master in self._of.items():
            if parameter.grad is None:
                continue
            if master.grad is None:
                master.grad = parameter.grad.float()
            else:
                master.grad.add_(parameter.grad)
            parameter.grad = None

    @torch.no_grad()
    def publish(self) -> None:
        """Round the masters into the parameters, after an optimiser's step."""
        if self._of:
            torch._foreach_copy_(list(self._of), list(self._of.values()))

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Let the model hold the masters themselves in this scope: for checkpoints, and to change its weights.

        Masters stand in the place of parameters, which stay what they are: given other data, a parameter would also
        forget that data parallelism waits for its gradient.
        """
        for owner, name, parameter in self._places:
            setattr(owner, name, self._of[parameter])
        try:
            yield
        finally:
            for owner, name, parameter in self._places:
                setattr(owner, name, parameter)

    def restore(self) -> None:
        """Make the parameters fp32 again, with the masters' values."""
        for parameter, master in self._of.items():
            parameter.data = master.data
