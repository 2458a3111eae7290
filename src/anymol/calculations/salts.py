"""What to say of properties of a salt: they are of the whole, and a chemist mostly means the drug in it."""

from __future__ import annotations

from collections.abc import Callable

from rdkit import Chem

from anymol.calculations.calculation import Subject
from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles
from anymol.errors import UserError


def note_parent(subject: Subject, write: Callable[[Chem.Mol], str]) -> tuple[str, ...]:
    """Say what a property is for the parent of a salt or mixture alone; nothing of a single molecule.

    Args:
        subject: The molecule.
        write: The property of a molecule, as it is printed.
    """
    found = analyze_composition(subject.smiles)
    if found.is_single:
        return ()
    parent = parse_smiles(found.parent_neutral)
    if all(atom.GetAtomicNum() != 6 for atom in parent.GetAtoms()):
        return ()  # of sodium chloride nobody means the hydrogen chloride in it
    try:
        value = write(parent)
    except UserError:
        return ("of the whole",)
    return (f"of the whole, counter-ions among it; for {found.parent_neutral} alone it is {value}",)
