"""What a question asks of the table of calculations, in the form in which that is answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from anymol.calculations.asking import HERE, Request
from anymol.calculations.calculation import Takes
from anymol.calculations.elements import ELEMENTS
from anymol.calculations.groups import list_group_words
from anymol.calculations.mentions import Mention, MentionKind
from anymol.calculations.table import CALCULATIONS
from anymol.chem.names import find_name
from anymol.tasks.question import mention as written
from anymol.tasks.question.mention import POINT_SIGN, Span
from anymol.tasks.question.notations import parses
from anymol.tasks.question.reading import Reading

_KINDS: Final = {
    written.MentionKind.NOTATION: MentionKind.NOTATION,
    written.MentionKind.REACTION: MentionKind.NOTATION,
    written.MentionKind.NAME: MentionKind.NAME,
    written.MentionKind.STRANGE: MentionKind.NAME,
    written.MentionKind.FORMULA: MentionKind.FORMULA,
}
_OF_PARTS: Final = frozenset({"substructure", "functional_groups", "atom_counts", "element_percentages"})
"""Calculations in whose questions elements, groups and rings are parts of molecules."""


def make_request(reading: Reading, calculations: Sequence[str], *, beside: bool = False) -> Request:
    """Return what a question asks of calculations.

    Args:
        reading: The question.
        calculations: Names of the calculations that it asks for.
        beside: Whether a molecule is given beside it.
    """
    known = [CALCULATIONS[name] for name in calculations if name in CALCULATIONS]
    if known and all(one.takes is Takes.TEXT for one in known):
        pointed = (span for span in _list_pointed(reading) if _OF.search(reading.asked[: span.start]))
        return Request(tuple(calculations), tuple(_convert(reading, span) for span in pointed), reading.asked)
    spans = [span for span in reading.spans if span.mention is not None or span.sign == POINT_SIGN]
    if _OF_PARTS & set(calculations):
        spans = _drop_parts(spans, reading, beside=beside)
    text = reading.asked
    for span in reversed(spans):
        if span.mention is not None:
            text = f"{text[: span.start]}{HERE}{text[span.end :]}"
    return Request(tuple(calculations), tuple(_convert(reading, span) for span in spans), text)


_OF = re.compile(r"\bof\s+$", re.IGNORECASE)


def _list_pointed(reading: Reading) -> list[Span]:
    return [span for span in reading.spans if span.sign == POINT_SIGN]


def _convert(reading: Reading, span: Span) -> Mention:
    """Return a molecule of a question as calculations know it."""
    if span.mention is None:
        return Mention(reading.asked[span.start : span.end], MentionKind.REFERENT, span.start, span.end)
    found = Mention(span.mention.text, _KINDS[span.mention.kind], span.start, span.end)
    # A formula that is a name too, as NaCl, is one molecule; CO is not the SMILES of methanol.
    named = found.kind is MentionKind.FORMULA and find_name(found.text) is not None and not parses(found.text)
    return replace(found, kind=MentionKind.NAME) if named else found


def _drop_parts(spans: list[Span], reading: Reading, *, beside: bool) -> list[Span]:
    """Return the molecules of a question without names of elements, groups and rings behind another molecule."""
    kept: list[Span] = []
    for span in spans:
        is_name = span.mention is not None and span.mention.kind is written.MentionKind.NAME
        is_part = is_name and reading.asked[span.start : span.end].lower() in _list_parts()
        if not (is_part and (kept or beside)):
            kept.append(span)
    return kept


@cache
def _list_parts() -> frozenset[str]:
    return frozenset([*ELEMENTS, *list_group_words()])
