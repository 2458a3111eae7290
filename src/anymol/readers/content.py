"""What a file really is, judged by its first bytes, and how it is opened."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, TextIO

from anymol.errors import InvalidFileError
from anymol.readers.numbers import is_numeric
from anymol.readers.text import decode_text, open_decoded
from anymol.readers.unpacking import open_unpacked

_HEAD_BYTES = 4096
_FAILURES = (OSError, EOFError, zlib.error)
"""What opening and unpacking a file can raise."""


class FileKind(StrEnum):
    """Kinds of file that are told apart, in the words shown to the user."""

    EMPTY = "an empty file"
    SDF = "an SD or MOL file"
    XYZ = "an XYZ file"
    SMILES = "a SMILES file"
    PNG = "a PNG image"
    JPEG = "a JPEG image"
    GIF = "a GIF image"
    TIFF = "a TIFF image"
    SVG = "an SVG drawing"
    PDF = "a PDF document"
    ZIP = "a ZIP archive or Office document"
    PARQUET = "a Parquet table"
    HDF5 = "an HDF5 file"
    PICKLE = "a Python pickle"
    CHEMDRAW = "a ChemDraw file"
    JSON = "a JSON file"
    CSV = "a CSV table"
    COLUMNS = "a table of numbers"
    XML = "an XML file"
    HTML = "an HTML page"
    PDB = "a PDB file"
    CIF = "a CIF file"
    MOL2 = "a MOL2 file"
    MGF = "an MGF spectrum file"
    MSP = "an MSP spectrum file"
    MASSBANK = "a MassBank record"
    MZML = "an mzML file"
    JCAMP = "a JCAMP-DX spectrum file"
    RXN = "an MDL reaction file"
    QUANTUM = "an input file of a quantum chemistry program"
    BINARY = "a binary file"
    TEXT = "a text file of another kind"


READABLE = (FileKind.SDF, FileKind.XYZ, FileKind.SMILES)
"""Kinds that hold molecules and that are read here."""

STATES_NO_BONDS = (FileKind.XYZ, FileKind.PDB)
"""Kinds that hold coordinates only: bonds, and mostly the charge, are perceived."""

_SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (b"\x89PNG", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"GIF8", FileKind.GIF),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (b"%PDF", FileKind.PDF),
    (b"PK\x03\x04", FileKind.ZIP),
    (b"PAR1", FileKind.PARQUET),
    (b"\x89HDF", FileKind.HDF5),
    (b"VjCD", FileKind.CHEMDRAW),
    (b"\x80\x04\x95", FileKind.PICKLE),
    (b"\x80\x05\x95", FileKind.PICKLE),
)

_TEXT_SIGNS: tuple[tuple[re.Pattern[str], FileKind], ...] = (
    (re.compile(r"\s*\$RXN"), FileKind.RXN),
    (
        re.compile(
            r"\s*(?:%(?:old)?chk\b|%mem\b|%nproc\w*|\$(?:coord|molecule|contrl)\b)|(?s:.*)^\*\s*xyz\s+-?\d",
            re.MULTILINE | re.IGNORECASE,
        ),
        FileKind.QUANTUM,
    ),
    (re.compile(r"(?:.*\n){3}.*V[23]000[ \t]*(?:\n|$)|(?s:.*)^M  END", re.MULTILINE), FileKind.SDF),
    (
        re.compile(
            r"[ \t]*\d+[ \t]*\n.*\n[ \t]*(?:\d{1,4}[ \t]+)?[A-Za-z\d@][\w()*'+:=-]{0,11}(?:[ \t,;]+[-+.,\deEdD*^]+){3}"
        ),
        FileKind.XYZ,
    ),
    (re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:indexed)?mzML"), FileKind.MZML),
    (re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg", re.DOTALL), FileKind.SVG),
    (re.compile(r"\s*<(?:!doctype html|html)", re.IGNORECASE), FileKind.HTML),
    (re.compile(r"\s*<(?:\?xml|\w+[\s>])"), FileKind.XML),
    (re.compile(r'\s*(?:\{\s*["}]|\[\s*(?:[{"\[\]]|-?\d[\d.eE+-]*\s*[,\]]))'), FileKind.JSON),
    (re.compile(r"\s*(?:HEADER  |ATOM  |HETATM|CRYST1|REMARK|COMPND|TITLE   |AUTHOR  |MODEL   )"), FileKind.PDB),
    (re.compile(r"(?:\s*#.*\n)*\s*data_\S*\s*\n"), FileKind.CIF),
    (re.compile(r"(?s:.*)@<TRIPOS>"), FileKind.MOL2),
    (re.compile(r"(?s:.*)^BEGIN IONS", re.MULTILINE), FileKind.MGF),
    (re.compile(r"\s*ACCESSION:"), FileKind.MASSBANK),
    (re.compile(r"(?s:.*)^num ?peaks?:[ \t]*\d", re.MULTILINE | re.IGNORECASE), FileKind.MSP),
    (re.compile(r"(?:\s*\$\$.*\n)*\s*##[ \t]*TITLE", re.IGNORECASE), FileKind.JCAMP),
)

_CSV = re.compile(r"[^\n,]*(?:,[^\n,]*)+\n[^\n]*,")
_ROWS = 3
"""So many lines of numbers, one after another, are a table."""


def sniff_file(path: Path) -> FileKind:
    """Return the kind of a file by its content; gzip is looked through.

    Raises:
        InvalidFileError: The file is missing, a directory, unreadable or a damaged archive.
    """
    _require_path(path)
    head = _read_head(path)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    text = decode_text(head)
    if not text.strip():
        return FileKind.EMPTY
    if "\0" in text:
        return FileKind.BINARY
    for sign, kind in _TEXT_SIGNS:
        if sign.match(text):
            return kind
    if _holds_columns(text):
        return FileKind.COLUMNS
    if _CSV.match(text):
        return FileKind.CSV
    return FileKind.SMILES if _holds_smiles(text) else FileKind.TEXT


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file, compressed by gzip or not, in whatever encoding; see :mod:`anymol.readers.text`.

    Raises:
        InvalidFileError: The file is missing, a directory, unreadable or a damaged archive.
    """
    with open_binary(path) as binary, open_decoded(binary) as stream:
        yield stream


