"""Questions gathered side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from anymol.inference.limits import Limits, Withdrawal, WithdrawnError, current_allowance, limited
from anymol.inference.proposals.side_by_side import gather_side_by_side


@pytest.mark.parametrize("count", [0, 1, 4, 5, 33])
def test_results_stand_in_the_order_of_their_items(count: int) -> None:
    assert gather_side_by_side(lambda run: [-one for one in run], range(count)) == [-one for one in range(count)]


def test_runs_overlap_and_the_limits_of_the_caller_hold_in_each() -> None:
    together = threading.Barrier(2, timeout=30)

    def gather(run: Sequence[int]) -> list[float | None]:
        together.wait()
        return [current_allowance().limits.seconds] * len(run)

    with limited(Limits(seconds=7.0)):
        assert gather_side_by_side(gather, range(8)) == [7.0] * 8


@pytest.mark.parametrize("count", [4, 40])
def test_nothing_more_is_gathered_for_who_has_left(count: int) -> None:
    withdrawal, gathered = Withdrawal(), []

    def gather(run: Sequence[int]) -> list[int]:
        gathered.append(run)
        withdrawal.set()
        return list(run)

    with limited(Limits(withdrawal=withdrawal)):
        gather_side_by_side(gather, range(1))
        gathered.clear()
        with pytest.raises(WithdrawnError):
            gather_side_by_side(gather, range(count))
    assert not gathered


def test_what_a_run_raises_is_raised() -> None:
    def gather(run: Sequence[int]) -> list[int]:
        if 9 in run:
            raise KeyError("nine")
        return list(run)

    with pytest.raises(KeyError, match="nine"):
        gather_side_by_side(gather, range(20))
