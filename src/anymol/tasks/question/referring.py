"""Words of a question that are courtesy, and words that point at a molecule given beside it."""

from __future__ import annotations

import re
from functools import cache

from anymol.tasks.question.words import WordKind, list_words

_COURTESY = re.compile(
    r"^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|well|now|thanks|sorry|excuse me|pls|plz|bitte|dear "
    r"\w+|good (?:morning|afternoon|evening|day)"
    r"|hi there|hello there|quick one|quick question)\s*[,!.:]*\s+"
    r"|i hope (?:you are|you're|this finds you) \w+[.,!]\s*"
    r"|(?:sorry|apologies) (?:to bother|for bothering|to disturb) you,?\s*(?:but\s+)?"
    r"|if (?:it's|it is|that's|that is) not too much (?:trouble|work|to ask),?\s*"
    r"|(?:can|could|would|will|might|may) you (?:please |kindly |maybe |possibly |perhaps )?(?:help "
    r"me\?\s*|help me (?:to |with )?)?"
    r"|(?:would|could) you be so (?:kind|nice) (?:as |and )?(?:to )?|(?:please )?be so (?:kind|nice) "
    r"(?:and |as )?(?:to )?"
    r"|would you mind |would it be possible (?:for you )?to |(?:might|may|could|can) i (?:ask|know|get|"
    r"have|please have|bother you)(?: you)?(?: to| for)?\s+"
    r"|i(?:'d| would) (?:be (?:very )?(?:grateful|glad|happy|thankful)|appreciate it) if you (?:could|would|can) "
    r"|i(?:'m| am| was) (?:just )?wondering (?:whether|if) (?:you (?:could|can|would|might) )?"
    r"|i(?:'d| would) (?:like|love) (?:you )?to (?:know )?|i (?:want|need) (?:you )?to (?:know )?|(?:do|"
    r"would) you (?:happen to )?know )+",
    re.IGNORECASE,
)
_NOUN = (
    r"(?:molecules?|compounds?|substances?|structures?|chemicals?|drugs?|reactions?|mixtures?|reactants?|"
    r"reagents?|products?|inputs?|"
    r"ones?|things?|materials?|smiles|couplings?|transformations?|geometr(?:y|ies)|coordinates|ligands?|"
    r"fragments?|pictures?|images?|heterocycles?|heteroarenes?|arenes?|scaffolds?|skeletons?|building blocks?|"
    r"drawings?|verbindung|stoff|molek[uü]l|substanz)"
)
_CLASS = (
    r"(?:ketone|imide|amide|amine|aniline|acid|ester|ether|alcohol|phenol|aldehyde|nitrile|sulfonamide|lactam|lactone|"
    r"alkane|alkene|alkyne|sugar|amino acid|peptide|halide|urea|carbamate|thiol|natural product)"
)
"""Classes of compounds, of which one may be what is given: 'onto this ketone'."""
_OPENING = re.compile(
    r"\b(?:(?:the |this |a )?(?:molecule|compound|substance|drug)s?|(?:the |this )(?:reagent|solvent|catalyst|ligand|"
    r"dye|hormone|pesticide|explosive|polymer|acid|base|salt|gas|liquid|solid)):?\s+(?=[\ue001-\ue004])"
)
"""Words that only introduce a molecule that is written: 'the compound X' does not point at another one."""


def strip_courtesy(question: str) -> str:
    """Return a question without words of courtesy in front.

    >>> strip_courtesy("Hi, could you please tell me the logP?")
    'tell me the logP?'
    """
    return _COURTESY.sub("", question)


def points_at(text: str) -> bool:
    """Whether a text points at something given beside it.

    >>> points_at("What is its logP?"), points_at("a molecule that has two rings")
    (True, False)
    """
    return _referents().search(text) is not None


def find_referents(text: str) -> list[tuple[int, int]]:
    """Return where a text points at something given beside it; signs may stand for the molecules that it writes.

    >>> [("the logP of this compound")[start:end] for start, end in find_referents("the logP of this compound")]
    ['this compound']
    """
    introduced = find_introductions(text)
    return [
        match.span()
        for match in _referents().finditer(text)
        if all(match.end() <= start or match.start() >= end for start, end in introduced)
    ]


def find_introductions(text: str) -> list[tuple[int, int]]:
    """Return where words stand that only introduce a molecule behind them: 'the compound X'."""
    return [match.span() for match in _OPENING.finditer(text)]


@cache
def _referents() -> re.Pattern[str]:
    before = "|".join(f"(?<=^{word} )|(?<= {word} )" for word in list_words(WordKind.BEFORE_THAT))
    that = rf"(?:{before}|(?<![^.?!:,;] )(?<!\w)(?<!\S))that"
    return re.compile(
        r"\b(?:this|that|these|those|my|our|diese[rsn]?|dieses)\s+(?:(?!compound|molecule|more\b|less\b|very\b|too\b|in\b|into\b|to\b|"
        rf"as\b|of\b|for\b|with\b|from\b|by\b)\w+\s+){{0,2}}?{_NOUN}\b(?![- ]like)"
        rf"|\bthe\s+(?:following|given|above|attached|input|provided|specified|listed|shown)\s+(?:\w+\s+){{0,2}}?{_NOUN}\b"
        r"|\bthe\s+(?:molecule|compound|substance|chemical)s?\b(?!\s+(?:called|named|with|that|which|having|"
        r"whose|is|has|contains|consists|was|features|belongs|formula|name|structure|reaction|class|"
        r"composition|weight))"
        r"|\bthe\s+(?:molecule|compound|substance|chemical)\b(?=\s+is\s*[?.]?$)"
        r"|(?:(?<=\bon )|(?<=\bonto )|(?<=\bto )|(?<=\bfrom )|(?<=\bof )|(?<=\bin )|(?<=\boff ))"
        rf"(?:this|my|our)\s+{_CLASS}\b"
        r"|\b(?:das|die|der|des)\s+(?:molek[uü]ls?|verbindung|substanz)\b"
        rf"|\b(?:this|these|those|{that})\b(?=\s*(?:[?.!,;:\-\ue001-\ue005]|$)|\s+(?:is|are|be|into|to|from|"
        r"with|by|as|used|made|and|have|has|do|two|can|in|a|an|toxic|react)\b)"
        r"|\bit\b(?!\s*(?:'s|is)?\s*(?:not|possible|known|dangerous|true|safe)\b)|\bits\b|\bthem\b|\bhere\b(?=\s*\?)",
        re.IGNORECASE,
    )
