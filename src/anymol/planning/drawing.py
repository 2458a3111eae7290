"""A route drawn as a tree: building blocks on the left, the target on the right, an arrow for each step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Final

from anymol.chem.depiction import ImageFormat, render_molecule
from anymol.errors import UserError, shorten
from anymol.planning.routes import Leaf, Route
from anymol.planning.single_step import Step
from anymol.tasks.evidence import ModelEvidence, ReactionEvidence

_WIDTH, _HEIGHT = 190, 130
"""Of a molecule, pixels."""
_CAPTION: Final = 34
"""Height of the lines below it."""
_GAP: Final = 150
"""Between two columns; the arrows and what is said of the steps stand there."""
_SPACE: Final = 22
_MARGIN: Final = 20
_LETTERS: Final = 30
"""Characters of a line below a molecule."""

_FRAMES: Final = {
    "target": ("#1f4e9e", "#ffffff", ""),
    "made": ("#9aa3ad", "#ffffff", ""),
    "bought": ("#2e8b57", "#eefaf2", ""),
    "at hand": ("#8a8a8a", "#f4f4f4", ""),
    "missing": ("#c0392b", "#fdf0ee", ' stroke-dasharray="6 4"'),
    "again": ("#9aa3ad", "#ffffff", ' stroke-dasharray="2 3"'),
}
"""Kind of a molecule -> colour of its frame, its ground, and how the frame is broken."""


@dataclass
class _Node:
    """A molecule in the tree.

    Attributes:
        smiles: The molecule.
        kind: One of the frames.
        caption: Lines below it.
        step: The step that makes it, where it is drawn.
        below: What it is made of.
        depth: Steps between it and the target.
        y: Its middle, pixels.
    """

    smiles: str
    kind: str
    caption: list[str]
    step: Step | None = None
    below: list[_Node] = field(default_factory=list)
    depth: int = 0
    y: float = 0.0


def render_route(route: Route) -> str:
    """Return a route as SVG.

    Frames are blue for the target, green for what the stock holds, grey for what is inorganic, red and broken for what
    is missing. Beside each arrow stand the number of the step, its probability, and what it rests on.
    """
    numbers = {step.product: number for number, step in enumerate(route.steps, start=1)}
    root = _grow(route, numbers)
    nodes = _list_nodes(root)
    bottom = _place(root, 0.0)
    deepest = max(node.depth for node in nodes)
    width = 2 * _MARGIN + (deepest + 1) * _WIDTH + deepest * _GAP
    height = 2 * _MARGIN + bottom - _SPACE
    parts = [_draw_step(node, numbers, deepest) for node in nodes if node.below]
    parts += [_draw_node(node, deepest) for node in nodes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="11">'
        f"<title>{escape(f'Route to {route.target}')}</title>"
        '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z" fill="#444"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def describe_certainty(step: Step) -> str:
    """Return how sure a step is, in a word or number, and what configurations it must set."""
    sure = "recorded" if step.recorded else f"p = {step.probability:.2g}"
    return f"{sure}, sets {step.centres} stereocentre{'s' if step.centres > 1 else ''}" if step.centres else sure


def describe_basis(step: Step) -> str:
    """Return what a step rests on in a few words: its nearest precedent, or the model."""
    for one in step.list_evidence(1):
        match one:
            case ReactionEvidence():
                year = "" if one.year is None else f", {one.year}"
                return f"{one.id or one.source}{year}; similarity {one.similarity:.2f}"
            case ModelEvidence():
                return one.model
    return "a template without a near precedent"


def _grow(route: Route, numbers: Mapping[str, int]) -> _Node:
    made = {step.product: step for step in route.steps}
    leaves = {leaf.smiles: leaf for leaf in route.leaves}
    drawn: set[str] = set()

    def grow(smiles: str, depth: int) -> _Node:
        step = made.get(smiles)
        if step is None:
            return _make_leaf(leaves[smiles], depth)
        if smiles in drawn:
            return _Node(smiles, "again", [f"from step {numbers[smiles]}"], depth=depth)
        drawn.add(smiles)
        below = [grow(one, depth + 1) for one in step.reactants]
        return _Node(smiles, "made" if depth else "target", [], step, below, depth)

    return grow(route.target, 0)


def _make_leaf(leaf: Leaf, depth: int) -> _Node:
    if leaf.match is None:
        return _Node(leaf.smiles, "missing", ["not in stock"], depth=depth)
    entry = leaf.match.entry
    if entry is None:
        return _Node(leaf.smiles, "at hand", [leaf.match.note or ""], depth=depth)
    price = "" if entry.price is None else f"price {entry.price:g}"
    lines = [f"{entry.name or 'in stock'}{f', {price}' if price else ''}", leaf.match.note or ""]
    return _Node(leaf.smiles, "bought", [line for line in lines if line], depth=depth)


def _list_nodes(node: _Node) -> list[_Node]:
    return [node, *(one for below in node.below for one in _list_nodes(below))]


def _place(node: _Node, top: float) -> float:
    """Place a branch below a height; return where the next one begins."""
    if not node.below:
        node.y = top + _HEIGHT / 2
        return top + _HEIGHT + _CAPTION + _SPACE
    for one in node.below:
        top = _place(one, top)
    node.y = (node.below[0].y + node.below[-1].y) / 2
    return top


def _find_left(node: _Node, deepest: int) -> float:
    return _MARGIN + (deepest - node.depth) * (_WIDTH + _GAP)


def _draw_node(node: _Node, deepest: int) -> str:
    left, top = _find_left(node, deepest), _MARGIN + node.y - _HEIGHT / 2
    colour, ground, dashes = _FRAMES[node.kind]
    thick = 2.5 if node.kind == "target" else 1.5
    frame = (
        f'<rect x="{left}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{ground}" stroke="{colour}"'
        f' stroke-width="{thick}"{dashes}/>'
    )
    lines = "".join(
        f'<text x="{left + _WIDTH / 2}" y="{top + _HEIGHT + 14 + 14 * place}" text-anchor="middle" fill="#333">'
        f"{escape(shorten(line, _LETTERS))}</text>"
        for place, line in enumerate(node.caption[:2])
    )
    return f"<g><title>{escape(node.smiles)}</title>{frame}{_draw_molecule(node.smiles, left, top)}{lines}</g>"


def _draw_molecule(smiles: str, left: float, top: float) -> str:
    try:
        drawn = render_molecule(smiles, ImageFormat.SVG, size=(_WIDTH - 10, _HEIGHT - 10)).decode("utf-8")
    except UserError:  # too large, or with parts that are not drawn: it is written
        middle = f'x="{left + _WIDTH / 2}" y="{top + _HEIGHT / 2}" text-anchor="middle"'
        return f"<text {middle}>{escape(shorten(smiles, _LETTERS))}</text>"
    inner = drawn[drawn.find("<svg") :]
    inner = re.sub(r"<rect [^>]*opacity:1.0[^>]*>\s*</rect>", "", inner, count=1)  # its white ground, over our colour
    return inner.replace("<svg", f'<svg x="{left + 5}" y="{top + 5}"', 1)


def _draw_step(node: _Node, numbers: Mapping[str, int], deepest: int) -> str:
    """Draw the lines from what a molecule is made of, the arrow, and what is said of the step."""
    assert node.step is not None
    head = _find_left(node, deepest) - 4
    joint = head - _GAP + 18
    y = _MARGIN + node.y
    lines = "".join(
        f'<path d="M{_find_left(one, deepest) + _WIDTH},{_MARGIN + one.y} H{joint} V{y}" fill="none" stroke="#444"/>'
        for one in node.below
    )
    arrow = f'<path d="M{joint},{y} H{head}" fill="none" stroke="#444" marker-end="url(#head)"/>'
    basis = [line for part in describe_basis(node.step).split("; ") for line in _fold(part, 22)]
    certainty, *setting = describe_certainty(node.step).split(", ")
    said = [f"step {numbers[node.smiles]}, {certainty}", *setting, *basis]
    texts = "".join(
        f'<text x="{joint + 6}" y="{y - 6 if place == 0 else y + 13 * place}" fill="{"#000" if place == 0 else "#555"}"'
        f' font-size="{12 if place == 0 else 10}">{escape(line)}</text>'
        for place, line in enumerate(said[:4])
    )
    return f"<g><title>{escape(node.step.smiles)}</title>{lines}{arrow}{texts}</g>"


def _fold(text: str, width: int) -> list[str]:
    """Return a text as lines; a word longer than a line is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += [word[start : start + width] for start in range(0, len(word), width)]
    return lines
