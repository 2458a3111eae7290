"""How a question speaks of molecules: by notation, formula or name, or by words that point to one given before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class MentionKind(StrEnum):
    """How a question speaks of a molecule."""

    REFERENT = "referent"
    NOTATION = "notation"
    FORMULA = "formula"
    NAME = "name"


@dataclass(frozen=True)
class Mention:
    """A molecule in a question.

    Attributes:
        text: How it is written: a notation, a formula, a name, or the words that point to a molecule given before.
        kind: Which of these.
        start: Where it begins in the question.
        end: Where it ends.
    """

    text: str
    kind: MentionKind
    start: int
    end: int

    @property
    def is_plural(self) -> bool:
        """Whether it points to several molecules: 'these', 'both'."""
        return self.kind is MentionKind.REFERENT and _PLURAL.search(self.text) is not None


_PLURAL: Final = re.compile(
    r"\b(?:these|those|they|them|their|both|molecules|compounds|structures|substances|ones|two)\b", re.IGNORECASE
)
