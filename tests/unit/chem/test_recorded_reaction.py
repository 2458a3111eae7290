"""A recorded reaction is one line of a file and comes back from it."""

from __future__ import annotations

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import DataError

FULL = RecordedReaction(
    "CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC", "ClCCl", "", "ELN-7/13", "ELN", 2024, 81.5, -10.0,
    "acylation", "slowly",
)  # fmt: skip


@pytest.mark.parametrize(
    "reaction", [FULL, RecordedReaction("CCO", "CCBr"), RecordedReaction("CCO", "CCBr", year=1999)]
)
def test_it_comes_back_from_its_line(reaction: RecordedReaction) -> None:
    line = reaction.to_line()
    assert "\n" not in line
    assert RecordedReaction.from_line(line) == reaction


def test_white_space_in_a_note_does_not_break_the_line() -> None:
    one = RecordedReaction("CCO", "CCBr", note="first\tsecond\nthird")
    assert RecordedReaction.from_line(one.to_line()).note == "first second third"


def test_everything_that_helps_stands_between_the_arrows() -> None:
    assert FULL.smiles == "CC(=O)Cl.NCc1ccccc1>CCN(CC)CC.ClCCl>CC(=O)NCc1ccccc1"
    assert RecordedReaction("CCO", "CCBr", "O", "O").helping == "O"


@pytest.mark.parametrize("line", ["CCO", "a\t" * 30, "CCO\tCCBr\t\t\t\tid\tsource\tnineteen"])
def test_another_line_is_refused(line: str) -> None:
    with pytest.raises(DataError, match="not a recorded reaction"):
        RecordedReaction.from_line(line)
