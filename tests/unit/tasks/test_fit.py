"""What speaks against a fit."""

from __future__ import annotations

import pytest

from anymol.tasks.case import open_case
from anymol.tasks.fit import Fit, blank_topics, explain_words, find_unfinished
from anymol.tasks.question.mention import TOPIC_SIGN
from anymol.tasks.question.topics import find_topics
from anymol.tasks.table import get_task


def explain(question: str) -> float:
    case = open_case(question, 1, has_reaction=False, has_record=False)
    return explain_words(case, find_topics(case.asked))


def test_ordinary_words_cost_nothing_and_strange_ones_more_than_english_ones() -> None:
    assert explain("What is the molecular weight of this compound?") == 1.0
    english, strange = explain("What is the logP of this accident?"), explain("What is the logP of this zqxv?")
    assert 1.0 > english > strange
    assert explain("accident accident logP") == pytest.approx(explain("accident logP") ** 2)


def test_words_of_a_topic_are_blanked_in_place() -> None:
    asked = "what is the boiling point of water"
    blanked = blank_topics(asked, find_topics(asked))
    assert len(blanked) == len(asked)
    assert blanked == asked.replace("boiling point", TOPIC_SIGN * len("boiling point"))


def test_a_fit_is_called_by_its_task_or_its_calculations() -> None:
    assert Fit(0.9, get_task("logp")).name == "logp"
    assert Fit(0.9, calculations=("formula", "ring_count")).name == "formula, ring_count"


def test_an_unfinished_notation_is_seen_in_what_is_told() -> None:
    whole = open_case("Describe CCO.", 0, has_reaction=False, has_record=False)
    part = open_case("The following SMILES is unfinished: CCO. Describe it.", 0, has_reaction=False, has_record=False)
    assert not find_unfinished(whole)
    assert find_unfinished(part) or find_topics(part.asked)
