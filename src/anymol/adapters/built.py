"""What a method builds for a decoder."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from anymol.adapters.adapter_layer import AdapterLayer


class Removable(Protocol):
    """What a registered hook is undone by."""

    def remove(self) -> None:
        """Undo the registration."""
        ...


@runtime_checkable
class Conditioned(Protocol):
    """A network that writes part of an adapter from a prompt's molecules; :attr:`Built.network` of MoRA is one."""

    def conditioned_on(
        self,
        states: torch.Tensor,
        mask: torch.Tensor,
        molecule_index: torch.Tensor | None = None,
        roles: torch.Tensor | None = None,
        *,
        segments: torch.Tensor | None = None,
        keys: Sequence[Hashable] | None = None,
    ) -> AbstractContextManager[None]:
        """Return a scope inside which the decoder runs with the adapters of these prompts."""
        ...

    def bake(
        self,
        states: torch.Tensor,
        mask: torch.Tensor | None = None,
        molecule_index: torch.Tensor | None = None,
        roles: torch.Tensor | None = None,
    ) -> Mapping[str, tuple[torch.Tensor, torch.Tensor]]:
        """Return the pairs of one prompt: canonical name of a place -> A (r, in) and B (out, r), all scales in B.

        Raises:
            MergeError: A place has no single pair (the whole feed-forward block).
        """
        ...


@dataclass(frozen=True, eq=False)
class Built:
    """One config's parts of an adapter.

    Attributes:
        variants: Canonical name of a place -> what computes there.
        network: What belongs to no place (MoRA's generators); it is registered beside the decoder. One that is
            :class:`Conditioned` serves the handle's ``conditioned_on`` and the export.
        hooks: What is to be undone when the adapter is removed.
    """

    variants: Mapping[str, AdapterLayer]
    network: nn.Module | None = None
    hooks: tuple[Removable, ...] = field(default=())


def is_claimed(name: str, claimed: Collection[str]) -> bool:
    """Whether a place is taken: it, something around it or something inside it was claimed before."""
    return any(name == other or name.startswith(f"{other}.") or other.startswith(f"{name}.") for other in claimed)
