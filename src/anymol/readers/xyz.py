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
_GAUSSIAN: Final = re.compile(r"(?P<symbol>[A-Za-z]{1,2})\((?P<words>[^()]*=[^()]*)\)")
"""An element with what Gaussian says of it: ``C(Iso=13)``, ``H(Fragment=2)``."""
_ISO: Final = re.compile(r"\biso\s*=\s*(\d{1,3})", re.IGNORECASE)
_MASS_LAST: Final = re.compile(r"(?P<symbol>[A-Z][a-z]?)-(?P<mass>\d{1,3})")
_GHOST: Final = re.compile(
    r"(?:x{1,2}|du|q|lp|bq(?:[-_]?[a-z]{1,2})?|gh(?:\([a-z]{1,2}\d*\))?)\d*|@[a-z]{1,2}\d*|[a-z]{1,2}\d*(?::|[-_]bq)",
    re.IGNORECASE,
)
"""Places without a nucleus: dummy atoms, ghost atoms (Gaussian, NWChem, ORCA, Psi4), point charges, lone pairs."""
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_SEPARATOR: Final = re.compile(r"[\s,;]+(?![^()]*\))")
"""What parts columns; commas stand within the brackets of an element too."""
_INTEGER: Final = re.compile(r"[-+]?\d+")
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
    atoms, notes = _drop_rest(lines)
    if int(lines[0]) != len(atoms):
        raise ConformerError(f"the frame announces {lines[0]} atoms and has {len(atoms)}")
    if not 0 < len(atoms) <= MAX_ATOMS:
        raise ConformerError(f"the frame has {len(atoms)} atoms", hint=f"1 to {MAX_ATOMS} are read")
    rows = [_split_line(line) for line in atoms]
    columns = parse_comment(lines[1])
    species, position = _find_columns(rows, columns)
    rows, atoms, left_out = _drop_ghosts(rows, atoms, species)
    if not all(_MASS_LAST.fullmatch(row[species]) for row in rows):
        # Labels stand at every atom, isotopes at some.
        rows = [[_write_isotope(row[species]) if n == species else one for n, one in enumerate(row)] for row in rows]
    elements = [_parse_element(_take(row, species, line), line) for row, line in zip(rows, atoms, strict=True)]
    places = tuple(_parse_place(row, position, line) for row, line in zip(rows, atoms, strict=True))
    numbers = tuple(number for number, _, _ in elements)
    labelled = next((row[species] for row, (_, _, is_label) in zip(rows, elements, strict=True) if is_label), None)
    if labelled is not None:
        notes += (f"labels such as '{labelled}' stand where elements belong: their letters are read as the elements",)
    comment = parse_comment(lines[1], sum(numbers))
    isotopes = tuple(isotope for _, isotope, _ in elements)
    return Frame(numbers, isotopes, places, comment, (*notes, *left_out, *comment.notes))


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
    written = fields[1:4]
    if (
        any(map(_DECIMAL_COMMA.fullmatch, written))
        and all(_DECIMAL_COMMA.fullmatch(field) or _INTEGER.fullmatch(field) for field in written)
        and len(written) == 3
    ):
        return [fields[0], *(field.replace(",", ".") for field in fields[1:])]
    return _SEPARATOR.split(line.strip(" ,;"))


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


def _drop_rest(lines: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines of a frame's atoms, and what is said of those behind them.

    QM9 writes frequencies, SMILES and InChI there, others the vectors of a cell. Atoms that are not announced stay.
    """
    atoms = list(lines[2:])
    while atoms and not atoms[-1]:
        atoms.pop()
    announced = int(lines[0][:9])
    rest = atoms[announced:]
    if not rest or any(map(_looks_like_atom, rest)):
        return atoms, ()
    return atoms[:announced], (f"{len(rest)} lines behind the atoms are left out, the first of them '{rest[0][:40]}'",)


def _drop_ghosts(
    rows: list[list[str]], atoms: list[str], species: int
) -> tuple[list[list[str]], list[str], tuple[str, ...]]:
    """Return fields and lines of the places that hold a nucleus, and what is said of the others.

    Raises:
        ConformerError: There is none.
    """
    kept = [place for place, row in enumerate(rows) if not _is_ghost(_take(row, species, atoms[place]))]
    if not kept:
        raise ConformerError("the frame holds ghost or dummy atoms only")
    if len(kept) == len(rows):
        return rows, atoms, ()
    named = dict.fromkeys(row[species] for place, row in enumerate(rows) if place not in set(kept))
    note = f"places without a nucleus are left out: {', '.join(named)}"
    return [rows[place] for place in kept], [atoms[place] for place in kept], (note,)


def _looks_like_atom(line: str) -> bool:
    """Whether a line begins with an element or a label of one, and three numbers."""
    fields = _split_line(line)
    try:
        _parse_element(fields[0], line)
        return len(fields) >= 4 and all(np.isfinite(_parse_number(field)) for field in fields[1:4])
    except (ValueError, ConformerError):
        return False


def _is_ghost(field: str) -> bool:
    return _GHOST.fullmatch(field) is not None and not (field.isalpha() and _find_number(field.capitalize()))


def _write_isotope(field: str) -> str:
    """Return an isotope as ``13C``, however it is written; anything else as it is."""
    said = _GAUSSIAN.fullmatch(field)
    if said:
        iso = _ISO.search(said["words"])
        return f"{iso[1]}{said['symbol'].capitalize()}" if iso else said["symbol"]
    mass = _MASS_LAST.fullmatch(field)
    if mass and (number := _find_number(mass["symbol"])):
        known = Chem.GetPeriodicTable().GetMassForIsotope(number, int(mass["mass"])) > 0
        return f"{mass['mass']}{mass['symbol']}" if known else field
    return field


def _parse_number(text: str) -> float:
    """Return a number, its exponent as Fortran (``1D-3``) or Mathematica (``1*^-3``) may write it."""
    return float(text.replace("*^", "e").replace("D", "e").replace("d", "e"))


def _take(row: list[str], column: int, line: str) -> str:
    if column >= len(row):
        raise ConformerError(f"an atom line reads 'symbol x y z', not '{line[:60]}'")
    return row[column]


def _parse_place(row: list[str], position: int | tuple[int, int, int], line: str) -> tuple[float, float, float]:
    columns = position if isinstance(position, tuple) else (position, position + 1, position + 2)
    try:
        x, y, z = (_parse_number(_take(row, column, line)) for column in columns)
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
