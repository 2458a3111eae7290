"""SMILES files: one molecule per line, then optionally white space and a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.readers.rows import ReadRow

HEADERS = frozenset({"smiles", "canonical_smiles", "smi"})
"""First words of a header line, in small letters."""

_MAX_LINE = 100_000
"""Longest piece of a line that is looked at."""


def read_smi(stream: TextIO) -> Iterator[ReadRow]:
    """Yield one row per line; empty lines, ``#`` comments and a header line are not rows."""
    index = 0
    for line in stream:
        text = line[:_MAX_LINE].strip()
        if not text or text.startswith("#") or (index == 0 and text.split()[0].lower() in HEADERS):
            continue
        yield _read_line(index, text)
        index += 1


def _read_line(index: int, text: str) -> ReadRow:
    smiles, *rest = text.split(maxsplit=1)
    name = rest[0].strip() if rest else None
    result = try_parse_smiles(smiles)
    if isinstance(result, InvalidSmilesError):
        return ReadRow(index, name, None, str(result))
    return ReadRow(index, name, smiles)
