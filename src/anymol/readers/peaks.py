"""Peaks and fields of one MS/MS record -> :class:`MassSpectrum`, whatever the format was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.cleaning import ABOVE_PRECURSOR_DA
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_fields import read_charge, read_collision_energy
from anymol.readers.ion_statements import IonStatement, read_ion
from anymol.readers.numbers import NumberStyle
from anymol.readers.peak_lists import MAX_PEAKS, read_peak_list
from anymol.readers.rows import RecordRow

_MUCH_ABOVE = 0.2
"""Share of the intensity that fragments of a singly charged ion cannot have above it."""

_MAX_DIGITS = 9
"""Longest number of peaks that a record may announce."""


def read_row(
    index: int, lines: Sequence[str], fields: Mapping[str, str], fault: str | None = None
) -> RecordRow[MassSpectrum]:
    """Return the row of a record whose peaks are text.

    Args:
        index: Place of the record.
        lines: The lines of its peaks.
        fields: Its fields by the names of :data:`~anymol.readers.ion_statements.NAMES`; ``n_peaks`` is checked.
        fault: What was wrong before its peaks were looked at.
    """
    try:
        if fault:
            raise InvalidFileError(fault)
        listed = read_peak_list(lines, _read_announced(fields))
    except InvalidFileError as error:
        return RecordRow(index, fields.get("title") or None, None, str(error), dict(fields))
    return build_row(index, listed.peaks, fields, style=listed.style)


def build_row(
    index: int,
    peaks: Sequence[tuple[float, float]],
    fields: Mapping[str, str],
    *,
    style: NumberStyle | None = None,
    ion: IonStatement | None = None,
) -> RecordRow[MassSpectrum]:
    """Return the row of a record: peaks sorted by m/z, intensities divided by the highest.

    Args:
        index: Place of the record.
        peaks: m/z (Da) and intensity (any scale) of each peak.
        fields: Its fields by the names of :data:`~anymol.readers.ion_statements.NAMES`.
        style: How its numbers are written.
        ion: What was broken, where the format tells; else the fields do.
    """
    name = fields.get("title") or None
    try:
        ion = ion or read_ion(fields, style)
        mz, intensity = _sort_peaks(peaks)
        energy = read_collision_energy(fields.get("collision_energy", ""))
        spectrum = MassSpectrum(mz, intensity, ion.precursor_mz, ion.adduct, energy, ion.ion_mode, name or "")
        return RecordRow(
            index, name, spectrum, properties=dict(fields), notes=(*ion.notes, *_list_doubts(spectrum, fields))
        )
    except InvalidFileError as error:
        return RecordRow(index, name, None, str(error), dict(fields))


def _list_doubts(spectrum: MassSpectrum, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return a note where much stands above a precursor that is not known to carry several charges."""
    charge = read_charge(fields.get("charge", ""))
    is_single = (charge is None or charge.number == 1) and (spectrum.adduct is None or spectrum.adduct.charge == 1)
    if spectrum.precursor_mz is None or not is_single:
        return ()
    above = float(spectrum.intensity[spectrum.mz > spectrum.precursor_mz + ABOVE_PRECURSOR_DA].sum())
    share = above / float(spectrum.intensity.sum())
    if share <= _MUCH_ABOVE:
        return ()
    return (f"{share:.0%} of the intensity stands above the precursor: it is another ion, or carries several charges",)


def _sort_peaks(peaks: Sequence[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return m/z, rising, and relative intensities, shape (P,) each.

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
    return table[:, 0], table[:, 1] / table[:, 1].max()


def _read_announced(fields: Mapping[str, str]) -> int | None:
    """Return how many peaks a record says that it has; None where it does not say.

    Raises:
        InvalidFileError: What it says is not a number.
    """
    text = fields.get("n_peaks", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise InvalidFileError(f"the record announces '{text[:20]}' peaks, which is not a number")
    return int(text)
