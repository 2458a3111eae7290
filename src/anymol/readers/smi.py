"""SMILES files: one molecule per line, then a tab, comma, semicolon or white space and a name.

A first line that names columns is a header, and says where the SMILES stand; lines that begin with ``#`` are comments.
A SMILES may carry an extension (``CC |^1:0| ethyl``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from anymol.chem.cxsmiles import parse_extended, split_extended
from anymol.chem.parsing import try_parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError, UserError
from anymol.readers.lines import read_lines
from anymol.readers.rows import ReadRow, describe_error

_HEADER: Final = re.compile(r"\"?(?:\w*smiles\w*|smi|structure|molecule|mol)\"?", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"\s*[\t,;]\s*|\s+")


@dataclass(frozen=True)
class SmilesLine:
    """A line of a SMILES file.

    Attributes:
        written: The SMILES as it stands there, with its extension.
        name: What stands beside it.
    """

    written: str
    name: str | None = None


def read_smi(stream: TextIO) -> Iterator[ReadRow]:
    """Yield one row per molecule; empty lines, comments and a header are not rows."""
    for index, line in enumerate(split_smi(read_lines(stream))):
        yield _read_line(index, line)


def split_smi(lines: Iterable[str]) -> Iterator[SmilesLine]:
    """Yield the lines that hold a molecule, or should.

    >>> [(line.written, line.name) for line in split_smi(["id,smiles", "# two", "1,CCO", "2,CCN"])]
    [('CCO', '1'), ('CCN', '2')]
    """
    header: tuple[str, int] | None = None
    is_first = True
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        header = _find_header(text) if is_first else header
        if not (is_first and header):
            yield _split_line(text, header)
        is_first = False


def _find_header(text: str) -> tuple[str, int] | None:
    """Return the separator of a line that names columns, and the column of the SMILES; None of a molecule's line."""
    separator = next((one for one in "\t,;" if one in text), " ")
    fields = _split(text, separator)
    place = next((number for number, field in enumerate(fields) if _HEADER.fullmatch(field)), None)
    # A molecule may be named after a word of headers, and 'structure' may be its name.
    if place is None or not isinstance(try_parse_smiles(fields[0]), InvalidSmilesError):
        return None
    return separator, place


def _split_line(text: str, header: tuple[str, int] | None) -> SmilesLine:
    if header is not None and header[1] > 0:
        separator, place = header
        fields = _split(text, separator)
        if place < len(fields):
            others = " ".join(field for number, field in enumerate(fields) if number != place)
            return SmilesLine(fields[place], others or None)
    if extended := split_extended(text):
        return SmilesLine(f"{extended.smiles} |{extended.extension}|", extended.name)
    smiles, *rest = _SEPARATOR.split(text, maxsplit=1)
    name = rest[0].strip().strip('"') if rest else ""
    return SmilesLine(smiles.strip('"'), name or None)


def _split(text: str, separator: str) -> list[str]:
    fields = text.split() if separator == " " else text.split(separator)
    return [field.strip().strip('"') for field in fields]


def _read_line(index: int, line: SmilesLine) -> ReadRow:
    if extended := split_extended(line.written):
        try:
            mol, notes = parse_extended(extended)
        except UserError as error:
            return ReadRow(index, line.name, None, describe_error(error))
        return ReadRow(index, line.name, write_canonical(mol), notes=notes)
    result = try_parse_smiles(line.written)
    if isinstance(result, InvalidSmilesError):
        return ReadRow(index, line.name, None, str(result))
    return ReadRow(index, line.name, line.written)
