"""MSP (NIST, MoNA, MS-DIAL): ``Key: value`` lines, ``Num Peaks: n``, the peaks, an empty line.

What MoNA and NIST put into comments, ``"ms level=MS2" "precursor m/z=181.05"``, counts where no line of its own says
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_statements import find_name, keep_field
from anymol.readers.lines import read_lines
from anymol.readers.peak_lists import MAX_PEAKS
from anymol.readers.peaks import read_row
from anymol.readers.rows import RecordRow

_COMMENT = re.compile(r'"([^"=]{1,60})=([^"]*)"')
_MAX_FIELDS = 200


def read_msp(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per record, streaming; a record without the number of peaks that it announces is a bad row."""
    index = 0
    fields: dict[str, str] = {}
    lines: list[str] = []
    for line in read_lines(stream):
        # Some programs write other fields above the name, so that it begins a record only where there is one already.
        starts = line[:5].lower() == "name:" and "title" in fields
        if starts or (not line and ("n_peaks" in fields or lines)):
            yield _read_record(index, lines, fields)
            index, fields, lines = index + 1, {}, []
        if not line:
            continue
        key, colon, value = line.partition(":")
        if colon and "n_peaks" not in fields:
            if len(fields) < _MAX_FIELDS:
                name, text = find_name(key), value.strip()
                keep_field(fields, name, text if name in ("comment", "comments") else text[:1000])
        elif "n_peaks" in fields and len(lines) <= MAX_PEAKS:
            lines.append(line)
    if fields or lines:
        yield _read_record(index, lines, fields)


def _read_record(index: int, lines: list[str], fields: dict[str, str]) -> RecordRow[MassSpectrum]:
    for key, value in _COMMENT.findall(fields.get("comment", "") or fields.get("comments", "")):
        fields.setdefault(find_name(key), value.strip()[:1000])
    return read_row(index, lines, fields, None if "n_peaks" in fields else "the record has no line 'Num Peaks'")
