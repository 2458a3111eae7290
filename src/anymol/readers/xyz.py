"""XYZ files: element symbols and coordinates in angstrom. Bonds and charge are perceived.

An XYZ file says neither which atoms are bonded nor the charge, so both are inferred from distances and valences by
RDKit's xyz2mol (Kim and Kim 2015). That can take very long on odd geometries and runs under a time limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TextIO

from rdkit import Chem, rdBase
from rdkit.Chem import rdDetermineBonds

from anymol.chem.limits import run_limited
from anymol.chem.parsing import write_canonical
from anymol.errors import AnyMolError, ConformerError
from anymol.readers.rows import ReadRow

FRAME_SECONDS = 20.0
"""Time that bond perception may take for one frame."""

MAX_ATOMS = 500
"""Largest frame whose bonds are perceived."""

_TRIED_CHARGES = (0, 1, -1, 2, -2)
_CHARGE_IN_COMMENT = re.compile(r"\bcharge\s*[=:]\s*([-+]?\d+)", re.IGNORECASE)


def read_xyz(stream: TextIO, *, charge: int | None = None) -> Iterator[ReadRow]:
    """Yield one row per frame.

    Args:
        stream: The file.
        charge: Total charge of every frame, in elementary charges. Without it the comment line is searched for
            ``charge=...``; failing that 0, +1, -1, +2 and -2 are tried in this order. The property ``charge`` of the
            row says which one it is and ``charge_source`` where it came from.
    """
    for index, frame in enumerate(_split_frames(stream)):
        yield _read_frame(index, frame, charge)


def perceive_bonds(block: str, charges: list[int]) -> list[str | int]:
    """Return the canonical SMILES of an XYZ block and the first of `charges` under which its valences work out.

    Raises:
        ConformerError: No bonds fit under any of the charges.
    """
    reason = ""
    for charge in charges:
        with rdBase.BlockLogs():
            mol = Chem.MolFromXYZBlock(block)
            if mol is None:
                raise ConformerError("RDKit cannot read the coordinates")
            try:
                _determine_bonds(mol, charge)
                Chem.SanitizeMol(mol)
                if _lacks_hydrogens(mol):
                    raise ConformerError(
                        "the frame has no hydrogens, and without them its carbons make no sane molecule",
                        hint="add the hydrogens: bonds are perceived from all atoms",
                    )
                # A radical is what is left over when the charge is wrong.
                if sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()) and charge != charges[-1]:
                    reason = reason or f"charge {charge:+d} leaves unpaired electrons"
                    continue
                return [write_canonical(Chem.RemoveHs(mol)), charge]
            except (ValueError, RuntimeError) as error:
                reason = reason or str(error).splitlines()[0]
    raise ConformerError(
        f"no bonds fit the coordinates: {reason}", hint="give the charge, and check that hydrogens are present"
    )


def _determine_bonds(mol: Chem.Mol, charge: int) -> None:
    """Set bonds and charges. A lone atom carries the charge itself, where xyz2mol would give it hydrogens instead."""
    if mol.GetNumAtoms() > 1:
        rdDetermineBonds.DetermineBonds(mol, charge=charge)
        return
    atom = mol.GetAtomWithIdx(0)
    atom.SetNoImplicit(True)
    atom.SetFormalCharge(charge)


@cache
def _starved_carbon() -> Chem.Mol:
    """A carbon that comes out where hydrogens were left out: charged (but no cyanide), or triply bonded in a ring."""
    return Chem.MolFromSmarts("[$([#6;R]#*),$([#6;!+0;!$([#6-]#[#7,#8])])]")


def _lacks_hydrogens(mol: Chem.Mol) -> bool:
    """Whether a frame without hydrogens gave bonds that only their absence explains."""
    return all(atom.GetAtomicNum() != 1 for atom in mol.GetAtoms()) and mol.HasSubstructMatch(_starved_carbon())


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


def _read_frame(index: int, frame: list[str], charge: int | None) -> ReadRow:
    comment = frame[1] if len(frame) > 1 else ""
    found = _CHARGE_IN_COMMENT.search(comment)
    if charge is not None:
        charges, source = [charge], "given"
    elif found:
        charges, source = [int(found[1])], "comment line"
    else:
        charges, source = list(_TRIED_CHARGES), "perceived"
    try:
        block = _normalize_block(frame)
        smiles, settled = run_limited(perceive_bonds, block, charges, seconds=FRAME_SECONDS)
    except AnyMolError as error:
        return ReadRow(index, comment or None, None, f"{error.message}{f'; {error.hint}' if error.hint else ''}")
    properties = {"charge": str(settled), "charge_source": source}
    return ReadRow(index, comment or None, str(smiles), properties=properties)


def _normalize_block(frame: list[str]) -> str:
    """Return the frame as a plain XYZ block: capitalised symbols, three coordinates, no further columns.

    Raises:
        ConformerError: A line is not of the form ``symbol x y z``, or their number is wrong.
    """
    if not frame[0].isdigit():
        raise ConformerError(f"the first line of an XYZ frame is the number of atoms, not '{frame[0][:40]}'")
    atoms = frame[2:]
    while atoms and not atoms[-1]:
        atoms = atoms[:-1]
    if int(frame[0]) != len(atoms):
        raise ConformerError(f"the frame announces {frame[0]} atoms and has {len(atoms)}")
    if not 0 < len(atoms) <= MAX_ATOMS:
        raise ConformerError(f"the frame has {len(atoms)} atoms", hint=f"1 to {MAX_ATOMS} are read")
    return "\n".join([frame[0], "", *map(_normalize_atom, atoms)]) + "\n"


def _normalize_atom(line: str) -> str:
    fields = line.split()
    try:
        x, y, z = (float(field.replace("D", "e").replace("d", "e")) for field in fields[1:4])
    except ValueError:
        raise ConformerError(f"an atom line reads 'symbol x y z', not '{line[:60]}'") from None
    table = Chem.GetPeriodicTable()
    try:
        with rdBase.BlockLogs():
            symbol = table.GetElementSymbol(int(fields[0])) if fields[0].isdigit() else fields[0].capitalize()
            table.GetAtomicNumber(symbol)
    except (RuntimeError, OverflowError):
        raise ConformerError(f"'{fields[0][:20]}' is not an element", hint="write isotopes as their element") from None
    if not all(abs(value) < 1e4 for value in (x, y, z)):
        raise ConformerError(f"a coordinate is beyond 10,000 angstrom or no number: '{line[:60]}'")
    return f"{symbol} {x:.6f} {y:.6f} {z:.6f}"
