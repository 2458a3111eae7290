"""ChEBI-20 (Edwards et al. 2021): molecules with descriptions, as MolT5 publishes it.

``train.txt``, ``validation.txt`` and ``test.txt`` are tables with tabs: ``CID SMILES description``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question, read_table
from anymol.errors import DataError
from anymol.tasks.task import TaskInput

_SPLITS: Final = {"train.txt": "train", "validation.txt": "val", "test.txt": "test"}


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name not in _SPLITS:
        raise DataError(f"'{path.name}' is not a file of ChEBI-20", value=path, hint=f"it has {', '.join(_SPLITS)}")
    return read_table(path, _SPLITS[path.name], ("CID", "SMILES", "description"), delimiter="\t")


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    smiles, description = canonicalize_smiles(row.fields["SMILES"]), " ".join(row.fields["description"].split())
    if not description:
        raise DataError("the description is empty", value=row.fields["CID"])
    return (
        Question("captioning", TaskInput(molecule=smiles), description),
        Question("text_guided_design", TaskInput(text=description), smiles),
    )


CHEBI20: Final = PublishedSet(
    name="chebi20",
    licence="ChEBI: CC BY 4.0",
    weights_allowed=True,
    has_val=True,
    files=tuple(_SPLITS),
    read=_read,
    convert=_convert,
)
"""Captions and designs."""
