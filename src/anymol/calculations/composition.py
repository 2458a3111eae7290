"""What a molecule is made of: its formula, its masses, its atoms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from math import gcd
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Subject, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.elements import ELEMENTS, HALOGENS, TABLE, find_elements, name_element, order_elements
from anymol.calculations.makeup import (
    count_elements,
    count_isotopes,
    find_asked_elements,
    list_components,
    read_charge,
    weigh_monoisotopic,
    write_mol_formula,
    write_subject_formula,
)
from anymol.chem.descriptors import DESCRIPTORS, compute_descriptor
from anymol.chem.formula import weigh_isotope, write_formula
from anymol.errors import UserError

ASPIRIN: Final = "CC(=O)Oc1ccccc1C(=O)O"


def _formula(asked: Inquiry) -> Result:
    if "empirical" in asked.text.lower():
        return _empirical_formula(asked.subjects[0])
    formula = write_subject_formula(asked.subjects[0])
    notes = _note_composition(asked.subjects[0])
    return Result(formula, formula, f"The molecular formula of {asked.shown} is {formula}.", notes=notes)


def _empirical_formula(subject: Subject) -> Result:
    counts = count_elements(subject)
    divisor = reduce(gcd, counts.values())
    text = write_formula({symbol: count // divisor for symbol, count in counts.items()})
    whole = write_subject_formula(subject)
    return Result(text, text, f"The empirical formula of {subject.shown} is {text} (molecular formula {whole}).")


FORMULA: Final = Calculation(
    name="formula",
    title="molecular formula",
    words=(
        "formula", "molecular formula", "chemical formula", "sum formula", "brutto formula", "total formula",
        "empirical formula", "hill formula", "hill notation", "elemental formula",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="molecular formula in Hill order",
    compute=_formula,
    exact=True,
    example=Example("What is the molecular formula of aspirin?", (ASPIRIN,), "C9H8O4"),
)  # fmt: skip


def _average_mass(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    if subject.formula is not None:
        text = f"{subject.formula.mass:.2f}"
    else:
        text = compute_descriptor("molecular_weight", complete(subject)).text
    statement = f"The average molecular mass of {asked.shown} is {text} g/mol."
    return Result(float(text), text, statement, notes=_note_composition(subject))


AVERAGE_MASS: Final = Calculation(
    name="average_mass",
    title="average molecular mass",
    words=(
        "average mass", "average molecular mass", "average molecular weight", "molecular weight", "molar weight",
        "molecular mass", "molar mass", "formula weight", "formula mass", "relative molecular mass", "mw", "mol wt",
        "mol weight", "mol. wt.", "mol. wt", "mass", "weight", "weigh", "how heavy", "relative formula mass", "fw",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    unit="g/mol",
    method=DESCRIPTORS["molecular_weight"].method,
    task="molecular_weight",
    compute=_average_mass,
    example=Example("What is the molar mass of aspirin?", (ASPIRIN,), "180.16"),
)  # fmt: skip


def _monoisotopic_mass(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    text = f"{weigh_monoisotopic(subject):.4f}"
    charge = read_charge(subject)
    notes = _note_composition(subject)
    if charge:
        notes += (f"the charge of {charge:+d} is in it: its electrons are counted",)
    return Result(float(text), text, f"The monoisotopic mass of {asked.shown} is {text} Da.", notes=notes)


MONOISOTOPIC_MASS: Final = Calculation(
    name="monoisotopic_mass",
    title="monoisotopic mass",
    words=(
        "monoisotopic mass", "monoisotopic weight", "monoisotopic molecular weight", "monoisotopic molecular mass",
        "exact mass", "exact molecular mass", "exact molecular weight", "accurate mass", "monoisotopic",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    unit="Da",
    method="monoisotopic mass, of the most abundant isotope of each element",
    compute=_monoisotopic_mass,
    task="exact_mass",
    example=Example("What is the exact mass of aspirin?", (ASPIRIN,), "180.0423"),
)  # fmt: skip


def _nominal_mass(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mass = sum(_number_of(symbol) * count for symbol, count in count_isotopes(subject).items())
    notes = _note_composition(subject)
    return Result(mass, str(mass), f"The nominal mass of {asked.shown} is {mass} Da.", notes=notes)


def _number_of(symbol: str) -> int:
    """Return the mass number of an isotope, ``[13C]``, or of the most abundant one of an element, ``C``."""
    if symbol.startswith("["):
        return int("".join(filter(str.isdigit, symbol)))
    return int(TABLE.GetMostCommonIsotope(symbol))


NOMINAL_MASS: Final = Calculation(
    name="nominal_mass",
    title="nominal mass",
    words=("nominal mass", "integer mass", "nominal molecular mass", "nominal weight", "unit mass"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    unit="Da",
    method="sum of the mass numbers of the most abundant isotopes",
    compute=_nominal_mass,
    exact=True,
    example=Example("What is the nominal mass of aspirin?", (ASPIRIN,), "180"),
)


def _note_composition(subject: Subject) -> tuple[str, ...]:
    """Say what is counted where that is not one molecule."""
    if subject.formula is not None:
        return ()
    units = Counter(map(write_mol_formula, list_components(subject.mol)))
    if units.total() == 1:
        return ()
    return (f"of the whole: {', '.join(f'{count} {unit}' for unit, count in units.items())}",)


_WATER: Final = re.compile(r"\bwater\b", re.IGNORECASE)


def _weigh_water(asked: Inquiry, total: float, parts: tuple[Part, ...]) -> Result:
    """Return the share of the water of crystallisation."""
    pieces = [] if asked.subjects[0].formula is not None else asked.subjects[0].smiles.split(".")
    waters = sum(piece in ("O", "[OH2]") for piece in pieces)
    if not waters or waters == len(pieces):
        raise UserError(
            f"{asked.shown} holds no water of crystallisation",
            value=asked.shown,
            hint="ask about a hydrate, as in CuSO4·5H2O",
        )
    mass = waters * (2 * float(TABLE.GetAtomicWeight("H")) + float(TABLE.GetAtomicWeight("O")))
    text = f"{100.0 * mass / total:.2f}"
    statement = f"{asked.shown} is {text} % water by mass."
    return Result(float(text), text, statement, unit="% by mass", parts=parts, gives=Gives.NUMBER)


def _element_percentages(asked: Inquiry) -> Result:
    masses: dict[str, float] = {}
    for symbol, count in count_isotopes(asked.subjects[0]).items():
        labelled = symbol.startswith("[")
        element = symbol.strip("[]0123456789")
        weight = weigh_isotope(symbol) if labelled else float(TABLE.GetAtomicWeight(symbol))
        masses[element] = masses.get(element, 0.0) + count * weight
    total = sum(masses.values())
    shares = {symbol: 100.0 * masses[symbol] / total for symbol in order_elements(masses) if masses[symbol]}
    parts = tuple(Part(symbol, round(share, 2), "% by mass") for symbol, share in shares.items())
    if _WATER.search(asked.words):
        return _weigh_water(asked, total, parts)
    wanted = [symbol for symbol in find_asked_elements(asked) if symbol in shares]
    if len(wanted) == 1:
        (symbol,) = wanted
        text = f"{shares[symbol]:.2f}"
        statement = f"{asked.shown} is {text} % {name_element(symbol)} by mass."
        return Result(float(text), text, statement, unit="% by mass", parts=parts, gives=Gives.NUMBER)
    text = ", ".join(f"{symbol} {share:.2f} %" for symbol, share in shares.items())
    return Result(text, text, f"By mass, {asked.shown} is {text}.", parts=parts)


ELEMENT_PERCENTAGES: Final = Calculation(
    name="element_percentages",
    title="elemental composition by mass",
    words=(
        "elemental analysis", "element percentage", "elemental composition", "percent composition", "mass percent",
        "percentage composition", "mass percentage", "weight percent", "weight percentage", "mass fraction",
        "percent by mass", "percentage by mass", "percent by weight", "percentage by weight", "combustion analysis",
        "chn analysis", "chn", "chns", "elemental percentage", "composition by mass", "composition in percent",
        "elementary analysis", "percentage of each element", "percent of each element",
        *(f"{share} {name}" for name in ELEMENTS for share in ("percent", "percentage of", "%", "percentage")),
        *(f"percent of {name}" for name in ELEMENTS),
        *(f"{name} content" for name in ELEMENTS),
        *(f"{more} {name} by {how}" for name in ELEMENTS for more in ("more", "most", "less", "least")
          for how in ("mass", "weight")),
        *(f"share of {name}" for name in ELEMENTS),
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="shares of the average molecular mass",
    compute=_element_percentages,
    example=Example("What is the elemental analysis of aspirin?", (ASPIRIN,), "C 60.00 %, H 4.48 %, O 35.52 %"),
)  # fmt: skip


def _atom_counts(asked: Inquiry) -> Result:
    counts = count_elements(asked.subjects[0])
    parts = tuple(Part(symbol, counts[symbol]) for symbol in order_elements(counts))
    text = asked.words
    kind, wanted = _find_kind(text, counts)
    if len(wanted) == 1 or kind:
        count = sum(counts[symbol] for symbol in wanted)
        name = kind or name_element(wanted[0])
        statement = f"{asked.shown} has {count} {name} atom{'' if count == 1 else 's'}."
        return Result(count, str(count), statement, parts=parts, gives=Gives.NUMBER)
    shown = [f"{symbol} {counts[symbol]}" for symbol in (wanted or order_elements(counts))]
    total = counts.total()
    text = f"{total} atoms: {', '.join(shown)}" if not wanted else ", ".join(shown)
    return Result(text, text, f"{asked.shown} has {text}.", parts=parts)


def _find_kind(text: str, counts: Counter[str]) -> tuple[str, Sequence[str]]:
    """Return the kind of atoms that a question asks for, empty where it names elements, and their symbols."""
    if re.search(r"\bhalogens?\b", text, re.IGNORECASE):
        return "halogen", HALOGENS
    if re.search(r"\bhetero-? ?atoms?\b", text, re.IGNORECASE):
        return "hetero", [symbol for symbol in counts if symbol not in ("C", "H")]
    return "", find_elements(text)


ATOM_COUNTS: Final = Calculation(
    name="atom_counts",
    title="atoms of each element",
    words=(
        "atom count", "number of atoms", "how many atom", "atoms of each element", "count the atoms", "total atoms",
        "count of atoms", "number of each atom", "atom numbers",
        *(f"{ask} {name}" for name in ELEMENTS for ask in ("how many", "number of")),
        *(f"{more} {name}" for name in ELEMENTS for more in ("more", "most", "fewer", "fewest", "less", "least")),
        *(f"{ask} {name} atom" for name in ELEMENTS for ask in ("how many", "number of", "count the")),
        *(f"{name} {count}" for name in ELEMENTS for count in ("atom", "count", "atom count")),
        *(f"count the {name}" for name in ELEMENTS),
        "how many halogen", "how many halogen atom", "number of halogen", "number of halogen atoms", "halogen count",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="atoms counted, hydrogens among them",
    compute=_atom_counts,
    exact=True,
    example=Example("How many atoms of each element does aspirin have?", (ASPIRIN,), "21 atoms: C 9, H 8, O 4"),
)  # fmt: skip


def _heavy_atoms(asked: Inquiry) -> Result:
    mol = complete(asked.subjects[0])
    count = int(mol.GetNumHeavyAtoms())
    return Result(count, str(count), f"{asked.shown} has {count} heavy (non-hydrogen) atom{'' if count == 1 else 's'}.")


HEAVY_ATOMS: Final = Calculation(
    name="heavy_atoms",
    title="heavy atoms",
    words=(
        "heavy atom",
        "heavy atom count",
        "non hydrogen atom",
        "number of heavy atoms",
        "how many heavy atom",
        "hac",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=DESCRIPTORS["heavy_atoms"].method,
    compute=_heavy_atoms,
    exact=True,
    example=Example("How many heavy atoms does aspirin have?", (ASPIRIN,), "13"),
)


def _formal_charge(asked: Inquiry) -> Result:
    charge = read_charge(asked.subjects[0])
    mol = Chem.Mol() if asked.subjects[0].formula is not None else asked.mol
    parts = tuple(
        Part(f"{atom.GetSymbol()}{atom.GetIdx() + 1}", atom.GetFormalCharge(), "e", (atom.GetIdx(),))
        for atom in mol.GetAtoms()
        if atom.GetFormalCharge()
    )
    text = f"{charge:+d}" if charge else "0"
    charged = ", ".join(f"{part.label} {part.value:+d}" for part in parts)
    statement = f"The net charge of {asked.shown} is {text}{f' (charged atoms: {charged})' if parts else ''}."
    return Result(charge, text, statement, parts=parts, smiles=asked.subjects[0].smiles if parts else "")


FORMAL_CHARGE: Final = Calculation(
    name="formal_charge",
    title="net formal charge",
    words=(
        "formal charge", "net charge", "total charge", "overall charge", "charge", "net formal charge", "ionic charge",
        "charge state",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    unit="e",
    method=DESCRIPTORS["formal_charge"].method,
    compute=_formal_charge,
    exact=True,
    example=Example("What is the net charge of this molecule?", ("[NH3+]CC(=O)[O-]",), "0"),
)  # fmt: skip
