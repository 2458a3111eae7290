"""Drafts of what follows, copied from the question and checked at once.

Answers about reactions and edits mostly copy the question. A token costs a step of the decoder, and a step of nine
tokens half as much again as one of a single token; so a draft that holds for a third of its tokens pays. What is chosen
is what would be chosen without one: a search is told of the logits behind a drafted token only where it has chosen that
very token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MOST_DRAFTED: Final = 8
"""Tokens of a draft."""

MOST_FED: Final = 40
"""Tokens of all searches that a step shall add where some are drafted: beyond it arithmetic counts, which drafts
multiply."""

_LEAST_ALIKE: Final = 2
"""Tokens that must have stood there before: after a single one anything follows."""


def draft(asked: Sequence[int], written: Sequence[int], most: int) -> Sequence[int]:
    """Return what followed in the question where the longest end of all tokens stood before; of several, the last.

    >>> draft([7, 1, 2, 3, 4, 5, 9], [8, 2, 3], most=2)
    [4, 5]
    >>> draft([7, 1, 2, 3, 9], [8, 3], most=2)
    []

    Args:
        asked: Tokens of the question.
        written: Tokens of the answer so far, one at least.
        most: Tokens of the draft.
    """
    tokens = [*asked, *written]
    last, longest, found = len(tokens) - 1, _LEAST_ALIKE - 1, -1
    for place in range(len(asked) - 2, longest - 1, -1):
        # One that is to be longer must agree where the longest so far ends.
        if tokens[place] == tokens[last] and tokens[place - longest] == tokens[last - longest]:
            alike = 1
            while alike <= place and tokens[place - alike] == tokens[last - alike]:
                alike += 1
            if alike > longest:
                longest, found = alike, place
    return [] if found < 0 else asked[found + 1 : found + 1 + most]
