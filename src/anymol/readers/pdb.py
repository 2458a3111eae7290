"""PDB files of one ligand: places of atoms by fixed columns; bonds are perceived where the hydrogens are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.perception import MAX_ATOMS, perceive_molecule
from anymol.errors import AnyMolError, ConformerError
from anymol.modalities.conformer import Conformer
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow, describe_error

_WATER = ("HOH", "WAT", "DOD")


def read_pdb(stream: TextIO, *, charge: int | None = None) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per model: its atoms without water, of alternative places the first.

    Without hydrogens the bond orders cannot be told from the file: the conformer then has no SMILES, and the row's
    property ``bonds`` says why.

    Args:
        stream: The file.
        charge: Total charge, elementary charges; without it several are tried, as for XYZ files.
    """
    for index, (name, lines) in enumerate(_split_models(stream)):
        try:
            if not 0 < len(lines) <= MAX_ATOMS:
                raise ConformerError(
                    f"the model has {'more than ' * (len(lines) > MAX_ATOMS)}{min(len(lines), MAX_ATOMS)} atoms",
                    hint=f"a file of one ligand is read, 1 to {MAX_ATOMS} atoms",
                )
            numbers, places = zip(*map(_read_atom, lines), strict=True)
            properties: dict[str, str] = {}
            smiles, settled, notes = None, charge or 0, tuple[str, ...]()
            if 1 in numbers or len(numbers) == 1:
                molecule = perceive_molecule(numbers, places, charge)
                smiles, settled, notes = molecule.smiles, molecule.charge, molecule.notes
            else:
                properties["bonds"] = "the file has no hydrogens, so that its bond orders are not known"
            record = Conformer(np.array(numbers, np.uint8), np.array(places, np.float64), settled, smiles)
            yield RecordRow(index, name, record, properties=properties, notes=notes)
        except AnyMolError as error:
            yield RecordRow(index, name, None, describe_error(error))


def _split_models(stream: TextIO) -> Iterator[tuple[str | None, list[str]]]:
    name, lines = None, list[str]()
    seen = False
    for raw in read_lines(stream):
        if raw.startswith(("COMPND", "HEADER")):
            name = name or raw[10:80].strip() or None
        elif raw.startswith(("ATOM  ", "HETATM")):
            if raw[17:20] not in _WATER and raw[16:17] in (" ", "A", "1", "") and len(lines) <= MAX_ATOMS:
                lines.append(raw)
        elif raw.startswith("ENDMDL"):
            yield name, lines
            lines, seen = [], True
    if lines or not seen:
        yield name, lines


def _read_atom(line: str) -> tuple[int, list[float]]:
    try:
        place = [float(line[start : start + 8]) for start in (30, 38, 46)]
    except ValueError:
        raise ConformerError(f"an atom has no coordinates in columns 31 to 54: '{line[:60]}'") from None
    if not all(abs(value) < 1e4 for value in place):
        raise ConformerError(f"a coordinate is beyond 10,000 angstrom or no number: '{line[:60]}'")
    # Columns 77-78 name the element; older files name it by where the atom's name begins.
    symbol = line[76:78].strip() or line[12:14].strip(" 0123456789")
    try:
        with rdBase.BlockLogs():
            return Chem.GetPeriodicTable().GetAtomicNumber(symbol.capitalize()), place
    except RuntimeError:
        raise ConformerError(f"'{symbol}' is not an element", hint="columns 77 to 78 name the element") from None
