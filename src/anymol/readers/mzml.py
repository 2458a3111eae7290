"""mzML: XML with base64 arrays; MS/MS spectra only, one element in memory at a time.

Terms of the PSI-MS vocabulary stand in an element itself or in a parameter group that it refers to. A precursor has the
window that was isolated and the ion that the instrument meant; where the ion lies outside of the window, the window is
what was broken.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import IonMode
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_statements import IonStatement
from anymol.readers.peak_lists import MAX_PEAKS
from anymol.readers.peaks import build_row
from anymol.readers.rows import RecordRow

# Accessions of the PSI-MS vocabulary.
_MS_LEVEL, _MS1, _MSN, _POSITIVE, _NEGATIVE = "MS:1000511", "MS:1000579", "MS:1000580", "MS:1000130", "MS:1000129"
_PROFILE, _FILTER = "MS:1000128", "MS:1000512"
_SELECTED_MZ, _TARGET, _BELOW, _ABOVE = "MS:1000744", "MS:1000827", "MS:1000828", "MS:1000829"
_CHARGE = "MS:1000041"
_OTHER_SCANS = {
    "MS:1000341": "a precursor ion scan",
    "MS:1000325": "a constant neutral gain scan",
    "MS:1000326": "a constant neutral loss scan",
    "MS:1000789": "an enhanced multiply charged scan",
}
"""Spectra whose peaks are not fragments of one ion."""
_ENERGY, _ENERGY_NCE = "MS:1000045", "MS:1000138"
_ZLIB, _PLAIN = "MS:1000574", "MS:1000576"
_NUMPRESS = frozenset({"MS:1002312", "MS:1002313", "MS:1002314", "MS:1002746", "MS:1002747", "MS:1002748"})
_MZ_ARRAY, _INTENSITY_ARRAY = "MS:1000514", "MS:1000515"
_TYPES = {"MS:1000521": "<f4", "MS:1000523": "<f8", "MS:1000519": "<i4", "MS:1000522": "<i8"}

_WIDEST_DA = 10.0
"""A wider window isolates whatever is there (data-independent acquisition): no single ion was broken."""

_USUAL_DA = 2.0
"""How far an ion may be from a target whose window is not written."""

_SAME_DA = 0.01
"""Ions no further apart are one ion, written twice."""

_THERMO_ENERGY = re.compile(r"(?:FTMS|ITMS)\b.*@(?:hcd|cid)(\d+\.?\d*)", re.IGNORECASE)
"""A scan filter of an Orbitrap or ion trap, which counts energies in per cent (NCE)."""

_Groups = dict[str, list[ElementTree.Element]]


class _Guard:
    """A stream that refuses a document type: entity expansion begins there, and mzML has none."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._tail = stream, b""

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size if size >= 0 else 1 << 16)
        if b"\0" in block:  # two bytes a letter would hide the signs that are looked for
            raise InvalidFileError("the file is not in UTF-8", hint="write it again in UTF-8")
        if b"<!DOCTYPE" in self._tail + block or b"<!ENTITY" in self._tail + block:
            raise InvalidFileError("the file declares XML entities, which mzML has no use for")
        self._tail = block[-16:]
        return block


