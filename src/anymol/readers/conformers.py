"""Molecules with coordinates, and what is left of them where only the bonds are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.parsing import write_canonical
from anymol.errors import ConformerError
from anymol.modalities.conformer import Conformer
from anymol.readers import sdf
from anymol.readers.rows import ReadRow, RecordRow


def read_sdf_conformers(stream: TextIO) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per record; a record without heights above the page is a drawing, and a bad row."""
    for index, lines in enumerate(sdf.split_records(stream)):
        row = sdf.read_record(index, lines)
        if lines is None or row.error is not None:
            yield RecordRow(index, row.name, None, row.error, row.properties)
            continue
        lines, _ = sdf.mend_header(lines)
        end = next(number for number, line in enumerate(lines) if line.startswith("M  END"))
        with rdBase.BlockLogs():
            mol = Chem.MolFromMolBlock("\n".join(lines[: end + 1]) + "\n", strictParsing=False, removeHs=False)
        try:
            record = _require_drawn(take_conformer(mol), str(row.smiles))
            yield RecordRow(index, row.name, record, properties=row.properties, notes=row.notes)
        except ConformerError as error:
            yield RecordRow(index, row.name, None, str(error), row.properties)


def _require_drawn(record: Conformer, smiles: str) -> Conformer:
    """Return a geometry with the molecule that its record means.

    Raises:
        ConformerError: Some of its atoms have no place: a label stands for them.
    """
    written, meant = (Chem.AddHs(Chem.MolFromSmiles(one)) for one in (record.smiles, smiles))
    if written.GetNumAtoms() != meant.GetNumAtoms():
        raise ConformerError("labels stand for groups whose atoms have no coordinates", hint="draw all atoms")
    return replace(record, smiles=smiles)


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
    return ReadRow(row.index, row.name, smiles, error, row.properties, row.notes)
