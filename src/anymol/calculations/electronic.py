"""What atoms are said to be by the rules of structural formulas: hybridisation, oxidation states, electrons."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import name_atom
from anymol.calculations.elements import ELEMENTS, TABLE, name_element, order_elements
from anymol.calculations.makeup import count_elements, find_asked_elements, read_charge
from anymol.errors import UserError

_KINDS: Final = {
    Chem.HybridizationType.SP: "sp",
    Chem.HybridizationType.SP2: "sp2",
    Chem.HybridizationType.SP3: "sp3",
    Chem.HybridizationType.SP3D: "sp3d",
    Chem.HybridizationType.SP3D2: "sp3d2",
}
_ASKED_KIND: Final = re.compile(r"\bsp([23]?)(?![\w])")


def _hybridisation(asked: Inquiry) -> Result:
    mol = complete(asked.subjects[0])
    text = asked.words
    elements = find_asked_elements(asked)
    kinds = {f"sp{number}" for number in _ASKED_KIND.findall(text.lower())}
    parts = [
        Part(name_atom(mol, atom.GetIdx()), kind, None, (atom.GetIdx(),))
        for atom in mol.GetAtoms()
        if (kind := _KINDS.get(atom.GetHybridization())) is not None
        and atom.GetTotalDegree() > 0
        and (not elements or atom.GetSymbol() in elements)
    ]
    if not parts:
        what = " or ".join(map(name_element, elements)) or "bonded atom"
        raise UserError(
            f"there is no {what} whose hybridisation could be told",
            value=asked.subjects[0].smiles,
            hint="it is told of atoms that are bonded to others, and of hydrogen never",
        )
    smiles = asked.subjects[0].smiles
    if len(kinds) == 1:
        (kind,) = kinds
        counted = [part for part in parts if part.value == kind]
        what = f"{name_element(elements[0])}s" if len(elements) == 1 else "heavy atoms"
        listed = f" ({', '.join(part.label for part in counted)})" if counted else ""
        statement = f"Of the {len(parts)} {what} of {asked.shown}, {len(counted)} are {kind}{listed}."
        return Result(
            len(counted), str(len(counted)), statement, parts=tuple(counted), smiles=smiles, gives=Gives.NUMBER
        )
    said = ", ".join(f"{part.label} {part.value}" for part in parts)
    return Result(said, said, f"Hybridisation in {asked.shown}: {said}.", parts=tuple(parts), smiles=smiles)


HYBRIDISATION: Final = Calculation(
    name="hybridisation",
    title="hybridisation of atoms",
    words=("hybridisation", "hybridization", "sp2 carbon", "sp3 carbon", "sp carbon", "how many sp2", "how many sp3"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="RDKit's hybridisation: neighbours, bond orders and conjugation; an amide nitrogen is sp2",
    compute=_hybridisation,
    example=Example("What is the hybridisation of the nitrogen in pyridine?", ("c1ccncc1",), "N4 sp2"),
)


def _oxidation_states(asked: Inquiry) -> Result:
    mol = Chem.Mol(complete(asked.subjects[0]))
    rdMolDescriptors.CalcOxidationNumbers(mol)
    elements = find_asked_elements(asked)
    parts = tuple(
        Part(name_atom(mol, atom.GetIdx()), _sign(int(atom.GetProp("OxidationNumber"))), None, (atom.GetIdx(),))
        for atom in mol.GetAtoms()
        if not elements or atom.GetSymbol() in elements
    )
    if not parts:
        raise UserError(
            f"{asked.shown} has no {' or '.join(map(name_element, elements))}",
            value=asked.subjects[0].smiles,
            hint="ask about an element that it holds",
        )
    states: dict[str, Counter[str]] = {}
    for part in parts:
        states.setdefault(part.label.rstrip("0123456789"), Counter())[str(part.value)] += 1
    said = ", ".join(f"{symbol} {_list_states(states[symbol])}" for symbol in order_elements(dict.fromkeys(states, 1)))
    statement = f"Oxidation states in {asked.shown}: {said}."
    return Result(said, said, statement, parts=parts, smiles=asked.subjects[0].smiles)


def _sign(state: int) -> str:
    return f"{state:+d}" if state else "0"


def _list_states(counted: Counter[str]) -> str:
    if len(counted) == 1:
        return next(iter(counted))
    ordered = sorted(counted.items(), key=lambda pair: int(pair[0]))
    return " and ".join(f"{state} ({count})" if count > 1 else state for state, count in ordered)


OXIDATION_STATES: Final = Calculation(
    name="oxidation_states",
    title="oxidation states",
    words=("oxidation state", "oxidation number", "oxidation states of all atoms", "oxidation state of each atom"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="IUPAC 2016: the electrons of a bond are the more electronegative atom's; hydrogen not listed",
    compute=_oxidation_states,
    example=Example("What are the oxidation states in acetic acid?", ("CC(=O)O",), "C -3 and +3, O -2"),
)


def _electrons(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    counts, charge = count_elements(subject), read_charge(subject)
    notes: tuple[str, ...] = ()
    if (symbol := ELEMENTS.get(subject.name.lower())) is not None and set(counts) == {symbol}:
        # 'How many electrons has oxygen?' asks for those of its atom.
        notes = (f"an atom of {symbol} was counted" + (f", not {subject.smiles}" if counts[symbol] > 1 else ""),)
        counts = Counter({symbol: 1})
    numbers = {symbol: TABLE.GetAtomicNumber(symbol) for symbol in counts}
    total = sum(count * numbers[symbol] for symbol, count in counts.items()) - charge
    outer = sum(count * TABLE.GetNOuterElecs(symbol) for symbol, count in counts.items()) - charge
    parts = tuple(Part(symbol, counts[symbol] * numbers[symbol], "electrons") for symbol in order_elements(counts))
    wants_outer = re.search(r"\b(?:valence|outer|lewis)\b", asked.text, re.IGNORECASE) is not None
    value, kind = (outer, "valence electrons") if wants_outer else (total, "electrons")
    other = f"{total} electrons in all" if wants_outer else f"{outer} of them in the valence shells"
    return Result(value, str(value), f"{asked.shown} has {value} {kind} ({other}).", parts=parts, notes=notes)


ELECTRONS: Final = Calculation(
    name="electrons",
    title="electrons",
    words=(
        "number of electrons",
        "how many electron",
        "electron count",
        "valence electron",
        "how many valence electron",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method="atomic numbers less the charge; of main-group elements the outer shell counts as valence",
    compute=_electrons,
    exact=True,
    program=Program.ANYMOL,
    example=Example("How many electrons does ammonia have?", ("N",), "10"),
)  # fmt: skip
