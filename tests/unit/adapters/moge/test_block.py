"""MoGE's block is the cloned form, however it is computed."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from anymol.adapters.moge.block import MogeBlock, read_balance
from anymol.adapters.moge.router import Start
from anymol.errors import MergeError

Make = Callable[..., tuple[nn.Module, MogeBlock]]
Reference = Callable[[nn.Module, MogeBlock, torch.Tensor], torch.Tensor]


def differ(a: torch.Tensor, b: torch.Tensor) -> float:
    """Relative difference."""
    a, b = a.detach().double(), b.detach().double()
    return float((a - b).norm() / b.norm().clamp_min(1e-30))


def run(forward: Callable[[torch.Tensor], torch.Tensor], block: MogeBlock, x: torch.Tensor) -> list[torch.Tensor]:
    """Output and all gradients."""
    leaf = x.detach().clone().requires_grad_()
    y = forward(leaf)
    torch.manual_seed(2)
    direction = torch.randn(y.shape, dtype=torch.float64).to(y.dtype)
    return [y, *torch.autograd.grad(y, [leaf, *block.parameters()], direction)]


def assert_close_in_bf16(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> None:
    """1e-2, but for the gradients of the few scalars: sums of terms of both signs, each rounded before."""
    for a, b in zip(ours, theirs, strict=True):
        assert differ(a, b) <= (1e-2 if b.numel() > 12 else 5e-2)


SETTINGS = {
    "published": {},
    "preserving": {"start": Start.PRESERVING},
    "renormalised": {"renormalise": True},
    "bias": {"bias": True},
    "preserving-bias": {"bias": True, "start": Start.PRESERVING, "renormalise": True},
    "two-shared": {"shared": 2, "bias": True},
    "none-shared": {"shared": 0},
    "top-1": {"top_k": 1},
    "every": {"experts": 3, "top_k": 3},
    "many": {"experts": 9, "top_k": 4, "shared": 0},
    "recompute": {"recompute": True},
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_equals_clones_in_fp64(
    make_block: Make, run_reference: Reference, kind: type[nn.Module], setting: dict[str, object]
) -> None:
    base, block = make_block(kind, **setting)
    x = torch.randn(2, 37, 16, dtype=torch.float64)
    ours = run(lambda x: block(base, x), block, x)
    theirs = run(lambda x: run_reference(base, block, x), block, x)
    assert max(differ(a, b) for a, b in zip(ours, theirs, strict=True)) <= 1e-10


@pytest.mark.parametrize("n", [1, 3, 700])
@pytest.mark.parametrize("shared", [0, 1])
def test_equals_clones_for_any_number_of_tokens(
    make_block: Make, run_reference: Reference, n: int, shared: int
) -> None:
    base, block = make_block(width=4, inner=6, rank=2, shared=shared)
    x = torch.randn(1, n, 4, dtype=torch.float64)
    ours = run(lambda x: block(base, x), block, x)
    theirs = run(lambda x: run_reference(base, block, x), block, x)
    assert max(differ(a, b) for a, b in zip(ours, theirs, strict=True)) <= 1e-10


def test_equals_clones_in_fp32(make_block: Make, run_reference: Reference, kind: type[nn.Module]) -> None:
    base, block = make_block(kind, dtype=torch.float32, bias=True)
    x = torch.randn(2, 37, 16)
    ours = run(lambda x: block(base, x), block, x)
    exact = copy.deepcopy(block).double()
    theirs = run(lambda x: run_reference(base.double(), exact, x), exact, x.double())
    assert max(differ(a, b) for a, b in zip(ours, theirs, strict=True)) <= 1e-5


@pytest.mark.parametrize("autocast", [False, True])
def test_equals_clones_in_bf16(
    make_block: Make, run_reference: Reference, kind: type[nn.Module], autocast: bool
) -> None:
    """The frozen block in bf16 (or under autocast), the adapter in fp32: inputs are rounded before both."""
    base, block = make_block(kind, dtype=torch.float32, base_dtype=torch.bfloat16, bias=True, width=64, inner=96)
    x = torch.randn(2, 37, 64, dtype=torch.bfloat16)
    exact = copy.deepcopy(block).double()
    theirs = run(lambda x: run_reference(copy.deepcopy(base).double(), exact, x), exact, x.double())
    if autocast:
        base, x = base.float(), x.float()
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        ours = run(lambda x: block(base, x), block, x)
    assert ours[0].dtype is torch.bfloat16
    assert_close_in_bf16(ours, theirs)


# Dynamo itself makes the object that this warns of.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_compiled_is_one_graph_and_equals_clones(
    make_block: Make, run_reference: Reference, kind: type[nn.Module], dtype: torch.dtype
) -> None:
    """fp64 runs every expert on every token, bf16 grouped products."""
    adapter_dtype = torch.promote_types(dtype, torch.float32)
    base, block = make_block(
        kind, dtype=adapter_dtype, base_dtype=dtype, bias=True, balance_weight=0.01, width=64, inner=96
    )
    x = torch.randn(2, 19, 64, dtype=dtype)
    exact = copy.deepcopy(block).double().eval()
    theirs = run(lambda x: run_reference(copy.deepcopy(base).double(), exact, x), exact, x.double())
    block.scope.balance_scale = 0.0
    torch._dynamo.reset()
    compiled = torch.compile(lambda x: block(base, x), fullgraph=True, backend="aot_eager")
    ours = run(compiled, block, x)
    if dtype is torch.float64:
        assert max(differ(a, b) for a, b in zip(ours, theirs, strict=True)) <= 1e-10
    else:
        assert_close_in_bf16(ours, theirs)
    assert read_balance([block]) is not None


def test_dropout_is_differentiated_with_its_own_mask(make_block: Make) -> None:
    base, block = make_block(width=4, inner=6, rank=2, dropout=0.4)
    x = torch.randn(1, 7, 4, dtype=torch.float64, requires_grad=True)

    def forward(x: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(5)
        return block(base, x)

    assert torch.autograd.gradcheck(forward, (x, *block.parameters()))
    block.eval()
    kept = forward(x)
    block.train()
    assert differ(forward(x), kept) > 1e-3


@pytest.mark.parametrize("recompute", [False, True])
def test_dropout_keeps_the_mean(make_block: Make, recompute: bool) -> None:
    """Linear in what is dropped if only the outward pair is not zero: the mean over masks is the plain output."""
    base, block = make_block(dropout=0.5, recompute=recompute)
    with torch.no_grad():
        block.inward.b.zero_()
    x = torch.randn(1, 40, 16, dtype=torch.float64)
    torch.manual_seed(6)
    with torch.no_grad():
        mean = torch.stack([block(base, x) for _ in range(300)]).mean(0)
        assert differ(mean, block.eval()(base, x)) < 0.1


def test_fresh_block_preserves_or_follows_the_published_formula(make_block: Make, kind: type[nn.Module]) -> None:
    x = torch.randn(2, 9, 16)
    base, block = make_block(kind, fresh=True, start=Start.PRESERVING, dtype=torch.float32, bias=True)
    torch.testing.assert_close(block(base, x), base(x), rtol=0, atol=1e-6)
    base, block = make_block(kind, fresh=True, dtype=torch.float32, bias=True)
    top = torch.softmax(x @ block.router.weight.T, -1).topk(2).values.sum(-1, keepdim=True)
    torch.testing.assert_close(block(base, x), base(x) * (1 + top), rtol=0, atol=1e-5)


def test_every_expert_gets_a_gradient_though_no_token_is_routed_to_it(make_block: Make) -> None:
    base, block = make_block()
    block(base, torch.randn(1, 1, 16, dtype=torch.float64)).sum().backward()
    assert not [name for name, value in block.named_parameters() if value.grad is None]
    worked = block.inward.a.grad.flatten(1).norm(dim=1) > 0
    assert worked.sum() == 3


def test_only_what_asks_for_a_gradient_gets_one(make_block: Make) -> None:
    """In the lowest adapted layer the block's input asks for none."""
    base, block = make_block()
    y = block(base, torch.randn(1, 30, 16, dtype=torch.float64))
    y.sum().backward()
    assert block.router.weight.grad is not None
    assert all(parameter.grad is None for parameter in base.parameters())


def test_balance_gradient_joins_in_training_alone_and_scales(make_block: Make) -> None:
    base, block = make_block(balance_weight=0.5)
    x = torch.randn(1, 30, 16, dtype=torch.float64)

    def router_grad() -> torch.Tensor:
        block.zero_grad()
        block(base, x).sum().backward()
        return block.router.weight.grad.clone()

    trained = router_grad()
    with block.scope.scaled_balance(3.0):
        scaled = router_grad()
    block.eval()
    plain = router_grad()
    probabilities = torch.softmax(x[0] @ block.router.weight.T, -1)
    hot = torch.zeros_like(probabilities).scatter(-1, probabilities.topk(2).indices, 1.0)
    loss = 0.5 * 5 * (hot.mean(0) / 2 * probabilities.mean(0)).sum()
    (expected,) = torch.autograd.grad(loss, block.router.weight)
    torch.testing.assert_close(trained - plain, expected)
    torch.testing.assert_close(scaled - plain, 3 * expected)
    torch.testing.assert_close(read_balance([block, block]), 2 * loss.detach())


def test_merging_is_refused_with_a_reason(make_block: Make) -> None:
    with pytest.raises(MergeError, match="token to token"):
        make_block()[1].weight_delta()
