"""SD and MOL files, V2000 and V3000, record by record.

The stream is cut at ``$$$$`` before RDKit sees it, so that a damaged record cannot take its neighbours with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TextIO, cast

from rdkit import Chem, rdBase

from anymol.bounds import MAX_ATOMS
from anymol.chem.abbreviations import find_group
from anymol.chem.configuration import correct_configurations
from anymol.chem.diagnosis import MAX_LENGTH, explain_molecule
from anymol.chem.parsing import write_canonical
from anymol.chem.unwritten import settle_molecule
from anymol.errors import UserError
from anymol.readers.lines import read_raw_lines
from anymol.readers.rows import ReadRow, describe_error

MAX_RECORD_CHARACTERS = 5_000_000
"""Longest record that is read; a longer one is a bad row."""

_LARGE_BLOCK = 20 * MAX_ATOMS
"""Characters of a MOL block that may hold too many atoms; they are counted before any ring is looked for."""

_FIELD = re.compile(r">.*?<(?P<key>[^>]*)>")
_ATTACHMENT = re.compile(r"\*|R#?|R\d+|Pol")
_COUNTS = re.compile(r"[ \d]{3}[ \d]{3}.*V[23]000\s*$")
_CHARGES = re.compile(r"M  (?:CHG|RAD)")
_NUMBERED_FIELD = re.compile(r">.*\b(?P<key>DT\d+)")
_GROUP = re.compile(r"G  [ \d]+$")
_WRONG_BONDS = ("Range Error", "Pre-condition Violation")
"""What RDKit says of bonds that cannot be."""

_MOST_HEADER = 10
"""Lines among which the one that counts atoms and bonds is looked for; it should be the fourth."""

_LOG_TIME = re.compile(r"^\[[\d:]+\]\s*", re.MULTILINE)


def read_sdf(stream: TextIO) -> Iterator[ReadRow]:
    """Yield one row per record; a bad record gives a row with its error, and reading goes on."""
    for index, lines in enumerate(split_records(stream)):
        yield read_record(index, lines)


def split_records(stream: TextIO) -> Iterator[list[str] | None]:
    """Yield the lines of each record; None of one beyond the size limit."""
    lines: list[str] = []
    size = 0
    for line in read_raw_lines(stream, MAX_RECORD_CHARACTERS + 1):
        if line.startswith("$$$$"):
            yield lines if size <= MAX_RECORD_CHARACTERS else None
            lines, size = [], 0
            continue
        if _COUNTS.match(line) and _is_next_header(lines):
            # MOL files that were written one behind the other, without the line that parts them.
            yield lines[:-3]
            lines = lines[-3:]
            size = sum(map(len, lines))
        size += len(line)
        if size <= MAX_RECORD_CHARACTERS:
            lines.append(line.rstrip("\r\n"))
    if size > MAX_RECORD_CHARACTERS:
        yield None
    elif any(line.strip() for line in lines):
        yield lines


def _is_next_header(lines: list[str]) -> bool:
    """Whether the last three lines, before one that counts atoms, are a header behind a finished connection table."""
    end = next((number for number, line in enumerate(lines) if line.startswith("M  END")), len(lines))
    between = lines[end + 1 :]
    return len(between) >= 3 and not any(line.startswith((">", "$")) for line in between)


def read_record(index: int, lines: list[str] | None) -> ReadRow:
    """Return the molecule of one record.

    Args:
        index: Place of the record in its file.
        lines: Header, connection table and data fields; None where it was too long.
    """
    if lines is None:
        reason = f"the record is too long: at most {MAX_RECORD_CHARACTERS:,} characters of one are read"
        return ReadRow(index, None, None, reason)
    lines, notes = mend_header(lines)
    end = next((number + 1 for number, line in enumerate(lines) if line.startswith("M  END")), None)
    name = lines[0].strip() or None if lines else None
    if end is None:
        reason = "the record has no line 'M  END'" if any(map(str.strip, lines)) else "the record is empty"
        return ReadRow(index, name, None, reason)
    properties = _read_properties(lines[end:])
    result = _read_block("\n".join(_write_radicals(lines[:end])) + "\n")
    if isinstance(result, str):
        return ReadRow(index, name, None, result, properties)
    try:
        mol, said = settle_molecule(result)
    except UserError as error:
        return ReadRow(index, name, None, describe_error(error), properties)
    smiles = write_canonical(mol)
    if len(smiles) > MAX_LENGTH:
        reason = (
            f"the molecule is too large: its SMILES has {len(smiles):,} characters, at most {MAX_LENGTH:,} are read"
        )
        return ReadRow(index, name, None, reason, properties)
    return ReadRow(index, name, smiles, properties=properties, notes=(*notes, *said, *_list_remarks(lines[:end])))


def mend_header(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return a record whose counts stand in the fourth line, and what was mended for that."""
    place = next((number for number, line in enumerate(lines[:_MOST_HEADER]) if _COUNTS.match(line)), 3)
    if place == 3:
        return lines, ()
    mended = [*([""] * (3 - place)), *lines[max(0, place - 3) :]]
    title = next((line for line in lines[:place] if line.strip()), "")
    if place > 3 and not mended[0].strip():
        mended[0] = title if title not in mended[1:3] else ""
    return mended, (f"the header has {place} lines instead of 3: it is read by the line that counts atoms and bonds",)


