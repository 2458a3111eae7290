"""MGF: blocks of ``KEY=value`` lines and peaks between ``BEGIN IONS`` and ``END IONS``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.lines import read_lines
from anymol.readers.peaks import MAX_PEAKS, build_row, read_peak
from anymol.readers.rows import RecordRow

_KEYS = {
    "TITLE": "title",
    "NAME": "title",
    "PEPMASS": "precursor_mz",
    "PRECURSOR_MZ": "precursor_mz",
    "CHARGE": "charge",
    "IONMODE": "ion_mode",
    "ION_MODE": "ion_mode",
    "ADDUCT": "adduct",
    "PRECURSOR_TYPE": "adduct",
    "ION": "adduct",
    "COLLISION_ENERGY": "collision_energy",
    "COLLISIONENERGY": "collision_energy",
    "SMILES": "smiles",
}
_MAX_FIELDS = 200


def read_mgf(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per block, streaming; a block that is never closed is a bad row."""
    index, inside = 0, False
    fields: dict[str, str] = {}
    peaks: list[tuple[float, float]] = []
    fault: str | None = None
    for line in read_lines(stream):
        upper = line[:12].upper()
        if upper.startswith("BEGIN IONS") or upper.startswith("END IONS"):
            begins = upper.startswith("BEGIN")
            if inside:
                yield build_row(index, peaks, _complete(fields), "the block has no 'END IONS'" if begins else fault)
                index += 1
            inside, fields, peaks, fault = begins, {}, [], None
        elif inside and line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            if equals:
                if len(fields) < _MAX_FIELDS:
                    fields.setdefault(_KEYS.get(key.strip().upper(), key.strip().lower()[:60]), value.strip()[:1000])
            elif peak := read_peak(line):
                if len(peaks) <= MAX_PEAKS:
                    peaks.append(peak)
            else:
                fault = fault or f"a peak line reads 'mz intensity', not '{line[:60]}'"
    if inside:
        yield build_row(index, peaks, _complete(fields), "the block has no 'END IONS'")


def _complete(fields: dict[str, str]) -> dict[str, str]:
    """Take the ion mode from the charge where nothing else says it."""
    return {"ion_mode": fields["charge"], **fields} if "charge" in fields else fields
