"""What a free question contains."""

from __future__ import annotations

import pytest

from anymol.tasks.question.mention import NAME_SIGN, NOTATION_SIGN, MentionKind
from anymol.tasks.question.reading import read_question


def test_molecules_become_signs_and_slips_are_mended() -> None:
    reading = read_question("Please tell me the moleculr wieght of <SMILES> CCO </SMILES> and of aspirin")
    assert reading.words == f"tell me the molecular weight of {NOTATION_SIGN} and of {NAME_SIGN}"
    assert reading.list_kind(MentionKind.NOTATION) == ("CCO",)
    assert reading.list_kind(MentionKind.NAME) == ("aspirin",)
    assert "<" not in reading.plain


def test_a_question_may_point_at_what_is_given() -> None:
    reading = read_question("What is the logP of this compound, and what is its mass?")
    assert reading.points == 2
    assert reading.mentions == ()


@pytest.mark.parametrize("given", [True, False])
def test_a_strange_word_is_a_name_only_where_nothing_else_is_given(given: bool) -> None:
    found = read_question("What is the logP of frobnik?", given=given).list_kind(MentionKind.STRANGE)
    assert found == (() if given else ("frobnik",))


def test_spans_lie_where_their_molecules_are_written() -> None:
    reading = read_question("Is 'CCO' the same as ethanol?")
    assert [reading.asked[span.start : span.end] for span in reading.spans] == ["CCO", "ethanol"]


def test_a_very_long_question_is_read_in_part() -> None:
    reading = read_question("mass of aspirin " + "x" * 50_000)
    assert len(reading.asked) <= 2000
    assert reading.list_kind(MentionKind.NAME)[0] == "aspirin"
