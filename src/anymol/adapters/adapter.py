"""The handle of an adapter that was put into a decoder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from anymol.adapters.adapter_layer import Adapted, AdapterLayer
from anymol.adapters.built import Built, Conditioned
from anymol.adapters.config import AdapterConfig
from anymol.adapters.decoder import Decoder
from anymol.adapters.moge.block import MogeBlock, read_balance
from anymol.adapters.moge.masking import TokenScope
from anymol.adapters.moge.statistics import LayerRouting, read_statistics
from anymol.adapters.plain_names import forget_adapter, is_noted, note_adapter
from anymol.errors import AdapterError, MergeError

_MERGED = "merged_adapter"
"""Attribute of the model that holds the handle whose weights are merged, if any."""
THAWED = "adapter_thawed"
"""Attribute of the model that lists the weights that were trainable before its first adapter."""
HANDLES = "adapter_handles"
"""Attribute of the model that holds the handles of its adapters by name, so that a copy of the model has its own."""
NETWORK = "network"
"""First part of the names of weights that belong to no place."""


class Adapter:
    """One named adapter of a model; made by :func:`~anymol.adapters.injection.inject`.

    It is not a module: its weights live in the model, so that the model's own ``to`` and ``state_dict`` and what
    wraps the model see them.

    Args:
        decoder: The model.
        name: Of the adapter.
        configs: Of its methods, in the order in which they took places.
        built: What each config built.
        thawed: Weights of the model that were trainable before.

    Attributes:
        name: Of the adapter.
        configs: Of its methods.
        decoder: The model as adapters see it.
    """

    def __init__(
        self,
        decoder: Decoder,
        name: str,
        configs: tuple[AdapterConfig, ...],
        built: tuple[Built, ...],
        thawed: list[nn.Parameter],
    ) -> None:
        self.decoder = decoder
        self.name = name
        self.configs = configs
        self._built = built
        self._thawed = thawed
        self._merged: dict[str, nn.Parameter] = {}
        self._is_noted = False
        self._is_removed = False

    def __repr__(self) -> str:
        kinds = "+".join(config.kind for config in self.configs)
        return f"Adapter({self.name!r}, {kinds}, {len(self.variants)} places, {self.n_parameters:,} trainable weights)"

    @property
    def variants(self) -> Mapping[str, AdapterLayer]:
        """Canonical name of a place -> what computes there."""
        return {place: variant for parts in self._built for place, variant in parts.variants.items()}

    @property
    def networks(self) -> tuple[nn.Module, ...]:
        """What belongs to no place: MoRA's generators."""
        return tuple(parts.network for parts in self._built if parts.network is not None)

    @property
    def n_parameters(self) -> int:
        """Trainable weights."""
        return sum(parameter.numel() for parameter in self.parameters())

    # ------------------------------------------------------------------------------------------------------ weights

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield the trainable weights; names are canonical, the same whatever model is around the decoder."""
        for prefix, module in self._modules():
            for name, parameter in module.named_parameters():
                yield f"{prefix}.{name}", parameter

    def parameters(self) -> Iterator[nn.Parameter]:
        """Yield the trainable weights, as an optimiser takes them."""
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return weights and buffers by canonical name."""
        return {
            f"{prefix}.{name}": tensor
            for prefix, module in self._modules()
            for name, tensor in module.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        """Copy weights and buffers in.

        Raises:
            AdapterError: A name is missing, too many, or of another shape.
        """
        own = self.state_dict()
        if missing := sorted(own.keys() - state.keys()):
            raise AdapterError(f"{len(missing)} weights are missing, the first is {missing[0]}", value=missing[0])
        if surplus := sorted(state.keys() - own.keys()):
            raise AdapterError(f"{len(surplus)} weights are too many, the first is {surplus[0]}", value=surplus[0])
        for name, tensor in own.items():
            if tensor.shape != state[name].shape:
                raise AdapterError(
                    f"{name} has the shape {tuple(state[name].shape)} there and {tuple(tensor.shape)} here", value=name
                )
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(state[name])

    def _modules(self) -> Iterator[tuple[str, nn.Module]]:
        yield from self.variants.items()
        for number, network in enumerate(self.networks):
            yield f"{NETWORK}.{number}", network

    # --------------------------------------------------------------------------------------------------- activation

    def enable(self) -> None:
        """Make this the model's active adapter, the one that trains."""
        self.set_active(self.name)

    def disable(self) -> None:
        """Make the model the frozen one, to the bit."""
        self.set_active(None)

    @contextmanager
    def disabled(self) -> Iterator[None]:
        """Run the frozen model, to the bit, while the scope lasts; what was merged is merged again after it."""
        before, merged = self._active(), merged_adapter(self.decoder.model)
        learns = [(parameter, parameter.requires_grad) for parameter in self.decoder.model.parameters()]
        self.set_active(None)
        try:
            yield
        finally:
            if merged is None:
                self.set_active(before)
            else:
                merged.merge()
            for parameter, flag in learns:  # one that rests stays at rest, though its adapter is active again
                parameter.requires_grad_(flag)

    def set_active(self, name: str | None) -> None:
        """Choose which of the model's adapters is active; None for none, which takes merged weights out too.

        Raises:
            AdapterError: There is no adapter of this name, one is merged, or this one is removed.
        """
        self._require_present()
        merged = merged_adapter(self.decoder.model)
        if merged is not None and name is not None:
            # Beside merged weights another adapter would be added to the first rather than to the frozen model.
            raise AdapterError(f"the adapter '{merged.name}' is merged into the weights", hint="call unmerge() first")
        if merged is not None:
            merged._restore()
        wrappers = self._wrappers()
        known = sorted({one for wrapper in wrappers for one in wrapper.variants})
        if name is not None and name not in known:
            raise AdapterError(f"there is no adapter '{name}'", value=name, hint=f"there are: {', '.join(known)}")
        for wrapper in wrappers:
            wrapper.active = name if name is not None and name in wrapper.variants else None
        if name is not None:
            # Weights that take no part get no gradient, and a data-parallel wrapper would wait for it.
            for wrapper in wrappers:
                for other, variant in wrapper.variants.items():
                    variant.requires_grad_(other == name)
            for other, network in getattr(self.decoder.model, "adapter_networks", nn.ModuleDict()).items():
                network.requires_grad_(other == name)

    def _active(self) -> str | None:
        return active_adapter(self.decoder.model)

    def _wrappers(self) -> list[Adapted]:
        return [module for module in self.decoder.model.modules() if isinstance(module, Adapted)]

    # --------------------------------------------------------------------------------------------------------- MoRA

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
        """Run the decoder with the adapters of B prompts while the scope lasts.

        Args:
            states: Atom states, shape (B, V, d).
            mask: True at real atoms, shape (B, V); a row without any is answered by the frozen model.
            molecule_index: Which molecule of its prompt an atom belongs to, shape (B, V), int64.
            roles: Role of each atom's molecule, shape (B, V), int64.
            segments: Prompt of each token of packed rows, shape (rows, L), int64, -1 for none.
            keys: One per prompt, under which its adapter is cached.

        Raises:
            AdapterError: No method of the adapter is conditioned on molecules.
        """
        networks = [network for network in self.networks if isinstance(network, Conditioned)]
        if not networks:
            raise AdapterError(
                f"the adapter '{self.name}' is not conditioned on molecules: none of its methods is MoRA"
            )
        with ExitStack() as stack:
            for one in networks:
                stack.enter_context(
                    one.conditioned_on(states, mask, molecule_index, roles, segments=segments, keys=keys)
                )
            yield

    # --------------------------------------------------------------------------------------------------------- MoGE

    @property
    def routes(self) -> bool:
        """Whether any method of the adapter is MoGE."""
        return any(isinstance(variant, MogeBlock) for variant in self.variants.values())

    @property
    def blocks(self) -> tuple[MogeBlock, ...]:
        """The MoGE blocks, from the lowest layer to the highest.

        Raises:
            AdapterError: The adapter has none.
        """
        found = [variant for variant in self.variants.values() if isinstance(variant, MogeBlock)]
        if not found:
            raise AdapterError(
                f"the adapter '{self.name}' routes nothing: none of its methods is MoGE", value=self.name
            )
        return tuple(sorted(found, key=lambda block: block.layer))

    def balance_loss(self) -> torch.Tensor:
        """Return the weighted balance loss of the last forward in training mode, summed over layers, for a log.

        Its gradient is attached inside the blocks: do not add it to the loss again.

        Raises:
            AdapterError: The adapter has no MoGE, or ran no forward in training mode yet.
        """
        loss = read_balance(self.blocks)
        if loss is None:
            raise AdapterError("the balance loss is known after a forward in training mode", value=self.name)
        return loss

    def router_statistics(self) -> list[LayerRouting]:
        """Return what the routers did inside :meth:`recording` since the last call, by label and layer."""
        return read_statistics(self.blocks)

    @contextmanager
    def recording(self, label: str) -> Iterator[None]:
        """Record routing under a label, such as a task, while the scope lasts."""
        with self._in_scopes(lambda scope: scope.recording(label)):
            yield

    @contextmanager
    def masked(self, mask: torch.Tensor) -> Iterator[None]:
        """Say which tokens are real, shape (B, L) bool, where no 2-D ``attention_mask`` does (packed rows).

        Under gradient checkpointing keep the scope open over the backward pass, which runs the layers again.
        """
        with self._in_scopes(lambda scope: scope.masked(mask)):
            yield

    @contextmanager
    def scaled_balance(self, factor: float) -> Iterator[None]:
        """Multiply the gradient of the balance loss, for one of several micro-batches of a step.

        Under gradient checkpointing keep the scope open over the backward pass, which runs the layers again.
        """
        with self._in_scopes(lambda scope: scope.scaled_balance(factor)):
            yield

    @contextmanager
    def _in_scopes(self, enter: Callable[[TokenScope], AbstractContextManager[None]]) -> Iterator[None]:
        with ExitStack() as stack:
            for scope in {id(block.scope): block.scope for block in self.blocks}.values():
                stack.enter_context(enter(scope))
            yield

    # ------------------------------------------------------------------------------------------------------ merging

    @property
    def is_merged(self) -> bool:
        """Whether the adapter stands in the decoder's own weights."""
        return bool(self._merged)

    def merge(self) -> None:
        """Write the adapter into the decoder's weights; the weights that were there are kept for :meth:`unmerge`.

        Raises:
            MergeError: A place cannot be written as one weight; then nothing has changed.
        """
        self._require_present()
        if self._merged:
            raise AdapterError(f"the adapter '{self.name}' is merged already", value=self.name)
        if other := merged_adapter(self.decoder.model):
            raise AdapterError(f"the adapter '{other.name}' is merged into the weights", hint="call unmerge() first")
        merged: dict[str, nn.Parameter] = {}
        with torch.no_grad():
            for place, variant in self.variants.items():
                delta = variant.weight_delta()
                weight = plain_weight(place, self._wrapper(place).base)
                wide = torch.promote_types(weight.dtype, delta.dtype)
                sum_ = (weight.to(wide) + delta.to(device=weight.device, dtype=wide)).to(weight.dtype)
                merged[place] = nn.Parameter(sum_, requires_grad=False)
        self.set_active(None)
        for place, weight in merged.items():
            base = self._wrapper(place).base
            self._merged[place] = base.get_parameter("weight")
            base.weight = weight
        setattr(self.decoder.model, _MERGED, self)
        self._is_noted = is_noted(self.decoder.model, self.name)
        # What is saved now is the sum: whoever read the adapter from beside it would add it twice.
        forget_adapter(self.decoder.model, self.name)

    def unmerge(self) -> None:
        """Put back the very weights that were there before :meth:`merge`, and activate the adapter."""
        if not self._merged:
            raise AdapterError(f"the adapter '{self.name}' is not merged", value=self.name)
        self._restore()
        self.enable()

    def _restore(self) -> None:
        """Put the frozen weights back where they were, on the device and in the dtype the model has now."""
        for place, weight in self._merged.items():
            base = self._wrapper(place).base
            weight.data = weight.data.to(base.get_parameter("weight"))
            base.weight = weight
        self._forget_merge()

    def _forget_merge(self) -> None:
        if self._merged:
            delattr(self.decoder.model, _MERGED)
            if self._is_noted:
                note_adapter(self.decoder.model, self.name, self.configs)
        self._merged = {}

    def remove(self, *, keep_merged: bool = False) -> None:
        """Take the adapter out of the model.

        Args:
            keep_merged: Whether it stays behind in the decoder's weights; otherwise the decoder is what it was before,
                to the bit.

        Raises:
            MergeError: It is to stay behind and cannot be written into weights.
        """
        self._require_present()
        if keep_merged and not self._merged:
            self.merge()
        if not keep_merged and self._merged:
            self.unmerge()
        self._forget_merge()
        if self._active() == self.name:
            self.set_active(None)
        for parts in self._built:
            for hook in parts.hooks:
                hook.remove()
        for place in self.variants:
            wrapper = self._wrapper(place)
            del wrapper.variants[self.name]
            if not len(wrapper.variants):
                self.decoder.replace(place, wrapper.base)
        networks = getattr(self.decoder.model, "adapter_networks", None)
        if networks is not None and self.name in networks:
            del networks[self.name]
            if not len(networks):
                del self.decoder.model.adapter_networks
        if not self._wrappers():
            for parameter in self._thawed:
                parameter.requires_grad_(True)
            delattr(self.decoder.model, THAWED)
        forget_adapter(self.decoder.model, self.name)
        vars(self.decoder.model).get(HANDLES, {}).pop(self.name, None)
        self._is_removed = True

    def _wrapper(self, place: str) -> Adapted:
        wrapper = self.decoder.get(place)
        assert isinstance(wrapper, Adapted)
        return wrapper

    def _require_present(self) -> None:
        if self._is_removed:
            raise AdapterError(f"the adapter '{self.name}' was removed from the model", value=self.name)


def active_adapter(model: nn.Module) -> str | None:
    """Return the name of the adapter that a model runs with; None where it runs without."""
    names = (module.active for module in model.modules() if isinstance(module, Adapted))
    return next((name for name in names if name is not None), None)


def get_adapter(model: nn.Module, name: str | None = None) -> Adapter:
    """Return the handle of an adapter of a model.

    A copy of a model (``copy.deepcopy``) has adapters of its own: a scope of the handle that the first model gave does
    nothing in the copy.

    Args:
        model: The model, or a copy of it.
        name: Of the adapter; None for the active one, or the only one.

    Raises:
        AdapterError: There is none of this name, or none at all.
    """
    handles: Mapping[str, Adapter] = vars(model).get(HANDLES, {})
    wanted = name or active_adapter(model) or next(iter(handles), None)
    if wanted is None or wanted not in handles:
        raise AdapterError("the model has no such adapter", value=name, hint=f"it has {', '.join(handles) or 'none'}")
    return handles[wanted]


def merged_adapter(model: nn.Module) -> Adapter | None:
    """Return the adapter that is merged into a decoder's weights, if any."""
    adapter: Adapter | None = getattr(model, _MERGED, None)
    return adapter


def plain_weight(place: str, base: nn.Module) -> torch.Tensor:
    """Return the weight of a linear map that a delta can be added to."""
    weight: Any = base.weight
    if type(base) is not nn.Linear or type(weight) is not nn.Parameter or not weight.is_floating_point():
        kind = type(base).__name__ if type(base) is not nn.Linear else f"{type(weight).__name__} of {weight.dtype}"
        raise MergeError(
            f"{place} holds its weight in a form that a sum cannot be written to ({kind}): it is quantised or sharded",
            value=place,
            hint="merge into the decoder in floating point",
        )
    return weight
