"""Words of ordinary questions that name no chemical, and the repair of misspelt ones.

The words stand in text files: ``function_words.txt`` (words that ask for nothing by themselves), ``english.txt`` (other
words of ordinary language, and what questions about molecules are about), ``telling_words.txt`` (words that tell a
number, a place, a condition, another question or another substance), ``mendable.txt`` (common words that a slip is
mended to) and ``near_words.txt`` (words a letter or two from one of these that are words themselves: a molality is
not a misspelt molarity, and Dewar benzene is not dear benzene).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

_TYPOS: Final = {
    "teh": "the", "hte": "the", "waht": "what", "wat": "what", "whta": "what", "wich": "which", "giv": "give",
    "ad": "add", "hwo": "how", "nmae": "name", "fo": "of", "mas": "mass", "lopp": "logp", "lgop": "logp",
    "smlies": "smiles", "tpas": "tpsa",
}  # fmt: skip
"""Slips in words too short to be mended by likeness."""
_SHORTEST: Final = 5
"""Letters of the shortest word that is mended by likeness."""
_VERB = re.compile(r"(?:yl|in|nitr|oxid)(?:ate|ated|ise|ize)$")
"""What is done to molecules, as 'chlorinate': never a slip."""


def is_function_word(word: str) -> bool:
    """Whether a word in lower case asks for nothing by itself: 'what', 'tell', 'the', 'value', 'compound'.

    >>> is_function_word("tell"), is_function_word("weight")
    (True, False)
    """
    return word in _function_words()


def is_telling(word: str) -> bool:
    """Whether a word in lower case may make another request of the one that it stands beside.

    >>> is_telling("benzylic"), is_telling("supervisor")
    (True, False)
    """
    return word in _telling_words()


def is_english(word: str) -> bool:
    """Whether a word in lower case is known to be one of ordinary language, and so the name of no chemical.

    >>> is_english("medicine"), is_english("histidine")
    (True, False)
    """
    return word in _known_words()


def is_inflected(word: str) -> bool:
    """Whether a word in lower case, with or without its ending, is known to be one of ordinary language."""
    return is_english(word) or any(
        word.endswith(ending)
        and len(stem := word.removesuffix(ending)) > 3
        and (is_english(stem) or is_english(f"{stem}e"))
        for ending in ("s", "es", "d", "ed", "ing", "ly", "er", "est")
    )


@lru_cache(maxsize=4096)
def correct_word(word: str) -> str:
    """Return the ordinary word that a word in lower case is a slip of, or the word itself.

    One slip is forgiven in a word of five to seven letters, two in a longer one; the first letter is never wrong.

    >>> correct_word("wieght"), correct_word("retrosynthsis"), correct_word("molality")
    ('weight', 'retrosynthesis', 'molality')
    """
    if word in _TYPOS:
        return _TYPOS[word]
    if len(word) < _SHORTEST or not word.isalpha() or is_inflected(word) or _VERB.search(word):
        return word
    if word in _near_words():
        return word
    slips = 1 if len(word) < 8 else 2
    choices = [one for one in _mendable_words() if one[0] == word[0] and abs(len(one) - len(word)) <= slips]
    near = process.extract(word, choices, scorer=OSA.distance, score_cutoff=slips, limit=5)
    # A letter left out is the commonest slip: 'moleculr' is 'molecular' rather than 'molecule'.
    best = min(
        near, key=lambda found: (found[1], not _holds(found[0], word), abs(len(found[0]) - len(word))), default=None
    )
    return word if best is None else str(best[0])


def _holds(word: str, letters: str) -> bool:
    """Whether a word has some letters in their order."""
    left = iter(word)
    return all(letter in left for letter in letters)


@cache
def _function_words() -> frozenset[str]:
    return _read("function_words.txt")


@cache
def _known_words() -> frozenset[str]:
    return _function_words() | _read("english.txt")


@cache
def _telling_words() -> frozenset[str]:
    return _read("telling_words.txt")


@cache
def _near_words() -> frozenset[str]:
    return _read("near_words.txt")


@cache
def _mendable_words() -> tuple[str, ...]:
    return tuple(sorted(word for word in _read("mendable.txt") if len(word) > 3))


def _read(name: str) -> frozenset[str]:
    return frozenset(files("anymol.tasks.question").joinpath(name).read_text(encoding="utf-8").split())
