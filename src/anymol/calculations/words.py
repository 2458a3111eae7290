"""Finding the phrases that name calculations in a text: the longest first, none inside another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from anymol.calculations.calculation import Calculation


@dataclass(frozen=True)
class Phrase:
    """A phrase found in a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        words: The phrase, as the table writes it.
        names: The calculations that it names.
    """

    start: int
    end: int
    words: str
    names: tuple[str, ...]


class Vocabulary:
    """Phrases, each with the names it stands for.

    Args:
        phrases: (name, phrase) pairs; a phrase may stand for several names.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        for name, phrase in phrases:
            key = _normalize(phrase)
            self._names[key] = tuple(dict.fromkeys((*self._names.get(key, ()), name)))
        # One pattern per first word: a text is looked at word by word, and a table of 1,500 phrases costs nothing.
        self._by_first: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for key in sorted(self._names, key=len, reverse=True):
            self._by_first.setdefault(_first_word(key), []).append((key, _compile(key)))

    def find(self, text: str) -> list[Phrase]:
        """Return the phrases of a text, in its order; where two overlap the longer one is taken."""
        lowered = text.lower()
        found: list[Phrase] = []
        for place in _STARTS.finditer(lowered):
            for key, pattern in self._candidates(lowered, place.start()):
                match = pattern.match(lowered, place.start())
                if match is not None:
                    found.append(Phrase(match.start(), match.end(), key, self._names[key]))
        kept: list[Phrase] = []
        for phrase in sorted(found, key=lambda one: (one.start - one.end, one.start)):
            if all(phrase.end <= other.start or other.end <= phrase.start for other in kept):
                kept.append(phrase)
        return sorted(kept, key=lambda one: one.start)

    def _candidates(self, lowered: str, start: int) -> Iterable[tuple[str, re.Pattern[str]]]:
        word = _first_word(lowered[start : start + 60])
        for form in {word, word.removesuffix("s"), word.removesuffix("es"), f"{word.removesuffix('ies')}y", f"{word}s"}:
            yield from self._by_first.get(form, ())


_STARTS: Final = re.compile(r"(?<![\w])(?=[\w.%])")


def _normalize(phrase: str) -> str:
    return " ".join(phrase.lower().replace("-", " ").split())


def _first_word(text: str) -> str:
    match = re.match(r"[^\s\-]+", text)
    return match.group().rstrip(",.;:?!") if match else ""


def _compile(key: str) -> re.Pattern[str]:
    """Return the pattern of a phrase: blanks may be hyphens, and each word may stand in the plural."""
    words = r"[\s\-]+".join(map(_pluralize, key.split()))
    return re.compile(rf"{words}(?!\w)")


def _pluralize(word: str) -> str:
    escaped = re.escape(word)
    if not word[-1].isalpha() or len(word) < 3:
        return escaped
    if word.endswith("y") and word[-2] not in "aeiou":
        return rf"{re.escape(word[:-1])}(?:y|ies)"
    return rf"{escaped}(?:es)?" if word.endswith("s") else rf"{escaped}(?:e?s|'s)?"


@cache
def _vocabulary(pairs: tuple[tuple[str, str], ...]) -> Vocabulary:
    return Vocabulary(pairs)


def make_vocabulary(calculations: Mapping[str, Calculation]) -> Vocabulary:
    """Return which words ask for which calculation; made once for the same table."""
    return _vocabulary(tuple((one.name, word) for one in calculations.values() for word in one.words))
