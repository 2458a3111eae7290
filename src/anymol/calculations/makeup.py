"""What a subject is made of, from its structure or from its formula alone."""

from __future__ import annotations

import re
from collections import Counter

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.calculations.calculation import Inquiry, Subject, require_complete
from anymol.calculations.elements import find_elements
from anymol.chem.formula import count_formula, weigh_isotopes, write_formula
from anymol.modalities.adduct import ELECTRON


def count_elements(subject: Subject) -> Counter[str]:
    """Return the number of atoms of each element, hydrogens and isotopes among them.

    Raises:
        UserError: The structure leaves a residue open.
    """
    if subject.formula is not None:
        return Counter({"H" if symbol in ("D", "T") else symbol: n for symbol, n in subject.formula.counts.items()})
    counts: Counter[str] = Counter()
    for atom in require_complete(subject).GetAtoms():
        counts[atom.GetSymbol()] += 1
        counts["H"] += atom.GetTotalNumHs()
    return +counts


def count_isotopes(subject: Subject) -> Counter[str]:
    """Return the number of atoms of each element; labelled isotopes count by themselves, as ``[13C]``.

    Raises:
        UserError: The structure leaves a residue open.
    """
    if subject.formula is not None:
        return Counter(
            {{"D": "[2H]", "T": "[3H]"}.get(symbol, symbol): n for symbol, n in subject.formula.counts.items()}
        )
    mol = require_complete(subject)
    return count_formula(rdMolDescriptors.CalcMolFormula(mol, separateIsotopes=True, abbreviateHIsotopes=False))


def read_charge(subject: Subject) -> int:
    """Return the net charge in elementary charges, of a formula as it is written."""
    return subject.formula.charge if subject.formula is not None else int(Chem.GetFormalCharge(subject.mol))


def weigh_monoisotopic(subject: Subject) -> float:
    """Return the monoisotopic mass, Da, the electrons of its charge counted.

    Raises:
        UserError: The structure leaves a residue open.
    """
    if subject.formula is None:
        return float(rdMolDescriptors.CalcExactMolWt(require_complete(subject)))
    return weigh_isotopes(count_isotopes(subject)) - subject.formula.charge * ELECTRON


def write_subject_formula(subject: Subject) -> str:
    """Return the formula of a subject in Hill order with its charge; deuterium and tritium are D and T."""
    if subject.formula is not None:
        return write_formula(subject.formula.counts, subject.formula.charge)
    return write_mol_formula(require_complete(subject))


def write_mol_formula(mol: Chem.Mol) -> str:
    """Return the formula of a molecule in Hill order with its charge; deuterium and tritium are D and T."""
    counts = count_formula(rdMolDescriptors.CalcMolFormula(mol, separateIsotopes=True, abbreviateHIsotopes=True))
    return write_formula(counts, Chem.GetFormalCharge(mol))


def find_asked_elements(asked: Inquiry) -> tuple[str, ...]:
    """Return the symbols of the elements that a question names, by name or else by symbol where its molecule holds it.

    Raises:
        UserError: The structure leaves a residue open.
    """
    if named := find_elements(asked.words):
        return named
    held = count_elements(asked.subjects[0])
    written = re.findall(r"(?<![\w+-])([A-Z][a-z]?)(?![\w+-])", asked.words)
    return tuple(dict.fromkeys(symbol for symbol in written if symbol in held))


def list_components(mol: Chem.Mol) -> list[Chem.Mol]:
    """Return the covalently bound units of a salt or mixture."""
    return list(Chem.GetMolFrags(mol, asMols=True))
