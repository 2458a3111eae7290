"""How many signals a proton or carbon spectrum can show, by the symmetry of the structure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase, name_atom
from anymol.chem.equivalent_atoms import group_equivalent
from anymol.errors import UserError

_CARBON: Final = re.compile(r"\b13 ?-?c\b|\bcarbons?\b|\bc-?13\b", re.IGNORECASE)


def _nmr_signals(asked: Inquiry) -> Result:
    mol = Chem.AddHs(complete(asked.subjects[0]))
    of_carbon = _CARBON.search(asked.words) is not None
    element, symbol = ("carbon", "C") if of_carbon else ("hydrogen", "H")
    kinds = group_equivalent(mol, 6 if of_carbon else 1)
    if not kinds:
        raise UserError(
            f"there is no {element} in it", value=asked.subjects[0].smiles, hint="ask about another nucleus"
        )
    parts = tuple(sorted((_describe(mol, kind, symbol) for kind in kinds), key=lambda part: part.atoms))
    places = Counter(part.label for part in parts)
    listed = ", ".join(f"{part.label} ({part.value})" for part in parts)
    count = len(kinds)
    statement = f"{asked.shown} has {count_phrase(count, f'kind of {element}', f'kinds of {element}')}: {listed}."
    notes = ["counted by symmetry: signals may coincide, and hydrogens on N, O and S may exchange"]
    if any(number > 1 for number in places.values()):
        notes.append("hydrogens of one carbon that count apart are diastereotopic")
    return Result(count, str(count), statement, parts=parts, notes=tuple(notes), smiles=asked.subjects[0].smiles)


def _describe(mol: Chem.Mol, kind: tuple[int, ...], symbol: str) -> Part:
    """Return the line of a class of atoms: hydrogens by the atoms that bear them."""
    atoms = [mol.GetAtomWithIdx(one) for one in kind]
    bearers = [one if symbol == "C" or not one.GetDegree() else one.GetNeighbors()[0] for one in atoms]
    places = tuple(dict.fromkeys(one.GetIdx() for one in bearers))
    return Part(name_atom(mol, places[0]), f"{len(kind)} {symbol}", None, places)


NMR_SIGNALS: Final = Calculation(
    name="nmr_signals",
    title="kinds of hydrogen or carbon",
    words=(
        "nmr signal", "nmr peak", "proton signal", "carbon signal", "kinds of hydrogen", "types of hydrogen",
        "different hydrogen", "equivalent hydrogen", "chemically distinct hydrogen", "nmr resonance", "kinds of proton",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="the substitution test: diastereotopic atoms count apart, enantiotopic ones together",
    compute=_nmr_signals,
    program=Program.ANYMOL,
    example=Example("How many proton NMR signals does ethyl acetate have?", ("CCOC(C)=O",), "3"),
)  # fmt: skip
