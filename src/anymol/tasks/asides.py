"""Words that stand beside a request and change nothing of it: reasons, wishes, who is to be told."""

from __future__ import annotations

import re

from anymol.tasks.numerals import NUMERALS
from anymol.tasks.question.chemical_names import (
    is_edit_verb,
    is_element_word,
    is_group_word,
    is_systematic,
    looks_chemical,
)
from anymol.tasks.question.topics import list_topic_words
from anymol.tasks.question.vocabulary import is_telling

_PLAIN = re.compile(r"[a-zà-ÿ]{3,}")


def is_aside(word: str) -> bool:
    """Whether a word in lower case says nothing of molecules, numbers, places or conditions.

    Such a word cannot turn a change that was read into another one: who wants it, and why, is nobody's concern.

    Example:
        >>> is_aside("liver"), is_aside("supervisor"), is_aside("benzylic"), is_aside("twelve"), is_aside("ketone")
        (True, True, False, False, False)
    """
    if _PLAIN.fullmatch(word) is None or is_telling(word) or word in NUMERALS or word in list_topic_words():
        return False
    return not (
        is_group_word(word)
        or is_element_word(word)
        or is_edit_verb(word)
        or is_systematic(word)
        or looks_chemical(word)
    )
