"""QM9 (Ramakrishnan et al. 2014): the original archive, DeepChem's table, or the tables of the package ``qm9pack``.

* ``dsgdb9nsd.xyz.tar.bz2`` as it is, or its files ``dsgdb9nsd_000001.xyz`` (figshare 978904, ``readme.txt``): the
  number of atoms; ``gdb 1`` and fifteen properties; a line per atom; frequencies; the SMILES of GDB-9 and of the
  relaxed geometry; both InChI. Where these differ in connectivity the geometry became another molecule: such rows are
  refused.
* ``qm9.csv``: ``mol_id,smiles,A,B,C,mu,alpha,homo,lumo,gap,r2,zpve,u0,...``, without the relaxed SMILES.
* ``qm9_part1.csv`` and so on: the columns of :mod:`anymol.data.sources.qm9`.

All hold the same molecules: give one file, or a folder with one form. It comes without splits; they follow from a hash
of the connectivity, the same one as of ``file: qm9pack``. Energies are in Hartree, dipoles in Debye; ``u0`` is the
internal energy at 0 K.
"""

from __future__ import annotations

import math
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from anymol.chem.keys import write_inchi
from anymol.chem.parsing import canonicalize_smiles
from anymol.data.drafts import format_number
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question, read_table
from anymol.data.sources.qm9 import QM9PACK_COLUMNS, QM9PACK_FILES, assign_qm9_split, find_block
from anymol.errors import DataError, InvalidSmilesError
from anymol.tasks.quantum import B3LYP
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput

_ARCHIVE: Final = "dsgdb9nsd.xyz.tar.bz2"
_TABLE: Final = "qm9.csv"

_TASKS: Final[Mapping[str, str]] = MappingProxyType(
    {"homo": "homo", "lumo": "lumo", "gap": "homo_lumo_gap", "u0": "total_energy", "mu": "dipole_moment"}
)
"""Property -> task."""

_PLACES: Final[Mapping[str, int]] = MappingProxyType({"mu": 5, "homo": 7, "lumo": 8, "gap": 9, "u0": 12})
"""Property -> its place in the second line of a geometry, counted from ``gdb``."""

_PACKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "homo": QM9PACK_COLUMNS["homo_hartree"],
        "lumo": QM9PACK_COLUMNS["lumo_hartree"],
        "gap": QM9PACK_COLUMNS["gap_hartree"],
        "u0": QM9PACK_COLUMNS["u0_hartree"],
        "mu": QM9PACK_COLUMNS["dipole_debye"],
    }
)
"""Property -> column of the package's tables."""


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name == _ARCHIVE:
        yield from _read_archive(path)
    elif path.suffix == ".xyz":
        yield _read_geometry(path.name, path.read_text(encoding="utf-8"))
    elif path.name == _TABLE:
        for row in read_table(path, "train", ("smiles", *_TASKS)):
            kept = {name: row.fields[name] for name in ("smiles", *_TASKS)}
            yield row._replace(split=_find_split(kept["smiles"]), fields=kept)
    elif path.name in QM9PACK_FILES:
        for row in read_table(path, "train", ("SMILES", "InChi", *_PACKED.values())):
            kept = {"smiles": row.fields["SMILES"], **{name: row.fields[column] for name, column in _PACKED.items()}}
            yield row._replace(split=assign_qm9_split(row.fields["InChi"]), fields=kept)
    else:
        hint = f"it has {_ARCHIVE} or its .xyz files, {_TABLE}, or {', '.join(QM9PACK_FILES)}"
        raise DataError(f"'{path.name}' is not a file of QM9", value=path, hint=hint)


def _read_archive(path: Path) -> Iterator[PublishedRow]:
    """Yield the geometries of the archive, which is read from front to back and never unpacked on the disk."""
    try:
        with tarfile.open(path, "r|bz2") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name.endswith(".xyz") else None
                if content is not None:
                    yield _read_geometry(member.name.rsplit("/", 1)[-1], content.read().decode())
    except tarfile.TarError as error:
        raise DataError(f"{path.name} cannot be read: {error}", value=path) from error


def _read_geometry(name: str, text: str) -> PublishedRow:
    inchi = text.rstrip().rsplit("\n", 1)[-1].split("\t")[0].strip()
    return PublishedRow(name, 1, assign_qm9_split(inchi), {"geometry": text})


def _find_split(smiles: str) -> str:
    try:
        return assign_qm9_split(write_inchi(smiles)[0])
    except InvalidSmilesError:
        return "train"  # where converting it says what is wrong


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    fields = _parse_geometry(row.fields["geometry"]) if "geometry" in row.fields else row.fields
    smiles = canonicalize_smiles(fields["smiles"])
    return tuple(
        Question(
            task,
            TaskInput(molecule=smiles, text=B3LYP),
            format_number(_read_number(fields[name], name), get_task(task).decimals),
        )
        for name, task in _TASKS.items()
    )


def _parse_geometry(text: str) -> dict[str, str]:
    """Return the SMILES of the relaxed geometry and its properties.

    Raises:
        DataError: The text is not in the format, or the geometry became another molecule.
    """
    lines = text.splitlines()
    try:
        n_atoms = int(lines[0])
        properties = lines[1].split()
        names, inchis = (lines[n_atoms + place].split() for place in (3, 4))
        relaxed, before, after = names[1], inchis[0], inchis[1]
        fields = {"smiles": relaxed, **{name: properties[place] for name, place in _PLACES.items()}}
    except (IndexError, ValueError):
        raise DataError("the geometry is not in the format of the set", value=text[:200]) from None
    if properties[0] != "gdb":
        raise DataError("the second line does not begin with 'gdb'", value=lines[1])
    if "" in (blocks := {find_block(before), find_block(after)}) or len(blocks) > 1:
        raise DataError("the geometry became another molecule than it began as", value=f"{before} {after}")
    return fields


def _read_number(text: str, name: str) -> float:
    try:
        # Mathematica wrote some small numbers, 1.2*^-6.
        value = float(text.replace("*^", "e"))
    except ValueError:
        raise DataError(f"{name} is not a number", value=text) from None
    if not math.isfinite(value):
        raise DataError(f"{name} is not a finite number", value=text)
    return value


QM9: Final = PublishedSet(
    name="qm9",
    licence="CC0",
    weights_allowed=True,
    has_val=True,
    files=(_ARCHIVE, "dsgdb9nsd_*.xyz", _TABLE, *QM9PACK_FILES),
    read=_read,
    convert=_convert,
)
"""Orbital energies, total energies and dipoles."""
