"""From what a person wrote to what a task is asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rdkit import Chem

from anymol.chem.formula import parse_formula, write_formula
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction import Reaction, is_reaction, join_molecules
from anymol.chem.written_reaction import has_arrow
from anymol.errors import AnyMolError, InvalidReactionError, InvalidTaskInputError
from anymol.inference.agreement import find_odd_masses, read_stated, require_agreement
from anymol.inference.given import SLOTS, refuse_unknown, wrap_record, write_molecule, write_path
from anymol.inference.molecule_reader import Doubt
from anymol.inference.reactions import ReadReaction, Resolve, fill_reaction, read_reaction, settle_roles
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.parts import find_modality, read_shown, states_no_bonds
from anymol.readers.paths import is_file
from anymol.readers.resolve import Molecule
from anymol.tasks.choices import read_choice
from anymol.tasks.prompt import ROLES, require_slots
from anymol.tasks.task import ReagentsState, Slot, Task, TaskInput
from anymol.unicode import require_unicode

Records = Sequence[RecordPart]
"""Graphs, geometries, pictures and spectra of the molecule asked about."""


@dataclass(frozen=True)
class ParsedInput:
    """What an input was understood as.

    Attributes:
        task_input: The task's slots, molecules canonical, as the training data write them.
        notes: How texts and records were understood, where that is not obvious.
        is_perceived: Whether bonds of its molecules were perceived from a geometry that does not state them.
    """

    task_input: TaskInput
    notes: tuple[str, ...] = ()
    is_perceived: bool = False


def read_input(
    task: Task, given: Any, text: str | None, resolve: Resolve, charge: int | None = None, *, files: bool = True
) -> ParsedInput:
    """Read what a task is asked about.

    A single text fills the task's main slot: a molecule in any form that `resolve` knows, a reaction, or the free text
    of a task without molecules. ``reactants>reagents>products`` may leave parts empty; of one dot-joined mixture, or a
    reaction in words, that is given to forward prediction the reagents are told from the reactants.

    Args:
        task: The task.
        given: What was given; see :data:`anymol.inference.given.Given`.
        text: The free part, where it is given beside a molecule; a row's own text comes first.
        resolve: Reads molecules.
        charge: Total charge, for records that are read from files of coordinates.
        files: Whether a text may be the path of a picture, spectrum or geometry.

    Raises:
        UserError: A slot is unknown, empty or does not parse, or a record shows another molecule than is written.
    """
    reader = _Reader(resolve, charge, files=files)
    match given:
        case TaskInput():
            found = reader.read_slots({name: getattr(given, name) for name in SLOTS}, text)
            told = {name: getattr(given, name) for name in ("transformation", "start", "records", "files")}
            found = replace(found, **told)
        case str():
            found = reader.read_text(task, given, text)
        case Path():
            found = _Reader(resolve).read_text(task, write_path(given), text)
        case Molecule() | Chem.Mol():
            # What it is has been settled: no file and no name is looked for under its notation.
            found = _Reader(lambda smiles: (smiles, None)).read_notation(task, write_molecule(given), text)
        case MolecularGraph() | Conformer() | MoleculeImage() | MassSpectrum() | InfraredSpectrum() | RecordPart():
            found = reader.read_mapping(task, {"records": given}, text)
        case Mapping():
            found = reader.read_mapping(task, given, text)
        case _:
            raise refuse_unknown(given)
    if text is not None and Slot.TEXT not in (*task.required, *task.optional):
        raise InvalidTaskInputError(f"task {task.name} takes no text", value=text, hint="leave 'text' out")
    if found.text is not None:
        require_unicode(found.text, "the text")
    found = _settle_text(task, found)
    require_slots(task, found)
    require_agreement(found)
    return reader.finish(found)


def read_question(
    task: Task,
    molecules: Sequence[str],
    text: str | None,
    resolve: Resolve,
    records: Records = (),
    formula: str | None = None,
    files: Sequence[str] = (),
    charge: int | None = None,
) -> ParsedInput:
    """Read what a free question is about, once the question has found its task.

    Args:
        task: The task.
        molecules: Molecules given with the question or standing in it; one of them may be a reaction.
        text: The free part of the question.
        resolve: Reads molecules.
        records: What else is given of the molecule asked about.
        formula: Its formula.
        files: Path of the file of each record; empty where they were read from none.
        charge: Total charge, where one of them is a file of coordinates.

    Raises:
        UserError: A molecule is wrong, there are more or fewer than the task asks about, or a record shows another.
    """
    reader = _Reader(resolve, charge)
    given = [one for one in molecules if one.strip()]
    if not given and (stated := read_stated(records)):
        # A file that states the structure names the molecule too, so that programs can compute what they define.
        given = [stated]
    found = add_records(task, reader.read_molecules(task, given, text), records, formula, files)
    found = _settle_text(task, found)
    require_slots(task, found)
    require_agreement(found)
    return reader.finish(found)


def _settle_text(task: Task, found: TaskInput) -> TaskInput:
    """Return an input whose text, where it is one of a list, is written as the list writes it, or is its default."""
    if not task.choices:
        return found
    return replace(found, text=read_choice(task, found.text) if found.text else task.default_choice)


def add_records(
    task: Task, task_input: TaskInput, records: Records, formula: str | None, files: Sequence[str] = ()
) -> TaskInput:
    """Return an input with the records of the molecule that its task asks about, and its formula.

    Args:
        task: The task.
        task_input: What is known of its input.
        records: What is given of the molecule.
        formula: Its formula.
        files: Path of the file of each record; empty where they were read from none.

    Raises:
        InvalidTaskInputError: The task asks about no molecule, takes no formula, or does not read such a record.
    """
    if formula is not None:
        if Slot.FORMULA not in task.optional:
            raise InvalidTaskInputError(f"task {task.name} takes no formula", value=formula, hint="leave it out")
        task_input = replace(task_input, formula=write_formula(parse_formula(formula)))
    if not records:
        return task_input
    slot = _find_shown(task)
    for part in records:
        if task.reads and part.modality not in task.reads:
            raise InvalidTaskInputError(
                f"task {task.name} does not read {part.modality} records", hint=_name_options(task)
            )
    shown = tuple(replace(part, role=ROLES[slot]) for part in records)
    return replace(
        task_input, records={**task_input.records, slot: shown}, files={**task_input.files, slot: tuple(files)}
    )


def make_input(
    task: Task,
    records: Records,
    smiles: str | None = None,
    formula: str | None = None,
    files: Sequence[str] = (),
) -> TaskInput:
    """Return the input of a task that is asked about the molecule of some records.

    Args:
        task: The task.
        records: What is given of the molecule.
        smiles: The molecule, where a record states it.
        formula: Its formula.
        files: Path of the file of each record; empty where they were read from none.

    Raises:
        InvalidTaskInputError: The task asks about no molecule, takes no formula, or does not read such a record.
    """
    written = _fill(TaskInput(), _find_shown(task), smiles)
    return add_records(task, written, records, formula, files)


def _name_options(task: Task) -> str:
    """Return how the records that a task reads are given."""
    return f"give {' or '.join(f'--{modality} FILE' for modality in task.reads)}"


def _find_shown(task: Task) -> Slot:
    """Return the slot whose molecule a record shows."""
    for slot in (Slot.MOLECULE, Slot.PRODUCTS, Slot.REACTANTS):
        if slot in task.required:
            return slot
    raise InvalidTaskInputError(f"task {task.name} is asked about words, not about a record", hint="give it as 'text'")


def _fill(task_input: TaskInput, slot: Slot, smiles: str | None) -> TaskInput:
    """Return an input with the molecule of one slot written."""
    match slot:
        case Slot.PRODUCTS:
            return replace(task_input, products=smiles)
        case Slot.REACTANTS:
            return replace(task_input, reactants=smiles)
        case _:
            return replace(task_input, molecule=smiles)


class _Reader:
    """Reads molecules and keeps the notes."""

    def __init__(self, resolve: Resolve, charge: int | None = None, *, files: bool = True) -> None:
        self._resolve = resolve
        self._charge = charge
        self._files = files
        self.notes: list[str] = []
        self._is_perceived = False

    def finish(self, found: TaskInput) -> ParsedInput:
        """Return what was understood, with the notes of its records.

        Raises:
            InvalidTaskInputError: A charge was given, and nothing takes it; or what is given is not of one molecule.
        """
        parts = [part for shown in found.records.values() for part in shown]
        odd = map(Doubt, find_odd_masses(found))
        notes = dict.fromkeys((*self.notes, *odd, *(note for part in parts for note in part.notes)))
        is_perceived = self._is_perceived or any(part.is_perceived for part in parts)
        if self._charge is not None and not is_perceived:
            raise InvalidTaskInputError(
                f"the charge {self._charge:+d} goes with a file of coordinates (xyz, pdb)", hint="leave it out"
            )
        return ParsedInput(found, tuple(notes), is_perceived)

    def molecule(self, written: str) -> str:
        smiles, note = self._resolve(written)
        self._is_perceived |= is_file(written) and states_no_bonds(written)
        if note is not None:
            self.notes.append(note)
        return smiles

    def read_text(self, task: Task, written: str, text: str | None) -> TaskInput:
        modality = _find_modality(written) if self._files else None
        # A drawing is read for any task about a molecule; what else shows none in writing is for recognition.
        is_drawing = modality is Modality.IMAGE and set(ROLES) & set(task.required)
        if modality is not None and (task.recognises or is_drawing):
            shown = read_shown(written, modality, charge=self._charge)
            return replace(make_input(task, shown.parts, shown.smiles, files=(written,)), text=text)
        return self.read_notation(task, written, text)

    def read_notation(self, task: Task, written: str, text: str | None) -> TaskInput:
        slots = task.required
        if task.recognises and Modality.GRAPH not in task.reads:
            raise InvalidTaskInputError(f"task {task.name} needs a picture", value=written, hint=_name_options(task))
        if task.recognises:
            # A structure that is written down is shown as its graph.
            smiles = self.molecule(written)
            is_perceived = self._is_perceived
            graphs = tuple(
                RecordPart(Modality.GRAPH, smiles=one, is_perceived=is_perceived) for one in smiles.split(".")
            )
            return TaskInput(molecule=smiles, records={Slot.MOLECULE: graphs})
        if task.asks_missing:
            return self.gapped(written)
        if Slot.MOLECULE in slots:
            return TaskInput(molecule=self.molecule(written), text=text)
        if Slot.REACTANTS in slots or Slot.PRODUCTS in slots:
            return replace(self.reaction(task, written), text=text)
        return TaskInput(text=written.strip() or text)

    def read_mapping(self, task: Task, given: Mapping[str, Any], text: str | None) -> TaskInput:
        unknown = sorted(str(name) for name in set(given) - SLOTS - {"records"})
        if unknown:
            raise InvalidTaskInputError(
                f"task {task.name} knows no '{unknown[0]}'",
                value=unknown[0],
                hint=f"known: {', '.join(sorted(SLOTS))}, records",
            )
        written = {name: write_given(value) for name, value in given.items() if name != "records" and value is not None}
        if Slot.FORMULA.value in written:
            written[Slot.FORMULA.value] = write_formula(parse_formula(written[Slot.FORMULA.value]))
        found = self.read_slots(written, text)
        records = given.get("records") or ()
        parts, files = wrap_records(records if isinstance(records, list | tuple) else [records], self._charge)
        if parts and (stated := read_stated(parts)) and not found.get(slot := _find_shown(task)):
            # A record that states the structure names the molecule too, so that programs can compute with it.
            found = _fill(found, slot, stated)
        return add_records(task, found, parts, None, files)

    def read_slots(self, slots: Mapping[str, str | None], text: str | None) -> TaskInput:
        for value in slots.values():
            if value is not None and not isinstance(value, str):
                raise refuse_unknown(value)

        def mixture(slot: Slot) -> str | None:
            written = slots.get(slot.value)
            return self.mixture(written) if written and written.strip() else None

        molecule = slots.get(Slot.MOLECULE.value)
        state = slots.get("reagents_state")
        try:
            reagents_state = ReagentsState(state) if state else None
        except ValueError:
            raise InvalidTaskInputError(
                f"'{state}' is not a state of reagents", value=state, hint=f"known: {', '.join(ReagentsState)}"
            ) from None
        return TaskInput(
            molecule=self.molecule(molecule) if molecule and molecule.strip() else None,
            reactants=mixture(Slot.REACTANTS),
            reagents=mixture(Slot.REAGENTS),
            products=mixture(Slot.PRODUCTS),
            text=slots.get(Slot.TEXT.value) or text,
            formula=slots.get(Slot.FORMULA.value) or None,
            reagents_state=reagents_state,
        )

    def read_molecules(self, task: Task, molecules: Sequence[str], text: str | None) -> TaskInput:
        if Slot.MOLECULE in task.required:
            if len(molecules) > 1:
                raise InvalidTaskInputError(
                    f"task {task.name} asks about one molecule, {len(molecules)} are given",
                    value=", ".join(molecules),
                    hint="ask about each by itself",
                )
            return TaskInput(molecule=self.molecule(molecules[0]) if molecules else None, text=text)
        if task.asks_missing:
            return self.gapped(molecules[0]) if len(molecules) == 1 else TaskInput()
        if Slot.REACTANTS not in task.required and Slot.PRODUCTS not in task.required:
            return TaskInput(text=text)
        return replace(self._read_reaction_of(task, molecules), text=text)

    def _read_reaction_of(self, task: Task, molecules: Sequence[str]) -> TaskInput:
        """Read the molecules of a question about a reaction."""
        if not molecules:
            return TaskInput()
        if len(molecules) == 1:
            return self.reaction(task, molecules[0])
        if Slot.PRODUCTS not in task.required:
            mixture = Reaction(tuple(self._join(molecules).split(".")), is_mixture=True)
            found = settle_roles(ReadReaction(mixture, substrate=self.mixture(molecules[0])))
            self.notes += found.notes
            return fill_reaction(TaskInput(), found.reaction)
        if Slot.REACTANTS not in task.required:
            return TaskInput(products=self._join(molecules))
        return TaskInput(reactants=self._join(molecules[:-1]), products=self.molecule(molecules[-1]))

    def _join(self, molecules: Sequence[str]) -> str:
        return canonicalize_smiles(".".join(self.mixture(one) for one in molecules))

    def mixture(self, written: str) -> str:
        """Read dot-joined molecules; a text that is none, such as a name or a file, is read as one molecule."""
        try:
            return canonicalize_smiles(written)
        except AnyMolError:
            return self.molecule(written)

    def gapped(self, written: str) -> TaskInput:
        """Read a reaction of which one part is missing."""
        if not (is_reaction(written) or has_arrow(written)):
            raise InvalidReactionError(
                "this is not a reaction", value=written, hint="write reactants>reagents>products"
            )
        reaction = self._read_reaction(written)
        reactants, reagents, products = (
            join_molecules(part) or None for part in (reaction.reactants, reaction.reagents, reaction.products)
        )
        return TaskInput(reactants=reactants, reagents=reagents, products=products)

    def reaction(self, task: Task, written: str) -> TaskInput:
        asks_products = Slot.PRODUCTS in task.required
        if not (is_reaction(written) or has_arrow(written)) and asks_products:
            if Slot.REACTANTS in task.required:
                raise InvalidReactionError(
                    f"task {task.name} needs a reaction", value=written, hint="write reactants>>products"
                )
            return TaskInput(products=self.molecule(written))
        reaction = self._read_reaction(written)
        products = join_molecules(reaction.products) or None
        if asks_products and Slot.REACTANTS not in task.required:
            return TaskInput(products=products)
        if products and not asks_products:
            self.notes.append(f"the given product {products} is not shown to the model")
        found = fill_reaction(TaskInput(products=products if asks_products else None), reaction)
        return replace(
            found,
            reagents=found.reagents if Slot.REAGENTS in task.optional else None,
            reagents_state=found.reagents_state if task.suffixes else None,
        )

    def _read_reaction(self, written: str) -> Reaction:
        """Read a reaction in any form, its roles settled."""
        found = settle_roles(read_reaction(written, self._resolve))
        self.notes += found.notes
        return found.reaction


def wrap_records(given: Sequence[Any], charge: int | None = None) -> tuple[Records, tuple[str, ...]]:
    """Return records as parts of a question, and the path of the file of each; no path where there was none.

    Args:
        given: Records, or paths of their files.
        charge: Total charge, for files of coordinates.

    Raises:
        InvalidTaskInputError: One is not a record.
        InvalidFileError: A file is missing, of another kind, or its record is bad.
    """
    parts: list[RecordPart] = []
    files: list[str] = []
    for one in given:
        shown, file = wrap_record(one, charge)
        parts += shown
        files += [file] * len(shown)
    return tuple(parts), tuple(files) if any(files) else ()


def write_given(value: Any) -> str:
    """Return what names a molecule, or fills a slot, as text.

    Raises:
        InvalidTaskInputError: It is nothing that can be written.
    """
    match value:
        case str():
            return value
        case Path():
            return write_path(value)
        case Molecule() | Chem.Mol():
            return write_molecule(value)
        case _:
            raise refuse_unknown(value)


def _find_modality(written: str) -> Modality | None:
    """Return what a text shows, where it is the path of a file that shows a molecule without writing it."""
    return find_modality(written) if is_file(written) else None
