"""Calculations from Python: a name, molecules in any form, a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rdkit import Chem

from anymol.calculations.calculation import Calculation, Inquiry, Result, Subject
from anymol.calculations.formulas import is_formula
from anymol.calculations.table import get_calculation
from anymol.errors import AnyMolError, InvalidSmilesError, UnknownNameError
from anymol.readers.resolve import Molecule, WrittenForm, resolve_molecule

GivenMolecule = str | Path | Molecule | Chem.Mol
"""SMILES, SELFIES, InChI, a name, the path of a file, a `Molecule` or an RDKit molecule."""


def calculate(name: str, *molecules: GivenMolecule, text: str = "") -> Result:
    """Return what a program says of molecules.

    Args:
        name: Name of the calculation; see :data:`anymol.calculations.table.CALCULATIONS`.
        molecules: The molecules; of masses and compositions a formula will do.
        text: What else it reads: an adduct, the property of a ranking, a question about amounts, an equation.

    Raises:
        UnknownTaskError: There is no such calculation; the nearest are named.
        UserError: A molecule is wrong, there are more or fewer than it takes, or it has no such property.

    >>> calculate("formula", "caffeine").value
    'C8H10N4O2'
    >>> calculate("ion_mz", "CCO", text="[M+Na]+").text
    '69.0311'
    """
    calculation = get_calculation(name)
    return calculation.run(Inquiry(tuple(map(read_subject, molecules)), text))


@dataclass(frozen=True)
class Computed:
    """What several calculations say of the same molecules.

    Attributes:
        results: Name of a calculation -> what it found.
        errors: Name of a calculation -> why it found nothing.
        notes: How the molecules were understood.
    """

    results: Mapping[str, Result]
    errors: Mapping[str, AnyMolError]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return results and, where there are any, notes and errors, each with the name of its calculation."""
        shown: dict[str, Any] = {"results": [result.to_json() for result in self.results.values()]}
        if self.notes:
            shown["notes"] = list(self.notes)
        if self.errors:
            shown["errors"] = [{"name": name, **error.to_json()} for name, error in self.errors.items()]
        return shown


def calculate_all(
    chosen: Sequence[Calculation], molecules: Sequence[str], text: str = "", *, files: bool = True
) -> Computed:
    """Return what several calculations say of the same molecules.

    Args:
        chosen: The calculations.
        molecules: The molecules, in any form.
        text: What else they read; see :func:`calculate`.
        files: Whether a text may be the path of a file.

    Raises:
        UserError: Nothing reads a molecule, or the only calculation finds nothing.
    """
    subjects = [read_subject(molecule, files=files) for molecule in molecules]
    notes = tuple(dict.fromkeys(note for subject in subjects for note in subject.notes))
    inquiry = Inquiry(tuple(replace(subject, notes=()) for subject in subjects), text)
    results: dict[str, Result] = {}
    errors: dict[str, AnyMolError] = {}
    for one in chosen:
        try:
            results[one.name] = one.run(inquiry)
        except AnyMolError as error:
            if len(chosen) == 1:
                raise
            errors[one.name] = error
    return Computed(results, errors, notes)


def read_subject(given: GivenMolecule, *, files: bool = True) -> Subject:
    """Return what a calculation is about: a molecule, or a substance of which the formula is known.

    Args:
        given: The molecule, in any form.
        files: Whether a text may be the path of a file; what stands in a row of a table may not.

    Raises:
        UserError: Nothing reads it.
    """
    try:
        match given:
            case Molecule():
                found = given
            case str():
                found = resolve_molecule(given, files=files)
            case _:
                found = Molecule.parse(given)
    except (UnknownNameError, InvalidSmilesError):
        if isinstance(given, str) and is_formula(given):
            return Subject.from_formula(given.strip())
        raise
    return replace(as_subject(found), notes=(*found.doubts, *found.notes))


def as_subject(molecule: Molecule) -> Subject:
    """Return a molecule as a subject: with the atoms in the order given, and with its name where it has one.

    How it was understood is left to be told once for all that is asked about it.
    """
    named = molecule.origin in (WrittenForm.DICTIONARY, WrittenForm.OPSIN, WrittenForm.MODEL)
    return Subject(
        molecule.written or molecule.smiles,
        molecule.given if named else "",
        is_certain=not (molecule.doubts or molecule.is_perceived),
    )
