"""SMILES files: one molecule per line, then a tab, comma, semicolon or white space and a name.

A first line that names columns is a header, and says where the SMILES stand; lines that begin with ``#`` are comments.
A SMILES may carry an extension (``CC |^1:0| ethyl``).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from anymol.chem.cxsmiles import parse_extended, split_extended
from anymol.chem.parsing import ODD_DATIVE_BOND, has_odd_dative_bond, try_parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError, UserError
from anymol.readers.lines import read_lines
from anymol.readers.rows import ReadRow, describe_error

_HEADER: Final = re.compile(r"(?:\w*smiles(?:\b.*|\w*)|smi|structure|molecule|mol)", re.IGNORECASE)
_WITH_EXTENSION: Final = re.compile(r"[^\s,;|\"]+\s+\|[^|]*\|")
_QUOTED: Final = re.compile(r'"([^"]+)"')
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
    commented: tuple[str, int] | None = None
    is_first = True
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            commented = commented or _find_header(text.lstrip("# "))
            continue
        if is_first:
            header = _find_header(text)
            if header is not None:
                is_first = False
                continue
            header = commented if commented and _fits(commented, text) else None
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


def _fits(header: tuple[str, int], text: str) -> bool:
    """Whether the SMILES of a line stands where a header in a comment has it, and not in front."""
    separator, place = header
    fields = _split(text, separator)
    first = try_parse_smiles(fields[0])
    return (
        place < len(fields)
        and not isinstance(try_parse_smiles(fields[place]), InvalidSmilesError)
        and isinstance(first, InvalidSmilesError)
    )


def _split_line(text: str, header: tuple[str, int] | None) -> SmilesLine:
    if header is not None and header[1] > 0:
        separator, place = header
        fields = _split(text, separator)
        if place < len(fields):
            others = " ".join(field for number, field in enumerate(fields) if number != place)
            return SmilesLine(fields[place], others or None)
    if quoted := _QUOTED.match(text):
        smiles, name = quoted[1], text[quoted.end() :].strip(" \t,;")
    elif match := _WITH_EXTENSION.match(text):
        smiles, name = match[0], text[match.end() :].strip(" \t,;")
    else:
        smiles, *rest = _SEPARATOR.split(text, maxsplit=1)
        name = rest[0] if rest else ""
    if extended := split_extended(smiles):
        smiles, name = f"{extended.smiles} |{extended.extension}|", name or extended.name or ""
    name = name.strip()
    unquoted = name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name
    return SmilesLine(smiles, unquoted or None)


def _split(text: str, separator: str) -> list[str]:
    fields = text.split() if separator == " " else next(csv.reader([text], delimiter=separator))
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
    notes = (ODD_DATIVE_BOND,) if has_odd_dative_bond(result) else ()
    return ReadRow(index, line.name, line.written, notes=notes)
