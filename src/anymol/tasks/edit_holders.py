"""On which element an edit is made, from words: 'N-methylate it', 'an acetyl on the aniline nitrogen'."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from anymol.tasks.edit_groups import Holder

_PREFIXES: Final = {"N": Holder.NITROGEN, "O": Holder.OXYGEN, "S": Holder.SULFUR}
_PREFIX = re.compile(r"(?<![\w,-])([NOS])-(?=(?:de-?)?[a-z]{3,})(?!methyl ?(?:amide|carboxamide|piperazine|amin))")
"""The element before what stands on it. In lower case 'n-propyl' is a straight chain, and some groups are so named."""
_ELEMENT: Final = {
    "nitrogen": Holder.NITROGEN, "nitrogens": Holder.NITROGEN, "n": Holder.NITROGEN, "nh": Holder.NITROGEN,
    "amine": Holder.NITROGEN, "aniline": Holder.NITROGEN, "oxygen": Holder.OXYGEN, "oxygens": Holder.OXYGEN,
    "sulfur": Holder.SULFUR, "sulfurs": Holder.SULFUR,
}  # fmt: skip
_QUALIFIED: Final = rf"(?P<which>(?:[\w-]+ )?(?:{'|'.join(_ELEMENT)}))(?: atoms?)?\b"
_PLACE = re.compile(
    rf"(?:\b(?:on|at|to|onto|from) |(?<=\boff ))(?:the |its |one of the |this |that ){_QUALIFIED}(?! (?:ring|group))"
)
_SUBJECT = re.compile(
    r"^(?:the |its |one of the )(?P<which>(?:[\w-]+ )?(?:nitrogens?|oxygens?|sulfurs?))(?: atoms?)?\b"
    r"(?= (?:is|are|was|were|should|must|shall|needs?|has|have|to|could|can)\b)"
)
"""'The aniline nitrogen is to be acetylated'."""


class Held(NamedTuple):
    """What words say of the element that an edit is made on.

    Attributes:
        holder: The element; carbon where none is named.
        place: The words that name it, where they stand by themselves.
        words: The rest of the words.
    """

    holder: Holder
    place: str | None
    words: str


def read_prefix(text: str) -> tuple[Holder, str]:
    """Return the element that stands before a group or a verb, and the text without it.

    Example:
        >>> read_prefix("N-methylate this piperidine")
        (<Holder.NITROGEN: 'nitrogen'>, 'methylate this piperidine')
    """
    match = _PREFIX.search(text)
    return (Holder.CARBON, text) if match is None else (_PREFIXES[match.group(1)], _PREFIX.sub("", text))


def read_holder(words: str) -> Held:
    """Return the element on which words in lower case want a change.

    Example:
        >>> read_holder("put an acetyl on the aniline nitrogen")
        Held(holder=<Holder.NITROGEN: 'nitrogen'>, place='on the aniline nitrogen', words='put an acetyl')
    """
    match = _PLACE.search(words) or _SUBJECT.search(words)
    if match is None:
        return Held(Holder.CARBON, None, words)
    rest = " ".join(f"{words[: match.start()]} {words[match.end() :]}".split())
    return Held(_ELEMENT[match["which"].split()[-1]], match.group(), rest)
