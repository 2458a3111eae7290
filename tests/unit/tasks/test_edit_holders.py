"""On which element an edit is made."""

from __future__ import annotations

import pytest

from anymol.tasks.edit_groups import Holder
from anymol.tasks.edit_holders import Held, read_holder, read_prefix


@pytest.mark.parametrize(
    ("text", "holder", "rest"),
    [
        ("N-acetylate it", Holder.NITROGEN, "acetylate it"),
        ("remove the O-methyl", Holder.OXYGEN, "remove the methyl"),
        ("add an n-butyl group", Holder.CARBON, "add an n-butyl group"),
        ("add an N-methyl amide", Holder.CARBON, "add an N-methyl amide"),
        ("put on an N,N-dimethylamino group", Holder.CARBON, "put on an N,N-dimethylamino group"),
    ],
)
def test_the_letter_before_a_group(text: str, holder: Holder, rest: str) -> None:
    assert read_prefix(text) == (holder, rest)


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("add a methyl to the nitrogen", Held(Holder.NITROGEN, "to the nitrogen", "add a methyl")),
        ("take the acetyl off the nitrogen", Held(Holder.NITROGEN, "the nitrogen", "take the acetyl off")),
        ("add a methyl to the phenol oxygen", Held(Holder.OXYGEN, "to the phenol oxygen", "add a methyl")),
        ("add a chlorine on the ring", Held(Holder.CARBON, None, "add a chlorine on the ring")),
        ("the amine could be a nitro", Held(Holder.CARBON, None, "the amine could be a nitro")),
    ],
)
def test_words_for_an_atom(words: str, held: Held) -> None:
    assert read_holder(words) == held
