"""What a free question says of its task's slots: the names and molecules that stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from anymol.tasks.question.mention import MentionKind
from anymol.tasks.question.reading import Reading
from anymol.tasks.question.vocabulary import is_english


@dataclass(frozen=True)
class Wording:
    """A free question that has found its task.

    Attributes:
        reading: What it contains.
        held: What stands in the text hole of the phrasing that it matches; None where it matches none.
        has_molecule: Whether a molecule is given beside the question.
    """

    reading: Reading
    held: str | None = None
    has_molecule: bool = False


@dataclass(frozen=True)
class Mentions:
    """What a question says of its task's slots.

    Attributes:
        text: What fills the text slot.
        molecules: The molecules that it is about, as it writes them.
        transformation: The reaction that it names in words; empty where it names none.
        start: What a product shall be made from; empty where that is open.
    """

    text: str | None = None
    molecules: tuple[str, ...] = ()
    transformation: str = ""
    start: str = ""


_NOTATIONS = r"(?:smiles|selfies|structure|molecule)\w*"
_NAME_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r".*\b(?:called|named|by the name(?: of)?|goes by|the name)\s+(?P<name>.+?)"
        rf"(?:\s+(?:to|into|as)\s+(?:a |its )?{_NOTATIONS})?",
        r"name to (?:structure|smiles):?\s*(?P<name>.+)",
        r"(?:convert|translate|turn|write|give|show|draw|render|express)\s+(?:me\s+)?(?:the\s+)?"
        rf"(?P<name>(?!smiles|structure).+?)\s+(?:to|into|as|in)\s+(?:a |an |its )?{_NOTATIONS}(?: string| notation)?",
        r".*\b(?:structure|smiles|selfies|inchi|formula)(?: string| notation| code)?\s+(?:of|for|is)\s+(?P<name>.+)",
        r"(?:please\s+)?draw\s+(?:me\s+)?(?:the\s+)?(?:structure of\s+)?(?P<name>.+?)(?:\s+for me)?",
        r"(?:how|what) does\s+(?:the\s+)?(?P<name>.+?)\s+looks? like",
        r"(?P<name>.+?):\s*which (?:molecule|structure).*",
        r".*\bwhat (?:molecule|structure|compound) is\s+(?P<name>.+)",
    )
)
_LEADING = re.compile(r"^(?:the |a |an |compound |molecule |substance |chemical |drug |called |named )+", re.IGNORECASE)
_TAIL = re.compile(r"[\s,]+(?:please|thanks|thank you|for me)[.!?\s]*$", re.IGNORECASE)


def mention_name(asked: Wording) -> Mentions:
    """Return the chemical name that a question asks the structure of."""
    names = asked.reading.list_kind(MentionKind.NAME, MentionKind.STRANGE, MentionKind.FORMULA)
    matched = find_name(asked.reading.plain)
    if not names:
        return Mentions(matched or asked.held)
    if matched is not None and names[0] in matched and not _has_english(matched.replace(names[0], "")):
        return Mentions(matched)  # it says more of the name than was recognised
    return Mentions(names[0])


def mention_molecules(asked: Wording) -> Mentions:
    """Return the molecules that a question is about: what most tasks need."""
    return Mentions(molecules=asked.reading.list_kind(*MentionKind))


def find_name(plain: str) -> str | None:
    """Return the chemical name that a question asks the structure of."""
    bare = plain.rstrip("?!. ")
    for pattern in _NAME_PATTERNS:
        match = pattern.fullmatch(bare)
        if match is not None and (name := tidy_name(match.group("name"))):
            return name
    return None


def tidy_name(name: str) -> str:
    """Strip quotation marks, articles and closing signs from a name."""
    name = _TAIL.sub("", name)
    return _LEADING.sub("", name.strip().strip("\"'\u201c\u201d\u2018\u2019`").strip()).strip("?!. \"'\u201c\u201d`")


def _has_english(text: str) -> bool:
    return any(is_english(word) for word in re.findall(r"[a-z]+", text.lower()))
