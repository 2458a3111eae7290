"""Prompts that are remembered by their content."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anymol.inference.prefixes import ReadPrompt, ReadPrompts, digest_prompt
from anymol.modalities.modality import Modality
from anymol.models.prompt_writer import EncodedExample, EncodedRecord


def make_prompt(
    ids: tuple[int, ...] = (1, 2, 3), *, peak: float = 0.5, role: int = 0, name: str = "peaks"
) -> EncodedExample:
    record = EncodedRecord(Modality.MS2, {name: np.array([[100.0, peak]])}, role)
    return EncodedExample(list(ids), [-100] * len(ids), (record,))


def test_the_same_content_has_the_same_digest() -> None:
    assert digest_prompt(make_prompt()) == digest_prompt(make_prompt())


@pytest.mark.parametrize(
    "other",
    [
        make_prompt((1, 2, 4)),
        make_prompt((1, 2)),
        make_prompt(peak=0.25),
        make_prompt(role=1),
        make_prompt(name="lines"),
        EncodedExample([1, 2, 3], [-100] * 3),
    ],
)
def test_other_content_has_another_digest(other: EncodedExample) -> None:
    assert digest_prompt(make_prompt()) != digest_prompt(other)


def read(columns: int) -> ReadPrompt:
    """Return a prompt of 4 bytes per column, beside 8 of its logits."""
    return ReadPrompt(columns, (torch.zeros(1, columns, 1),), torch.zeros(2))


def test_those_used_longest_ago_give_way() -> None:
    known = ReadPrompts(max_bytes=3 * (4 * 10 + 8))
    for key in (b"a", b"b", b"c"):
        known.keep(key, read(10))
    assert known.find(b"a") is not None
    known.keep(b"d", read(10))
    assert known.find(b"b") is None
    assert [known.find(key) is not None for key in (b"a", b"c", b"d")] == [True, True, True]
    known.keep(b"e", read(25))
    assert known.n_bytes <= known.max_bytes
    assert known.find(b"e") is not None


def test_one_that_is_too_large_is_not_kept() -> None:
    known = ReadPrompts(max_bytes=100)
    known.keep(b"a", read(10))
    known.keep(b"b", read(1000))
    assert known.find(b"b") is None
    assert known.find(b"a") is not None
