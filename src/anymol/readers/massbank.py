"""MassBank records: ``TAG: value`` lines, ``PK$PEAK``, indented peaks, ``//``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.lines import read_lines
from anymol.readers.peaks import MAX_PEAKS, build_row, read_peak
from anymol.readers.rows import RecordRow

_TAGS = {
    "ACCESSION": "title",
    "CH$SMILES": "smiles",
    "CH$NAME": "name",
    "LICENSE": "licence",
    "AC$MASS_SPECTROMETRY: ION_MODE": "ion_mode",
    "AC$MASS_SPECTROMETRY: COLLISION_ENERGY": "collision_energy",
    "MS$FOCUSED_ION: PRECURSOR_M/Z": "precursor_mz",
    "MS$FOCUSED_ION: PRECURSOR_TYPE": "adduct",
    "PK$NUM_PEAK": "n_peaks",
}


def read_massbank(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per record, streaming; a record that is never closed by ``//`` is a bad row."""
    index, in_peaks = 0, False
    fields: dict[str, str] = {}
    peaks: list[tuple[float, float]] = []
    for line in read_lines(stream):
        if line.startswith("//"):
            yield build_row(index, peaks, fields, _find_fault(fields, len(peaks)))
            index, in_peaks, fields, peaks = index + 1, False, {}, []
        elif line.startswith("PK$PEAK"):
            in_peaks = True
        elif in_peaks and (peak := read_peak(line)):
            if len(peaks) <= MAX_PEAKS:
                peaks.append(peak)
        elif not in_peaks:
            for tag, name in _TAGS.items():
                if line.startswith(tag) and name not in fields:
                    fields[name] = line[len(tag) :].strip(" :")[:1000]
    if fields or peaks:
        yield build_row(index, peaks, fields, "the record has no closing line '//'")


def _find_fault(fields: dict[str, str], found: int) -> str | None:
    announced = fields.get("n_peaks", str(found))
    return None if announced == str(found) else f"the record announces {announced[:20]} peaks and has {found}"
