"""What programs compute: properties of a structure, and the structure of a name; and how a model's number compares."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import rdkit

from anymol.calculations.calculation import Subject
from anymol.calculations.salts import note_parent
from anymol.chem.descriptors import DESCRIPTORS, compute_descriptor
from anymol.chem.name_reading import NameSource, read_name
from anymol.chem.names import find_names_of
from anymol.chem.naming import name_molecule
from anymol.chem.parsing import parse_smiles
from anymol.chem.unwritten import is_open
from anymol.errors import InvalidTaskInputError
from anymol.tasks.evidence import Evidence, PrecedentEvidence, ProgramEvidence
from anymol.tasks.task import Check, Computed, TaskInput, Value, say_unwritten
from anymol.version import __version__


def compute_property(name: str) -> Callable[[TaskInput], Computed]:
    """Return what computes a descriptor of the molecule asked about, rounded as it is printed.

    What is returned raises `InvalidSmilesError` where the molecule is invalid, and `InvalidTaskInputError` where it
    leaves a residue open.

    Args:
        name: Name of the descriptor; see :data:`anymol.chem.descriptors.DESCRIPTORS`.
    """
    evidence = ProgramEvidence("RDKit", rdkit.__version__, DESCRIPTORS[name].method)

    def compute(task_input: TaskInput) -> Computed:
        smiles = task_input.molecule or ""
        mol = parse_smiles(smiles)
        if is_open(mol):
            raise InvalidTaskInputError(
                f"the molecule leaves a residue open ('*'), so that it has no {name.replace('_', ' ')}",
                value=smiles,
                hint="write what stands there",
            )
        computed = compute_descriptor(name, mol)
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
        said = f"the answer differs by {difference:.4g} (allowed {tolerance})"
        detail = f"{computed.program} gives {computed.value}; {said}"
        return (Check("matches_computed", difference <= tolerance, detail),)

    return verify


def compute_structure(task_input: TaskInput) -> Computed:
    """Return the structure that the shipped dictionaries, else OPSIN, read in a name.

    Raises:
        UnknownNameError: Nothing reads it; near names are in the hint.
    """
    reading = read_name(task_input.text or "")
    evidence: Evidence = ProgramEvidence("py2opsin", _find_version("py2opsin"), "OPSIN, a grammar of systematic names")
    if reading.hit is not None:
        evidence = PrecedentEvidence(reading.hit.name, 1.0, reading.hit.source)
    elif reading.source is not NameSource.OPSIN:
        evidence = ProgramEvidence("anymol", __version__, reading.notes[0])
    return Computed(reading.smiles, reading.source.value, (evidence,), reading.notes, reading.doubts, reading.others)


def compute_name(task_input: TaskInput) -> Computed:
    """Return the systematic name of a molecule, and the names that the dictionaries have for it.

    Raises:
        UnnamedMoleculeError: The rules of naming do not cover it.
        MissingDependencyError: openclatura is not installed.
        TimeLimitError: Naming took too long.
    """
    smiles = task_input.molecule or ""
    evidence = ProgramEvidence("openclatura", _find_version("openclatura"), "rules of the IUPAC Blue Book")
    known = find_names_of(smiles)[:_SHOWN_NAMES]
    notes = (f"also called {', '.join(known)}",) if known else ()
    return Computed(name_molecule(smiles), str(evidence), (evidence,), notes)


_SHOWN_NAMES: Final = 3
"""Names of the dictionaries that are told beside a systematic one."""


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except ImportError:  # PackageNotFoundError: it lies on the path without its metadata
        return None
