"""MGF: blocks of ``KEY=value`` lines and peaks between ``BEGIN IONS`` and ``END IONS``.

Keys above the first block hold for every block that does not say otherwise, as Mascot reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_statements import NAMES, find_name, keep_field
from anymol.readers.lines import read_lines
from anymol.readers.peak_lists import MAX_PEAKS
from anymol.readers.peaks import read_row
from anymol.readers.rows import RecordRow

_FIELD = re.compile(r"([A-Za-z][^=:]{0,60}?)\s*(=|:)\s*(.*)")
_SHARED = ("charge", "ion_mode", "ms_level", "ionization", "instrument_type")
_MAX_FIELDS = 200


def read_mgf(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per block, streaming; a block that is never closed is a bad row."""
    index, inside = 0, False
    shared: dict[str, str] = {}
    fields: dict[str, str] = {}
    lines: list[str] = []
    for line in read_lines(stream):
        upper = line[:12].upper()
        if upper.startswith("BEGIN IONS") or upper.startswith("END IONS"):
            begins = upper.startswith("BEGIN")
            if inside:
                yield read_row(index, lines, shared | fields, "the block has no 'END IONS'" if begins else None)
                index += 1
            inside, fields, lines = begins, {}, []
        elif line and not line.startswith(("#", ";", "!", "/")):
            field = _FIELD.fullmatch(line)
            # 'PEPMASS: 181.05' is not MGF, but some programs write it.
            if field and (field[2] == "=" or find_name(field[1]) in NAMES.values()):
                _keep_field(fields if inside else shared, field, inside)
            elif inside and len(lines) <= MAX_PEAKS:
                lines.append(line)
    if inside:
        yield read_row(index, lines, shared | fields, "the block has no 'END IONS'")


def _keep_field(fields: dict[str, str], field: re.Match[str], inside: bool) -> None:
    name = find_name(field[1])
    if len(fields) < _MAX_FIELDS and (inside or name in _SHARED):
        keep_field(fields, name, field[3].strip()[:1000])
