"""What a question asks of the table of calculations, as it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anymol.calculations.mentions import Mention

HERE: Final = "\u00a4"
"""Stands for a molecule in the text that a calculation reads."""


@dataclass(frozen=True)
class Request:
    """What a question asks of the table of calculations; :mod:`anymol.tasks.routing` reads it.

    Attributes:
        calculations: Their names, in the order asked for.
        mentions: The molecules it names or points to, in their order; empty where it speaks of none.
        text: What the calculations read besides: the question, its molecules replaced by a sign; of questions about
            amounts the question itself.
    """

    calculations: tuple[str, ...]
    mentions: tuple[Mention, ...]
    text: str
