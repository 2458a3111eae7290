"""MoRA's part that belongs to no place: the generator, and the scope that hands out what it writes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from anymol.adapters.mora.cache import GeneratedCache
from anymol.adapters.mora.conditioning import Condition, Scope
from anymol.adapters.mora.generator import MoraGenerator
from anymol.adapters.mora.layer import MoraLinear, Packing
from anymol.errors import AdapterError


class MoraNetwork(nn.Module):
    """The generator with the places it writes for.

    Under FSDP2 open the scope inside the forward of the sharded root, as ``AnyMolForCausalLM`` does: the generator runs
    before the decoder, and its weights are gathered with the root's.

    Args:
        generator: Writes the generated tensors.
        places: Canonical name -> place, in the order of the generator's targets.
        layers: Number of each place's layer.
        cache_size: Adapters kept by key.
    """

    def __init__(
        self, generator: MoraGenerator, places: Mapping[str, MoraLinear], layers: Sequence[int], cache_size: int
    ) -> None:
        super().__init__()
        self.generator = generator
        self.scope = Scope()
        self.cache = GeneratedCache(cache_size)
        self._places = tuple(places.items())  # a tuple: they are registered where they stand
        self._layers = tuple(layers)

    @contextmanager
    def conditioned_on(
        self,
        states: torch.Tensor,
        mask: torch.Tensor,
        molecule_index: torch.Tensor | None = None,
        roles: torch.Tensor | None = None,
        *,
        segments: torch.Tensor | None = None,
        keys: Sequence[Hashable] | None = None,
    ) -> Iterator[None]:
        """Let the decoder run with these prompts' adapters; see :meth:`anymol.adapters.Adapter.conditioned_on`."""
        self._check(states, mask, molecule_index, roles, keys)
        generated = self._generate(states, mask, molecule_index, roles, keys)
        by_layer: dict[int, list[torch.Tensor]] = {}
        for layer, tensor in zip(self._layers, generated, strict=True):
            by_layer.setdefault(layer, []).append(tensor)
        packing = None if segments is None else Packing.of(segments, len(states))
        before = self.scope.current
        self.scope.current = Condition({layer: tuple(tensors) for layer, tensors in by_layer.items()}, packing)
        try:
            yield
        finally:
            self.scope.current = before

    def generate_adapters(
        self,
        states: torch.Tensor,
        mask: torch.Tensor,
        molecule_index: torch.Tensor | None = None,
        roles: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """Return what is generated for each place: (B, in, r) of a full head, (B, k, r) of a factored one."""
        self._check(states, mask, molecule_index, roles, None)
        names = (name for name, _ in self._places)
        return dict(zip(names, self.generator(states, mask, molecule_index, roles), strict=True))

    def bake(
        self,
        states: torch.Tensor,
        mask: torch.Tensor | None = None,
        molecule_index: torch.Tensor | None = None,
        roles: torch.Tensor | None = None,
    ) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """Return one prompt's pairs: canonical name -> A (r, in) and B (out, r), the scale in B.

        Raises:
            MergeError: A place is a whole feed-forward block.
        """
        if mask is None:
            mask = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
        was_training = self.generator.training
        self.generator.eval()  # what dropout leaves out is not part of a molecule's adapter
        try:
            with torch.no_grad():
                generated = self.generate_adapters(states, mask, molecule_index, roles)
                return {name: place.bake(generated[name][0]) for name, place in self._places}
        finally:
            self.generator.train(was_training)

    def _generate(
        self,
        states: torch.Tensor,
        mask: torch.Tensor,
        molecule_index: torch.Tensor | None,
        roles: torch.Tensor | None,
        keys: Sequence[Hashable] | None,
    ) -> tuple[torch.Tensor, ...]:
        if keys is None or self.training or torch.is_grad_enabled() or not self.cache.size:
            tensors: tuple[torch.Tensor, ...] = self.generator(states, mask, molecule_index, roles)
            return tensors
        self.cache.check(self.generator)
        rows = [self.cache.get(key) for key in keys]
        missing = [number for number, row in enumerate(rows) if row is None]
        if missing:
            chosen = torch.tensor(missing, device=states.device)
            fresh = self.generator(
                *(None if one is None else one.index_select(0, chosen) for one in (states, mask, molecule_index, roles))
            )
            for column, number in enumerate(missing):
                row = tuple(tensor[column] for tensor in fresh)
                self.cache.put(keys[number], row)
                rows[number] = row
        return tuple(torch.stack(column) for column in zip(*(row for row in rows if row is not None), strict=True))

    def _check(
        self,
        states: torch.Tensor,
        mask: torch.Tensor,
        molecule_index: torch.Tensor | None,
        roles: torch.Tensor | None,
        keys: Sequence[Hashable] | None,
    ) -> None:
        width = self.generator.config.state_width
        if states.ndim != 3 or states.shape[-1] != width or not states.shape[0] * states.shape[1]:
            raise AdapterError(
                f"atom states have the shape (B, V, {width}), B and V at least 1, not {tuple(states.shape)}",
                hint="state_width of MoraConfig is the width of the graph encoder",
            )
        for name, tensor in (("mask", mask), ("molecule_index", molecule_index), ("roles", roles)):
            if tensor is not None and tensor.shape != states.shape[:2]:
                raise AdapterError(f"{name} has the shape {tuple(tensor.shape)}, and states {tuple(states.shape)}")
        if mask.dtype is not torch.bool:
            raise AdapterError(f"the mask is bool, True at real atoms, not {mask.dtype}")
        if keys is not None and len(keys) != len(states):
            raise AdapterError(f"{len(keys)} keys for {len(states)} prompts")
