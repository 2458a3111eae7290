"""What a method builds for a decoder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from torch import nn

from anymol.adapters.variant import Variant


class Removable(Protocol):
    """What a registered hook is undone by."""

    def remove(self) -> None:
        """Undo the registration."""
        ...


@dataclass(frozen=True, eq=False)
class Built:
    """One config's parts of an adapter.

    Attributes:
        variants: Canonical name of a place -> what computes there.
        network: What belongs to no place (MoRA's generators); it is registered beside the decoder.
        hooks: What is to be undone when the adapter is removed.
    """

    variants: Mapping[str, Variant]
    network: nn.Module | None = None
    hooks: tuple[Removable, ...] = field(default=())


def is_claimed(name: str, claimed: Collection[str]) -> bool:
    """Whether a place is taken: it, something around it or something inside it was claimed before."""
    return any(name == other or name.startswith(f"{other}.") or other.startswith(f"{name}.") for other in claimed)
