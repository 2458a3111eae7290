"""MOL2 files (Tripos): records that begin with ``@<TRIPOS>MOLECULE``; RDKit reads Corina's atom types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.configuration import correct_configurations
from anymol.chem.limits import run_limited
from anymol.chem.parsing import write_canonical
from anymol.chem.unwritten import settle_molecule
from anymol.errors import AnyMolError, ConformerError
from anymol.modalities.conformer import Conformer
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow, describe_error

MAX_CHARACTERS = 2_000_000
"""Longest record that is read."""

RECORD_SECONDS = 1.5
"""Time for one record, which is read in a process that can be killed: the parser is not made for hostile input."""


def read_mol2(stream: TextIO) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per record, streaming."""
    for index, lines in enumerate(_split_records(stream)):
        name = (lines[1][:200] if len(lines) > 1 else "") or None
        try:
            if sum(map(len, lines)) > MAX_CHARACTERS:
                raise ConformerError("the record is too long")
            block = "\n".join(lines) + "\n"
            numbers, places, charge, smiles, notes = run_limited(parse_block, block, seconds=RECORD_SECONDS)
            record = Conformer(np.array(numbers, np.uint8), np.array(places, np.float64), charge, smiles)
            yield RecordRow(index, name, record, notes=tuple(notes))
        except AnyMolError as error:
            yield RecordRow(index, name, None, describe_error(error))
        except ValueError as error:
            yield RecordRow(index, name, None, str(error))


def parse_block(block: str) -> tuple[list[int], list[list[float]], int, str, list[str]]:
    """Return atomic numbers, coordinates (angstrom), charge, canonical SMILES and notes of one record.

    Raises:
        ConformerError: RDKit cannot read it.
        UserError: It is not a single molecule.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromMol2Block(block, removeHs=False)
        if mol is None or not mol.GetNumAtoms() or not mol.GetNumConformers():
            raise ConformerError("RDKit cannot read the MOL2 record", hint="its atom types must be Corina's or Sybyl's")
        places = mol.GetConformer().GetPositions()
        if not np.isfinite(places).all() or np.abs(places).max() >= 1e4:
            raise ConformerError("a coordinate is beyond 10,000 angstrom or no number")
        correct_configurations(mol)
        numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
        settled, notes = settle_molecule(Chem.RemoveHs(mol))
        return numbers, places.tolist(), Chem.GetFormalCharge(mol), write_canonical(settled), list(notes)


def _split_records(stream: TextIO) -> Iterator[list[str]]:
    lines: list[str] = []
    size = 0
    for line in read_lines(stream):
        if line.startswith("@<TRIPOS>MOLECULE"):
            if lines:
                yield lines
            lines, size = [line], 0
        elif lines and size <= MAX_CHARACTERS:
            lines.append(line)
            size += len(line) + 1
    if lines:
        yield lines
