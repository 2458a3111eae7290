"""What a caller may hand over as an input, and how an answer repeats it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from rdkit import Chem

from anymol.errors import AnyMolError, InvalidFileError, InvalidTaskInputError, shorten
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RECORDS, Record, RecordPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.parts import find_modality, read_shown
from anymol.readers.paths import is_file
from anymol.readers.resolve import Molecule, write_mol
from anymol.tasks.task import TaskInput

GivenRecord = Record | RecordPart | Path | str
"""A record, a part of a question that holds one, or the path of a file of one."""

Given = str | Path | Molecule | Chem.Mol | Record | RecordPart | Mapping[str, Any] | TaskInput
"""An input: a text in any form, a file, a molecule, a record, slots by name, or the finished record of a question."""

GIVEN_TYPES: Final = (str, Path, Molecule, Chem.Mol, Mapping, TaskInput, RecordPart, *RECORDS.values())
"""Types of one input; whatever else can be iterated is a list of inputs."""

SLOTS: Final = frozenset(field.name for field in fields(TaskInput)) - {"records", "files", "transformation", "start"}
"""Names of the slots that are written."""

_ACCEPTED: Final = "a text, a Path, a Molecule, an RDKit Mol, a record, or a mapping of slots"


def require_list(name: str, given: Any, *, instead: str = "") -> None:
    """Refuse one input where a list of inputs is meant: a text would be taken letter by letter.

    Args:
        name: What the argument is called.
        given: What was given.
        instead: What to call for a single input, where that is something else.

    Raises:
        InvalidTaskInputError: It is one input, or cannot be iterated.
    """
    if isinstance(given, GIVEN_TYPES) or not isinstance(given, Iterable):
        one = f"[{given!r}]" if isinstance(given, str) else f"[{type(given).__name__}]"
        raise InvalidTaskInputError(
            f"{name} must be a list, not a single {type(given).__name__}",
            value=given,
            hint=f"write {name}={shorten(one)}{instead}",
        )


def refuse_unknown(given: Any) -> AnyMolError:
    """Return the error of an input that is nothing of what can be read."""
    return InvalidTaskInputError(
        f"a {type(given).__name__} cannot be read as an input", value=given, hint=f"give {_ACCEPTED}"
    )


def write_molecule(given: Molecule | Chem.Mol) -> str:
    """Return the canonical SMILES of a molecule that is given as an object.

    Raises:
        InvalidSmilesError: RDKit cannot write it.
    """
    return given.smiles if isinstance(given, Molecule) else write_mol(given)


def write_path(path: Path) -> str:
    """Return the path of a file as text.

    Raises:
        InvalidFileError: There is no such file.
    """
    if not is_file(path):
        raise InvalidFileError("there is no such file", value=path, hint="check the path")
    return str(path)


def wrap_record(given: Any, charge: int | None = None) -> tuple[tuple[RecordPart, ...], str]:
    """Return a record as parts of a question, and the path of the file it was read from; empty where it was none.

    Args:
        given: The record, or the path of its file.
        charge: Total charge, for files of coordinates.

    Raises:
        InvalidTaskInputError: It is not a record.
        InvalidFileError: The file is missing, of another kind, or its record is bad.
    """
    match given:
        case RecordPart():
            return (given,), ""
        case Conformer():
            return (RecordPart(Modality.CONFORMER, given, smiles=given.smiles),), ""
        case MolecularGraph() | MoleculeImage() | MassSpectrum() | InfraredSpectrum():
            modality = next(one for one, kind in RECORDS.items() if isinstance(given, kind))
            return (RecordPart(modality, given),), ""
        case Path() | str():
            path = write_path(Path(given))
            return read_shown(path, find_modality(path) or Modality.GRAPH, charge=charge).parts, path
        case _:
            raise InvalidTaskInputError(
                f"a {type(given).__name__} is not a record",
                value=given,
                hint="give a Conformer, MoleculeImage, MassSpectrum, InfraredSpectrum, or the path of a file",
            )


def show_input(given: Any) -> str | Mapping[str, str]:
    """Return an input in the form in which an answer repeats it."""
    match given:
        case str():
            return given
        case Path():
            return str(given)
        case Molecule():
            return given.given
        case Chem.Mol():
            try:
                return write_molecule(given)
            except AnyMolError:
                return "an RDKit Mol"
        case TaskInput():
            shown = {name: str(value) for name in sorted(SLOTS) if (value := getattr(given, name)) is not None}
            records = [_name_record(part) for parts in given.records.values() for part in parts]
            return {**shown, "records": ", ".join(records)} if records else shown
        case Mapping():
            return {str(name): _show_value(value) for name, value in given.items()}
        case _:
            return _show_value(given)


def _show_value(value: Any) -> str:
    shown = show_input(value) if isinstance(value, str | Path | Molecule | Chem.Mol) else None
    if isinstance(shown, str):
        return shown
    if isinstance(value, list | tuple):
        return ", ".join(map(_show_value, value))
    return _name_record(value)


def _name_record(part: Any) -> str:
    match part:
        case RecordPart(modality=Modality.GRAPH):
            return f"graph of {part.smiles}"
        case RecordPart():
            return repr(part.record)
        case _:
            return shorten(repr(part))
