"""XYZ files: elements and coordinates in angstrom. Bonds, and mostly the charge, are perceived.

An XYZ file says neither which atoms are bonded nor, but for a word in its comment line, the charge; see
:mod:`anymol.chem.perception`. Its columns are those of the plain format; those of extended XYZ, and what other programs
put between element and coordinates (a running number, the nuclear charge, flags), are known where they are certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.perception import MAX_ATOMS, perceive_molecule
from anymol.errors import AnyMolError, ConformerError
from anymol.modalities.conformer import Conformer
from anymol.readers.rows import RecordRow, describe_error
from anymol.readers.xyz_comment import Comment, parse_comment

_ISOTOPES: Final = {"D": 2, "T": 3}
_MASS_FIRST: Final = re.compile(r"(?P<mass>\d{1,3})(?P<symbol>[A-Z][a-z]?)")
_LABEL: Final = re.compile(r"(?P<symbol>[A-Z][a-z]|[A-Z]|CL|BR)(?:[\d_(*'-][\w()*'+-]*)")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_ONLY_FLAGS: Final = frozenset({"0", "1", "-1", "+1"})


@dataclass(frozen=True)
class Frame:
    """The atoms of one frame.

    Attributes:
        numbers: Atomic number of each.
        isotopes: Mass number of each; 0 where none is stated.
        places: Coordinates of each, angstrom.
        comment: What the comment line states.
        notes: What was understood otherwise than the format says.
    """

    numbers: tuple[int, ...]
    isotopes: tuple[int, ...]
    places: tuple[tuple[float, float, float], ...]
    comment: Comment
    notes: tuple[str, ...] = ()


def read_xyz(stream: TextIO, *, charge: int | None = None) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per frame.

    Args:
        stream: The file.
        charge: Total charge of every frame, in elementary charges. Without it the comment line is searched for
            ``charge=...``; failing that it is perceived. The property ``charge`` of the row says which one it is,
            ``charge_source`` where it came from, and the notes why it was taken.
    """
    for index, lines in enumerate(_split_frames(stream)):
        yield _read_frame(index, lines, charge)


def parse_frame(lines: Sequence[str]) -> Frame:
    """Return the atoms of a frame.

    Args:
        lines: Number of atoms, comment, one line per atom; blank lines may follow.

    Raises:
        ConformerError: A line is not of the form ``symbol x y z``, or their number is wrong.
    """
    if not lines[0].isdigit():
        raise ConformerError(f"the first line of an XYZ frame is the number of atoms, not '{lines[0][:40]}'")
    atoms = list(lines[2:])
    while atoms and not atoms[-1]:
        atoms.pop()
    if int(lines[0]) != len(atoms):
        raise ConformerError(f"the frame announces {lines[0]} atoms and has {len(atoms)}")
    if not 0 < len(atoms) <= MAX_ATOMS:
        raise ConformerError(f"the frame has {len(atoms)} atoms", hint=f"1 to {MAX_ATOMS} are read")
    rows = [_split_line(line) for line in atoms]
    columns = parse_comment(lines[1])
    species, position = _find_columns(rows, columns)
    elements = [_parse_element(_take(row, species, line), line) for row, line in zip(rows, atoms, strict=True)]
    places = tuple(_parse_place(row, position, line) for row, line in zip(rows, atoms, strict=True))
    numbers = tuple(number for number, _, _ in elements)
    labelled = next((row[species] for row, (_, _, is_label) in zip(rows, elements, strict=True) if is_label), None)
    notes: tuple[str, ...] = ()
    if labelled is not None:
        notes = (f"labels such as '{labelled}' stand where elements belong: their letters are read as the elements",)
    comment = parse_comment(lines[1], sum(numbers))
    return Frame(numbers, tuple(isotope for _, isotope, _ in elements), places, comment, notes + comment.notes)


def _read_frame(index: int, lines: list[str], given: int | None) -> RecordRow[Conformer]:
    title = (lines[1] if len(lines) > 1 else "") or None
    try:
        frame = parse_frame(lines)
        stated = frame.comment.charge
        notes = frame.notes
        if given is not None and stated not in (None, given):
            notes += (f"the charge given, {given:+d}, is taken instead of {stated:+d} in the comment line",)
        charge = stated if given is None else given
        # A multiplicity was written for the charge beside it.
        multiplicity = frame.comment.multiplicity if given in (None, stated) else None
        molecule = perceive_molecule(
            frame.numbers, frame.places, charge, multiplicity=multiplicity, isotopes=frame.isotopes
        )
    except AnyMolError as error:
        return RecordRow(index, title, None, describe_error(error))
    source = "perceived" if charge is None else "comment line" if given is None else "given"
    record = Conformer(
        np.array(frame.numbers, np.uint8), np.array(frame.places, np.float64), molecule.charge, molecule.smiles
    )
    properties = {"charge": str(molecule.charge), "charge_source": source}
    return RecordRow(index, title, record, properties=properties, notes=(*notes, *molecule.notes))


