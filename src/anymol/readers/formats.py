"""The one table of what is read as what: suffix -> kind of file -> reader, for each modality.

The content of a file is looked at first and decides; the suffix speaks where content says nothing (damaged files).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from anymol.errors import InvalidFileError
from anymol.modalities.conformer import Conformer
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.conformers import read_sdf_conformers
from anymol.readers.content import STATES_NO_BONDS, FileKind, open_binary, open_text, sniff_file
from anymol.readers.images import read_images as read_image_file
from anymol.readers.infrared_csv import read_infrared_csv
from anymol.readers.jcamp import read_jcamp
from anymol.readers.massbank import read_massbank
from anymol.readers.mgf import read_mgf
from anymol.readers.mol2 import read_mol2
from anymol.readers.msp import read_msp
from anymol.readers.mzml import read_mzml
from anymol.readers.paths import expand_path
from anymol.readers.pdb import read_pdb
from anymol.readers.peak_table import read_peak_table
from anymol.readers.rows import RecordRow
from anymol.readers.spectrum_json import read_spectrum_json
from anymol.readers.xyz import read_xyz

CONFORMERS: Mapping[str, FileKind] = MappingProxyType(
    {
        ".sdf": FileKind.SDF, ".sd": FileKind.SDF, ".mol": FileKind.SDF, ".mdl": FileKind.SDF, ".xyz": FileKind.XYZ,
        ".mol2": FileKind.MOL2, ".pdb": FileKind.PDB, ".ent": FileKind.PDB,
    }
)  # fmt: skip
"""Files with coordinates."""

IMAGES: Mapping[str, FileKind] = MappingProxyType(
    {
        ".png": FileKind.PNG, ".jpg": FileKind.JPEG, ".jpeg": FileKind.JPEG, ".gif": FileKind.GIF,
        ".tif": FileKind.TIFF, ".tiff": FileKind.TIFF, ".svg": FileKind.SVG, ".pdf": FileKind.PDF,
    }
)  # fmt: skip
"""Pictures and pages."""

MASS_SPECTRA: Mapping[str, FileKind] = MappingProxyType(
    {
        ".mgf": FileKind.MGF, ".msp": FileKind.MSP, ".mzml": FileKind.MZML, ".massbank": FileKind.MASSBANK,
        ".json": FileKind.JSON, ".txt": FileKind.COLUMNS, ".csv": FileKind.COLUMNS, ".tsv": FileKind.COLUMNS,
        ".dat": FileKind.COLUMNS, ".xy": FileKind.COLUMNS, ".asc": FileKind.COLUMNS,
    }
)  # fmt: skip
"""MS/MS spectra."""

INFRARED: Mapping[str, FileKind] = MappingProxyType(
    {
        ".jdx": FileKind.JCAMP, ".dx": FileKind.JCAMP, ".jcamp": FileKind.JCAMP, ".csv": FileKind.COLUMNS,
        ".tsv": FileKind.COLUMNS, ".txt": FileKind.COLUMNS, ".dat": FileKind.COLUMNS, ".dpt": FileKind.COLUMNS,
        ".asc": FileKind.COLUMNS, ".xy": FileKind.COLUMNS, ".prn": FileKind.COLUMNS,
    }
)  # fmt: skip
"""Infrared spectra."""

_VAGUE = (FileKind.TEXT, FileKind.SMILES, FileKind.CSV, FileKind.COLUMNS, FileKind.XML)
"""What content is called when nothing certain is known of it."""


def read_conformers(path: str | Path, *, charge: int | None = None) -> Iterator[RecordRow[Conformer]]:
    """Yield the records of a file with coordinates, streaming.

    Args:
        path: An SD, MOL, XYZ, MOL2 or PDB file, plain or compressed by gzip.
        charge: Total charge of XYZ frames and PDB ligands, elementary charges.

    Raises:
        InvalidFileError: The file is missing, unreadable or of another kind; raised at the call.
    """
    file, kind = _choose(path, CONFORMERS, "coordinates are read from SD, MOL, XYZ, MOL2 and PDB files")
    if charge is not None and kind not in STATES_NO_BONDS:
        raise InvalidFileError(
            f"a charge is given, but '{file.name}' states its own", value=path, hint="leave the charge out"
        )
    return _read_conformers(file, kind, charge)


def read_images(path: str | Path, *, dpi: int = 200) -> Iterator[RecordRow[MoleculeImage]]:
    """Yield the picture of a file, or every page of a PDF drawn at `dpi`.

    Raises:
        InvalidFileError: As :func:`read_conformers`.
        MissingDependencyError: SVG or PDF without its package.
    """
    file, kind = _choose(path, IMAGES, "pictures are read from PNG, JPEG, GIF, TIFF, SVG and PDF files")
    return read_image_file(file, kind, dpi=dpi)


def read_mass_spectra(path: str | Path) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield the MS/MS spectra of an MGF, MSP, mzML, MassBank or JSON file, streaming, or the one of a table.

    Raises:
        InvalidFileError: As :func:`read_conformers`.
    """
    file, kind = _choose(
        path,
        MASS_SPECTRA,
        "MS/MS spectra are read from MGF, MSP, mzML, MassBank and JSON files, and from tables of m/z and intensity",
    )
    return _read_mass_spectra(file, kind)


