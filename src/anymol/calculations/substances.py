"""Substances as people name them beside amounts: a formula, a name or a SMILES, and what a mole of it weighs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from rdkit import Chem

from anymol.calculations.calculation import Subject
from anymol.calculations.elements import ELEMENTS
from anymol.calculations.formulas import Species, read_formula
from anymol.calculations.makeup import count_elements, write_mol_formula
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.fragments import analyze_composition
from anymol.chem.names import find_name
from anymol.chem.parsing import try_parse_smiles
from anymol.errors import AnyMolError, InvalidSmilesError, UserError
from anymol.readers.resolve import MolType, resolve_molecule


@dataclass(frozen=True)
class Substance:
    """A substance of known composition.

    Attributes:
        name: As the question has it.
        formula: Its formula.
        mass: Average mass, g/mol.
        counts: Number of atoms of each element.
        charge: Its charge.
        note: How it was understood, where that is not obvious.
        smiles: Its SMILES; empty where only the formula is known.
    """

    name: str
    formula: str
    mass: float
    counts: Counter[str]
    charge: int = 0
    note: str = ""
    smiles: str = ""

    def __hash__(self) -> int:
        return hash((self.name, self.formula))


def note_mass(substance: Substance) -> str:
    """Return the line that tells which molar mass was used."""
    return f"{substance.name}: {substance.formula}, {substance.mass:.2f} g/mol"


_DIATOMIC = {"hydrogen": "H2", "oxygen": "O2", "nitrogen": "N2", "fluorine": "F2", "chlorine": "Cl2", "bromine": "Br2",
             "iodine": "I2"}  # fmt: skip
_FREE = re.compile(r"(?P<salt>.+?)[\s-]+free[\s-]+(?:acid|base)", re.IGNORECASE)
_ATOMS = re.compile(r"(?P<name>[A-Za-z]+)[\s-]+atoms?", re.IGNORECASE)
"""Atoms of an element, which may occur as molecules: 3 mol of oxygen atoms are 48 g."""
_MOLECULES = re.compile(r"(?P<name>.+?)\s+(?:molecules?|formula units?)", re.IGNORECASE)
_LETTERS_OF_SMILES = re.compile(r"(?:Br|Cl|[BCNOPSFI])+")


def find_substance(text: str, *, thorough: bool = True) -> Substance | None:
    """Return the substance that a text names; None where it names none.

    A formula is a formula (CO is carbon monoxide), letters that can only be a SMILES are one (CCO), and an element that
    occurs as molecules is its molecule (oxygen is O2).

    Args:
        text: The text.
        thorough: Whether systematic names are read too, which may take a second.
    """
    return _find(" ".join(text.split()), thorough)


@lru_cache(maxsize=2048)
def _find(text: str, thorough: bool) -> Substance | None:
    if not text:
        return None
    lowered = text.lower()
    if lowered in _DIATOMIC:
        return _from_species(text, read_formula(_DIATOMIC[lowered])[0])
    if (atoms := _ATOMS.fullmatch(text)) is not None:
        symbol = ELEMENTS.get(atoms["name"].lower(), atoms["name"])
        return _from_species(text, read_formula(symbol)[0]) if symbol in ELEMENTS.values() else None
    if (molecules := _MOLECULES.fullmatch(text)) is not None:
        found = _find(molecules["name"], thorough)
        return None if found is None else replace(found, name=text)
    if lowered in ELEMENTS:
        return _from_species(text, read_formula(ELEMENTS[lowered])[0])
    is_smiles = _is_smiles(text)
    written = None if is_smiles else _read_species(text)
    hit = find_name(text)
    if hit is not None:
        named = _from_smiles(text, hit.smiles)
        # A name first: NBS, DHT and TDF can be read as formulas too.
        return replace(written, smiles=hit.smiles) if written is not None and written.counts == named.counts else named
    if written is not None:
        return written
    if is_smiles:
        return _from_smiles(text, text)
    if (free := _FREE.fullmatch(text)) is not None:
        return _free(text, _find(free["salt"], thorough))
    if not thorough or not re.search(r"[A-Za-z]{3}", text):
        return None
    try:
        return _from_smiles(text, resolve_molecule(text, MolType.NAME).smiles)
    except AnyMolError:
        return None


def _free(text: str, salt: Substance | None) -> Substance | None:
    """Return the free acid or base of a salt, or of itself; None where it has none."""
    if salt is None or not salt.smiles:
        return None
    free = _from_smiles(text, analyze_composition(salt.smiles).parent_neutral)
    return free if free.counts["C"] and not free.charge else None


def _read_species(text: str) -> Substance | None:
    try:
        return _from_species(text, read_formula(text)[0])
    except UserError:
        return None


def find_species(name: str) -> Species | None:
    """Return what a name stands for in an equation; None where it names nothing."""
    found = find_substance(name)
    return None if found is None else Species(found.formula, found.counts, found.charge)


def from_subject(subject: Subject) -> Substance:
    """Return what a molecule is in an equation or a weighing: its formula, counts and charge."""
    return _from_smiles(subject.shown, subject.smiles)


def _is_smiles(text: str) -> bool:
    """Whether a text is a SMILES and no formula: `CCO`, not `CO` nor `CO2`."""
    if len(text) < 3 or isinstance(try_parse_smiles(text), InvalidSmilesError):
        return False
    return bool(re.search(r"[a-z@=#\[\]()\\/.]|\d", re.sub(r"Br|Cl", "", text))) or bool(
        _LETTERS_OF_SMILES.fullmatch(text)
    )


def _from_species(text: str, species: Species) -> Substance:
    return Substance(text, species.text, species.mass, species.counts, species.charge)


def _from_smiles(text: str, smiles: str) -> Substance:
    subject = Subject(smiles, text)
    mol = subject.mol
    return Substance(
        text,
        write_mol_formula(mol),
        float(compute_descriptor("molecular_weight", mol).value),
        count_elements(subject),
        Chem.GetFormalCharge(mol),
        smiles=smiles,
    )
