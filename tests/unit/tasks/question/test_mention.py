"""Molecules that a question writes, and their signs."""

from __future__ import annotations

from anymol.tasks.cues import HERE
from anymol.tasks.question.mention import MentionKind, Span, make_span, show_signs


def test_every_kind_has_a_sign_of_its_own_and_all_show_as_one() -> None:
    signs = "".join(kind.sign for kind in MentionKind)
    assert len(set(signs)) == len(MentionKind)
    assert show_signs(f"a{signs}b") == f"a{HERE * len(MentionKind)}b"


def test_spans_meet_where_they_share_a_character() -> None:
    span = make_span(4, MentionKind.NAME, "aspirin")
    assert (span.start, span.end) == (4, 11)
    assert span.meets(Span(10, 12, "")) and span.meets(Span(0, 5, ""))
    assert not span.meets(Span(11, 12, "")) and not span.meets(Span(0, 4, ""))