def read_infrared_spectra(path: str | Path) -> Iterator[RecordRow[InfraredSpectrum]]:
    """Yield the infrared spectra of a JCAMP-DX file, or of a table.

    Raises:
        InvalidFileError: As :func:`read_conformers`.
    """
    file, kind = _choose(path, INFRARED, "infrared spectra are read from JCAMP-DX files, CSV files and other tables")
    return _read_infrared(file, kind)


def _read_conformers(path: Path, kind: FileKind, charge: int | None) -> Iterator[RecordRow[Conformer]]:
    with open_text(path) as stream:
        match kind:
            case FileKind.SDF:
                yield from read_sdf_conformers(stream)
            case FileKind.XYZ:
                yield from read_xyz(stream, charge=charge)
            case FileKind.MOL2:
                yield from read_mol2(stream)
            case _:
                yield from read_pdb(stream, charge=charge)


def _read_mass_spectra(path: Path, kind: FileKind) -> Iterator[RecordRow[MassSpectrum]]:
    if kind is FileKind.MZML:
        with open_binary(path) as binary:
            yield from read_mzml(binary)
        return
    with open_text(path) as stream:
        match kind:
            case FileKind.MGF:
                yield from read_mgf(stream)
            case FileKind.MSP:
                yield from read_msp(stream)
            case FileKind.MASSBANK:
                yield from read_massbank(stream)
            case FileKind.JSON:
                yield from read_spectrum_json(stream)
            case _:
                yield from read_peak_table(stream)


def _read_infrared(path: Path, kind: FileKind) -> Iterator[RecordRow[InfraredSpectrum]]:
    with open_text(path) as stream:
        if kind is FileKind.JCAMP:
            yield from read_jcamp(stream)
        else:
            yield from read_infrared_csv(stream)


def _choose(path: str | Path, table: Mapping[str, FileKind], expected: str) -> tuple[Path, FileKind]:
    """Return the file and how to read it.

    Raises:
        InvalidFileError: It is missing or certainly of another kind.
    """
    file = expand_path(path)
    found = sniff_file(file)
    if found in table.values():
        return file, found
    suffixes = [suffix.lower() for suffix in file.suffixes if suffix.lower() != ".gz"]
    named = table.get(suffixes[-1]) if suffixes else None
    if found in _VAGUE and named is not None and named not in IMAGES.values():
        return file, named
    raise InvalidFileError(f"'{file.name}' is {found}", value=path, hint=expected)
