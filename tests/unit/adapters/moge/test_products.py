"""The shapes in which the experts' products are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from anymol.adapters.moge import products
from anymol.adapters.moge.block import MogeBlock
from anymol.adapters.moge.experts import Pairs

Make = Callable[..., tuple[nn.Module, MogeBlock]]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_shares_of_a_pass_come_in_few_sizes_in_bf16(
    make_block: Make, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    """And their sum is that of every expert on every token."""
    base, block = make_block(dtype=torch.float32)
    sizes: list[int] = []
    run_expert = products._run_expert

    def watch(e: int, x: torch.Tensor, *arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
        sizes.append(len(x))
        return run_expert(e, x, *arguments)

    n = 321
    torch.manual_seed(0)
    x = torch.randn(n, 16)
    # Experts of very different popularity: the last of the routed ones has no token, the shared one has all.
    chosen = torch.multinomial(torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0]).expand(n, -1), 2)
    chosen = torch.cat([chosen, torch.full((n, 1), 5)], -1)
    weights = torch.zeros(n, 6).scatter(-1, chosen, torch.rand(n, 3))
    gate, up = (getattr(base, name)(x).to(dtype) for name in ("gate_proj", "up_proj"))
    inward = Pairs(block.inward.a, block.inward.b, block.inward.gamma())
    outward = Pairs(block.outward.a, block.outward.b, block.outward.gamma())
    arguments = (x.to(dtype), weights, chosen, gate, up, inward, outward, nn.SiLU(), 0.0)
    dense = products.mix_dense(*arguments)
    monkeypatch.setattr(products, "_run_expert", watch)
    looped = products.mix_looped(*arguments)
    counts = [int((chosen == e).sum()) for e in range(6)]
    assert counts[4] == 0 and counts[5] == n and len(set(counts)) > 4
    # 321 tokens in sixteen sizes are steps of 21.
    assert sizes == (counts if dtype is torch.float32 else [-(-count // 21) * 21 for count in counts])
    for ours, theirs in zip(looped, dense, strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-2 if dtype is torch.bfloat16 else 1e-5, rtol=1e-2)
