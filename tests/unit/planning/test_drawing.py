"""Routes as SVG and HTML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from anymol.planning.drawing import render_route
from anymol.planning.page import render_page
from anymol.planning.plan import Plan, plan_routes
from anymol.planning.routes import Route
from anymol.planning.stock import Stock, make_entry

TARGET = "CC(=O)Nc1ccc(O)cc1"


@pytest.fixture
def plan(table_step) -> Plan:
    step = table_step(
        {TARGET: [("CC(=O)OC(C)=O.Nc1ccc(O)cc1", 0.5)], "Nc1ccc(O)cc1": [("O=[N+]([O-])c1ccc(O)cc1", 0.5)]}
    )
    stock = Stock("<shelf>", (make_entry("CC(=O)OC(C)=O", "anhydride", 12.0), make_entry("O=[N+]([O-])c1ccc(O)cc1")))
    return plan_routes(TARGET, step, stock)


def _list_titles(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")]


def test_each_molecule_and_step_is_drawn_once(plan: Plan) -> None:
    svg = render_route(plan.alternatives[0].best)
    titles = _list_titles(svg)
    assert sorted(titles[1:]) == sorted(
        [
            TARGET, "CC(=O)OC(C)=O", "Nc1ccc(O)cc1", "O=[N+]([O-])c1ccc(O)cc1",
            "O=[N+]([O-])c1ccc(O)cc1>>Nc1ccc(O)cc1", f"CC(=O)OC(C)=O.Nc1ccc(O)cc1>>{TARGET}",
        ]
    )  # fmt: skip
    assert "anhydride, price 12" in svg
    assert "step 2, p = 0.5" in svg


def test_nothing_stands_outside_the_picture_or_on_another_molecule(plan: Plan) -> None:
    svg = render_route(plan.alternatives[0].best)
    width, height = (float(one) for one in re.findall(r'<svg xmlns="[^"]*" width="(\d+)" height="(\d+)"', svg)[0])
    frames = [
        tuple(map(float, one))
        for one in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx', svg)
    ]
    assert len(frames) == 4
    assert all(x + w <= width and y + h <= height for x, y, w, h in frames)
    for place, (x, y, w, h) in enumerate(frames):
        for other_x, other_y, _, _ in frames[place + 1 :]:
            assert abs(x - other_x) >= w or abs(y - other_y) >= h


def test_what_is_missing_is_said(plan: Plan) -> None:
    route = plan.alternatives[0].best
    lacking = Route(route.target, route.steps, tuple(type(one)(one.smiles, None) for one in route.leaves))
    assert render_route(lacking).count("not in stock") == 2


def test_a_configuration_that_a_step_must_set_is_said(table_step) -> None:
    step = table_step({"C[C@H](N)c1ccccc1": [("CC(=O)c1ccccc1.N", 0.5)]})
    plan = plan_routes("C[C@H](N)c1ccccc1", step, Stock("shelf", (make_entry("CC(=O)c1ccccc1"),)))
    assert "sets 1 stereocentre" in render_route(plan.alternatives[0].best)
    assert "sets 1 stereocentre" in render_page(plan)


def test_a_molecule_too_large_to_draw_is_written() -> None:
    from anymol.planning.routes import Leaf
    from anymol.planning.single_step import Step

    large = "C" * 450
    svg = render_route(Route(large, (Step(large, ("CC",), 0.5),), (Leaf("CC", None),)))
    assert "CCCCCC" in svg
    ElementTree.fromstring(svg)


def test_the_page_needs_nothing_else_and_escapes_what_it_is_given(plan: Plan) -> None:
    page = render_page(plan)
    assert "&lt;shelf&gt;" in page
    assert "<shelf>" not in page
    assert page.count("<svg xmlns") >= 1
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "1. score 0.25, 2 steps, 2 in a row" in page


def test_the_page_of_a_failed_plan_says_why(table_step) -> None:
    plan = plan_routes("CCCCO", table_step({"CCCCO": [("CCCC=O", 0.5)]}), Stock("shelf", (make_entry("CCO"),)))
    page = render_page(plan)
    assert "no complete route" in page
    assert "nothing is proposed for it" in page
    assert "Incomplete route 1" in page
