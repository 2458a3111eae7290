"""MSP (NIST, MoNA, MS-DIAL): ``Key: value`` lines, ``Num Peaks: n``, the peaks, an empty line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.lines import read_lines
from anymol.readers.peaks import MAX_PEAKS, build_row, read_peak
from anymol.readers.rows import RecordRow

_KEYS = {
    "name": "title",
    "precursormz": "precursor_mz",
    "precursor_mz": "precursor_mz",
    "precursortype": "adduct",
    "precursor_type": "adduct",
    "adduct": "adduct",
    "ionmode": "ion_mode",
    "ion_mode": "ion_mode",
    "collisionenergy": "collision_energy",
    "collision_energy": "collision_energy",
    "smiles": "smiles",
}
_PAIR = re.compile(r"([^\s;,:]+)[\s,:]+([^\s;,:]+)")
_MAX_FIELDS = 200


def read_msp(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per record, streaming; a record without the number of peaks that it announces is a bad row."""
    index = 0
    fields: dict[str, str] = {}
    peaks: list[tuple[float, float]] = []
    for line in read_lines(stream):
        starts = line[:5].lower() == "name:"
        if (not line or starts) and ("num peaks" in fields or peaks or (starts and fields)):
            yield build_row(index, peaks, fields, _find_fault(fields, len(peaks)))
            index, fields, peaks = index + 1, {}, []
        if not line:
            continue
        key, colon, value = line.partition(":")
        if colon and "num peaks" not in fields:
            name = " ".join(key.lower().split())[:60]
            if len(fields) < _MAX_FIELDS:
                fields.setdefault(_KEYS.get(name, name), value.strip()[:1000])
        elif "num peaks" in fields and len(peaks) <= MAX_PEAKS:
            # NIST writes several pairs per line, each closed by a semicolon; others one pair and a quoted remark.
            texts = [" ".join(pair) for pair in _PAIR.findall(line)] if ";" in line else [line]
            peaks += [peak for peak in map(read_peak, texts) if peak]
    if fields or peaks:
        yield build_row(index, peaks, fields, _find_fault(fields, len(peaks)))


def _find_fault(fields: dict[str, str], found: int) -> str | None:
    announced = fields.get("num peaks")
    if announced is None:
        return "the record has no line 'Num Peaks'"
    if not announced.isdigit() or len(announced) > 9 or int(announced) != found:
        return f"the record announces {announced[:20]} peaks and has {found}"
    return None