def _split_frames(stream: TextIO) -> Iterator[list[str]]:
    """Yield the lines of each frame: count, comment, atoms.

    A line that holds nothing but a number, and is not a comment, begins a frame: a frame whose count is wrong therefore
    does not swallow the next one.
    """
    frame: list[str] = []
    for raw in stream:
        line = raw.strip()
        if line.isdigit() and len(frame) != 1:
            if frame:
                yield frame
            frame = [line]
        elif frame or line:
            frame.append(line)
    if frame:
        yield frame


def _split_line(line: str) -> list[str]:
    """Return the fields of an atom line, numbers with a decimal point."""
    fields = line.split()
    if len(fields) >= 4 and all(_DECIMAL_COMMA.fullmatch(field) for field in fields[1:4]):
        return [fields[0], *(field.replace(",", ".") for field in fields[1:])]
    return re.split(r"[\s,;]+", line.strip(" ,;"))


def _find_columns(rows: list[list[str]], comment: Comment) -> tuple[int, int | tuple[int, int, int]]:
    """Return the column of the elements, and the first or all of the columns of coordinates."""
    if comment.position is not None:
        return comment.species or 0, comment.position
    if all(len(row) >= 5 and row[0] == str(number) and row[1][:1].isalpha() for number, row in enumerate(rows, 1)):
        return 1, 2  # a running number goes before
    if all(len(row) >= 5 and _is_nuclear_charge(row[0], row[1]) for row in rows):
        return 0, 2
    if all(len(row) >= 7 and {row[2], row[4], row[6]} <= _ONLY_FLAGS for row in rows):
        return 0, (1, 3, 5)  # flags of which coordinates are optimised
    return 0, 1


def _is_nuclear_charge(symbol: str, field: str) -> bool:
    """Whether the field behind a symbol is its atomic number."""
    try:
        return symbol.isalpha() and float(field) == _parse_element(symbol, symbol)[0]
    except (ValueError, ConformerError):
        return False


def _take(row: list[str], column: int, line: str) -> str:
    if column >= len(row):
        raise ConformerError(f"an atom line reads 'symbol x y z', not '{line[:60]}'")
    return row[column]


def _parse_place(row: list[str], position: int | tuple[int, int, int], line: str) -> tuple[float, float, float]:
    columns = position if isinstance(position, tuple) else (position, position + 1, position + 2)
    try:
        x, y, z = (float(_take(row, column, line).replace("D", "e").replace("d", "e")) for column in columns)
    except ValueError:
        raise ConformerError(f"an atom line reads 'symbol x y z', not '{line[:60]}'") from None
    if not all(abs(value) < 1e4 for value in (x, y, z)):
        raise ConformerError(f"a coordinate is beyond 10,000 angstrom or no number: '{line[:60]}'")
    return x, y, z


def _parse_element(field: str, line: str) -> tuple[int, int, bool]:
    """Return atomic number, mass number and whether more than an element was written.

    Raises:
        ConformerError: It is not an element.
    """
    table = Chem.GetPeriodicTable()
    if field.isdigit():
        if not 0 < int(field[:4]) <= 118 or len(field) > 3:
            raise ConformerError(f"'{field[:20]}' is not an atomic number", hint="elements end at 118")
        return int(field), 0, False
    symbol = field.capitalize()
    if symbol in _ISOTOPES:
        return 1, _ISOTOPES[symbol], False
    if number := _find_number(symbol):
        return number, 0, False
    mass = _MASS_FIRST.fullmatch(field)
    if mass and (number := _find_number(mass["symbol"])) and table.GetMassForIsotope(number, int(mass["mass"])) > 0:
        return number, int(mass["mass"]), False
    label = _LABEL.fullmatch(field)
    if label and label["symbol"] in _ISOTOPES:
        return 1, _ISOTOPES[label["symbol"]], True
    if label and (number := _find_number(label["symbol"].capitalize())):
        return number, 0, True
    raise ConformerError(
        f"'{field[:20]}' is not an element, in '{line[:60]}'",
        hint="the first column holds symbols of elements, not labels or types of atoms",
    )


def _find_number(symbol: str) -> int:
    """Return the atomic number of a symbol; 0 of what is none."""
    with rdBase.BlockLogs():
        try:
            return int(Chem.GetPeriodicTable().GetAtomicNumber(symbol))
        except RuntimeError:
            return 0
