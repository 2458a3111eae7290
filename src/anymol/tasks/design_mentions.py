"""What a free question says of a molecule to be designed: its specification or description."""

from __future__ import annotations

import re
from typing import Final

from anymol.tasks.cues import THING
from anymol.tasks.mentions import Mentions, Wording
from anymol.tasks.specification_words import is_request, parse_specification

_DESCRIPTION_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[^:]*\bdescription:?\s*['\"](?P<text>.+?)['\"].*",
        r"[^:]*\b(?:design|molecule|compound|structure|described|description|specification|fits|for|with|like this|"
        r"criteria|groups|formula)\b[^:]*:\s*(?P<text>.+)",
        r"(?P<text>the molecule (?:is|has|contains)\b.+?\.)\s+(?:please\s+)?(?:make|generate|write|"
        r"create|design|propose|give)\b.*",
        r".*?\b(?:based on|matches|fits|match|fit|following|given|satisfies)\b[^.]*\b(?:description|"
        r"characteristics|text|properties|conditions)\.\s*(?P<text>.+)",
        rf".*?\b{THING}\s+(?:that|which)\s+(?:fits?|matche?s?|satisf(?:y|ies)|meets?)\s+(?P<text>.+)",
        rf".*?\b{THING}\s+(?:that |which |who )?(?:is |are )?"
        r"(?P<text>(?:with|having|containing|has|contains|without|whose|that|which|for|composed of|"
        r"consisting of?|of)\b.+)",
        r"(?:design|invent|create|generate|propose|suggest|find|make|give me|i need|i want)\s+(?P<text>.+)",
    )
)


def mention_description(asked: Wording) -> Mentions:
    """Return the specification or description that a design is asked for."""
    return Mentions(find_description(asked.reading.plain) or asked.held)


def asks_design(asked: Wording) -> bool:
    """Whether a question is, as a whole, the specification of a molecule."""
    return is_request(asked.reading.plain)


def find_description(plain: str) -> str | None:
    """Return the specification or description that a design is asked for."""
    found = _match_description(plain)
    if is_request(plain) and (found is None or parse_specification(found) != parse_specification(plain)):
        return plain.strip().rstrip("?!. ")
    return found


def _match_description(plain: str) -> str | None:
    for pattern in _DESCRIPTION_PATTERNS:
        match = pattern.fullmatch(plain)
        if match is not None:
            return match.group("text").strip().rstrip("?!. ") if ":" not in plain else match.group("text").strip()
    return None
