"""What a question may ask a program for: the words that name each.

The words stand in ``topics.toml``. A topic is found where its words stand; of words that overlap the longest count, so
that 'exact mass' is not a 'mass'.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from anymol.calculations.elements import ELEMENTS
from anymol.calculations.groups import list_group_words

SURE: Final = 0.95
"""Weight of words that only one thing is called by."""
LIKELY: Final = 0.8
"""Weight of words that mean it where a chemical is spoken of."""
WEAK: Final = 0.6
"""Weight of words that need a molecule beside them."""
_WEIGHTS: Final = {"sure": SURE, "likely": LIKELY, "weak": WEAK}


@dataclass(frozen=True)
class Topic:
    """Something that can be asked for.

    Attributes:
        name: Name of the calculation, several joined by ``+``.
        words: The words that name it, each with its weight.
        patterns: Patterns over the words of a question, each with its weight; a group that captures is a gap.
        beside: Words that it understands beside those that name it.
        over: Topics whose words beside its own only say the same again: the mass of an ion is its m/z.
    """

    name: str
    words: tuple[tuple[str, float], ...]
    patterns: tuple[tuple[str, float], ...]
    beside: frozenset[str]
    over: frozenset[str]


@dataclass(frozen=True)
class Found:
    """A topic at its place in a text.

    Attributes:
        name: Name of the topic.
        weight: How surely its words mean it, 0 to 1.
        start: Where its words begin.
        end: Where they end.
        gaps: Where, between them, other words stand.
    """

    name: str
    weight: float
    start: int
    end: int
    gaps: tuple[tuple[int, int], ...] = ()


@cache
def list_topics() -> tuple[Topic, ...]:
    """Return all topics."""
    table = tomllib.loads(files("anymol.tasks.question").joinpath("topics.toml").read_text(encoding="utf-8"))
    listed: dict[str, list[str]] = table["words"]
    listed["ELEMENTS"] += [f"{re.escape(name)}s?" for name in ELEMENTS]
    listed["GROUPS"] += [f"{re.escape(word)}s?" for word in list_group_words()]
    shared = {name: f"(?:{'|'.join(dict.fromkeys(words))})" for name, words in listed.items()}
    return tuple(_make_topic(entry, shared) for entry in table["calculation"])


def list_topic_words() -> frozenset[str]:
    """Return all words in the phrases that name a topic: none of them is a chemical's name."""
    return _list_words()


def get_topic(name: str) -> Topic:
    """Return the topic of a name."""
    return _by_name()[name]


@lru_cache(maxsize=256)
def find_topics(words: str) -> tuple[Found, ...]:
    """Return the topics that a text in lower case speaks of, from left to right, none inside another.

    >>> [found.name for found in find_topics("exact mass and formula of \u00a4")]
    ['monoisotopic_mass', 'formula']
    """
    matches = sorted(_match(words), key=lambda found: (found.start - found.end, -found.weight, found.start))
    kept: list[Found] = []
    for found in matches:
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    return tuple(sorted(kept, key=lambda found: found.start))


def _make_topic(entry: dict[str, Any], shared: dict[str, str]) -> Topic:
    def fill(pattern: str) -> str:
        for name, words in shared.items():
            pattern = pattern.replace(f"{{{name}}}", words)
        return pattern

    words = tuple((word, weight) for key, weight in _WEIGHTS.items() for word in entry.get(key, ()))
    patterns = tuple(
        (fill(pattern), weight) for key, weight in _WEIGHTS.items() for pattern in entry.get(f"{key}_patterns", ())
    )
    beside = frozenset(entry.get("beside", "").split())
    if entry.get("elements"):
        beside |= {word.lower() for pair in ELEMENTS.items() for word in pair}
    return Topic(entry["name"], words, patterns, beside, frozenset(entry.get("over", ())))


@cache
def _by_name() -> dict[str, Topic]:
    return {topic.name: topic for topic in list_topics()}


@cache
def _list_words() -> frozenset[str]:
    return frozenset(
        piece for topic in list_topics() for word, _ in topic.words for piece in re.findall(r"[a-zà-ÿ0-9]+", word)
    )


def _match(words: str) -> Iterator[Found]:
    for topic, patterns in _compile_topics():
        for pattern, weight in patterns:
            for match in pattern.finditer(words):
                if match.end() > match.start():
                    gaps = tuple(match.span(group) for group in range(1, pattern.groups + 1) if match[group])
                    yield Found(topic.name, weight, match.start(), match.end(), gaps)


@cache
def _compile_topics() -> tuple[tuple[Topic, tuple[tuple[re.Pattern[str], float], ...]], ...]:
    return tuple((topic, tuple(_compile(topic))) for topic in list_topics())


def _compile(topic: Topic) -> Iterator[tuple[re.Pattern[str], float]]:
    for weight in _WEIGHTS.values():
        words = [word for word, its in topic.words if its == weight]
        if words:
            # A blank matches a hyphen or nothing too; the longest first, since the first that fits is taken.
            said = [re.escape(word).replace(r"\ ", r"[\s-]{0,2}") for word in sorted(words, key=len, reverse=True)]
            yield re.compile(rf"(?<![\w-])(?:{'|'.join(said)})(?:s|es)?(?!\w)"), weight
    for pattern, weight in topic.patterns:
        yield re.compile(pattern), weight
