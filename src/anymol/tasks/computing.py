"""What programs compute: properties of a structure, and the structure of a name; and how a model's number compares."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import rdkit

from anymol.calculations.calculation import Subject
from anymol.calculations.salts import note_parent
from anymol.chem.descriptors import DESCRIPTORS, compute_descriptor
from anymol.chem.names import find_name
from anymol.chem.parsing import parse_smiles
from anymol.readers.resolve import MolType, WrittenForm, resolve_molecule
from anymol.tasks.evidence import Evidence, PrecedentEvidence, ProgramEvidence
from anymol.tasks.task import Check, Computed, TaskInput, Value, say_unwritten


def compute_property(name: str) -> Callable[[TaskInput], Computed]:
    """Return what computes a descriptor of the molecule asked about, rounded as it is printed.

    What is returned raises `InvalidSmilesError` where the molecule is invalid.

    Args:
        name: Name of the descriptor; see :data:`anymol.chem.descriptors.DESCRIPTORS`.
    """
    evidence = ProgramEvidence("RDKit", rdkit.__version__, DESCRIPTORS[name].method)

    def compute(task_input: TaskInput) -> Computed:
        smiles = task_input.molecule or ""
        computed = compute_descriptor(name, parse_smiles(smiles))
        notes = note_parent(Subject(smiles), lambda mol: compute_descriptor(name, mol).text)
        # Adding zero turns the -0.0 that a tiny negative LogP rounds to into 0.0.
        return Computed(float(computed.text) + 0.0, computed.program, (evidence,), notes)

    return compute


def verify_property(name: str, *, tolerance: float) -> Callable[[TaskInput, Value], tuple[Check, ...]]:
    """Return what compares a model's number with the descriptor that a program computes.

    Args:
        name: Name of the descriptor.
        tolerance: Largest difference that passes, in its unit.
    """
    compute = compute_property(name)

    def verify(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
        if not task_input.molecule:
            return (say_unwritten("matches_computed", "molecule"),)
        computed = compute(task_input)
        difference = abs(float(value) - float(computed.value))
        said = f"the answer differs by {difference:.2f} (allowed {tolerance})"
        detail = f"{computed.program} gives {computed.value}; {said}"
        return (Check("matches_computed", difference <= tolerance, detail),)

    return verify


def compute_structure(task_input: TaskInput) -> Computed:
    """Return the structure that the shipped dictionary, else OPSIN, reads in a name.

    Raises:
        UnknownNameError: Neither reads it.
    """
    name = task_input.text or ""
    molecule = resolve_molecule(name, MolType.NAME)
    evidence: Evidence = ProgramEvidence("py2opsin", _find_version("py2opsin"), "OPSIN, a grammar of systematic names")
    if molecule.origin is WrittenForm.DICTIONARY and (hit := find_name(name)) is not None:
        evidence = PrecedentEvidence(hit.name, 1.0, hit.source)
    return Computed(molecule.smiles, molecule.origin.value, (evidence,))


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except ImportError:  # PackageNotFoundError: it lies on the path without its metadata
        return None
