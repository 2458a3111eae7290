"""Peaks and fields of one MS/MS record -> :class:`MassSpectrum`, whatever the format was."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_fields import read_adduct, read_collision_energy, read_ion_mode
from anymol.readers.rows import RecordRow

MAX_PEAKS = 200_000
"""Most peaks of one spectrum; a longer list is a damaged file, or a profile that was never centroided."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")


def build_spectrum(peaks: Sequence[tuple[float, float]], fields: Mapping[str, str]) -> MassSpectrum:
    """Return the spectrum of a record: peaks sorted by m/z, intensities divided by the highest.

    Args:
        peaks: m/z (Da) and intensity (any scale) of each peak.
        fields: Texts under ``title``, ``precursor_mz``, ``adduct``, ``collision_energy`` and ``ion_mode``.

    Raises:
        InvalidFileError: There are no peaks, too many, or one of them is impossible.
    """
    if not peaks:
        raise InvalidFileError("the record has no peaks")
    if len(peaks) > MAX_PEAKS:
        raise InvalidFileError(f"the record has {len(peaks):,} peaks", hint=f"at most {MAX_PEAKS:,} are read")
    table = np.array(peaks, np.float64).reshape(-1, 2)
    if not np.isfinite(table).all() or (table[:, 0] <= 0).any() or (table[:, 1] < 0).any() or not table[:, 1].any():
        raise InvalidFileError("a peak has an m/z of 0 or less, a negative intensity, or no number")
    table = table[np.argsort(table[:, 0], kind="stable")]
    adduct = read_adduct(fields.get("adduct", ""))
    return MassSpectrum(
        mz=table[:, 0],
        intensity=table[:, 1] / table[:, 1].max(),
        precursor_mz=_read_precursor(fields.get("precursor_mz", "")),
        adduct=adduct,
        collision_energy=read_collision_energy(fields.get("collision_energy", "")),
        ion_mode=read_ion_mode(fields.get("ion_mode", "")) or (adduct.ion_mode if adduct else None),
        title=fields.get("title", ""),
    )


def build_row(
    index: int, peaks: Sequence[tuple[float, float]], fields: Mapping[str, str], fault: str | None = None
) -> RecordRow[MassSpectrum]:
    """Return the row of a record; `fault` is what was wrong before its peaks were looked at."""
    name = fields.get("title") or None
    try:
        if fault:
            raise InvalidFileError(fault)
        return RecordRow(index, name, build_spectrum(peaks, fields), properties=dict(fields))
    except InvalidFileError as error:
        return RecordRow(index, name, None, str(error), dict(fields))


def read_peak(line: str) -> tuple[float, float] | None:
    """Return m/z and intensity at the head of a line; None where there are none."""
    words = line.replace(",", " ").split(None, 2)
    if len(words) < 2 or not (_NUMBER.fullmatch(words[0]) and _NUMBER.fullmatch(words[1])):
        return None
    return float(words[0]), float(words[1])


def _read_precursor(text: str) -> float | None:
    words = text.replace(",", " ").split()
    if not words or not _NUMBER.fullmatch(words[0]):
        return None
    value = float(words[0])
    return value if math.isfinite(value) and value > 0 else None
