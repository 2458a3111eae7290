"""Names that chemists know by heart: of each list nearly all must be read, with stereochemistry, and none wrongly.

The InChIKeys and formulas of ``known_names.tsv`` were written down from the literature, not from the dictionaries.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.keys import inchikey
from anymol.chem.parsing import parse_smiles
from anymol.errors import UnknownNameError
from anymol.readers.resolve import MolType, resolve_molecule

with (Path(__file__).parent / "known_names.tsv").open(encoding="utf-8") as stream:
    KNOWN = list(csv.DictReader(stream, delimiter="\t"))

_KEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
AT_LEAST = {"reagent": 75 / 80, "drug": 105 / 110, "chemical": 88 / 90}


@pytest.mark.parametrize("kind", AT_LEAST)
def test_known_names_are_read_and_none_is_wrong(kind: str) -> None:
    rows = [row for row in KNOWN if row["list"] == kind]
    assert len(rows) >= 90
    unread, wrong = [], []
    for row in rows:
        try:
            smiles = resolve_molecule(row["name"], MolType.NAME).smiles
        except UnknownNameError:
            unread.append(row["name"])
            continue
        expected = row["expected"]
        is_key = _KEY.fullmatch(expected) is not None
        found = inchikey(smiles) if is_key else compute_descriptor("formula", parse_smiles(smiles)).value
        if found != expected:
            wrong.append((row["name"], found, expected))
    assert wrong == []
    assert 1 - len(unread) / len(rows) >= AT_LEAST[kind], unread
