"""A plan as one HTML page that needs no network: its alternatives, drawn, each step with what it rests on."""

from __future__ import annotations

from html import escape
from typing import Final

from anymol.inference.sources.citing import CITED
from anymol.planning.alternatives import Alternative
from anymol.planning.drawing import describe_basis, describe_certainty, render_route
from anymol.planning.plan import Plan
from anymol.planning.routes import Route

_STYLE: Final = (
    "body{font-family:sans-serif;margin:2em;color:#222;max-width:80em}h1{font-size:1.4em}h2{font-size:1.15em;"
    "margin-top:2em}table{border-collapse:collapse;font-size:.85em}td,th{border:1px solid #ccc;padding:.3em .6em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}.tree{overflow-x:auto;border:1px solid #ddd;"
    "margin:.6em 0}code{font-size:.95em}.note{color:#666}"
)


def render_page(plan: Plan) -> str:
    """Return a plan as a page."""
    found = f"{len(plan.alternatives)} alternatives" if plan.is_solved else "no complete route"
    facts = [
        f"{found} of at most {plan.options.steps} steps in a row; {plan.molecules} molecules were looked at in"
        f" {plan.seconds:.1f} s; {plan.ended}",
        f"steps by {plan.single_step}; stock: {plan.stock}, {plan.stock_size:,} molecules",
        *(["the stock holds the target itself"] if plan.in_stock is not None else []),
        *plan.notes,
        "routes are suggestions to verify, not procedures; the score is the product of the probabilities of the steps",
    ]
    sections = [_render_alternative(number, one) for number, one in enumerate(plan.alternatives, start=1)]
    if plan.missing:
        rows = "".join(f"<li>{escape(str(one))}</li>" for one in plan.missing)
        sections.append(f"<h2>Where the branches end</h2><ul>{rows}</ul>")
    sections += [
        f"<h2>Incomplete route {number}</h2>{_render_route(route)}"
        for number, route in enumerate(plan.near_misses, start=1)
    ]
    notes = "".join(f'<p class="note">{escape(line)}</p>' for line in facts)
    title = escape(f"Routes to {plan.target}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{notes}{''.join(sections)}</body></html>\n"
    )


def _render_alternative(number: int, alternative: Alternative) -> str:
    best = alternative.best
    price = "" if best.price is None else f", building blocks {best.price:g}"
    heading = f"{number}. score {best.score:.3g}, {len(best.steps)} steps, {best.length} in a row{price}"
    variants = ""
    if alternative.count > 1:
        shown = "".join(
            f"<li>score {one.score:.3g}: <code>{escape(' ; '.join(step.smiles for step in one.steps))}</code></li>"
            for one in alternative.routes[1:]
        )
        variants = f"<details><summary>{alternative.count - 1} variants</summary><ul>{shown}</ul></details>"
    return f"<h2>{escape(heading)}</h2>{_render_route(best)}{variants}"


def _render_route(route: Route) -> str:
    rows = ""
    for number, step in enumerate(route.steps, start=1):
        cited = "<br>".join(escape(str(one)) for one in step.list_evidence(CITED)) or escape(describe_basis(step))
        rows += (
            f"<tr><td>{number}</td><td><code>{escape(step.smiles)}</code></td><td>{describe_certainty(step)}</td>"
            f"<td>{cited}</td></tr>"
        )
    table = f"<table><tr><th>step</th><th>reaction</th><th>how sure</th><th>rests on</th></tr>{rows}</table>"
    return f'<div class="tree">{render_route(route)}</div>{table}'
