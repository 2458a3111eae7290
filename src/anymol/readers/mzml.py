"""mzML: XML with base64 arrays; MS/MS spectra only, one element in memory at a time."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.peaks import MAX_PEAKS, build_row
from anymol.readers.rows import RecordRow

# Accessions of the PSI-MS vocabulary.
_MS_LEVEL, _POSITIVE, _NEGATIVE = "MS:1000511", "MS:1000130", "MS:1000129"
_SELECTED_MZ, _ENERGY, _ENERGY_NCE = "MS:1000744", "MS:1000045", "MS:1000138"
_FLOAT32, _FLOAT64, _ZLIB, _PLAIN = "MS:1000521", "MS:1000523", "MS:1000574", "MS:1000576"
_MZ_ARRAY, _INTENSITY_ARRAY = "MS:1000514", "MS:1000515"


class _Guard:
    """A stream that refuses a document type: entity expansion begins there, and mzML has none."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._tail = stream, b""

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size if size >= 0 else 1 << 16)
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
    try:
        for event, element in ElementTree.iterparse(_Guard(stream), events=("start", "end")):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            if _name(element) == "spectrum":
                values = _gather(element)
                if values.get(_MS_LEVEL, "2") not in ("0", "1"):
                    yield _read_spectrum(index, element, values)
                    index += 1
            if _name(element) in ("spectrum", "chromatogram", "offset") and parents:
                parents[-1].clear()  # what was read is let go: a run of gigabytes takes the memory of one spectrum
    except ElementTree.ParseError as error:
        raise InvalidFileError(f"the mzML file is damaged: {error}") from error


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _gather(element: ElementTree.Element) -> dict[str, str]:
    """Return the vocabulary values of a spectrum; the first of several counts."""
    values: dict[str, str] = {}
    for part in element.iter():
        if _name(part) == "cvParam":
            values.setdefault(part.get("accession", ""), part.get("value", ""))
    return values


def _read_spectrum(index: int, element: ElementTree.Element, values: dict[str, str]) -> RecordRow[MassSpectrum]:
    fields = {"title": element.get("id", ""), "precursor_mz": values.get(_SELECTED_MZ, "")}
    if _POSITIVE in values or _NEGATIVE in values:
        fields["ion_mode"] = "positive" if _POSITIVE in values else "negative"
    if _ENERGY in values:
        fields["collision_energy"] = f"{values[_ENERGY]} eV"
    elif _ENERGY_NCE in values:
        fields["collision_energy"] = f"{values[_ENERGY_NCE]} NCE"
    try:
        arrays = dict(_read_array(part) for part in element.iter() if _name(part) == "binaryDataArray")
        mz, intensity = arrays.get(_MZ_ARRAY), arrays.get(_INTENSITY_ARRAY)
        if mz is None or intensity is None or mz.shape != intensity.shape:
            raise ValueError("m/z and intensity arrays are missing or of different length")
        peaks = list(zip(mz.tolist(), intensity.tolist(), strict=True))
        return build_row(index, [(m, i) for m, i in peaks if i != 0], fields)
    except (ValueError, binascii.Error, zlib.error) as error:
        return build_row(index, [], fields, f"the arrays cannot be read: {error}")


def _read_array(element: ElementTree.Element) -> tuple[str, np.ndarray]:
    marks = {part.get("accession", "") for part in element.iter() if _name(part) == "cvParam"}
    text = next((part.text or "" for part in element.iter() if _name(part) == "binary"), "")
    raw = base64.b64decode(text.strip())
    if _ZLIB in marks:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(raw, MAX_PEAKS * 8 + 8)
        if unpacker.unconsumed_tail:
            raise ValueError(f"more than {MAX_PEAKS:,} values")
    elif _PLAIN not in marks and text.strip():
        raise ValueError("compressed in a way other than zlib")
    kind = _MZ_ARRAY if _MZ_ARRAY in marks else _INTENSITY_ARRAY if _INTENSITY_ARRAY in marks else "other"
    if kind == "other":
        return kind, np.zeros(0)
    if not marks & {_FLOAT32, _FLOAT64}:
        raise ValueError("neither 32 nor 64 bit floats")
    return kind, np.frombuffer(raw, "<f8" if _FLOAT64 in marks else "<f4").astype(np.float64)
