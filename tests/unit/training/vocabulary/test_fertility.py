"""Tokens per text, and what counts as a fallback."""

from __future__ import annotations

import pytest

from anymol.chem.notation import Notation
from anymol.models.tokenizer import train_tokenizer
from anymol.training.vocabulary.fertility import measure_fertility


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(["acid acid acid"] * 50, ["⌬C"], 290, Notation.SMILES)


def test_single_letters_and_foreign_bytes_are_fallback(tokenizer) -> None:
    # 'acid' is one token; 'x' one letter; the degree sign two bytes.
    assert measure_fertility(tokenizer, ["acid", "x", "°"]).to_json() == {
        "texts": 3, "characters": 6, "tokens": 4, "characters_per_token": 1.5, "tokens_per_text": 1.3333,
        "fallback_share": 0.75,
    }  # fmt: skip


def test_digits_blanks_and_punctuation_are_not(tokenizer) -> None:
    assert measure_fertility(tokenizer, ["1, 2 (3)\n"]).fallback == 0


def test_marks_are_not_counted_as_characters(tokenizer) -> None:
    found = measure_fertility(tokenizer, ["<mol>⌬C⌬C</mol>"], characters=2)
    assert (found.characters, found.tokens, found.fallback) == (2, 4, 0)


def test_no_texts_have_no_figures(tokenizer) -> None:
    assert measure_fertility(tokenizer, []).to_json()["characters_per_token"] is None
