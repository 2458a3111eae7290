"""What a free question contains: molecules in every way of writing, amounts, and the words that are left.

Molecules are replaced by a sign, misspelt ordinary words are mended, and words of courtesy are dropped, so that what a
question asks for can be judged whatever it is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from anymol.tasks.question.finding import TAG, blank_spans, drop_glosses, find_spans, find_unknown
from anymol.tasks.question.mention import POINT_SIGN, Mention, MentionKind, Span
from anymol.tasks.question.referring import find_introductions, find_referents, points_at, strip_courtesy
from anymol.tasks.question.vocabulary import correct_word
from anymol.tasks.question.words import WordKind, is_word

_READ: Final = 2000
"""How many characters of a question are judged; what a text slot holds may be longer."""


@dataclass(frozen=True)
class Reading:
    """What a question contains.

    Attributes:
        asked: The question without courtesy, white space made even.
        spans: What was found in it, in order: molecules, amounts, adducts, and words that point at what is given.
        plain: The question without tags too.
        masked: The question with a sign for each molecule that it writes or points at, by the kind of writing.
        words: The same in lower case, misspelt ordinary words mended.
    """

    asked: str
    spans: tuple[Span, ...]
    plain: str
    masked: str
    words: str

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """The molecules that it writes, from left to right."""
        return tuple(span.mention for span in self.spans if span.mention is not None)

    @property
    def points(self) -> int:
        """How often it points at something given beside it: 'this molecule', 'it'."""
        return self.masked.count(POINT_SIGN)

    def list_kind(self, *kinds: MentionKind) -> tuple[str, ...]:
        """Return the mentions of some kinds, as written."""
        return tuple(mention.text for mention in self.mentions if mention.kind in kinds)


def read_question(question: str, *, given: bool = False) -> Reading:
    """Return what a question contains.

    Args:
        question: The question.
        given: Whether a molecule is given beside it; then a word that nothing knows need not be one.

    >>> reading = read_question("Please tell me the moleculr weight of <SMILES> CCO </SMILES> and of aspirin")
    >>> [mention.text for mention in reading.mentions]
    ['CCO', 'aspirin']
    """
    asked = strip_courtesy(" ".join(question.split())[:_READ])
    spans = find_spans(asked)
    left = blank_spans(asked, spans)
    written = any(span.mention is not None for span in spans)
    spans += find_unknown(left, strange_too=not (given or written or points_at(left)))
    spans = drop_glosses(asked, spans)
    signed = blank_spans(asked, spans, signed=True)
    introduced = [Span(start, end, "") for start, end in find_introductions(signed)]
    spans += [Span(start, end, POINT_SIGN) for start, end in find_referents(signed)]
    spans.sort(key=lambda span: span.start)
    masked = _mask(asked, sorted([*spans, *introduced], key=lambda span: span.start))
    return Reading(asked, tuple(spans), TAG.sub(r"\g<content>", asked), masked, mend_words(masked))


def _mask(asked: str, spans: list[Span]) -> str:
    """Return a question with the signs of what was found in it."""
    pieces: list[str] = []
    place = 0
    for span in spans:
        pieces += [asked[place : span.start], span.sign]
        place = span.end
    return "".join([*pieces, asked[place:]])


def mend_words(masked: str) -> str:
    """Return the words in lower case, misspelt ordinary ones mended."""
    return re.sub(r"[a-zà-ÿ]+", lambda match: _mend_word(match.group()), masked.lower())


def _mend_word(word: str) -> str:
    return word if is_word(WordKind.GROUP, word) or is_word(WordKind.LAST, word) else correct_word(word)
