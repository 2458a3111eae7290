"""JCAMP-DX 4.24 and 5: blocks of labels and tables, of which those of infrared curves are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.infrared import build_infrared
from anymol.readers.infrared_labels import agree_axes, find_technique, names_infrared, read_axis, read_ordinate
from anymol.readers.jcamp_tables import Curve, read_even_table, read_pair_table
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow

_LABEL = re.compile(r"##([^=]{0,60})=(.*)")
_TABLES = ("XYDATA", "XYPOINTS", "PEAKTABLE", "PEAKASSIGNMENTS", "DATATABLE", "NTUPLES")
_CURVES = frozenset({"XYDATA", "XYPOINTS", "DATATABLE", "NTUPLES"})
"""Those that hold a curve, and not a list of peaks."""
_MAX_LINES = 2_000_000


def read_jcamp(stream: TextIO) -> Iterator[RecordRow[InfraredSpectrum]]:
    """Yield one row per block that holds a table; a link block alone gives none.

    Blocks of other techniques, and lists of peaks, are bad rows and come last: whoever asks for the spectrum of a file
    means the infrared curve.
    """
    others: list[RecordRow[InfraredSpectrum]] = []
    for index, (labels, lines) in enumerate(_split_blocks(stream)):
        if (technique := _find_technique(labels)) is None:
            row = _read_block(index, labels, lines)
            if not _CURVES.isdisjoint(labels):
                yield row
            else:
                others.append(row)
        else:
            kind = labels.get("DATATYPE", "")[:40]
            error = InvalidFileError(f"the block is of {technique}, '{kind}'", hint="give an infrared spectrum")
            others.append(RecordRow(index, labels.get("TITLE") or None, None, str(error), labels))
    yield from others


def _split_blocks(stream: TextIO) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Yield labels and table lines of each block that has a table. Names of labels are in capitals, without blanks."""
    labels: dict[str, str] = {}
    lines: list[str] = []
    in_table = False
    for line in read_lines(stream):
        found = _LABEL.match(line)
        if not found:
            if in_table and line and len(lines) < _MAX_LINES:
                lines.append(line.partition("$$")[0])
            continue
        name, value = re.sub(r"[\s\-_/]", "", found[1]).upper(), found[2].partition("$$")[0].strip()[:1000]
        if not name:  # "##=" is a comment, and may stand in a table
            continue
        if name == "TITLE" and "TITLE" in labels and not _has_table(labels):
            labels = {}  # that of a link block
        if name == "END" or (name == "TITLE" and _has_table(labels)):
            if _has_table(labels):
                yield labels, lines
            labels, lines = {}, []
        in_table = name in _TABLES
        if name != "END":
            labels.setdefault(name, value)
    if _has_table(labels):
        yield labels, lines


def _has_table(labels: Mapping[str, str]) -> bool:
    return any(name in labels for name in _TABLES)


def _find_technique(labels: Mapping[str, str]) -> str | None:
    """Return what a block is of, if not infrared: by its type of data, else by what only that technique has."""
    if ".OBSERVEFREQUENCY" in labels or ".OBSERVENUCLEUS" in labels:
        return "NMR"
    kind = labels.get("DATATYPE", "")
    if (technique := find_technique(kind)) or names_infrared(kind) or kind.strip().upper() in ("", "SPECTRUM"):
        return technique
    return "another technique"


def _read_block(index: int, labels: dict[str, str], lines: Sequence[str]) -> RecordRow[InfraredSpectrum]:
    title = labels.get("TITLE", "")
    try:
        if not (labels.get("DATATYPE") or labels.get("XUNITS")):
            raise InvalidFileError("the block says neither its ##DATA TYPE= nor its ##XUNITS=", hint="add them")
        axis = agree_axes([read_axis(labels[name]) for name in ("XUNITS", "XLABEL") if name in labels])
        ordinate = read_ordinate(labels.get("YUNITS", "")) or read_ordinate(labels.get("YLABEL", ""))
        x, y = _read_table(labels, lines)
        spectrum, notes = build_infrared(x, y, axis, ordinate, title)
        return RecordRow(index, title or None, spectrum, properties=labels, notes=notes)
    except InvalidFileError as error:
        return RecordRow(index, title or None, None, str(error), labels)


def _read_table(labels: Mapping[str, str], lines: Sequence[str]) -> Curve:
    """Return axis and values of a block's table.

    Raises:
        InvalidFileError: It is of another form, or a check fails.
    """
    if "NTUPLES" in labels or "DATATABLE" in labels:
        raise InvalidFileError("the block holds NTUPLES, which are not read", hint="export it as XYDATA")
    if "XYDATA" not in labels and "XYPOINTS" not in labels:
        raise InvalidFileError("the block lists peaks, which are not a curve", hint="export the spectrum as XYDATA")
    form = re.sub(r"\s", "", labels.get("XYDATA") or labels.get("XYPOINTS", "")).upper()
    if form.startswith(("(X++(Y", "(X++(R")):
        return read_even_table(labels, lines)
    if form.startswith("(XY..XY)"):
        return read_pair_table(labels, lines)
    raise InvalidFileError("the table is of a form that is not read", value=form, hint="(X++(Y..Y)) and (XY..XY) are")
