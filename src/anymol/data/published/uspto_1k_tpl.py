"""USPTO 1k TPL (Schwaller et al. 2021): ``uspto_1k_TPL_train_valid.tsv.gzip`` and ``uspto_1k_TPL_test.tsv.gzip``.

Tables with tabs behind an unnamed index, in the folder ``data_set`` of the archive that github.com/rxn4chemistry/rxnfp
names (``data/uspto_1k_TPL/README.md``, ``nbs/09_fine_tune_bert_on_uspto_1k_tpl.ipynb``). ``canonical_rxn`` is
``inputs>>product``, reactants and reagents in one list; ``mapped_rxn`` is the same with the atom maps of RXNMapper,
which tell them apart. ``labels`` is the number of a template, from 0 to 999: it is not asked for, since nobody knows a
reaction by it. Training and validation are one file; val is drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.reaction import parse_reaction
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question, read_table
from anymol.data.published.reaction_questions import ask_reaction
from anymol.errors import DataError
from anymol.tasks.task import ReagentsState

_SPLITS: Final = {"uspto_1k_TPL_train_valid.tsv": "train", "uspto_1k_TPL_test.tsv": "test"}
_FILES: Final = tuple(f"{name}{packed}" for name in _SPLITS for packed in (".gzip", ".gz", ""))


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name not in _FILES:
        raise DataError(f"'{path.name}' is not a file of USPTO 1k TPL", value=path, hint=f"it has {', '.join(_FILES)}")
    split = _SPLITS[path.name.removesuffix(".gzip").removesuffix(".gz")]
    for row in read_table(path, split, ("canonical_rxn", "labels"), delimiter="\t"):
        kept = ("canonical_rxn", "mapped_rxn")
        yield row._replace(fields={name: row.fields[name] for name in kept if name in row.fields})


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    mapped = row.fields.get("mapped_rxn", "").strip()
    written = mapped or row.fields["canonical_rxn"].strip()
    if ">>" not in written:
        raise DataError("this is not a reaction", value=written, hint="it is inputs>>product")
    return tuple(ask_reaction(parse_reaction(written), ReagentsState.SEPARATED if mapped else ReagentsState.MIXED))


USPTO_1K_TPL: Final = PublishedSet(
    name="uspto_1k_tpl",
    licence="CC0 (patents); compilation: MIT",
    weights_allowed=True,
    has_val=False,
    files=_FILES,
    read=_read,
    convert=_convert,
)
"""Reactions of the thousand commonest templates."""
