"""What a free question says of an edit: the change that is asked for, and the molecule to change."""

from __future__ import annotations

import re

from anymol.calculations.groups import list_group_words
from anymol.errors import InvalidTaskInputError
from anymol.tasks.conversions import parse_conversion
from anymol.tasks.cues import EDIT, HERE
from anymol.tasks.edit_words import parse_change
from anymol.tasks.mentions import Mentions, Wording
from anymol.tasks.question.mention import MentionKind, show_signs
from anymol.tasks.question.reading import Reading

_ASKING = re.compile(
    r"(?:and |so )?(?:which|who|where|when|why|is|are|was|were|does|do|did|has|have|will|would|if|"
    r"how(?! (?:does|would|will|do) .*\blook)|"
    r"what(?! (?:if|about|remains of|is left of|becomes of|would happen if|does .* look like|"
    r"would (?:it|this) (?:look like|be)|(?:do|would|will) (?:you|i|we|one) (?:get|have|obtain) (?:if|when))\b))\b",
    re.IGNORECASE,
)
"""How a question begins that asks something of a change, or of what is there, and not for the change."""


_GOES_ON = re.compile(
    rf"{MentionKind.NAME.sign} {MentionKind.NAME.sign}(?!\\w)|"
    rf"{MentionKind.NAME.sign}(?: [a-z-]+yl| tert-butyl)? (?:(?:di)?ester|ether|amide|anilide|hydrazide|oxime|acetal|"
    r"(?:di)?hydrochloride|hydrobromide|(?:sodium|potassium) salt|salt|(?:di)?acetate|benzoate|n-oxide)\b",
    re.IGNORECASE,
)
"""A name that goes on behind what is known of it: 'L-proline methyl ester'."""


def mention_edit(asked: Wording) -> Mentions:
    """Return the edit that a question asks for, and the molecule to change."""
    reading = asked.reading
    written = reading.list_kind(MentionKind.NOTATION, MentionKind.REACTION)
    if written or asked.has_molecule:
        # Another molecule is to be changed: a name is part of the edit, 'replace the phenyl ring by pyridine'.
        masked = _unmask_names(reading)
        return Mentions(find_edit(masked), written)
    if _GOES_ON.search(reading.masked):
        return Mentions()  # the ester of what is named is another molecule
    # Another name is another molecule, unless it is that of a group: 'replace the phenyl by pyridine'.
    first, *others = reading.list_kind(MentionKind.NAME, MentionKind.FORMULA) or ("",)
    more = [one for one in others if one.lower() not in list_group_words()]
    return Mentions(find_edit(reading.masked), tuple(filter(None, (first, *more))))


def asks_edit(asked: Wording) -> bool:
    """Whether a question is, as a whole, a change of a molecule that is given."""
    reading = asked.reading
    if _ASKING.match(reading.plain):
        return False
    text = mention_edit(asked).text
    if text is None:
        return False
    if asked.has_molecule or reading.list_kind(MentionKind.NOTATION):
        return _is_edit(text)
    # Beside a name the groups that an edit speaks of may be molecules; what a conversion speaks of is a part of one.
    return bool(reading.list_kind(MentionKind.NAME)) and parse_conversion(text) is not None


def find_edit(masked: str) -> str | None:
    """Return the edit that a question asks for; molecules in it stand as signs."""
    # 'Change this molecule as follows: ...' changes what stands after the colon.
    masked = re.sub(rf"^[^:]*{HERE}[^:]*:\s*", "", show_signs(masked))
    match = re.search(rf"\b(?:{EDIT}|change|convert|turn|make|without)\b.*", masked, re.IGNORECASE)
    found = None if match is None else _cut_edit(match.group())
    if found is not None and _is_edit(found):
        return found
    for piece in (masked, *re.split(r"(?<=[.!?;])\s+", masked)):
        cut = _cut_edit(piece)
        if cut is not None and _is_edit(cut):
            return cut
    return found


def _cut_edit(text: str) -> str | None:
    """Return an edit without what is said after it, and without the signs of the molecule that it is done on."""
    edit = re.split(r"\?|\.\s|\.$|;|\band (?:give|show|tell|draw|what)\b|, (?:what|give|show|keep\w*|thanks)", text)[0]
    edit = re.sub(
        rf"\s*\b(?:to|from|in|of|on|onto|for|at|with|into)\s+(?:the )?(?:\w+ )?{HERE}(?=\W*$|\s+(?:by|with|for|to|"
        rf"somewhere)\b)",
        "",
        edit,
    )
    return " ".join(edit.replace(HERE, "").split()).strip(" ,.!") or None


def _is_edit(text: str) -> bool:
    try:
        parse_change(text)
    except InvalidTaskInputError:
        return False
    return True


def _unmask_names(reading: Reading) -> str:
    """Return the masked question with its names written out."""
    masked = reading.masked
    for mention in reading.mentions:
        if mention.kind in (MentionKind.NAME, MentionKind.STRANGE, MentionKind.FORMULA):
            masked = masked.replace(mention.kind.sign, mention.text, 1)
    return masked
