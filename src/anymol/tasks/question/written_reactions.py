"""Questions that are a reaction in words with its product left open: ``nitrobenzene --(Pd/C, H2)--> ?``."""

from __future__ import annotations

import re

from anymol.chem.names import find_name
from anymol.chem.written_reaction import Place, has_arrow, parse_written_reaction
from anymol.errors import InvalidReactionError
from anymol.tasks.question.notations import parses

_LEAD = re.compile(
    r"^(?:(?:what(?:'s| is| are| will be| would be)|predict|give|name|tell me|show)\s+)?"
    r"(?:the\s+)?(?:main\s+|major\s+|reaction\s+)?products?\s*(?:of|from|for|:)\s*(?:the\s+reaction\s*(?:of|:)\s*)?",
    re.IGNORECASE,
)


def find_asked_reaction(question: str) -> str | None:
    """Return the reaction in words whose product a question asks for, where all of it can be read; else None.

    >>> find_asked_reaction("What is the product of CCO + acetic acid (sulfuric acid cat.)?")
    'CCO + acetic acid (sulfuric acid cat.)'
    >>> find_asked_reaction("nitrobenzene -> aniline") is None
    True
    """
    asked = question.strip()
    lead = _LEAD.match(asked)
    written = asked[lead.end() :].rstrip("? .") if lead else asked
    if lead is None and not has_arrow(written):
        return None
    try:
        found = parse_written_reaction(written, _knows)
    except InvalidReactionError:
        return None
    known = all(_knows(part.text) and part.place is not Place.PRODUCT for part in found.parts)
    return written if known and len(found.parts) > 1 else None


def _knows(text: str) -> bool:
    """Whether the dictionary or the notation itself says what a text names; a question is routed without OPSIN."""
    return find_name(text) is not None or (" " not in text and parses(text))