def _write_radicals(lines: list[str]) -> list[str]:
    """Return a MOL block whose doublet radicals stand in a line of their own.

    As 4 in the column of charges, which lines of charges or radicals take the place of, RDKit passes them by.
    """
    if not lines[3:] or not lines[3].rstrip().upper().endswith("V2000") or any(map(_CHARGES.match, lines)):
        return lines
    atoms = lines[4 : 4 + int(lines[3][:3] or 0)] if lines[3][:3].strip().isdigit() else []
    radicals = [number for number, line in enumerate(atoms, 1) if line[36:39].strip() == "4"]
    return [*lines[:-1], *(f"M  RAD  1{number:4d}   2" for number in radicals), lines[-1]]


def _list_remarks(lines: list[str]) -> tuple[str, ...]:
    """Return the abbreviations of old drawing programs (lines ``G``), which RDKit passes by."""
    labels = [label.strip() for line, label in pairwise(lines) if _GROUP.match(line)]
    return tuple(f"the abbreviation '{label}' is left out" for label in labels)


def _read_block(block: str) -> Chem.Mol | str:
    """Return the molecule of a MOL block, or why it cannot be read."""
    # RDKit cuts fields by bytes: a letter of several would be cut in two, and its half is not a text.
    block = block.encode("ascii", "replace").decode("ascii")
    with rdBase.BlockLogs():
        if len(block) > _LARGE_BLOCK:
            whole = cast(
                "Chem.Mol | None", Chem.MolFromMolBlock(block, sanitize=False, removeHs=False, strictParsing=False)
            )
            if whole is not None and (count := whole.GetNumHeavyAtoms()) > MAX_ATOMS:
                return f"the molecule is too large: {count:,} heavy atoms, at most {MAX_ATOMS:,} are read"
        mol = cast("Chem.Mol | None", Chem.MolFromMolBlock(block, strictParsing=False))  # the stubs forget the None
        if mol is not None and mol.GetNumConformers() and mol.GetConformer().Is3D():
            mol = _read_in_space(block) or mol
    if mol is not None:
        return (_explain_query(mol) or mol) if mol.GetNumAtoms() else "the record has no atoms"
    supplier = Chem.SDMolSupplier()  # it logs the reason as an error; MolFromMolBlock prints it as a warning
    with rdBase.CaptureErrorLog() as log:
        supplier.SetData(block, sanitize=False, removeHs=False, strictParsing=False)
        raw = next(supplier, None)
    reason = explain_molecule(raw) if raw is not None else _first_message(log.messages)
    if reason in _WRONG_BONDS:
        return "a bond leads to an atom that is not there, to its own atom, or joins two atoms a second time"
    return reason or "the MOL block cannot be read"


def _read_in_space(block: str) -> Chem.Mol | None:
    """Return the molecule of a MOL block with coordinates in space, its configurations taken from all neighbours."""
    whole = cast("Chem.Mol | None", Chem.MolFromMolBlock(block, strictParsing=False, removeHs=False))
    if whole is None:
        return None
    correct_configurations(whole)
    return Chem.RemoveHs(whole)


def _explain_query(mol: Chem.Mol) -> str | None:
    """Return what keeps a record from being one molecule: a pattern's atoms and bonds, or symbols of no element.

    RDKit writes them all as ``*`` and ``~``; only an attachment point (``*``, ``R``, ``R#``, ``R1``) may stay so.
    """
    for atom in mol.GetAtoms():
        if atom.HasQuery() and atom.DescribeQuery().strip() != "AtomNull":
            query = "a query (an atom list, any atom, or one with conditions)"
            return f"atom {atom.GetIdx() + 1} is {query}, so the record is a pattern"
        label = atom.GetProp("dummyLabel") if atom.HasProp("dummyLabel") else ""
        if label and not _ATTACHMENT.fullmatch(label) and find_group(label) is None:
            return f"'{label}' (atom {atom.GetIdx() + 1}) is not an element"
    for bond in mol.GetBonds():
        if bond.HasQuery():
            return f"bond {bond.GetIdx() + 1} is a query (of any or several types), so the record is a pattern"
    return None


def _read_properties(lines: list[str]) -> dict[str, str]:
    """Return the data fields ``> <key>`` of a record; a value ends at the next field."""
    fields: dict[str, list[str]] = {}
    key: str | None = None
    for line in lines:
        if line.startswith(">"):
            match = _FIELD.match(line) or _NUMBERED_FIELD.match(line)
            key = match["key"] if match else None
            if key is not None:
                fields[key] = []
        elif key is not None:
            # Blank lines end a value by the standard, and stand within values of several paragraphs all the same.
            fields[key].append(line)
    return {key: "\n".join(value).strip() for key, value in fields.items()}


def _first_message(messages: str) -> str:
    lines = [line.strip() for line in _LOG_TIME.sub("", messages).splitlines() if line.strip(" *")]
    return lines[0].removeprefix("ERROR: ") if lines else ""
