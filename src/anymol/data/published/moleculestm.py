"""MoleculeSTM's captions, PubChemSTM (Liu et al. 2023): ``CID2text.json`` beside ``CID2SMILES.csv``.

``CID2text.json`` is an object: a PubChem CID -> its descriptions, in which the name of the molecule is "This molecule".
``CID2SMILES.csv`` has the columns ``CID`` and ``SMILES`` behind an unnamed index. Both are what
``preprocessing/PubChemSTM/step_01_description_extraction.py`` and ``step_05_sample_extraction.py`` of
github.com/chao1224/MoleculeSTM write; its authors release the structures, but not the texts, whose terms differ.

No design is asked for: "this molecule is a natural product of hops" means thousands of molecules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question, read_table
from anymol.errors import DataError
from anymol.tasks.task import TaskInput

_TEXTS: Final = "CID2text.json"
_STRUCTURES: Final = "CID2SMILES.csv"


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name != _TEXTS:
        raise DataError(f"'{path.name}' is not a file of PubChemSTM", value=path, hint=f"it has {_TEXTS}")
    try:
        texts = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path.name} is not JSON: {error}", value=path) from error
    if not isinstance(texts, dict):
        raise DataError(f"{path.name} is not an object of CID and descriptions", value=path)
    structures = path.with_name(_STRUCTURES)
    if not structures.is_file():
        raise DataError(f"{_STRUCTURES} is not there", value=structures, hint=f"it stands beside {_TEXTS}")
    smiles = {row.fields["CID"]: row.fields["SMILES"] for row in read_table(structures, "train", ("CID", "SMILES"))}
    number = 0
    for cid, descriptions in texts.items():
        if not isinstance(descriptions, list) or not all(isinstance(one, str) for one in descriptions):
            raise DataError(f"{path.name}, CID {cid}: a list of descriptions is wanted", value=descriptions)
        for description in descriptions:
            number += 1
            fields = {"CID": cid, "SMILES": smiles.get(cid, ""), "description": description}
            yield PublishedRow(path.name, number, "train", fields)


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    if not row.fields["SMILES"]:
        raise DataError(f"{_STRUCTURES} has no structure of this CID", value=row.fields["CID"])
    description = " ".join(row.fields["description"].split())
    if not description:
        raise DataError("the description is empty", value=row.fields["CID"])
    return (Question("captioning", TaskInput(molecule=canonicalize_smiles(row.fields["SMILES"])), description),)


MOLECULESTM: Final = PublishedSet(
    name="moleculestm",
    licence="descriptions of PubChem, whose terms differ from depositor to depositor",
    weights_allowed=False,
    has_val=False,
    files=(_TEXTS,),
    read=_read,
    convert=_convert,
)
"""Captions."""
