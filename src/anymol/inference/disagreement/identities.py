"""Structures and formulas compared with one another: which molecule is meant."""

from __future__ import annotations

from collections import Counter

from rdkit.Chem import rdMolDescriptors

from anymol.chem.formula import count_formula
from anymol.chem.keys import inchikey_block
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.inference.agreement import flatten
from anymol.inference.disagreement.comparison import Decided


def find_formula(smiles: str) -> str:
    """Return the formula of a structure in Hill order, isotopes apart.

    Raises:
        InvalidSmilesError: The SMILES is invalid.

    >>> find_formula("[2H]OC")
    'CH3[2H]O'
    """
    mol = parse_smiles(smiles)
    return str(rdMolDescriptors.CalcMolFormula(mol, separateIsotopes=True, abbreviateHIsotopes=False))


def is_same_molecule(one: str, other: str) -> bool:
    """Whether two structures have the same connectivity; tautomers that InChI does not tell apart are the same.

    Raises:
        InvalidSmilesError: One of them is invalid.
    """
    if flatten(one) == flatten(other):
        return True
    try:
        return inchikey_block(one) == inchikey_block(other)
    except InvalidSmilesError:  # InChI has no word for it
        return False


def compare_structures(one: str, other: str) -> Decided:
    """Compare two structures."""
    differ = not is_same_molecule(one, other)
    return Decided(differ, f"{one} and {other} are {'two molecules' if differ else 'one molecule'}")


def compare_formula(smiles: str, formula: str) -> Decided:
    """Compare a structure with a formula."""
    own = find_formula(smiles)
    return Decided(_count(own) != _count(formula), f"{smiles} is {own}, the formula given {formula}")


def compare_formulas(one: str, other: str) -> Decided:
    """Compare two formulas."""
    return Decided(_count(one) != _count(other), f"the formulas are {one} and {other}")


def _count(formula: str) -> Counter[str]:
    """Return the atoms of each element, isotopes counted as their element: a formula seldom names them."""
    counts: Counter[str] = Counter()
    for symbol, number in count_formula(formula).items():
        element = symbol.strip("[]").lstrip("0123456789")
        counts["H" if element in ("D", "T") else element] += number
    return counts
