"""The best routes of a small graph, against those found by hand."""

from __future__ import annotations

import math

import pytest

from anymol.planning.constraints import Constraints
from anymol.planning.expansions import Expander, Expansion
from anymol.planning.routes import BROKEN_OFF_COST, OPEN_ATOM_COST, OPEN_COST, Route, list_routes, weigh_molecules
from anymol.planning.stock import Stock, make_entry, make_stock

T, A, B, C, D, E = "CCCCCCO", "CCCCC=O", "CCBr", "CCCCCCBr", "CCCCCO", "C=CCCCC"
"""A target, three molecules on the way, and what may be bought."""

ANSWERS = {T: [(f"{A}.{B}", 0.5), (C, 0.4)], A: [(D, 0.5)], C: [(E, 0.9)]}
STOCK = make_stock("shelf", [B, D, E])


def _look_at(table_step, answers, molecules) -> dict[str, Expansion]:
    expander = Expander(table_step(answers), Constraints())
    for one in molecules:
        expander.expand(one)
    return expander.table


def _write(route: Route) -> list[str]:
    return [step.smiles for step in route.steps]


def test_routes_come_by_the_product_of_their_probabilities(table_step) -> None:
    table = _look_at(table_step, ANSWERS, [T, A, C])
    first, second = list_routes(T, table, STOCK, longest=5)
    assert _write(first) == [f"{E}>>{C}", f"{C}>>{T}"]
    assert _write(second) == [f"{D}>>{A}", f"{B}.{A}>>{T}"]
    assert [first.score, second.score] == pytest.approx([0.36, 0.25])
    assert [leaf.smiles for leaf in second.leaves] == [B, D]
    assert second.is_complete
    assert weigh_molecules(table, STOCK)[T] == pytest.approx(-math.log(0.36))


def test_a_route_may_not_be_longer_than_asked(table_step) -> None:
    table = _look_at(table_step, ANSWERS, [T, A, C])
    assert list(list_routes(T, table, STOCK, longest=1)) == []
    assert [one.length for one in list_routes(T, table, STOCK, longest=2)] == [2, 2]


def test_a_route_does_not_go_round(table_step) -> None:
    table = _look_at(table_step, {T: [(A, 0.9)], A: [(C, 0.9), (D, 0.1)], C: [(A, 0.9)]}, [T, A, C])
    (only,) = list_routes(T, table, STOCK, longest=9)
    assert _write(only) == [f"{D}>>{A}", f"{A}>>{T}"]


def test_a_molecule_that_is_needed_twice_is_made_once(table_step) -> None:
    answers = {T: [(f"{A}.{C}", 0.5)], A: [("CCCC=O", 0.5)], C: [("CCCC=O", 0.5)], "CCCC=O": [(D, 0.5)]}
    table = _look_at(table_step, answers, [T, A, C, "CCCC=O"])
    (route,) = list_routes(T, table, STOCK, longest=3)
    assert len(route.steps) == 4
    assert route.score == pytest.approx(0.5**4)
    assert _write(route)[0] == f"{D}>>CCCC=O"  # before both that need it
    assert route.length == 3


def test_incomplete_routes_lack_as_little_as_possible_and_are_followed_to_their_ends(table_step) -> None:
    answers = {T: [(f"{A}.{C}", 0.9), (f"{A}.{B}", 0.1)], A: [("CCCC=O", 0.5)]}
    table = _look_at(table_step, answers, [T, A, C, "CCCC=O"])
    assert list(list_routes(T, table, STOCK, longest=5)) == []
    route = next(list_routes(T, table, STOCK, longest=5, complete=False))
    assert _write(route) == [f"CCCC=O>>{A}", f"{B}.{A}>>{T}"]
    assert [leaf.smiles for leaf in route.leaves if leaf.match is None] == ["CCCC=O"]
    assert not route.is_complete
    least = weigh_molecules(table, STOCK, complete=False)
    assert least["CCCC=O"] == OPEN_COST + 5 * OPEN_ATOM_COST < least[A] < BROKEN_OFF_COST


def test_of_what_is_missing_the_smaller_comes_first(table_step) -> None:
    table = _look_at(table_step, {T: [("CCCCCCOCc1ccccc1", 0.6), ("CCCC=O.C=C", 0.3)]}, [T])
    route = next(list_routes(T, table, make_stock("shelf", ["C=C"]), longest=5, complete=False))
    assert _write(route) == [f"C=C.CCCC=O>>{T}"]


def test_prices_are_added_where_all_are_known() -> None:
    from anymol.planning.routes import Leaf

    stock = Stock("shelf", (make_entry(B, price=2.0), make_entry(D, price=3.5), make_entry(E)))
    leaves = {one: Leaf(one, stock.find(one)) for one in (B, D, E, "O")}
    assert Route(T, (), (leaves[B], leaves[D], leaves["O"])).price == 5.5
    assert Route(T, (), (leaves[B], leaves[E])).price is None
