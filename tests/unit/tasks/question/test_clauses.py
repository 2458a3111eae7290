"""The part of a question that asks."""

from __future__ import annotations

import pytest

from anymol.tasks.question.clauses import split_clauses


@pytest.mark.parametrize(
    ("words", "asked", "told"),
    [
        ("what is its logp?", "what is its logp?", ""),
        ("\u00a4 weighs 206 g. what is its logp?", "what is its logp?", "\u00a4 weighs 206 g"),
        ("given the reactants \u00a4, predict the product.", "predict the product.", "given the reactants \u00a4"),
        ("what is the mass? answer with a number only.", "what is the mass?", ""),
        ("you are an expert chemist. name \u00a4", "name \u00a4", ""),
        ("i have \u00a4 and \u00a4; what forms?", "what forms?", "i have \u00a4 and \u00a4"),
    ],
)
def test_what_is_told_is_set_apart_from_what_is_asked(words: str, asked: str, told: str) -> None:
    found = split_clauses(words)
    assert found.asked.strip() == asked
    assert found.told.strip(" .,;") == told


def test_a_question_without_a_verb_asks_as_a_whole() -> None:
    assert split_clauses("logp of \u00a4").asked == "logp of \u00a4"


def test_a_clause_of_the_asking_sentence_is_kept_from_sentences_apart() -> None:
    found = split_clauses("i saw a peak. given \u00a4, what is the mass?")
    assert (found.before, found.apart) == ("given \u00a4", "i saw a peak")
