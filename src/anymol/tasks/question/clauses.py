"""The part of a question that asks, apart from what it tells beforehand and how it wants the answer written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_MANNER = re.compile(
    r"\b(?:you are an? (?:expert|experienced|helpful) \w+[,.]?(?: and)?|your task is to|no "
    r"(?:explanations?|comments?|other information)[^.?!]*[.!]?|"
    r"(?:please )?(?:only|just) (?:return|reply|respond|answer|write|give|output|say)\b[^.?!]*[.!]?|"
    r"(?:write|give|return|answer|reply) only\b[^.?!]*[.!]?|"
    r"(?:please )?(?:answer|reply|respond) (?:with|in|as|by|only)\b[^.?!]*[.!]?|do not (?:write|give|add|"
    r"explain)\b[^.?!]*[.!]?|"
    r"give (?:your answer as |the answer as )?an? (?:integer|number|list|smiles)\b[^.?!]*[.!]?|give your "
    r"answer[^.?!]*[.!]?|without (?:any )?comments?[.!]?|"
    r"using your [\w ]{0,80}?(?:knowledge|experience)(?: of \w+| in \w+)?|please strictly follow the "
    r"format|\((?:using|i\.?e|e\.?g|counting|including|for example|such as|based on)\b[^)]*\)|providing "
    r"only [^?.!]*|ensuring [^?.!]*|(?:many )?thanks(?: in advance)?[.!]?|thank you[^.?!]*[.!]?|if "
    r"(?:that|this|it) is possible|"
    r"\bto (?:search|look (?:it )?up|query|register|submit|upload)\b[^?.!]*|an estimated \w+ is fine|"
    r"before lunch|for my (?:lab|laboratory) (?:journal|notebook)|only the \w+)"
)
"""How an answer is wanted; it asks for nothing."""
_SENTENCE = re.compile(
    r"(?<=[?!])\s+|(?<=[a-z0-9)\u00a4'\"\ue001-\ue006])(?<!\bcalc)(?<!\bcalcd)(?<!\bapprox)(?<!\bequiv)(?<!\bvs)(?<!\bca)(?<!\bno)(?<!\beq)(?<!\bm\.w)\.\s+(?!wt\b|weight)(?=\S)|;\s+(?=[a-z])"
)
_CONTEXT = re.compile(
    r"^(?:given|provided|upon|based on|considering|using|with|from|following|according to|imagine|say|"
    r"regarding|concerning|about|for a|here's|"
    r"looking at|working with|assuming|suppose|since|because|as|if|when|while|starting from|after|before|under|"
    r"for|in|by|knowing|having|here is|here are|i (?:have|am|'m|weighed|see|use|teach|came|want this)|we "
    r"(?:have|measured|are)|my (?:product|label)|"
    r"the (?:label|starting material|reagents?|reagent))\b"
)
_ASKS = re.compile(
    r"\?|^(?:what|which|who|where|when|why|how|is|are|does|do|did|can|could|would|will|wie|was|welche\w*)\b"
    r"|^(?:and |then |so |please |now |kindly |also |just |first,? (?:the )?)*(?:give|tell|show|write|"
    r"provide|predict|calculate|compute|find|determine|draw|"
    r"depict|sketch|render|list|count|name|identify|describe|explain|suggest|propose|offer|recommend|"
    r"conceptuali[sz]e|elucidate|convert|translate|turn|make|generate|create|design|"
    r"invent|add|remove|replace|swap|delete|introduce|attach|modify|change|edit|optimi[sz]e|improve|"
    r"increase|decrease|reduce|rank|sort|compare|check|"
    r"estimate|state|balance|complete|fill|extract|export|assign|classify|summari[sz]e|plan|devise|"
    r"outline|synthesi[sz]e|prepare|read|transcribe|"
    r"recogni[sz]e|i (?:need|want|would|'d)|let me know|let us|simulate|run|map|come up|zeichne|"
    r"beschreibe|berechne|nenne|gib|choose|select|pick|"
    r"exchange|take|substitute|put|oxidi[sz]e|acetylate|dock|strip|define)\b"
)
_FRAGMENT = re.compile(r"(?:[\w/+-]+ ){0,3}[\w/+-]+\s*!")
"""A cry of a few words: 'Exact mass!'"""
_SIGNS: Final = "\ue001\ue002\ue003\ue004\ue005\ue006\u00a4 :,."
"""What may stand before the first word."""
_CLAUSE: Final = re.compile(r",\s+(?=\S)|:\s+(?=\S)")


@dataclass(frozen=True)
class Clauses:
    """A question in its parts.

    Attributes:
        asked: What it asks for, in the words of the reading.
        before: Clauses of the sentences that ask which only say what is given.
        apart: The sentences that ask nothing.
    """

    asked: str
    before: str
    apart: str

    @property
    def told(self) -> str:
        """What it tells beforehand; empty where it tells nothing."""
        return " ".join(filter(None, (self.apart, self.before)))


def drop_manner(words: str) -> str:
    """Return a question without what it says of how the answer shall be written.

    >>> drop_manner("the logp of \u00a4? only return the number.")
    'the logp of \u00a4?'
    """
    return " ".join(_MANNER.sub(" ", words).split())


def split_clauses(words: str) -> Clauses:
    """Return the part of a question that asks.

    >>> split_clauses("based on the reactants and reagents above, suggest a possible product.")
    Clauses(asked='suggest a possible product.', before='based on the reactants and reagents above', apart='')
    >>> split_clauses("\u00a4 weighs 206 g. what is its logp?").asked
    'what is its logp?'
    """
    plain = drop_manner(words)
    sentences = [sentence for sentence in _SENTENCE.split(plain) if sentence and sentence.strip(" .,;:!?")]
    asking = [sentence for sentence in sentences if _asks(sentence)]
    apart = [sentence for sentence in sentences if sentence not in asking] if asking else []
    parts = [_split_context(sentence) for sentence in asking or sentences]
    asked = " ".join(rest for rest, _ in parts) or plain
    return Clauses(asked, " ".join(before for _, before in parts if before), " ".join(apart))


def _asks(sentence: str) -> bool:
    bare = sentence.lstrip(_SIGNS)
    return _ASKS.search(bare) is not None or _split_context(bare)[1] != "" or _FRAGMENT.fullmatch(bare) is not None


def _split_context(sentence: str) -> tuple[str, str]:
    """Return a sentence without a clause before it that only says what is given, and that clause."""
    bare = sentence.lstrip(_SIGNS)
    if _CONTEXT.match(bare) is None:
        return sentence, ""
    for match in _CLAUSE.finditer(sentence):
        rest, before = sentence[match.end() :], sentence[: match.start()]
        if before.count("(") > before.count(")"):
            continue
        asks = _ASKS.match(rest) if len(rest.split()) > 3 else _ASKS.search(rest) and len(rest.split()) > 1
        if asks:
            return rest, sentence[: match.start()]
    return sentence, ""
