"""How many bonds apart two atoms of a molecule are."""

from __future__ import annotations

import re
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.counts import count_phrase, name_atom
from anymol.errors import UserError

_NAMED = re.compile(
    r"\batoms? (?:number )?#?(\d{1,3})(?:,| and| to| from)+ (?:atom )?(?:number )?#?(\d{1,3})\b", re.IGNORECASE
)


def _shortest_path(asked: Inquiry) -> Result:
    mol = asked.mol
    first, last = _find_ends(mol, asked)
    path = Chem.GetShortestPath(mol, first, last)
    if not path:
        raise UserError(
            f"no path of bonds joins {name_atom(mol, first)} and {name_atom(mol, last)}",
            value=asked.subjects[0].smiles,
            hint="they are in different parts of the mixture",
        )
    count = len(path) - 1
    ends = f"{name_atom(mol, first)} and {name_atom(mol, last)}"
    route = "-".join(name_atom(mol, atom) for atom in path)
    statement = f"{ends} of {asked.shown} are {count_phrase(count, 'bond')} apart ({route})."
    parts = (Part("path", route, None, tuple(path)),)
    return Result(count, str(count), statement, parts=parts, smiles=asked.subjects[0].smiles)


def _find_ends(mol: Chem.Mol, asked: Inquiry) -> tuple[int, int]:
    """Return the two atoms: those that the question numbers, in the order of the SMILES from 1, or two open places.

    Raises:
        UserError: Which two are meant is not said, or they are not there.
    """
    smiles = asked.subjects[0].smiles
    named = _NAMED.search(asked.text.replace(smiles, " "))
    if named is not None:
        first, last = (int(number) - 1 for number in named.groups())
        if not (0 <= first < mol.GetNumAtoms() and 0 <= last < mol.GetNumAtoms() and first != last):
            raise UserError(
                f"the molecule has {mol.GetNumAtoms()} atoms, counted as they stand in the SMILES from 1",
                value=named.group(),
                hint="name two of them",
            )
        return first, last
    marked = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(marked) != 2:
        raise UserError(
            f"between which two atoms is not said: the structure marks {len(marked)} with *",
            value=smiles,
            hint="mark two with *, or say 'between atoms 1 and 7', counted as they stand in the SMILES",
        )
    return marked[0], marked[1]


SHORTEST_PATH: Final = Calculation(
    name="shortest_path",
    title="bonds on the shortest path",
    words=("shortest path", "topological distance", "bonds apart", "bond distance", "number of bonds between"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="shortest path in the graph of atoms and bonds, each bond counted once",
    compute=_shortest_path,
    exact=True,
    example=Example("How many bonds is the shortest path between the two dummy atoms?", ("*CCO*",), "4"),
)
