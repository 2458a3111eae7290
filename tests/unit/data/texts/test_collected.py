"""Texts of two splits under the rules of what is held out."""

from __future__ import annotations

from anymol.data.heldout import Heldout, compute_blocks
from anymol.data.texts.collected import TextRow, collect_rows
from anymol.data.texts.config import Captions

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def rows(*texts: tuple[str, str]) -> list[TextRow]:
    return [TextRow(text, about, "MIT") for text, about in texts]


def test_what_is_held_out_is_not_trained_on_but_may_be_measured() -> None:
    heldout = Heldout.empty().with_evaluated(compute_blocks(ASPIRIN), "named_molecule")
    train = rows(
        ("ethanol", "CCO"), ("aspirin", ASPIRIN), ("in a mixture", f"CCO.{ASPIRIN}"), ("", "CCN"), ("none", "")
    )
    found = collect_rows(Captions(), train, rows(("aspirin in val", ASPIRIN)), heldout)
    assert found.train == ["ethanol", "none"]
    assert found.val == ["aspirin in val"]
    assert found.refused == {"held out (named_molecule)": 2, "no text": 1}
    assert found.licences == {"MIT"}


def test_no_more_are_taken_than_asked_for() -> None:
    many = rows(*((f"text {number}", "") for number in range(10)))
    found = collect_rows(Captions(count=3, val_count=2), many, many, Heldout.empty())
    assert (len(found.train), len(found.val)) == (3, 2)
