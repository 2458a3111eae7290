"""The texts of one kind, and how rows about molecules become texts under the rules of what is held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from anymol.data.heldout import Heldout
from anymol.data.texts.config import TextsConfig


@dataclass
class CollectedTexts:
    """Texts of one kind.

    Attributes:
        train: Texts that a tokenizer may be trained on.
        val: Texts held out, to measure it by.
        licences: Terms of the sources that were used.
        refused: Why rows gave no text, with their numbers.
    """

    train: list[str] = field(default_factory=list)
    val: list[str] = field(default_factory=list)
    licences: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class TextRow:
    """One row of a file as text.

    Attributes:
        text: The text.
        about: SMILES of what it names or describes, dot-joined; empty where it is about no molecule.
        licence: Terms of its source.
    """

    text: str
    about: str
    licence: str


def collect_rows(
    config: TextsConfig, train: Iterable[TextRow], val: Iterable[TextRow], heldout: Heldout
) -> CollectedTexts:
    """Take the texts of two splits; training texts about a molecule that is held out are refused and counted.

    Args:
        config: How many are taken.
        train: Rows of the training split, shuffled.
        val: Rows of the validation split, shuffled.
        heldout: What may not be named or described.
    """
    found = CollectedTexts()
    for row in train:
        if config.count is not None and len(found.train) >= config.count:
            break
        if not row.text:
            found.refused["no text"] += 1
            continue
        refusal = heldout.find(row.about) if row.about else None
        if refusal is not None:
            found.refused[f"held out ({refusal.scope})"] += 1
            continue
        found.train.append(row.text)
        found.licences.add(row.licence)
    for row in val:
        if len(found.val) >= config.val_count:
            break
        if row.text:
            found.val.append(row.text)
    return found
