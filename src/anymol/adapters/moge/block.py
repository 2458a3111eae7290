"""MoGE at one feed-forward block: routed and shared clones of the frozen block, computed without cloning it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from anymol.adapters.adapter_layer import AdapterLayer
from anymol.adapters.moge.balance import AttachLoss, balance_loss
from anymol.adapters.moge.experts import Activation, ExpertPairs, Pairs
from anymol.adapters.moge.masking import TokenScope
from anymol.adapters.moge.products import is_groupable, mix_dense, mix_grouped, mix_looped
from anymol.adapters.moge.router import Router
from anymol.adapters.moge.statistics import RouterStatistics
from anymol.errors import MergeError

Mix = Callable[..., tuple[torch.Tensor, torch.Tensor]]
"""A form of :mod:`~anymol.adapters.moge.products`."""


@dataclass(frozen=True)
class BlockForm:
    """How a feed-forward block is built; names are of its own modules.

    Attributes:
        inward: The maps from the decoder's width: gate and up, or the one that stands for both, or up alone.
        outward: The map back.
        activation: The module between; where gate and up are one map, its first half is the gate.
    """

    inward: tuple[str, ...]
    outward: str
    activation: str


class MogeBlock(AdapterLayer):
    """Mixture of GAL experts over one frozen feed-forward block (Omni-Mol, section 3).

    All experts are clones of the frozen block with GAL pairs of their own at gate, up and down::

        y = sum_e w_e E_e(x),   E_e(x) = (W_d + gamma B_d A_d) h_e + b_d
        h_e = act((W_g + gamma B_g A_g) x) * (W_u + gamma B_u A_u) x

    with the router's weights w (:class:`~anymol.adapters.moge.router.Start` says how they are normalised). Since all
    share the frozen weights, W_g x and W_u x are computed once per token, and W_d, being linear, is applied once to
    ``sum_e w_e h_e``; a bias of W_d is folded as ``(sum_e w_e) b_d``. The same function as the cloned form, for one
    dense block plus low-rank terms.

    There are three ways to the same function, in :mod:`~anymol.adapters.moge.products`. Experts take turns, each on its
    own tokens. Compiled, bf16 takes grouped products instead, as it does on an accelerator, where taking turns costs a
    host sync per expert; other dtypes, compiled, run every expert on every token.

    Args:
        form: How the block is built.
        router: Routes tokens; its counts of experts hold here.
        inward: Pairs at the inward maps.
        outward: Pairs at the outward map.
        scope: What is known of the tokens of the forward that runs.
        balance_weight: Of the balance loss, whose gradient is attached to the output in training mode.
        dropout: Probability before each A in training mode. All inward A's of a block see the same mask.
        recompute: Whether the experts' hidden states are computed again in the backward rather than kept.
        layer: Of the decoder, for statistics.
    """

    def __init__(
        self,
        form: BlockForm,
        router: Router,
        inward: ExpertPairs,
        outward: ExpertPairs,
        scope: TokenScope,
        *,
        balance_weight: float,
        dropout: float,
        recompute: bool,
        layer: int,
    ) -> None:
        super().__init__()
        self.form = form
        self.router = router
        self.inward = inward
        self.outward = outward
        self.scope = scope
        self.balance_weight = balance_weight
        self.dropout = dropout
        self.recompute = recompute
        self.layer = layer
        self.statistics = RouterStatistics(router.experts)
        self.balance: torch.Tensor | None = None

    def forward(self, base: nn.Module, x: torch.Tensor) -> torch.Tensor:
        """Return the experts' weighted sum.

        Args:
            base: The frozen block.
            x: Shape (..., H).

        Returns:
            Shape (..., H).
        """
        tokens = x.reshape(-1, x.shape[-1])
        routing = self.router(tokens)
        mask = self.scope.mask_for(x)
        if self.scope.is_recorded:
            self.statistics.add(self.scope.label, routing.probabilities.detach(), routing.chosen, mask)
        down: nn.Module = getattr(base, self.form.outward)
        k, experts = self.router.top_k, self.router.experts
        # Weights of all experts, 0 where one was not chosen: the same form for all three ways of computing.
        weights = routing.weights.new_zeros(len(tokens), experts).scatter(-1, routing.chosen, routing.weights[:, :k])
        weights = torch.cat([weights, routing.weights[:, k:]], -1)
        output = self._run(base, down, tokens, routing.chosen, weights)
        bias = getattr(down, "bias", None)
        if bias is not None:
            # `down` has added its bias once.
            surplus = routing.weights.sum(-1, keepdim=True) - 1
            output = torch.addcmul(output, surplus.to(output.dtype), bias.to(output.dtype))
        if self.training and self.balance_weight:
            loss = self.balance_weight * balance_loss(routing.probabilities, routing.chosen, mask)
            self.balance = loss.detach()
            if torch.is_grad_enabled():
                output = AttachLoss.apply(output, loss, self.scope.balance_scale)
        return output.view(*x.shape[:-1], -1)

    def _run(
        self, base: nn.Module, down: nn.Module, x: torch.Tensor, chosen: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Return the output without the correction of the bias."""
        dropout = self.dropout if self.training else 0.0
        activation: Activation = getattr(base, self.form.activation)
        inward = Pairs(self.inward.a, self.inward.b, self.inward.gamma())
        outward = Pairs(self.outward.a, self.outward.b, self.outward.gamma())
        first, *rest = (getattr(base, name)(x) for name in self.form.inward)
        gate0, up0 = _split(first, rest[0] if rest else None, self.outward.a.shape[-1])
        x = x.to(first.dtype)
        x = functional.dropout(x, dropout) if dropout else x
        shared = torch.arange(self.router.experts, weights.shape[-1], device=x.device).expand(len(x), -1)
        everyone = torch.cat([chosen, shared], -1)
        arguments = (x, weights, everyone, gate0, up0, inward, outward, activation, dropout)
        mix = self._choose_form(up0)
        if self.recompute and torch.is_grad_enabled():
            mixed, low = checkpoint(mix, *arguments, use_reentrant=False)
        else:
            mixed, low = mix(*arguments)
        output: torch.Tensor = down(mixed)
        return torch.add(output, low.to(output.dtype))

    def _choose_form(self, up: torch.Tensor) -> Mix:
        """Return one of the three ways for tokens whose frozen inward product is `up`."""
        compiling = torch.compiler.is_compiling()
        widths = (self.inward.a.shape[-1], self.outward.a.shape[-1], self.outward.rank)
        if is_groupable(up.dtype, *widths) and (compiling or up.device.type != "cpu"):
            return mix_grouped
        return mix_dense if compiling else mix_looped

    def weight_delta(self) -> torch.Tensor:
        """Refuse: experts chosen token by token are not a single weight.

        Raises:
            MergeError: Always.
        """
        raise MergeError(
            "MoGE cannot be merged: which experts work, and how much each counts, differs from token to token",
            hint="keep the adapter beside the model (save_adapter)",
        )


def _split(first: torch.Tensor, second: torch.Tensor | None, width: int) -> tuple[torch.Tensor | None, torch.Tensor]:
    """Return the frozen gate (None where there is none) and up."""
    if second is not None:
        return first, second
    return (None, first) if first.shape[-1] == width else (first[:, :width], first[:, width:])


def read_balance(blocks: Iterable[MogeBlock]) -> torch.Tensor | None:
    """Return the balance loss of the last forward in training mode, weighted and summed over blocks, detached.

    None where there was no such forward, or the weight is 0.
    """
    values = [block.balance for block in blocks if block.balance is not None]
    # Blocks may be on several devices.
    return torch.stack([value.to(values[0].device) for value in values]).sum() if values else None
