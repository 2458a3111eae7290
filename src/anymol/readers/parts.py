"""A file that shows one molecule -> the parts of a question: graph, geometry, picture or spectrum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidFileError
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.modality import Modality
from anymol.readers.content import STATES_NO_BONDS, FileKind, open_text, sniff_file
from anymol.readers.formats import read_conformers, read_images, read_infrared_spectra, read_mass_spectra
from anymol.readers.molecules import find_kind, read_molecules
from anymol.readers.number_tables import find_table_modality
from anymol.readers.paths import expand_path
from anymol.readers.rows import ReadRow, RecordRow
from anymol.readers.spectrum_json import holds_spectrum

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
    FileKind.XYZ: Modality.CONFORMER,
}
"""What a file shows of its molecule, where it does not write the structure and its kind tells."""

_READ: dict[Modality, Callable[[str | Path], Iterator[RecordRow[Any]]]] = {
    Modality.IMAGE: read_images,
    Modality.MS2: read_mass_spectra,
    Modality.IR: read_infrared_spectra,
}
"""Modality -> reader of its files. Graph and geometry have readers that take a charge."""


@dataclass(frozen=True)
class ShownFile:
    """What a file shows.

    Attributes:
        parts: One per molecule of a mixture given as a graph, else one.
        smiles: The molecule, canonical, where the file states its bonds or they were perceived.
    """

    parts: tuple[RecordPart, ...]
    smiles: str | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know, such as that the file holds more records."""
        return tuple(note for part in self.parts for note in part.notes)


def find_modality(path: str | Path) -> Modality | None:
    """Return what a file shows of its molecule by its content; None where it writes the structure or is another file.

    Raises:
        InvalidFileError: The file is missing or unreadable, or a table of numbers that does not say what they are.
    """
    file = expand_path(path)
    match sniff_file(file):
        case FileKind.COLUMNS | FileKind.CSV | FileKind.TEXT:
            return find_table_modality(file)
        case FileKind.JSON:
            with open_text(file) as stream:
                return Modality.MS2 if holds_spectrum(stream) else None
        case kind:
            return _SHOWS.get(kind)


def states_no_bonds(path: str | Path) -> bool:
    """Whether a file holds coordinates only, so that the bonds of its molecule are perceived."""
    try:
        return find_kind(expand_path(path)) in STATES_NO_BONDS
    except InvalidFileError:  # a picture or a spectrum, or no file at all: whoever reads it will say so
        return False


def read_shown(
    path: str | Path, modality: Modality, role: Role = Role.MOLECULE, *, charge: int | None = None
) -> ShownFile:
    """Read the first record of a file as a modality.

    Args:
        path: The file.
        modality: What it is to be read as.
        role: The part its molecule plays.
        charge: Total charge; files that state their own do not take it.

    Raises:
        InvalidFileError: The file is missing, of another kind, or its first record is bad.
    """
    is_perceived = states_no_bonds(path)
    charge = charge if is_perceived else None
    if modality is Modality.GRAPH:
        molecule, notes = _take_first(path, read_molecules(path, charge=charge))
        smiles = canonicalize_smiles(str(molecule.smiles))
        parts = [RecordPart(modality, None, role, one, is_perceived=is_perceived) for one in smiles.split(".")]
        return ShownFile((replace(parts[0], notes=notes), *parts[1:]), smiles)
    if modality is Modality.CONFORMER:
        conformer, notes = _take_first(path, read_conformers(path, charge=charge))
        assert conformer.record is not None
        stated = conformer.record.smiles
        return ShownFile((RecordPart(modality, conformer.record, role, stated, notes, is_perceived),), stated)
    row, notes = _take_first(path, _READ[modality](path))
    return ShownFile((RecordPart(modality, row.record, role, None, notes),))


_Row = TypeVar("_Row", "RecordRow[Any]", ReadRow)


def _take_first(path: str | Path, rows: Iterator[_Row]) -> tuple[_Row, tuple[str, ...]]:
    """Return the first row with its notes, and a note where there are more.

    Raises:
        InvalidFileError: There is none, or it is bad.
    """
    first: _Row | None = next(rows, None)
    if first is None:
        raise InvalidFileError(f"'{Path(path).name}' holds no record", value=path, hint="give a file that holds one")
    if first.error is not None:
        raise InvalidFileError(f"'{Path(path).name}': {first.error}", value=path, hint="mend the file, or give another")
    notes = first.notes
    if next(rows, None) is not None:
        notes += (f"{Path(path).name} holds several records; the first is read",)
    return first, notes
