"""Whether what would answer a question accounts for the whole of it.

A task or a calculation answers only where it understands every word of the part that asks. A word is understood where
it names what is asked for, where it is among the words that the task or calculation knows beside, or where it asks for
nothing by itself (``question/function_words.txt``). One word left over may turn the question into another one: 'the
mass of the *fragment*', 'how many carbons are *benzylic*', 'the logP *at pH 7*'.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from anymol.tasks.cues import HERE
from anymol.tasks.question.vocabulary import is_function_word

_WORD = re.compile(r"[a-zà-ÿ0-9]+(?:[.,]\d+)*|[#\u00a7\u2021\u00b0%<>\u2264\u2265=~^]")
"""A word, a number, or the sign of an amount, a concentration or an adduct."""
SHOWN: Final = frozenset(
    {"drawn", "drawing", "image", "picture", "photo", "scan", "scheme", "sketch", "shown", "spectrum", "spectra"}
)
"""Words for a record that is given beside a question."""
_ENDINGS: Final = ("s", "es", "d", "ed", "ing", "ly")
_CLASSES: Final = (
    r"(?:(?:amino )?acid|alcohol|aldehyde|alkaloid|amide|amine|antibiotic|base|catalyst|dipeptide|dye|ester|hormone|"
    r"hydrocarbon|insecticide|ion|ketone|ligand|monomer|neurotransmitter|painkiller|peptide|pesticide|"
    r"starting material|steroid|structure|sugar|terpene)"
)
_COUNT: Final = r"(?:\d+|one|two|three|four|five|six)"
_NEUTRAL = re.compile(
    "|".join(
        (
            r"\bhow (?:high|large|big|great)\b",
            r"\b(?:i|we)(?:['\u2019]m|['\u2019]re| am| are) (?:after|looking for|interested in)\b",
            r"\bhow (?:do|does|can|would|should) (?:i|you|one|we) (?:write|express|represent|draw|get|find)\b",
            r"\b(?:tell (?:me|us)|check|see|know|say|find out|decide) if\b|\bif (?:that is |it is |it's )?possible\b",
            r"\bwithout (?:any )?(?:explanations?|comments?|words)\b|\bor not\b|\bat all\b|\bof interest\b",
            r"\b(?:shown|given|listed|drawn) (?:below|above)\b|\bwith regard to\b",
            r"\bin terms of\b|\baccording to rdkit\b",
            r"\b(?:calculated|computed|theoretical) (?!(?:for|from|by|with|using|in|on)\b)(?=\w)",
            r"\bcan['\u2019]?t (?:remember|recall|read)\b|\b(?:write|note) down\b",
            rf"\b(?:(?:to|with|in|at) )?{_COUNT} (?:decimals?(?: places?)?|significant figures|digits)\b",
            r"\b(?:i|we) (?:have|had|got|use|used|bought|found|made|weighed(?: out| in)?)\b",
            r"\b(?:i|we) am (?:using|preparing|writing|weighing(?: out| in)?)\b",
            r"\b(?:(?:these |the |those )?two (?:molecules|compounds|structures|substances))\b",
            r"\b(?:these|those|the|both) two\b",
            r"(?<=\w)['\u2019](?:s|d|m|re|ve|ll)\b",
            rf"\b{_CLASSES}s? (?={HERE})|(?<={HERE}) two\b",
            rf"(?<={HERE} )yields?\b(?! (?:of|in|for))|\b(?:would|does|will|can|might) (?:the |this )?reaction yield\b",
        )
    )
)
"""Phrases that ask for nothing, of words that elsewhere may."""
_SETTING = re.compile(
    r"(?:for (?:my|our)|as (?:part|preparation|a check)|while|looking at|working (?:with|on)|considering|regarding|"
    r"concerning|i|we|i['\u2019](?:m|ve)|my|our|since i|because i|to (?:prepare|plan|finish|complete)|"
    r"here(?: is| are|['\u2019]s))\b"
)
"""How a clause begins that says in which setting a question is asked."""
_CHANGING = re.compile(
    r"\b(?:(?:de)?protonat\w+|ioni[sz]ed|salts?|dimers?|(?:an|cat)ions?|radicals?|\w*hydrates?|esters?|label\w*|"
    r"deuterat\w+|enantiomers?|isomers?|tautomers?|ph|fragments?|products?|metabolites?|half|twice|mixtures?|solutions?|"
    r"racem\w+|oxidi[sz]\w+|reduc\w+|hydrogenat\w+|methylat\w+|without|not|instead|if)\b"
)
"""Words that make another molecule of one, or other conditions."""
_YES_OR_NO = re.compile(r"(?:so |and |but )?(?:is|are|does|do|has|have)\b")
_BOUND = re.compile(
    r"\b(?:below|above|under|over|(?:less|more|greater|smaller|lower|higher) than|at (?:least|most)) (?:#|\d[\d.,]*)"
)
"""A number that a value is held against: who reads the value has the answer."""
_LINKED = re.compile(rf"{HERE} (?:(of|in|from|with|to|by|on|into|at|over|within|than) (?:the |an? )?)?{HERE}")
"""A molecule that says something of another one: no list of molecules."""


def find_unexplained(asked: str, spans: Iterable[tuple[int, int]] = (), words: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words of a question that a reading of it leaves unexplained, each once.

    Args:
        asked: What is asked, in lower case, with signs for molecules.
        spans: Where the words stand that name what the reading answers.
        words: Words that it understands beside.

    >>> find_unexplained("what fraction of the carbons in \u00a4 is sp3?", words={"fraction", "carbon"})
    ('sp3',)
    """
    letters = list(asked)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    left = _NEUTRAL.sub(" ", "".join(letters))
    if _YES_OR_NO.match(asked):
        left = _BOUND.sub(" ", left)
    return tuple(
        dict.fromkeys(one for one in _WORD.findall(left) if not (is_function_word(one) or _is_among(one, words)))
    )


def find_conditions(before: str, words: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words that a reading leaves unexplained in the clauses that only say what is given.

    What somebody does and wants it for may be told in any words; what makes another molecule of it may not.

    >>> find_conditions("for my talk on zebrafish"), find_conditions("in its protonated form")
    ((), ('protonated',))
    """
    return () if _SETTING.match(before) and not _CHANGING.search(before) else find_unexplained(before, (), words)


def find_links(asked: str) -> tuple[str, ...]:
    """Return the words by which one molecule says something of another, as in 'aspirin in water'.

    >>> find_links("the mass of \u00a4 in \u00a4"), find_links("the masses of \u00a4 and \u00a4")
    (('in',), ())
    """
    return tuple(match[1] or "two molecules in a row" for match in _LINKED.finditer(asked))


def _is_among(word: str, words: Collection[str]) -> bool:
    """Whether a word, with or without its ending, is one of some: 'weighing', 'flagged', 'hydrogenated'."""
    if word in words:
        return True
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
    stems += [stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]]
    return any(stem in words or f"{stem}e" in words for stem in stems)
