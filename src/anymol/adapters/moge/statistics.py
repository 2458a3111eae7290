"""What the routers did: shares, probabilities and entropy per layer and label, on real tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import torch

from anymol.adapters.moge.balance import routed_shares


@dataclass(frozen=True)
class LayerRouting:
    """What one layer's router did with the tokens of one label.

    Attributes:
        label: Given to ``recording``.
        layer: Of the decoder, from 0.
        n_tokens: Real tokens seen.
        routed: Share of the choices that fell on each expert; they sum to 1.
        probability: Mean probability of each expert.
        entropy: Mean entropy of a token's probabilities, in nats; ln X where the router knows nothing.
    """

    label: str
    layer: int
    n_tokens: int
    routed: tuple[float, ...]
    probability: tuple[float, ...]
    entropy: float


class RouterStatistics:
    """Sums over one block's tokens, per label, kept on the block's device until they are read.

    Args:
        experts: X, the routed experts.
    """

    def __init__(self, experts: int) -> None:
        self.experts = experts
        self._sums: dict[str, torch.Tensor] = {}

    def add(
        self, label: str | None, probabilities: torch.Tensor, chosen: torch.Tensor, mask: torch.Tensor | None
    ) -> None:
        """Add tokens.

        Args:
            label: Under which they count; None counts nothing.
            probabilities: Shape (N, X).
            chosen: Shape (N, k), int64.
            mask: True at real tokens, shape (N,).
        """
        if label is None:
            return
        with torch.no_grad():
            routed, mean = routed_shares(probabilities, chosen, mask)
            real = probabilities.new_ones(len(probabilities)) if mask is None else mask.to(probabilities.dtype)
            n = real.sum()
            entropy = real @ -torch.special.xlogy(probabilities, probabilities).sum(-1)
            # fp64: token counts of a long run are past what fp32 counts one by one.
            row = torch.cat([n[None], entropy[None], n * routed, n * mean]).double()
        self._sums[label] = self._sums[label] + row if label in self._sums else row

    def read(self, layer: int) -> list[LayerRouting]:
        """Return what was summed since the last reading, one record per label, and begin anew."""
        sums, self._sums = self._sums, {}
        records = []
        for label, row in sums.items():
            n, entropy, *rest = row.tolist()
            shares = tuple(value / max(n, 1) for value in rest)
            records.append(
                LayerRouting(
                    label, layer, round(n), shares[: self.experts], shares[self.experts :], entropy / max(n, 1)
                )
            )
        return records


class _Recorded(Protocol):
    layer: int
    statistics: RouterStatistics


def read_statistics(blocks: Iterable[_Recorded]) -> list[LayerRouting]:
    """Return what the blocks' routers did since the last reading, in order of label and layer, and begin anew."""
    records = [record for block in blocks for record in block.statistics.read(block.layer)]
    return sorted(records, key=lambda record: (record.label, record.layer))
