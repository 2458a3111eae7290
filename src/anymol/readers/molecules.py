"""Any molecule file -> rows: the format is chosen by the file's name and checked against its content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from anymol.errors import InvalidFileError
from anymol.readers.conformers import to_molecule
from anymol.readers.content import READABLE, STATES_NO_BONDS, FileKind, open_text, sniff_file
from anymol.readers.mol2 import read_mol2
from anymol.readers.paths import expand_path
from anymol.readers.pdb import read_pdb
from anymol.readers.rows import ReadRow
from anymol.readers.sdf import read_sdf
from anymol.readers.smi import read_smi
from anymol.readers.xyz import read_xyz

SUFFIXES: dict[str, FileKind] = {
    ".sdf": FileKind.SDF,
    ".sd": FileKind.SDF,
    ".mol": FileKind.SDF,
    ".mdl": FileKind.SDF,
    ".xyz": FileKind.XYZ,
    ".smi": FileKind.SMILES,
    ".smiles": FileKind.SMILES,
    ".ism": FileKind.SMILES,
    ".mol2": FileKind.MOL2,
    ".pdb": FileKind.PDB,
    ".ent": FileKind.PDB,
}
"""Suffixes of molecule files (also followed by ``.gz``)."""


def read_molecules(path: str | Path, *, charge: int | None = None) -> Iterator[ReadRow]:
    """Yield the molecules of a file, one row per record, streaming.

    Args:
        path: An SD, MOL, XYZ, MOL2, PDB (one ligand) or SMILES file, plain or compressed by gzip; an unknown suffix is
            read by its content.
        charge: Total charge for XYZ frames and PDB ligands; see :func:`anymol.readers.xyz.read_xyz`.

    Raises:
        InvalidFileError: The file is missing, unreadable or of another kind, or a charge is given for one that states
            its own; raised at the call, not at the first row.
    """
    file = expand_path(path)
    kind = find_kind(file)
    if charge is not None and kind not in STATES_NO_BONDS:
        raise InvalidFileError(
            f"a charge is given, but '{file.name}' states its own", value=path, hint="leave the charge out"
        )
    return _read(file, kind, charge)


def _read(path: Path, kind: FileKind, charge: int | None) -> Iterator[ReadRow]:
    with open_text(path) as stream:
        match kind:
            case FileKind.SDF:
                yield from read_sdf(stream)
            case FileKind.XYZ:
                yield from map(to_molecule, read_xyz(stream, charge=charge))
            case FileKind.MOL2:
                yield from map(to_molecule, read_mol2(stream))
            case FileKind.PDB:
                yield from map(to_molecule, read_pdb(stream, charge=charge))
            case _:
                yield from read_smi(stream)


def find_kind(path: Path) -> FileKind:
    """Return how to read a file of molecules.

    A file is refused when it certainly is something else; one that carries the right suffix and is merely damaged is
    read, so that its records can say what is wrong with them. A line of a damaged XYZ file can begin with a SMILES too
    (``C 0.0 nan 0.0``), so that a SMILES file is known by its suffix rather than by its content.

    Raises:
        InvalidFileError: It is missing, unreadable or of another kind.
    """
    found = sniff_file(path)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    expected = SUFFIXES.get(suffixes[-1]) if suffixes else None
    if found in (FileKind.TEXT, FileKind.SMILES) and expected is not None:
        return expected
    if found is FileKind.CSV and expected is FileKind.SMILES:  # SMILES and names may stand apart by commas
        return expected
    if found is expected:
        return found
    if expected is not None and found not in READABLE:
        raise InvalidFileError(f"'{path.name}' is {found}", value=path, hint=f"its name says {expected}")
    if found not in READABLE:
        raise InvalidFileError(
            f"'{path.name}' is {found}", value=path, hint="molecules are read from SD, MOL, XYZ and SMILES files"
        )
    # The content decides between formats: an SD file saved as .xyz is read as what it is.
    return found
