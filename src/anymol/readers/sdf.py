"""SD and MOL files, V2000 and V3000, record by record.

The stream is cut at ``$$$$`` before RDKit sees it, so that a damaged record cannot take its neighbours with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO, cast

from rdkit import Chem, rdBase

from anymol.chem.diagnosis import MAX_LENGTH, explain_molecule
from anymol.chem.parsing import write_canonical
from anymol.readers.rows import ReadRow

MAX_RECORD_CHARACTERS = 5_000_000
"""Longest record that is read; the rest of a longer one is skipped."""

_FIELD = re.compile(r">.*?<(?P<key>[^>]*)>")
_ATTACHMENT = re.compile(r"\*|R#?|R\d+|Pol")
_LOG_TIME = re.compile(r"^\[[\d:]+\]\s*", re.MULTILINE)


def read_sdf(stream: TextIO) -> Iterator[ReadRow]:
    """Yield one row per record; a bad record gives a row with its error, and reading goes on."""
    for index, lines in enumerate(_split_records(stream)):
        yield _read_record(index, lines)


def _split_records(stream: TextIO) -> Iterator[list[str]]:
    """Yield the lines of each record. Lines beyond the size limit are left out, which makes the record bad."""
    lines: list[str] = []
    size = 0
    for line in stream:
        if line.startswith("$$$$"):
            yield lines
            lines, size = [], 0
            continue
        size += len(line)
        if size <= MAX_RECORD_CHARACTERS:
            lines.append(line.rstrip("\r\n"))
    if any(line.strip() for line in lines):
        yield lines


def _read_record(index: int, lines: list[str]) -> ReadRow:
    end = next((number + 1 for number, line in enumerate(lines) if line.startswith("M  END")), None)
    name = lines[0].strip() or None if lines else None
    if end is None:
        reason = "the record has no line 'M  END'" if any(map(str.strip, lines)) else "the record is empty"
        return ReadRow(index, name, None, reason)
    properties = _read_properties(lines[end:])
    result = _read_block("\n".join(lines[:end]) + "\n")
    if isinstance(result, Chem.Mol):
        smiles = write_canonical(result)
        if len(smiles) <= MAX_LENGTH:
            return ReadRow(index, name, smiles, properties=properties)
        result = (
            f"the molecule is too large: its SMILES has {len(smiles):,} characters, at most {MAX_LENGTH:,} are read"
        )
    return ReadRow(index, name, None, result, properties)


def _read_block(block: str) -> Chem.Mol | str:
    """Return the molecule of a MOL block, or why it cannot be read."""
    # RDKit cuts fields by bytes: a letter of several would be cut in two, and its half is not a text.
    block = block.encode("ascii", "replace").decode("ascii")
    with rdBase.BlockLogs():
        mol = cast("Chem.Mol | None", Chem.MolFromMolBlock(block, strictParsing=False))  # the stubs forget the None
    if mol is not None:
        return (_explain_query(mol) or mol) if mol.GetNumAtoms() else "the record has no atoms"
    supplier = Chem.SDMolSupplier()  # it logs the reason as an error; MolFromMolBlock prints it as a warning
    with rdBase.CaptureErrorLog() as log:
        supplier.SetData(block, sanitize=False, removeHs=False, strictParsing=False)
        raw = next(supplier, None)
    reason = explain_molecule(raw) if raw is not None else _first_message(log.messages)
    return reason or "the MOL block cannot be read"


def _explain_query(mol: Chem.Mol) -> str | None:
    """Return what keeps a record from being one molecule: a pattern's atoms and bonds, or symbols of no element.

    RDKit writes them all as ``*`` and ``~``; only an attachment point (``*``, ``R``, ``R#``, ``R1``) may stay so.
    """
    for atom in mol.GetAtoms():
        if atom.HasQuery() and atom.DescribeQuery().strip() != "AtomNull":
            return f"atom {atom.GetIdx() + 1} is a query (an atom list, or any atom), so the record is a pattern"
        label = atom.GetProp("dummyLabel") if atom.HasProp("dummyLabel") else ""
        if label and not _ATTACHMENT.fullmatch(label):
            return f"'{label}' (atom {atom.GetIdx() + 1}) is not an element"
    for bond in mol.GetBonds():
        if bond.HasQuery():
            return f"bond {bond.GetIdx() + 1} is a query (of any or several types), so the record is a pattern"
    return None


def _read_properties(lines: list[str]) -> dict[str, str]:
    """Return the data fields ``> <key>`` of a record; a value ends at an empty line."""
    properties: dict[str, str] = {}
    key: str | None = None
    for line in lines:
        match = _FIELD.match(line) if line.startswith(">") else None
        if match:
            key = match["key"]
            properties[key] = ""
        elif key is not None and line.strip():
            properties[key] = f"{properties[key]}\n{line}" if properties[key] else line
        else:
            key = None
    return properties


def _first_message(messages: str) -> str:
    lines = [line.strip() for line in _LOG_TIME.sub("", messages).splitlines() if line.strip(" *")]
    return lines[0].removeprefix("ERROR: ") if lines else ""
