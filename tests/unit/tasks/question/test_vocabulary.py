"""Words of ordinary questions, and the repair of misspelt ones."""

from __future__ import annotations

import pytest

from anymol.chem.names import find_name
from anymol.tasks.question.vocabulary import correct_word, is_english, is_function_word, is_inflected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wieght", "weight"), ("moleculr", "molecular"), ("retrosynthsis", "retrosynthesis"), ("waht", "what"),
        ("forumla", "formula"), ("prodcut", "product"), ("lopp", "logp"), ("aromtic", "aromatic"),
    ],
)  # fmt: skip
def test_slips_in_ordinary_words_are_mended(written: str, meant: str) -> None:
    assert correct_word(written) == meant


@pytest.mark.parametrize(
    "word", ["aspirin", "caffeine", "indole", "pyrrole", "methylate", "silicates", "atom", "rinse", "toluene", "xylene"]
)
def test_names_and_right_words_stay_as_they_are(word: str) -> None:
    assert correct_word(word) == word


def test_the_first_letter_is_never_wrong() -> None:
    assert correct_word("beight") == "beight"


def test_ordinary_words_are_known() -> None:
    assert is_english("mountain") and not is_english("histidine")
    assert is_inflected("boiled") and is_inflected("faster") and not is_inflected("lidocaine")


@pytest.mark.parametrize(
    "word",
    [
        "not", "without", "except", "than", "more", "most", "less", "least", "why", "when", "if", "instead",
        "above", "below", "fragment", "salt", "peak", "boiling", "price", "toxic", "benzylic", "protonated", "change",
    ],
)  # fmt: skip
def test_a_word_that_may_turn_a_question_into_another_is_no_function_word(word: str) -> None:
    assert not is_function_word(word)


def test_words_that_ask_for_nothing_are_function_words() -> None:
    assert all(map(is_function_word, ["what", "is", "the", "value", "of", "this", "compound", "please", "tell", "me"]))


def test_no_ordinary_word_is_the_name_of_a_drug() -> None:
    for name in ("aspirin", "ibuprofen", "caffeine", "morphine", "glucose", "cholesterol", "imatinib", "menthol"):
        assert find_name(name) is not None
        assert not is_english(name)


@pytest.mark.parametrize(
    "word",
    [
        "molality", "dewar", "chloride", "bromide", "carbonyl", "ether", "azide", "ketene", "cation", "doubly",
        "acetylene", "creatine", "nitrosation", "methylene", "isobaric", "isotonic",
    ],
)  # fmt: skip
def test_a_word_that_is_one_is_not_mended_into_another(word: str) -> None:
    # A molality answered as a molarity, or Dewar benzene as benzene, would look right.
    assert correct_word(word) == word
