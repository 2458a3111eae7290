"""Mass spectra as JSON: what GNPS, MetabolomicsUSI, PROXI, MoNA and matchms write.

They differ in the names of fields and in how peaks are listed: as pairs, as two arrays, as objects, or as a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from anymol.errors import InvalidFileError
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_statements import NAMES, find_name
from anymol.readers.peak_lists import read_peak_list
from anymol.readers.peaks import build_row
from anymol.readers.rows import RecordRow

_MAX_CHARACTERS = 20_000_000
"""A longer file is not read: JSON is read as a whole, and takes twenty times the memory of its text."""

_PAIRS = ("peaks_json", "peaks", "spectrum")
_ARRAYS = (("mzs", "intensities"), ("mz", "intensity"), ("m/z array", "intensity array"), ("mz", "intensities"))
_LISTS_OF_FIELDS = ("metadata", "attributes", "annotations")
_MAX_FIELDS = 300


def read_spectrum_json(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per spectrum of a file.

    Raises:
        InvalidFileError: It is too long, or not JSON.
    """
    for index, found in enumerate(_load(stream)):
        fields: dict[str, str] = {}
        try:
            if not isinstance(found, dict):
                raise InvalidFileError("an entry of the file is not an object of fields", value=str(found)[:80])
            _gather(found, fields)
            peaks = _find_peaks(found)
        except InvalidFileError as error:
            yield RecordRow(index, fields.get("title") or None, None, str(error), fields)
        except (TypeError, ValueError) as error:
            reason = f"a peak is not a pair of numbers: {error}"
            yield RecordRow(index, fields.get("title") or None, None, reason, fields)
        else:
            yield build_row(index, peaks, fields)


def holds_spectrum(stream: TextIO) -> bool:
    """Whether a JSON file is of mass spectra, by its first entry."""
    try:
        first = next(iter(_load(stream)), None)
        return isinstance(first, dict) and bool(_find_peaks(first))
    except (InvalidFileError, TypeError, ValueError):
        return False


def _load(stream: TextIO) -> Sequence[Any]:
    text = stream.read(_MAX_CHARACTERS)
    if len(text) == _MAX_CHARACTERS:
        raise InvalidFileError(f"the file has {_MAX_CHARACTERS:,} characters or more", hint="split it")
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidFileError(f"the file is not JSON: {error}") from error
    if isinstance(loaded, dict):
        inner = loaded.get("spectra")
        return inner if isinstance(inner, list) else [loaded]
    return loaded if isinstance(loaded, list) else [loaded]


def _gather(found: Mapping[str, Any], fields: dict[str, str]) -> None:
    """Add the fields of an object and of those within it; the first of several counts, the outer before the inner."""
    inner: list[Mapping[str, Any]] = []
    for key, value in found.items():
        if isinstance(value, dict):
            inner.append(value)
        elif isinstance(value, list) and key.lower() in _LISTS_OF_FIELDS:
            inner += _read_entries(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool) and len(fields) < _MAX_FIELDS:
            name = find_name(key)
            if name in NAMES.values() and name != "n_peaks":
                fields.setdefault(name, str(value)[:1000])
    for one in inner:
        _gather(one, fields)


def _read_entries(entries: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Return the fields of a list of ``{"name": ..., "value": ...}``, else the first object of a list."""
    objects: list[Mapping[str, Any]] = [entry for entry in entries[:_MAX_FIELDS] if isinstance(entry, dict)]
    named = {str(entry["name"]): entry["value"] for entry in objects if "name" in entry and "value" in entry}
    return [named] if named else objects[:1]


def _find_peaks(found: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return the peaks of an object, or of an object within it.

    Raises:
        InvalidFileError: There are none, or they are of a form that is not read.
        TypeError: A peak is not a pair of numbers.
        ValueError: As TypeError.
    """
    for left, right in _ARRAYS:
        if isinstance(found.get(left), list) and isinstance(found.get(right), list):
            return [(float(mz), float(height)) for mz, height in zip(found[left], found[right], strict=True)]
    for key in _PAIRS:
        if key in found:
            return _read_pairs(found[key])
    for value in found.values():
        if isinstance(value, dict):
            try:
                return _find_peaks(value)
            except InvalidFileError:
                continue
    raise InvalidFileError(
        "an entry of the file has no peaks", hint="they stand under 'peaks', as [[mz, intensity], ...]"
    )


def _read_pairs(peaks: Any) -> list[tuple[float, float]]:
    match peaks:
        case str() if peaks.lstrip().startswith("["):
            return _read_pairs(json.loads(peaks))
        case str():
            return list(read_peak_list(peaks.splitlines(), len(peaks.split()) if ":" in peaks else None).peaks)
        case dict():
            return _find_peaks(peaks)
        case list():
            return [_read_pair(peak) for peak in peaks]
        case _:
            raise InvalidFileError("the peaks are not a list", value=str(peaks)[:80])


def _read_pair(peak: Any) -> tuple[float, float]:
    if isinstance(peak, dict):
        height = next((peak[key] for key in ("intensity", "rel_intensity", "abundance") if key in peak), None)
        return float(peak["mz"] if "mz" in peak else peak["m/z"]), float(height)  # type: ignore[arg-type]
    mz, height, *_ = peak
    return float(mz), float(height)
