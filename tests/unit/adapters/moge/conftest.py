"""Feed-forward blocks of three forms, and MoGE as it is published: with a clone of the block for every expert."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from anymol.adapters.gal.config import GalStart
from anymol.adapters.moge.block import BlockForm, MogeBlock
from anymol.adapters.moge.experts import ExpertPairs
from anymol.adapters.moge.masking import TokenScope
from anymol.adapters.moge.router import Router, Start


class Gated(nn.Module):
    """The block of Llama."""

    form = BlockForm(("gate_proj", "up_proj"), "down_proj", "act_fn")

    def __init__(self, width: int, inner: int, bias: bool) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=bias)
        self.up_proj = nn.Linear(width, inner, bias=bias)
        self.down_proj = nn.Linear(inner, width, bias=bias)
        self.act_fn = nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


class Fused(nn.Module):
    """The block of Phi-3: gate and up are one matrix."""

    form = BlockForm(("gate_up_proj",), "down_proj", "activation_fn")

    def __init__(self, width: int, inner: int, bias: bool) -> None:
        super().__init__()
        self.gate_up_proj = nn.Linear(width, 2 * inner, bias=bias)
        self.down_proj = nn.Linear(inner, width, bias=bias)
        self.activation_fn = nn.GELU(approximate="tanh")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, up = self.gate_up_proj(x).chunk(2, -1)
        return self.down_proj(up * self.activation_fn(gate))


class Plain(nn.Module):
    """The block of GPT-NeoX: no gate."""

    form = BlockForm(("dense_h_to_4h",), "dense_4h_to_h", "act")

    def __init__(self, width: int, inner: int, bias: bool) -> None:
        super().__init__()
        self.dense_h_to_4h = nn.Linear(width, inner, bias=bias)
        self.dense_4h_to_h = nn.Linear(inner, width, bias=bias)
        self.act = nn.GELU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense_4h_to_h(self.act(self.dense_h_to_4h(x)))


class GalMap(nn.Module):
    """One cloned linear map with one expert's pair."""

    def __init__(self, linear: nn.Linear, pairs: ExpertPairs, expert: int, number: int) -> None:
        super().__init__()
        self.linear, self.pairs, self.expert, self.number = linear, pairs, expert, number
        self.out_features = linear.out_features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        e, j, pairs = self.expert, self.number, self.pairs
        gamma = pairs.alpha[e, j] / torch.tensor(pairs.rank) ** pairs.p[e, j] + pairs.beta[e, j]
        return self.linear(x) + gamma * (pairs.b[e, j] @ (pairs.a[e, j] @ x.mT)).mT


def run_clones(base: nn.Module, block: MogeBlock, x: torch.Tensor) -> torch.Tensor:
    """Section 3 of the Omni-Mol paper, word by word and expert by expert; adapter and base in the dtype of x."""
    router, form = block.router, block.form
    tokens = x.reshape(-1, x.shape[-1])
    probabilities = torch.softmax(tokens @ router.weight.T, -1)
    output = []
    for token, p in zip(tokens, probabilities, strict=True):
        top = p.topk(router.top_k)
        chosen = dict(zip(top.indices.tolist(), top.values, strict=True))
        if router.renormalise:
            sum_ = sum(chosen.values())
            chosen = {e: value / sum_ for e, value in chosen.items()}
        weights = {**chosen, **{router.experts + s: torch.ones_like(p[0]) for s in range(router.shared)}}
        scale = torch.stack([*weights.values()]).sum() if router.start is Start.PRESERVING else 1.0
        y = torch.zeros_like(token)
        for e, weight in weights.items():
            clone = type(base)(8, 8, True)
            for number, name in enumerate(form.inward):
                setattr(clone, name, GalMap(getattr(base, name), block.inward, e, number))
            setattr(clone, form.outward, GalMap(getattr(base, form.outward), block.outward, e, 0))
            y = y + weight / scale * clone(token[None])[0]
        output.append(y)
    return torch.stack(output).view_as(x)


MakeBlock = Callable[..., tuple[nn.Module, MogeBlock]]


@pytest.fixture
def make_block() -> MakeBlock:
    """A frozen block and MoGE at it, with pairs that are not zero."""

    def make(
        kind: type[nn.Module] = Gated,
        *,
        width: int = 16,
        inner: int = 24,
        rank: int = 8,
        experts: int = 5,
        top_k: int = 2,
        shared: int = 1,
        bias: bool = False,
        renormalise: bool = False,
        start: Start = Start.PUBLISHED,
        dtype: torch.dtype = torch.float64,
        base_dtype: torch.dtype | None = None,
        balance_weight: float = 0.0,
        dropout: float = 0.0,
        recompute: bool = False,
        fresh: bool = False,
    ) -> tuple[nn.Module, MogeBlock]:
        torch.manual_seed(0)
        base = kind(width, inner, bias).to(base_dtype or dtype).requires_grad_(False)
        form = base.form
        n, maps = experts + shared, len(form.inward)
        outputs = getattr(base, form.inward[0]).out_features
        block = MogeBlock(
            form,
            Router(width, experts, top_k, shared, renormalise=renormalise, start=start, dtype=dtype),
            ExpertPairs(n, maps, width, outputs, rank, alpha=16.0, scale=GalStart.LORA, dtype=dtype),
            ExpertPairs(n, 1, inner, width, rank, alpha=16.0, scale=GalStart.RSLORA, beta=0.1, dtype=dtype),
            TokenScope(),
            balance_weight=balance_weight,
            dropout=dropout,
            recompute=recompute,
            layer=0,
        )
        if not fresh:
            with torch.no_grad():
                for pairs in (block.inward, block.outward):
                    pairs.b.normal_(0, 0.1)
        return base, block

    return make


@pytest.fixture
def run_reference() -> Callable[[nn.Module, MogeBlock, torch.Tensor], torch.Tensor]:
    """The cloned form."""
    return run_clones


@pytest.fixture(params=[Gated, Fused, Plain], ids=lambda kind: kind.__name__.lower())
def kind(request: pytest.FixtureRequest) -> type[nn.Module]:
    """A form of block."""
    chosen: type[nn.Module] = request.param
    return chosen
