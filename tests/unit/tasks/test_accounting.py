"""Whether an answer accounts for the whole question."""

from __future__ import annotations

import pytest

from anymol.errors import UnknownTaskError
from anymol.tasks.accounting import find_links, find_unexplained
from anymol.tasks.cues import HERE
from anymol.tasks.routing import route


def left(asked: str, *words: str) -> tuple[str, ...]:
    """Return what is left of a question, molecules written as ``*``."""
    return find_unexplained(asked.replace("*", HERE), (), words)


def test_words_that_ask_for_nothing_are_explained() -> None:
    assert left("what is the value of * please, and can you tell me how large?") == ()
    assert left("to two decimals, if possible, and without explanation") == ()
    assert left("i'd say it's the steroid *") == ()


def test_every_other_word_is_left_once_in_its_order() -> None:
    assert left("the mass of the fragment of * at ph 7.4, the fragment") == ("mass", "fragment", "ph", "7.4")
    assert left("mass of * above \u2021 and #") == ("mass", "above", "\u2021", "#")


def test_words_are_explained_by_a_vocabulary_whatever_their_ending() -> None:
    assert left("masses weighing hydrogenated", "mass", "weigh", "hydrogenate") == ()
    assert left("massive", "mass") == ("massive",)


def test_words_are_explained_where_they_stand() -> None:
    assert find_unexplained("the sum and the sum", [(4, 7)]) == ("sum",)


def test_negations_and_comparisons_are_never_passed_over() -> None:
    for word in ("not", "without", "except", "more", "less", "than", "why", "if", "instead"):
        assert left(f"is it {word} *") == (word,)


def test_a_molecule_that_says_something_of_another_is_no_list() -> None:
    assert find_links("the mass of * in *".replace("*", HERE)) == ("in",)
    assert find_links("the masses of *, * and *".replace("*", HERE)) == ()


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("How many hydrogens of toluene are benzylic?", "benzylic"),
        ("What is the logP of aspirin at pH 7.4?", "ph"),
        ("What is the mass of the product of aniline with acetic anhydride?", "product"),
        ("What is the charge on the oxygen in acetone?", "oxygen"),
        ("mass of caffeine minus three methyl groups", "minus"),
    ],
)
def test_a_question_that_is_understood_in_part_is_put_back_with_the_words(question: str, word: str) -> None:
    with pytest.raises(UnknownTaskError, match="of this question I understand .*, but not .*'" + word + "'"):
        route(question)


@pytest.mark.parametrize(
    ("question", "calculation"),
    [
        ("What fraction of carbons in limonene is sp3?", "fsp3"),
        ("How heavy is the [M+H]+ ion of caffeine?", "ion_mz"),
        ("What is the mass of deprotonated citric acid?", "ion_mz"),
    ],
)
def test_of_several_readings_the_one_that_accounts_for_all_words_answers(question: str, calculation: str) -> None:
    assert route(question).calculations == (calculation,)
