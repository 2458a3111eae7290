"""USPTO-MIT (Jin et al. 2017), in both published forms.

* ``train.txt``, ``valid.txt``, ``test.txt``: a mapped reaction per line, behind a space the bonds that change. Inputs
  without an atom in the product are reagents.
* ``src-train.txt`` beside ``tgt-train.txt`` (Schwaller et al. 2019), and so for ``val`` and ``test``: inputs and
  product in tokens with spaces between. Reagents that are told apart stand behind ``>``; else they are mixed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Final

from anymol.chem.reaction import is_reaction, parse_reaction
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.data.published.reaction_questions import ask_reaction
from anymol.errors import DataError
from anymol.tasks.task import ReagentsState

_MAPPED: Final = {"train.txt": "train", "valid.txt": "val", "test.txt": "test"}
_TOKENS: Final = {"src-train.txt": "train", "src-val.txt": "val", "src-test.txt": "test"}


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name in _MAPPED:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                yield PublishedRow(path.name, number, _MAPPED[path.name], {"mapped": line.split(" ", 1)[0].strip()})
    elif path.name in _TOKENS:
        answers = path.with_name(path.name.replace("src-", "tgt-", 1))
        with path.open(encoding="utf-8") as asked, answers.open(encoding="utf-8") as answered:
            for number, (source, target) in enumerate(zip_longest(asked, answered), 1):
                if source is None or target is None:
                    raise DataError(f"{path.name} and {answers.name} have not as many lines", value=number)
                fields = {"inputs": "".join(source.split()), "product": "".join(target.split())}
                yield PublishedRow(path.name, number, _TOKENS[path.name], fields)
    else:
        known = ", ".join((*_MAPPED, *_TOKENS))
        raise DataError(f"'{path.name}' is not a file of USPTO-MIT", value=path, hint=f"it has {known}")


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    if "mapped" in row.fields:
        written = row.fields["mapped"]
        if ">" not in written:
            raise DataError("the line is not a reaction", value=written)
        # The maps tell reagents from reactants, so that none are mixed in.
        return tuple(ask_reaction(parse_reaction(written), ReagentsState.SEPARATED))
    inputs, product = row.fields["inputs"], row.fields["product"]
    separated = is_reaction(inputs)
    reaction = parse_reaction(f"{inputs}>{product}" if separated else f"{inputs}>>{product}")
    return tuple(ask_reaction(reaction, ReagentsState.SEPARATED if separated else ReagentsState.MIXED))


USPTO_MIT: Final = PublishedSet(
    name="uspto_mit",
    licence="CC0 (patents)",
    weights_allowed=True,
    has_val=True,
    files=(*_MAPPED, *_TOKENS),
    read=_read,
    convert=_convert,
)
"""Reactions without stereochemistry."""
