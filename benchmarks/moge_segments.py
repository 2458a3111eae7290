"""MoGE's experts: the sorted segments with a backward by hand against plain loops over experts that autograd follows.

One block, forward and backward, at the shapes of the recipes: Llama-3.2-1B and what `recipes/omni_mol.yaml` trains when
it is tried out, and the decoder of `recipes/mora.yaml`, should MoGE be put on it. Both forms take turns, round after
round, so that a busy machine hurts them alike; a figure is the median over rounds of loops / segments within a round.
Outputs and gradients of both are compared first.

    python benchmarks/moge_segments.py                 # all shapes, fp32 and bf16
    python benchmarks/moge_segments.py --rounds 15 --only omni_mol
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from machine import describe_machine
from torch import nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.adapters import MogeConfig, inject
from anymol.adapters.moge.block import MogeBlock

RESULTS: Final = Path(__file__).parent / "results" / "moge_segments.json"
WORTH: Final = 1.2
"""From here on a form of its own is worth its lines."""


@dataclass(frozen=True)
class Shape:
    """A feed-forward block, and how many tokens it is given.

    Attributes:
        name: Recipe that it is of.
        width: H, of the decoder.
        inner: F, of the block.
        rank: Of the experts' pairs.
        tokens: N.
    """

    name: str
    width: int
    inner: int
    rank: int
    tokens: int


SHAPES: Final = (
    Shape("omni_mol", 2048, 8192, 64, 512),
    Shape("omni_mol, tiny", 64, 128, 8, 2048),
    Shape("mora", 4096, 11008, 64, 256),
)


@dataclass(frozen=True)
class Figure:
    """How much longer loops take at one shape.

    Attributes:
        shape: Name.
        dtype: Of the frozen weights.
        loops_ms: Median time of a forward and backward with loops.
        segments_ms: The same with segments.
        ratio: Median over rounds of loops / segments.
        low: Lower quartile.
        high: Upper quartile.
    """

    shape: str
    dtype: str
    loops_ms: float
    segments_ms: float
    ratio: float
    low: float
    high: float


def loop_over_experts(block: MogeBlock, base: Any, x: torch.Tensor) -> torch.Tensor:
    """Return what the block returns: the frozen products once per token, then expert by expert on its own rows."""
    routing = block.router(x)
    k, experts = block.router.top_k, block.router.experts
    gate0, up0 = base.gate_proj(x), base.up_proj(x)
    mixed, low = torch.zeros_like(up0), torch.zeros_like(x)
    gamma_in, gamma_out = block.inward.gamma(), block.outward.gamma()
    dropped = functional.dropout(x, block.dropout, block.training)
    for expert in range(experts + block.router.shared):
        if expert < experts:
            rows, column = (routing.chosen == expert).nonzero(as_tuple=True)
        else:
            rows, column = torch.arange(len(x)), torch.full((len(x),), k + expert - experts)
        weight = routing.weights[rows, column, None].to(x.dtype)
        a_in, b_in, gamma = (one[expert].to(x.dtype) for one in (block.inward.a, block.inward.b, gamma_in))
        mine = dropped[rows]
        gate = gate0[rows] + functional.linear(functional.linear(mine, a_in[0]) * gamma[0], b_in[0])
        up = up0[rows] + functional.linear(functional.linear(mine, a_in[1]) * gamma[1], b_in[1])
        h = base.act_fn(gate) * up * weight
        mixed = mixed.index_add(0, rows, h)
        h = functional.dropout(h, block.dropout, block.training)
        a_out, b_out = (one[expert, 0].to(x.dtype) for one in (block.outward.a, block.outward.b))
        outer = functional.linear(h, a_out) * gamma_out[expert, 0].to(x.dtype)
        low = low.index_add(0, rows, functional.linear(outer, b_out))
    output: torch.Tensor = base.down_proj(mixed) + low
    return output


def make_block(shape: Shape, dtype: torch.dtype) -> tuple[MogeBlock, Any]:
    """Return a block with the experts of the recipe, whose pairs do something, and the frozen block below it."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=shape.width, intermediate_size=shape.inner, num_hidden_layers=1, num_attention_heads=8,
        num_key_value_heads=8, vocab_size=64,
    )  # fmt: skip
    decoder: Any = LlamaForCausalLM(config)
    decoder.to(dtype).requires_grad_(False)
    moge = MogeConfig.model_validate(
        {"rank": shape.rank, "alpha": 16, "dropout": 0.05, "experts": 5, "shared": 1, "top_k": 2, "layers": [0],
         "balance_weight": 0.0}
    )  # fmt: skip
    adapter = inject(decoder, moge)
    (block,) = adapter.blocks
    with torch.no_grad():
        block.inward.b.normal_(std=0.01)
        block.outward.b.normal_(std=0.01)
    return block, adapter.decoder.get("layers.0.mlp").base


def require_equal(block: MogeBlock, base: Any, x: torch.Tensor) -> None:
    """Compare both forms without dropout.

    Raises:
        AssertionError: Outputs or gradients differ.
    """
    block.eval()
    leaves: list[nn.Parameter | torch.Tensor] = [x, *block.parameters()]
    found = []
    for output in (block(base, x), loop_over_experts(block, base, x)):
        found.append((output.detach(), torch.autograd.grad(output.float().square().mean(), leaves)))
    tolerance = 1e-4 if x.dtype is torch.float32 else 5e-2
    (ours, our_gradients), (theirs, their_gradients) = found
    for one, other in ((ours, theirs), *zip(our_gradients, their_gradients, strict=True)):
        assert (one - other).norm() <= tolerance * other.norm() + 1e-9
    block.train()


def compare(shape: Shape, dtype: torch.dtype, rounds: int) -> Figure:
    """Return how much longer loops take, after two rounds to warm up."""
    block, base = make_block(shape, dtype)
    x = torch.randn(shape.tokens, shape.width, dtype=dtype, requires_grad=True)
    require_equal(block, base, x)
    gradient = torch.randn_like(x)

    def time_step(run: Callable[[], torch.Tensor]) -> float:
        started = time.perf_counter()
        run().backward(gradient)
        seconds = time.perf_counter() - started
        for one in (x, *block.parameters()):
            one.grad = None
        return seconds

    loops, segments = [], []
    for _ in range(rounds + 2):
        loops.append(time_step(lambda: loop_over_experts(block, base, x)))
        segments.append(time_step(lambda: block(base, x)))
    loops, segments = loops[2:], segments[2:]
    low, middle, high = statistics.quantiles([a / b for a, b in zip(loops, segments, strict=True)], n=4)
    return Figure(
        shape.name, str(dtype).removeprefix("torch."), round(1e3 * statistics.median(loops), 2),
        round(1e3 * statistics.median(segments), 2), round(middle, 3), round(low, 3), round(high, 3),
    )  # fmt: skip


def main() -> None:
    """Print figures and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=[shape.name for shape in SHAPES], default=None)
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    figures = []
    for shape in SHAPES:
        for dtype in (torch.float32, torch.bfloat16):
            if arguments.only in (None, shape.name):
                figures.append(compare(shape, dtype, arguments.rounds))
                print(figures[-1], "worth it" if figures[-1].ratio >= WORTH else "not worth it", flush=True)
    report = {"machine": describe_machine(), "rounds": arguments.rounds, "figures": [asdict(one) for one in figures]}
    arguments.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
