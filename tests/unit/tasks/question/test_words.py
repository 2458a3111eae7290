"""The lists of words that tell names of chemicals from other words."""

from __future__ import annotations

from anymol.tasks.question.words import WordKind, is_word, list_words


def test_every_list_is_filled_and_each_of_its_words_is_found() -> None:
    for kind in WordKind:
        words = list_words(kind)
        assert words
        assert all(is_word(kind, word) for word in words)


def test_a_word_is_of_one_kind_and_not_of_another() -> None:
    assert is_word(WordKind.GROUP, "nitro") and not is_word(WordKind.SUBSTANCE, "nitro")
    assert is_word(WordKind.SUBSTANCE, "water") and not is_word(WordKind.GROUP, "aspirin")
