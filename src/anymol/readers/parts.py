"""A file that shows one molecule -> the parts of a question: graph, geometry, picture or spectrum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidFileError
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.modality import Modality
from anymol.readers.content import FileKind, sniff_file
from anymol.readers.formats import read_conformers, read_images, read_infrared_spectra, read_mass_spectra
from anymol.readers.molecules import read_molecules
from anymol.readers.rows import ReadRow, RecordRow

_SHOWS: dict[FileKind, Modality] = {
    FileKind.PNG: Modality.IMAGE,
    FileKind.JPEG: Modality.IMAGE,
    FileKind.GIF: Modality.IMAGE,
    FileKind.TIFF: Modality.IMAGE,
    FileKind.SVG: Modality.IMAGE,
    FileKind.PDF: Modality.IMAGE,
    FileKind.MGF: Modality.MS2,
    FileKind.MSP: Modality.MS2,
    FileKind.MASSBANK: Modality.MS2,
    FileKind.MZML: Modality.MS2,
    FileKind.JCAMP: Modality.IR,
    FileKind.CSV: Modality.IR,
    FileKind.XYZ: Modality.CONFORMER,
}
"""What a file shows of its molecule, where it does not write the structure."""

_READ: dict[Modality, Callable[[str | Path], Iterator[RecordRow[Any]]]] = {
    Modality.CONFORMER: read_conformers,
    Modality.IMAGE: read_images,
    Modality.MS2: read_mass_spectra,
    Modality.IR: read_infrared_spectra,
}
"""Modality -> reader of its files; a graph is read from what writes the structure."""


@dataclass(frozen=True)
class ShownFile:
    """What a file shows.

    Attributes:
        parts: One per molecule of a mixture given as a graph, else one.
        smiles: The molecule, canonical, where the file states its bonds or they were perceived.
        note: What a reader should know, such as that the file holds more records.
    """

    parts: tuple[RecordPart, ...]
    smiles: str | None = None
    note: str | None = None


def find_modality(path: str | Path) -> Modality | None:
    """Return what a file shows of its molecule by its content; None where it writes the structure or is another file.

    Raises:
        InvalidFileError: The file is missing or unreadable.
    """
    return _SHOWS.get(sniff_file(Path(path).expanduser()))


def read_shown(path: str | Path, modality: Modality, role: Role = Role.MOLECULE) -> ShownFile:
    """Read the first record of a file as a modality.

    Args:
        path: The file.
        modality: What it is to be read as.
        role: The part its molecule plays.

    Raises:
        InvalidFileError: The file is missing, of another kind, or its first record is bad.
    """
    if modality is Modality.GRAPH:
        molecule, note = _take_first(path, read_molecules(path))
        smiles = canonicalize_smiles(str(molecule.smiles))
        return ShownFile(tuple(RecordPart(modality, None, role, one) for one in smiles.split(".")), smiles, note)
    row, note = _take_first(path, _READ[modality](path))
    assert row.record is not None
    stated = row.record.smiles if isinstance(row.record, Conformer) else None
    return ShownFile((RecordPart(modality, row.record, role, stated),), stated, note)


_Row = TypeVar("_Row", "RecordRow[Any]", ReadRow)


def _take_first(path: str | Path, rows: Iterator[_Row]) -> tuple[_Row, str | None]:
    """Return the first row, and a note where there are more.

    Raises:
        InvalidFileError: There is none, or it is bad.
    """
    first = next(rows, None)
    if first is None:
        raise InvalidFileError(f"'{Path(path).name}' holds no record", value=path, hint="give a file that holds one")
    if first.error is not None:
        raise InvalidFileError(f"'{Path(path).name}': {first.error}", value=path, hint="mend the file, or give another")
    more = next(rows, None) is not None
    return first, f"{Path(path).name} holds several records; the first is read" if more else None
