"""PDB files: atoms by fixed columns; bonds are perceived where the hydrogens are there.

What is read is one molecule per model: where the file holds a polymer and ligands, the largest ligand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

import numpy as np
from rdkit import Chem, rdBase

from anymol.chem.perception import MAX_ATOMS, perceive_molecule
from anymol.errors import AnyMolError, ConformerError
from anymol.modalities.conformer import Conformer
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow, describe_error

_WATERS: Final = frozenset({"HOH", "WAT", "DOD", "H2O", "TIP", "TIP3", "SOL"})
_POLYMER: Final = frozenset(
    {"ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE", "LEU", "LYS", "MET", "PHE", "PRO", "SER"}
    | {"THR", "TRP", "TYR", "VAL", "MSE", "SEC", "PYL", "HID", "HIE", "HIP", "CYX", "ASX", "GLX", "ACE", "NME", "NH2"}
    | {"A", "C", "G", "U", "I", "DA", "DC", "DG", "DT", "DI", "DU"}
)
"""Residues of proteins and nucleic acids."""

_TWO_LETTERS: Final = frozenset(
    {"CL", "BR", "SI", "SE", "LI", "NA", "MG", "AL", "CA", "MN", "FE", "CO", "NI", "CU", "ZN", "AS", "RU", "RH", "PD"}
    | {"AG", "CD", "SN", "SB", "TE", "CS", "BA", "PT", "AU", "HG", "PB", "BI", "BE", "SR", "TI", "CR", "GA", "GE", "MO"}
)
"""Elements of two letters that names of atoms may begin with where no column names the element."""

_HALOGENS: Final = ("CL", "BR")


@dataclass(frozen=True)
class _Atom:
    """One line.

    Attributes:
        line: The line.
        group: Residue name, chain and number.
        place: Alternative place; empty where there is one only.
        occupancy: Share of the molecules in which the atom is there.
    """

    line: str
    group: tuple[str, str]
    place: str
    occupancy: float


@dataclass
class _Model:
    """One model on its way.

    Attributes:
        name: Title of the file.
        groups: Atoms by residue; of each no more than can be read.
        n_atoms: All of them, without water.
    """

    name: str | None = None
    groups: dict[tuple[str, str], list[_Atom]] = field(default_factory=dict)
    n_atoms: int = 0

    def add(self, line: str) -> None:
        residue = line[17:20].strip()
        if residue in _WATERS:
            return
        self.n_atoms += 1
        try:
            occupancy = float(line[54:60])
        except ValueError:
            occupancy = 1.0
        group = (residue, line[20:27].strip())
        atoms = self.groups.setdefault(group, [])
        if len(atoms) <= 2 * MAX_ATOMS:
            atoms.append(_Atom(line, group, line[16:17].strip(), occupancy))


def read_pdb(stream: TextIO, *, charge: int | None = None) -> Iterator[RecordRow[Conformer]]:
    """Yield one row per model, without water.

    Where the model holds a polymer and further groups, the largest of these is read, and a note says so; of alternative
    places the one with the largest share. Without hydrogens the bond orders cannot be told from the file: the conformer
    then has no SMILES, and the row's property ``bonds`` says why.

    Args:
        stream: The file.
        charge: Total charge, elementary charges; without it that of columns 79 and 80, or the one that is perceived.
    """
    for index, model in enumerate(_split_models(stream)):
        try:
            atoms, notes = _choose_atoms(model)
            yield _read_model(index, model.name, atoms, notes, charge)
        except AnyMolError as error:
            yield RecordRow(index, model.name, None, describe_error(error))


def _read_model(
    index: int, name: str | None, atoms: Sequence[_Atom], notes: tuple[str, ...], charge: int | None
) -> RecordRow[Conformer]:
    is_left = _is_left_justified(atoms)
    elements = [_read_element(atom, is_left=is_left) for atom in atoms]
    numbers = [number for number, _ in elements]
    places = [_read_place(atom.line) for atom in atoms]
    stated = _sum_charges(atoms) if charge is None else charge
    properties: dict[str, str] = {}
    smiles, settled = None, stated or 0
    if 1 in numbers or len(numbers) == 1:
        isotopes = [isotope for _, isotope in elements]
        molecule = perceive_molecule(numbers, places, stated, isotopes=isotopes)
        smiles, settled, notes = molecule.smiles, molecule.charge, (*notes, *molecule.notes)
        groups = dict.fromkeys(atom.group for atom in atoms)
        if "." in smiles and len(groups) > 1:
            notes = (f"{len(groups)} groups are read together: {', '.join(name for name, _ in groups)}", *notes)
    else:
        properties["bonds"] = "the file has no hydrogens, so that its bond orders are not known"
    record = Conformer(np.array(numbers, np.uint8), np.array(places, np.float64), settled, smiles)
    return RecordRow(index, name, record, properties=properties, notes=notes)


def _split_models(stream: TextIO) -> Iterator[_Model]:
    model, seen = _Model(), False
    for line in read_lines(stream):
        if line.startswith(("COMPND", "HEADER", "TITLE ")):
            model.name = model.name or line[10:80].strip() or None
        elif line.startswith(("ATOM  ", "HETATM")):
            model.add(line)
        elif (line.startswith("ENDMDL") or line == "END") and model.n_atoms:
            yield model
            model, seen = _Model(model.name), True
    if model.n_atoms or not seen:
        yield model


def _choose_atoms(model: _Model) -> tuple[list[_Atom], tuple[str, ...]]:
    """Return the atoms of the molecule to read, and what was left out.

    Raises:
        ConformerError: There are none, or too many.
    """
    polymer = [group for group in model.groups if group[0] in _POLYMER]
    others = [group for group in model.groups if group[0] not in _POLYMER]
    notes: tuple[str, ...] = ()
    chosen = list(model.groups)
    if len(polymer) > 1 and others:
        largest = max(others, key=lambda group: len(model.groups[group]))
        chosen = [largest]
        rest = [group[0] for group in others if group != largest]
        left = f", {', '.join(dict.fromkeys(rest))}" if rest else ""
        notes = (f"{largest[0]} is read; left out are {len(polymer)} residues of a polymer{left}",)
    atoms, dropped = [], dict[str, None]()
    for group in chosen:
        kept, others_places = _choose_places(model.groups[group])
        atoms += kept
        dropped |= dict.fromkeys(f"{place} of {group[0]}" for place in others_places)
    if dropped:
        notes += (f"alternative places are left out: {', '.join(dropped)}",)
    if not 0 < len(atoms) <= MAX_ATOMS:
        raise ConformerError(
            f"the model has {'more than ' * (len(atoms) > MAX_ATOMS)}{min(len(atoms), MAX_ATOMS)} atoms",
            hint=f"a file of one ligand is read, 1 to {MAX_ATOMS} atoms",
        )
    return atoms, notes


def _choose_places(atoms: list[_Atom]) -> tuple[list[_Atom], list[str]]:
    """Return the atoms of a residue at one of their alternative places, and the places left out."""
    shares: dict[str, float] = {}
    for atom in atoms:
        if atom.place:
            shares[atom.place] = shares.get(atom.place, 0.0) + atom.occupancy
    best = max(shares, key=lambda place: (round(shares[place], 3), [-ord(letter) for letter in place]), default="")
    return [atom for atom in atoms if atom.place in ("", best)], sorted(set(shares) - {best})


def _is_left_justified(atoms: Sequence[_Atom]) -> bool:
    """Whether names begin in column 13, where only elements of two letters, and long names of hydrogens, should."""
    return any(
        atom.line[12:13] in ("C", "N", "O", "S", "P", "F") and atom.line[12:14] not in _TWO_LETTERS for atom in atoms
    )


def _read_element(atom: _Atom, *, is_left: bool) -> tuple[int, int]:
    """Return atomic number and mass number of an atom; the latter is 0 but for deuterium and tritium.

    Raises:
        ConformerError: It has none.
    """
    written = atom.line[76:78].strip()
    symbols = [written, _guess_symbol(atom, is_left=is_left)]
    for symbol in filter(None, symbols):
        if symbol.upper() in ("D", "T"):
            return 1, 2 if symbol.upper() == "D" else 3
        with rdBase.BlockLogs():
            try:
                return int(Chem.GetPeriodicTable().GetAtomicNumber(symbol.capitalize())), 0
            except RuntimeError:
                continue
    shown = next(filter(None, symbols), "")
    raise ConformerError(f"'{shown}' is not an element", hint="columns 77 to 78 name the element")


def _guess_symbol(atom: _Atom, *, is_left: bool) -> str:
    """Return the element that the name of an atom begins with: ``CA`` in columns 13 and 14 is calcium, in 14 carbon."""
    name = atom.line[12:16]
    letters = name.strip().lstrip("0123456789").upper()
    pair = letters[:2]
    if name[:1].isspace() or name[:1].isdigit() or pair not in _TWO_LETTERS:
        return letters[:1]
    if len(name.strip()) == 4 and letters[:1] == "H":  # HG11 is a hydrogen of valine
        return "H"
    if pair == "SE" and atom.group[0] in ("MSE", "SEC"):
        return pair
    if is_left or atom.group[0] in _POLYMER:
        is_ion = atom.group[0].upper() == letters.rstrip("0123456789+-")
        return pair if is_ion or (pair in _HALOGENS and atom.group[0] not in _POLYMER) else letters[:1]
    return pair


def _read_place(line: str) -> list[float]:
    try:
        place = [float(line[start : start + 8]) for start in (30, 38, 46)]
    except ValueError:
        raise ConformerError(f"an atom has no coordinates in columns 31 to 54: '{line[:60]}'") from None
    if not all(abs(value) < 1e4 for value in place):
        raise ConformerError(f"a coordinate is beyond 10,000 angstrom or no number: '{line[:60]}'")
    return place


def _sum_charges(atoms: Sequence[_Atom]) -> int | None:
    """Return the total of the charges in columns 79 and 80 (``1-``); None where no atom has one."""
    charges = [atom.line[78:80].strip() for atom in atoms]
    found = [one for one in charges if len(one) == 2 and one[0].isdigit() and one[1] in "+-"]
    return sum(int(one[1] + one[0]) for one in found) if found else None
