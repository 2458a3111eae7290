"""Both searches ask what is needed, and stop where they shall."""

from __future__ import annotations

import time

import pytest

from anymol.planning.constraints import Constraints
from anymol.planning.expansions import Expander
from anymol.planning.search import SearchKind, run_search
from anymol.planning.stock import make_stock

T, A, B, C = "CCCCCCO", "CCCCCC=O", "CCCCCCBr", "C=CCCCC"


def _search(step, stock, **changes) -> Expander:
    wanted = {"kind": SearchKind.RETRO_STAR, "longest": 5, "seconds": 5.0, "molecules": 100, "first": False}
    expander = Expander(step, Constraints())
    run_search(T, expander, make_stock("shelf", stock), **{**wanted, **changes})
    return expander


def test_retro_star_asks_about_the_cheapest_molecule_first(table_step) -> None:
    step = table_step({T: [(A, 0.2), (B, 0.7)], B: [(C, 0.5)]})
    _search(step, [])
    # B is at 0.7, then C at 0.7 x 0.5 = 0.35, both more probable than A at 0.2.
    assert step.asked == [T, B, C, A]


def test_the_first_route_ends_the_search_where_that_is_wanted(table_step) -> None:
    step = table_step({T: [(A, 0.2), (B, 0.7)], B: [(C, 0.5)]})
    _search(step, [C], first=True)
    assert step.asked == [T, B]


@pytest.mark.parametrize("kind", list(SearchKind))
def test_both_find_the_route(table_step, kind: SearchKind) -> None:
    step = table_step({T: [(A, 0.2), (B, 0.7)], A: [(C, 0.5)]})
    expander = _search(step, [C], kind=kind, first=True)
    assert {T, A} <= set(expander.table)


def test_tree_search_ends_when_nothing_is_left_to_ask(table_step) -> None:
    step = table_step({T: [(A, 0.5)], A: [(B, 0.5)]})
    started = time.monotonic()
    _search(step, [C], kind=SearchKind.MCTS, seconds=300.0)
    assert time.monotonic() - started < 200
    assert step.asked == [T, A, B]


def test_nothing_is_asked_beyond_the_limit_of_steps(table_step) -> None:
    step = table_step({T: [(A, 0.5)], A: [(B, 0.5)], B: [(C, 0.5)]})
    _search(step, [], longest=2)
    assert step.asked == [T, A]


def test_as_many_molecules_are_asked_about_as_may_be(table_step) -> None:
    step = table_step({T: [(A, 0.5)], A: [(B, 0.5)], B: [(C, 0.5)]})
    _search(step, [], molecules=2)
    assert step.asked == [T, A]


def test_no_time_no_question(table_step) -> None:
    step = table_step({T: [(A, 0.5)]})
    _search(step, [], seconds=1e-9)
    assert step.asked == []
