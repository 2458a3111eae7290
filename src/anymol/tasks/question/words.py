"""Words that tell the name of a chemical from other words, as they stand in ``chemical_words.toml``."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files


class WordKind(StrEnum):
    """A list of ``chemical_words.toml``, which says what is in it."""

    STEM = "stems"
    LINK = "links"
    ENDING = "endings"
    JOINT = "joints"
    FIRST = "first_words"
    LAST = "last_words"
    PROTECTING = "protecting_groups"
    NOT_ACYL = "not_acyl"
    SUBSTANCE = "substances"
    GROUP = "groups"
    PART = "parts"
    ACRONYM = "acronyms"
    NOT_FORMULA = "not_formulas"
    CAPITAL_FORMULA = "capital_formulas"
    BEFORE_NAME = "before_name"
    BEFORE_THAT = "before_that"


def list_words(kind: WordKind) -> tuple[str, ...]:
    """Return the words of one kind, in the order of the file."""
    return tuple(_read_table()[kind])


def is_word(kind: WordKind, word: str) -> bool:
    """Whether a word, written as in the file, is of one kind.

    >>> is_word(WordKind.GROUP, "nitro"), is_word(WordKind.GROUP, "aspirin")
    (True, False)
    """
    return word in _collect_words(kind)


@cache
def _collect_words(kind: WordKind) -> frozenset[str]:
    return frozenset(list_words(kind))


@cache
def _read_table() -> dict[str, list[str]]:
    text = files("anymol.tasks.question").joinpath("chemical_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
