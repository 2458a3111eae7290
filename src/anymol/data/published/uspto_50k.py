"""USPTO-50k (Schneider et al. 2016; split by Dai et al. 2019): ``raw_train.csv``, ``raw_val.csv``, ``raw_test.csv``.

The columns are ``id,class,reactants>reagents>production``; reactions carry atom maps and no reagents. The class is a
number from 1 to 10, or ``UNK`` in some copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.reaction import parse_reaction
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question, read_table
from anymol.data.published.reaction_questions import ask_reaction
from anymol.errors import DataError
from anymol.tasks.reaction_classes import name_reaction_class
from anymol.tasks.task import ReagentsState

_SPLITS: Final = {"raw_train.csv": "train", "raw_val.csv": "val", "raw_test.csv": "test"}
_REACTION: Final = "reactants>reagents>production"


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name not in _SPLITS:
        raise DataError(f"'{path.name}' is not a file of USPTO-50k", value=path, hint=f"it has {', '.join(_SPLITS)}")
    return read_table(path, _SPLITS[path.name], ("id", "class", _REACTION))


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    reaction = parse_reaction(row.fields[_REACTION])
    state = ReagentsState.SEPARATED if reaction.reagents else ReagentsState.DROPPED
    stated = row.fields["class"].strip()
    named = None if stated in ("", "UNK") else name_reaction_class(stated)
    if named is None and stated not in ("", "UNK"):
        raise DataError("the class is not a number from 1 to 10", value=stated)
    return tuple(ask_reaction(reaction, state, named))


USPTO_50K: Final = PublishedSet(
    name="uspto_50k",
    licence="CC0 (patents)",
    weights_allowed=True,
    has_val=True,
    files=tuple(_SPLITS),
    read=_read,
    convert=_convert,
)
"""Reactions with classes."""