def read_mzml(stream: BinaryIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield one row per spectrum of MS level 2 or above, streaming.

    Raises:
        InvalidFileError: The XML is damaged; the spectra before the damage have been yielded.
    """
    index = 0
    parents: list[ElementTree.Element] = []
    groups: _Groups = {}
    levels: dict[str, int] = {}
    try:
        for event, element in ElementTree.iterparse(_Guard(stream), events=("start", "end")):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            name = _name(element)
            if name == "referenceableParamGroup":
                groups[element.get("id", "")] = list(element)
            elif name == "spectrum":
                row = _read_element(index, element, groups, levels)
                if row is not None:
                    yield row
                    index += 1
            if name in ("spectrum", "chromatogram", "offset") and parents:
                parents[-1].clear()  # what was read is let go: a run of gigabytes takes the memory of one spectrum
    except ElementTree.ParseError as error:
        raise InvalidFileError(f"the mzML file is damaged: {error}") from error


def _read_element(
    index: int, element: ElementTree.Element, groups: _Groups, levels: dict[str, int]
) -> RecordRow[MassSpectrum] | None:
    """Return the row of a spectrum; None of a survey scan."""
    try:
        _resolve_groups(element, groups)
    except InvalidFileError as error:
        return RecordRow(index, element.get("id") or None, None, str(error))
    level = _find_level(element)
    levels[element.get("id", "")] = level or 0
    return None if level == 1 else _read_spectrum(index, element, level, levels)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _resolve_groups(element: ElementTree.Element, groups: _Groups) -> None:
    """Put the parameters of groups behind those of the elements that refer to them, whose own count first."""
    for part in list(element.iter()):
        refs = [child.get("ref", "") for child in part if _name(child) == "referenceableParamGroupRef"]
        for ref in refs:
            if ref not in groups:
                raise InvalidFileError(f"the spectrum refers to the parameter group '{ref[:40]}', which is not there")
            part.extend(groups[ref])


def _find_all(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [part for part in element.iter() if _name(part) == name]


def _gather(*elements: ElementTree.Element) -> dict[str, str]:
    """Return the vocabulary values right below elements; the first of several counts."""
    values: dict[str, str] = {}
    for element in elements:
        for part in element:
            if _name(part) == "cvParam":
                values.setdefault(part.get("accession", ""), part.get("value", ""))
    return values


def _read_number(values: Mapping[str, str], accession: str) -> float | None:
    try:
        value = float(values.get(accession, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _find_level(element: ElementTree.Element) -> int | None:
    """Return the MS level of a spectrum; None where it states none, 0 where that is not a level."""
    values = _gather(element, *_find_all(element, "scan"))
    if _MS_LEVEL in values:
        text = values[_MS_LEVEL].strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    if _MS1 in values:
        return 1
    return 2 if _MSN in values or _find_all(element, "precursor") else None


def _read_spectrum(
    index: int, element: ElementTree.Element, level: int | None, levels: Mapping[str, int]
) -> RecordRow[MassSpectrum]:
    values = _gather(element, *_find_all(element, "scan"))
    title = element.get("id", "")
    try:
        if scan := next((name for mark, name in _OTHER_SCANS.items() if mark in values), None):
            raise InvalidFileError(f"the spectrum is {scan}, not the fragments of one ion")
        if not level:
            raise InvalidFileError("the spectrum states no MS level and no precursor")
        ion = _read_ion(element, values, level, levels)
        fields = {"title": title, "collision_energy": _read_energy(element, values), "ms_level": str(level)}
        return build_row(index, _read_peaks(element), fields, ion=ion)
    except InvalidFileError as error:
        return RecordRow(index, title or None, None, str(error))
    except (ValueError, binascii.Error, zlib.error) as error:
        return RecordRow(index, title or None, None, f"the arrays cannot be read: {error}")


# ------------------------------------------------------------------------------------------------------------- the ion


@dataclass(frozen=True)
class _Precursor:
    """An ion that was isolated and broken.

    Attributes:
        mz: Its m/z, Da; None where it cannot be told.
        level: MS level of the spectrum that it was isolated from; None where it is not stated.
        note: What must be said of it.
        charge: Elementary charges, without their sign; None where they are not stated.
    """

    mz: float | None
    level: int | None
    note: str | None = None
    charge: int | None = None


def _read_ion(
    element: ElementTree.Element, values: Mapping[str, str], level: int, levels: Mapping[str, int]
) -> IonStatement:
    found = _find_all(element, "precursor")
    precursors = [replace(_read_precursor(part, levels), charge=_read_charge(part)) for part in found]
    chosen, note = _choose_precursor(precursors, level)
    notes = [note] if note else []
    if chosen is not None and chosen.note:
        notes.append(chosen.note)
    if chosen is not None and chosen.charge and chosen.charge > 1:
        notes.append(f"the ion carries {chosen.charge} charges: the mass of the molecule is not known")
    if _PROFILE in values:
        notes.append("the spectrum is a profile: its points are taken for peaks")
    modes = [mode for mark, mode in ((_POSITIVE, IonMode.POSITIVE), (_NEGATIVE, IonMode.NEGATIVE)) if mark in values]
    if len(modes) > 1:
        raise InvalidFileError("the spectrum states both polarities")
    return IonStatement(chosen.mz if chosen else None, None, modes[0] if modes else None, tuple(notes))


def _choose_precursor(precursors: list[_Precursor], level: int) -> tuple[_Precursor | None, str | None]:
    """Return the precursor that was broken last, and what must be said of the choice."""
    if not precursors:
        return None, "the spectrum names no precursor"
    known = [one.mz for one in precursors if one.mz is not None]
    if len(precursors) == 1 or (len(known) == len(precursors) and max(known) - min(known) <= _SAME_DA):
        return precursors[0], None
    shown = ", ".join(f"{mz:.8g}" for mz in known)
    last = max((one.level for one in precursors if one.level is not None), default=None)
    broken = [one for one in precursors if one.level == last]
    if level > 2 and last is not None and len(broken) == 1 and all(one.level is not None for one in precursors):
        return broken[0], f"the spectrum names several precursors, {shown}: the one broken last is taken"
    return None, f"the spectrum names several precursors, {shown}: none is taken"


def _read_precursor(element: ElementTree.Element, levels: Mapping[str, int]) -> _Precursor:
    windows = _find_all(element, "isolationWindow")
    window = _gather(*windows)
    level = next(
        (
            int(part.get("value", ""))
            for one in windows
            for part in one
            if _name(part) == "userParam" and part.get("name") == "ms level" and part.get("value", "").isdigit()
        ),
        levels.get(element.get("spectrumRef", "")),
    )
    target = _read_number(window, _TARGET)
    below, above = _read_number(window, _BELOW), _read_number(window, _ABOVE)
    selected = [_read_number(_gather(one), _SELECTED_MZ) for one in _find_all(element, "selectedIon")]
    ions = [mz for mz in selected if mz is not None and mz > 0]
    if below is not None and above is not None and below + above > _WIDEST_DA:
        return _Precursor(
            None, level, f"{below + above:g} Da around m/z {target or 0:.8g} were isolated: no single ion"
        )
    if target is None or target <= 0:
        if len(ions) > 1 and max(ions) - min(ions) > _SAME_DA:
            return _Precursor(None, level, f"{len(ions)} ions were selected together: none is taken")
        return _Precursor(ions[0] if ions else None, level, None if ions else "the precursor has no m/z")
    low = target - (_USUAL_DA if below is None else below) - _SAME_DA
    high = target + (_USUAL_DA if above is None else above) + _SAME_DA
    inside = [mz for mz in ions if low <= mz <= high]
    if len(inside) > 1 and max(inside) - min(inside) > _SAME_DA:
        return _Precursor(None, level, f"{len(inside)} ions were selected in one window: none is taken")
    if inside or not ions:
        return _Precursor(inside[0] if inside else target, level)
    note = (
        f"the selected ion, m/z {ions[0]:.8g}, is outside of the isolation window; its middle, {target:.8g}, is taken"
    )
    return _Precursor(target, level, note)


def _read_charge(element: ElementTree.Element) -> int | None:
    """Return the charge of the ion that was selected; None where none is stated, or several."""
    written = {
        part.get("value", "").lstrip("+-")
        for ion in _find_all(element, "selectedIon")
        for part in ion
        if part.get("accession") == _CHARGE
    }
    text = written.pop() if len(written) == 1 else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _read_energy(element: ElementTree.Element, values: Mapping[str, str]) -> str:
    """Return the collision energy as text with its unit; empty where there is none, or several."""
    found = {
        (part.get("accession", ""), part.get("value", ""))
        for activation in _find_all(element, "activation")
        for part in activation
        if part.get("accession") in (_ENERGY, _ENERGY_NCE)
    } or {
        (part.get("accession", ""), part.get("value", ""))
        for part in element
        if part.get("accession") in (_ENERGY, _ENERGY_NCE)
    }
    if len(found) != 1:
        return ""
    accession, value = found.pop()
    # Converters write what Thermo's filter counts in per cent as "collision energy", whose unit is the electronvolt.
    thermo = _THERMO_ENERGY.match(values.get(_FILTER, ""))
    try:
        is_percent = accession == _ENERGY_NCE or (thermo is not None and float(thermo[1]) == float(value))
        return f"{float(value):g} {'NCE' if is_percent else 'eV'}"
    except ValueError:
        return ""


# --------------------------------------------------------------------------------------------------------------- peaks


def _read_peaks(element: ElementTree.Element) -> list[tuple[float, float]]:
    """Return m/z and intensity of the peaks that have one.

    Raises:
        ValueError: The arrays are missing, damaged, or of another length than they should be.
        InvalidFileError: They are compressed in a way that is not read.
    """
    arrays = dict(_read_array(part) for part in _find_all(element, "binaryDataArray"))
    mz, intensity = arrays.get(_MZ_ARRAY), arrays.get(_INTENSITY_ARRAY)
    if mz is None or intensity is None or mz.shape != intensity.shape:
        raise ValueError("m/z and intensity arrays are missing or of different length")
    announced = element.get("defaultArrayLength", "")
    if announced.isascii() and announced.isdigit() and int(announced[:12]) != len(mz):
        raise ValueError(f"{announced[:12]} values are announced, {len(mz):,} are there")
    kept = intensity != 0
    return list(zip(mz[kept].tolist(), intensity[kept].tolist(), strict=True))


def _read_array(element: ElementTree.Element) -> tuple[str, NDArray[np.float64]]:
    marks = {part.get("accession", "") for part in element if _name(part) == "cvParam"}
    kind = _MZ_ARRAY if _MZ_ARRAY in marks else _INTENSITY_ARRAY if _INTENSITY_ARRAY in marks else "other"
    if kind == "other":
        return kind, np.zeros(0)
    if marks & _NUMPRESS:
        raise InvalidFileError("the arrays are compressed by MS-Numpress, which is not read", hint="convert without it")
    text = next((part.text or "" for part in _find_all(element, "binary")), "")
    raw = base64.b64decode(text.strip())
    if _ZLIB in marks:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(raw, MAX_PEAKS * 8 + 8)
        if unpacker.unconsumed_tail:
            raise ValueError(f"more than {MAX_PEAKS:,} values")
    elif _PLAIN not in marks and text.strip():
        raise ValueError("compressed in a way other than zlib")
    types = marks & set(_TYPES)
    if len(types) != 1:
        raise ValueError("neither floats nor integers of 32 or 64 bit")
    return kind, np.frombuffer(raw, _TYPES[types.pop()]).astype(np.float64)
