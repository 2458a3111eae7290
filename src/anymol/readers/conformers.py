"""Records with coordinates -> :class:`Conformer`: SD, XYZ, MOL2 and PDB files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.limits import run_limited
from anymol.chem.parsing import write_canonical
from anymol.errors import AnyMolError, ConformerError
from anymol.modalities.conformer import Conformer
from anymol.readers import sdf, xyz
from anymol.readers.rows import ReadRow, RecordRow


def read_sdf_conformers(stream: TextIO) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per record; a record without heights above the page is a drawing, and a bad row."""
    for index, lines in enumerate(sdf._split_records(stream)):
        row = sdf._read_record(index, lines)
        if row.error is not None:
            yield RecordRow(index, row.name, None, row.error, row.properties)
            continue
        end = next(number for number, line in enumerate(lines) if line.startswith("M  END"))
        with rdBase.BlockLogs():
            mol = Chem.MolFromMolBlock("\n".join(lines[: end + 1]) + "\n", strictParsing=False, removeHs=False)
        try:
            yield RecordRow(index, row.name, take_conformer(mol), properties=row.properties)
        except ConformerError as error:
            yield RecordRow(index, row.name, None, str(error), row.properties)


def read_xyz_conformers(stream: TextIO, *, charge: int | None = None) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per frame; see :func:`anymol.readers.xyz.read_xyz` for the charge."""
    for index, frame in enumerate(xyz._split_frames(stream)):
        row = xyz._read_frame(index, frame, charge)
        if row.smiles is None:
            yield RecordRow(index, row.name, None, row.error)
            continue
        table = Chem.GetPeriodicTable()
        atoms = [line.split() for line in xyz._normalize_block(frame).splitlines()[2:]]
        conformer = Conformer(
            np.array([table.GetAtomicNumber(atom[0]) for atom in atoms], np.uint8),
            np.array([[float(field) for field in atom[1:]] for atom in atoms], np.float64),
            int(row.properties["charge"]),
            row.smiles,
        )
        yield RecordRow(index, row.name, conformer, properties=row.properties)


def perceive_smiles(numbers: list[int], coordinates: list[list[float]], charge: int | None) -> tuple[str, int]:
    """Return SMILES and charge of atoms of which only the places are known, as for an XYZ frame.

    Raises:
        ConformerError: No bonds fit.
        TimeLimitError: Perception took too long.
    """
    table = Chem.GetPeriodicTable()
    lines = [
        f"{table.GetElementSymbol(number)} {x:.6f} {y:.6f} {z:.6f}"
        for number, (x, y, z) in zip(numbers, coordinates, strict=True)
    ]
    charges = [charge] if charge is not None else list(xyz._TRIED_CHARGES)
    block = "\n".join([str(len(lines)), "", *lines]) + "\n"
    smiles, settled = run_limited(xyz.perceive_bonds, block, charges, seconds=xyz.FRAME_SECONDS)
    return str(smiles), int(settled)


def take_conformer(mol: Chem.Mol | None) -> Conformer:
    """Return the coordinates of a molecule.

    Raises:
        ConformerError: It has none, or they are flat or no numbers.
    """
    if mol is None:
        raise ConformerError("the record makes no molecule with the hydrogens that stand in it")
    if not mol.GetNumConformers() or not mol.GetNumAtoms():
        raise ConformerError("the record has no coordinates")
    places = np.array(mol.GetConformer().GetPositions(), np.float64)
    if not np.isfinite(places).all() or np.abs(places).max() >= 1e4:
        raise ConformerError("a coordinate is beyond 10,000 angstrom or no number")
    # Planar molecules in space are rare and small (water, benzene): they are known by a mark in the header.
    if not places[:, 2].any() and not mol.GetConformer().Is3D() and len(places) > 1:
        raise ConformerError("the record is a flat drawing", hint="give coordinates in space")
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()], np.uint8)
    smiles = write_canonical(Chem.RemoveHs(mol))
    return Conformer(numbers, places, Chem.GetFormalCharge(mol), smiles)


def to_molecule(row: RecordRow[Conformer]) -> ReadRow:
    """Return the molecule of a row, which is bad where its bonds are not known."""
    error = row.error
    smiles = row.record.smiles if row.record is not None else None
    if error is None and smiles is None:
        error = row.properties.get("bonds", "the bonds are not known")
    return ReadRow(row.index, row.name, smiles, error, row.properties)


def describe_error(error: AnyMolError) -> str:
    """Return message and hint without the offending text, which is a whole block here."""
    return f"{error.message}{f'; {error.hint}' if error.hint else ''}"
