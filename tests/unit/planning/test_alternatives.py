"""Which routes are variants of one."""

from __future__ import annotations

import pytest

from anymol.planning.alternatives import compare_routes, part_routes
from anymol.planning.routes import Leaf, Route
from anymol.planning.single_step import Step
from anymol.planning.stock import make_stock

TARGET = "O=C(NCc1ccccc1)c1ccc(F)cc1"
CHLORIDE, BROMIDE, ACID, AMINE, NITRILE = (
    "O=C(Cl)c1ccc(F)cc1", "O=C(Br)c1ccc(F)cc1", "O=C(O)c1ccc(F)cc1", "NCc1ccccc1", "N#Cc1ccc(F)cc1",
)  # fmt: skip
ALCOHOL = "OCc1ccccc1"
STOCK = make_stock("shelf", [CHLORIDE, BROMIDE, ACID, AMINE, NITRILE, ALCOHOL])


def _route(*reactants: str, chance: float = 0.5) -> Route:
    return Route(TARGET, (Step(TARGET, reactants, chance),), tuple(Leaf(one, STOCK.find(one)) for one in reactants))


def test_another_leaving_group_is_a_variant_and_other_bonds_an_alternative() -> None:
    """An acyl chloride or bromide with the amine makes the amide; so does the Ritter reaction, from other pieces."""
    routes = [_route(CHLORIDE, AMINE), _route(NITRILE, ALCOHOL, "O"), _route(BROMIDE, AMINE)]
    first, second = part_routes(routes, 5)
    assert first.best is routes[0]
    assert (first.routes[1:], first.count) == ([routes[2]], 2)
    assert (second.best, second.count) == (routes[1], 1)


def test_no_more_alternatives_than_asked_for() -> None:
    found = part_routes([_route(CHLORIDE, AMINE), _route(NITRILE, ALCOHOL), _route(ACID, AMINE)], 1)
    assert [one.count for one in found] == [2]


def test_a_route_is_like_itself_whatever_inorganic_reagent_is_told() -> None:
    assert compare_routes(_route(CHLORIDE, AMINE), _route(AMINE, CHLORIDE, "O")) == pytest.approx(1.0)
