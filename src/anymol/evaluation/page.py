"""A report as paragraphs, headings, tables and drawings, written as Markdown or as one HTML page without scripts."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { border: 1px solid #ccc; padding: .3rem .6rem; }
th { background: #f3f3f3; text-align: left; } td { vertical-align: top; max-width: 24rem; overflow-wrap: break-word; }
.row { border-top: 1px solid #ccc; padding-top: .5rem; } .row svg { background: white; max-width: 100%; height: auto; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; } figcaption { color: #555; }
"""

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Header and rows."""


class Drawing(NamedTuple):
    """What the two forms of a report show differently.

    Attributes:
        page: HTML; whoever makes it escapes what it holds of others.
        markdown: Markdown; empty where that form says it elsewhere.
    """

    page: str
    markdown: str = ""


Block = str | Table | Drawing
"""A paragraph or heading (beginning with ``#``), a table or a drawing."""


def write_markdown(title: str, blocks: Iterable[Block]) -> str:
    """Return a report as Markdown."""
    lines = [f"# {title}", ""]
    for block in blocks:
        match block:
            case str():
                lines += [block, ""]
            case Drawing():
                lines += [block.markdown, ""] if block.markdown else []
            case (header, rows):
                lines += [write_table(header, [tuple(map(_cell, row)) for row in rows]), ""]
    return "\n".join(lines)


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table of cells that are Markdown already."""
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write_html(title: str, blocks: Iterable[Block]) -> str:
    """Return a report as one HTML page without scripts."""
    title = html.escape(title)
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style></head>",
        f"<body><h1>{title}</h1>",
    ]
    for block in blocks:
        match block:
            case str():
                level = len(block) - len(block.lstrip("#"))
                text = html.escape(block.lstrip("# "))
                parts.append(f"<h{level}>{text}</h{level}>" if level else f"<p>{text}</p>")
            case Drawing():
                parts.append(block.page)
            case (header, rows):
                head = "".join(f"<th>{html.escape(text)}</th>" for text in header)
                body = "".join(
                    "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows
                )
                parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    return "\n".join([*parts, "</body></html>", ""])


def _cell(text: str) -> str:
    """Return text that a Markdown table holds: bars escaped, one line, structures not read as emphasis."""
    return " ".join(text.replace("|", "\\|").replace("*", "\\*").replace("[", "\\[").split())
