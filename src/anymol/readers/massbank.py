"""MassBank records: ``TAG: value`` lines, ``PK$PEAK``, indented peaks, ``//``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.lines import read_lines
from anymol.readers.peak_lists import MAX_PEAKS
from anymol.readers.peaks import read_row
from anymol.readers.rows import RecordRow

_TAGS = {
    "ACCESSION": "title",
    "CH$SMILES": "smiles",
    "CH$NAME": "name",
    "LICENSE": "licence",
    "AC$INSTRUMENT_TYPE": "instrument_type",
    "AC$MASS_SPECTROMETRY: MS_TYPE": "ms_level",
    "AC$MASS_SPECTROMETRY: IONIZATION": "ionization",
    "AC$MASS_SPECTROMETRY: ION_MODE": "ion_mode",
    "AC$MASS_SPECTROMETRY: COLLISION_ENERGY": "collision_energy",
    "AC$ANALYTICAL_CONDITION: MODE": "ion_mode",
    "AC$ANALYTICAL_CONDITION: COLLISION_ENERGY": "collision_energy",
    "MS$FOCUSED_ION: PRECURSOR_M/Z": "precursor_mz",
    "MS$FOCUSED_ION: PRECURSOR_TYPE": "adduct",
    "MS$FOCUSED_ION: ION_TYPE": "adduct",
    "PK$NUM_PEAK": "n_peaks",
}
_TAG = re.compile("|".join(re.escape(tag) for tag in sorted(_TAGS, key=len, reverse=True)))


def read_massbank(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per record, streaming; a record that is never closed by ``//`` is a bad row."""
    index, in_peaks = 0, False
    fields: dict[str, str] = {}
    lines: list[str] = []
    for line in read_lines(stream):
        if line.startswith("//"):
            yield read_row(index, lines, fields)
            index, in_peaks, fields, lines = index + 1, False, {}, []
        elif line.startswith("PK$PEAK"):
            in_peaks = True
        elif in_peaks and line and line.upper() != "N/A":
            if len(lines) <= MAX_PEAKS:
                lines.append(line)
        elif not in_peaks and (tag := _TAG.match(line)) and re.match(r"[ :]|$", line[tag.end() :]):
            fields.setdefault(_TAGS[tag[0]], line[tag.end() :].strip(" :")[:1000])
    if fields or lines:
        yield read_row(index, lines, fields, "the record has no closing line '//'")
