"""Who works on which rows, and in which order."""

from __future__ import annotations

import pytest
import torch

from anymol.adapters.moge.segments import Permute, Plan, plan_segments


def choose(n: int, experts: int, k: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(n)
    return torch.rand(n, experts, generator=generator).topk(k).indices.sort(-1).values


def who_works(plan: Plan, n: int) -> tuple[list[list[int]], list[int]]:
    """Experts of each row in the first order, and how many segments are each row's first."""
    order = torch.arange(n) if plan.order is None else plan.order
    experts: list[list[int]] = [[] for _ in range(n)]
    firsts = [0] * n
    for segment in plan.segments:
        rows = torch.arange(n)[segment.rows] if isinstance(segment.rows, slice) else segment.rows
        assert len(rows) == segment.n > 0
        for row in order[rows].tolist():
            assert not (segment.is_first and experts[row])
            experts[row].append(segment.expert)
            firsts[row] += segment.is_first
    return [sorted(each) for each in experts], firsts


@pytest.mark.parametrize("shared", [0, 1, 2])
@pytest.mark.parametrize(("experts", "k"), [(5, 2), (3, 1), (4, 4), (12, 4)])
@pytest.mark.parametrize("n", [1, 2, 40, 1000])
def test_every_token_meets_its_experts_once(n: int, experts: int, k: int, shared: int) -> None:
    chosen = choose(n, experts, k)
    plan = plan_segments(chosen, experts, shared, width=3000, item_bytes=4)
    always = list(range(experts, experts + shared))
    met, firsts = who_works(plan, n)
    assert met == [each + always for each in chosen.tolist()]
    if all(isinstance(segment.rows, slice) for segment in plan.segments):
        assert set(firsts) == {1}


def test_pieces_are_no_larger_than_what_stays_in_cache() -> None:
    plan = plan_segments(choose(1000, 5, 2), 5, 1, width=4096, item_bytes=4)
    assert max(segment.n for segment in plan.segments) <= 64
    assert plan.order is not None


def test_permute_is_undone_by_its_gradient() -> None:
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    order = torch.tensor([3, 1, 4, 0, 2])
    assert torch.equal(Permute.apply(x, order, order.argsort()), x[order])
    assert torch.autograd.gradcheck(lambda x: Permute.apply(x, order, order.argsort()), (x,))