@contextmanager
def open_binary(path: Path) -> Iterator[BinaryIO]:
    """Open a file as bytes, unpacked where it is compressed by gzip.

    Raises:
        InvalidFileError: The file is missing, a directory, unreadable or a damaged archive.
    """
    try:
        with open_unpacked(path) as stream:
            yield stream
    except _FAILURES as error:
        raise _unreadable(path, error) from error


def _require_path(path: Path) -> None:
    """Refuse what the system cannot be asked for: opening it would be a ValueError."""
    try:
        is_path = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        is_path = False
    if not is_path:
        raise InvalidFileError("this is not a path", value=path, hint="check the path")


def _read_head(path: Path) -> bytes:
    try:
        with open_unpacked(path) as stream:
            return stream.read(_HEAD_BYTES)
    except _FAILURES as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InvalidFileError:
    match error:
        case FileNotFoundError():
            return InvalidFileError("there is no such file", value=path, hint="check the path")
        case IsADirectoryError():
            return InvalidFileError("this is a directory", value=path, hint="give a file")
        case PermissionError():
            return InvalidFileError("the file may not be read", value=path, hint="check its permissions")
        case _:
            return InvalidFileError(f"the file cannot be read: {error}", value=path)


def _holds_columns(text: str) -> bool:
    """Whether some lines, one after another, hold two numbers or more and nothing else."""
    found = 0
    for line in text.splitlines():
        words = re.split(r"[\s;|]+", line.strip(" \t;|,").replace('"', " ").replace(",", ", ").strip())
        is_row = len(words) > 1 and all(is_numeric(word.strip(",")) for word in words)
        found = found + 1 if is_row else 0
        if found == _ROWS:
            return True
    return False


def _holds_smiles(text: str) -> bool:
    """Whether one of the first lines begins with a SMILES."""
    # RDKit is needed for this one question only.
    from rdkit import Chem

    from anymol.chem.parsing import try_parse_smiles

    lines = [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return any(isinstance(try_parse_smiles(line), Chem.Mol) for line in lines[:10])
