"""From what a person wrote to what a task is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from anymol.chem.formula import parse_formula, write_formula
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction import parse_reaction
from anymol.errors import AnyMolError, InvalidReactionError, InvalidTaskInputError
from anymol.inference.agreement import read_stated, require_agreement
from anymol.modalities.content import ConformerPart, GraphPart, ImagePart, IrPart, Ms2Part, RecordPart
from anymol.modalities.modality import Modality
from anymol.readers.parts import find_modality, read_shown
from anymol.tasks.prompt import ROLES, require_slots
from anymol.tasks.task import AnswerKind, ReagentsState, Slot, Task, TaskInput

Written = str | Mapping[str, str] | TaskInput
"""What a task may be given: one text, its slots by name, or the finished record."""

Resolve = Callable[[str], tuple[str, str | None]]
"""Text that names a molecule -> canonical SMILES and, where it is not obvious, how it was understood."""

Records = Sequence[GraphPart | RecordPart]
"""Graphs, geometries, pictures and spectra of the molecule asked about."""

_FIELDS = frozenset(field.name for field in fields(TaskInput)) - {"records"}


@dataclass(frozen=True)
class Understood:
    """What an input was understood as.

    Attributes:
        task_input: The task's slots, molecules canonical, as the training data write them.
        notes: How texts were understood, where that is not obvious.
    """

    task_input: TaskInput
    notes: tuple[str, ...] = ()


def show_input(written: Written) -> str | Mapping[str, str]:
    """Return an input in the form in which an answer repeats it."""
    if isinstance(written, TaskInput):
        shown = {name: str(value) for name in sorted(_FIELDS) if (value := getattr(written, name)) is not None}
        records = [_name_record(part) for parts in written.records.values() for part in parts]
        return {**shown, "records": ", ".join(records)} if records else shown
    return written if isinstance(written, str) else dict(written)


def read_input(task: Task, written: Written, text: str | None, resolve: Resolve) -> Understood:
    """Read what a task is asked about.

    A single text fills the task's main slot: a molecule in any form that `resolve` knows, a reaction, or the free text
    of a task without molecules. ``reactants>reagents>products`` may leave parts empty; one dot-joined mixture given to
    forward prediction means that its reagents are among it.

    Args:
        task: The task.
        written: What was written.
        text: The free part, where it is given beside a molecule; a row's own text comes first.
        resolve: Reads molecules.

    Raises:
        UserError: A slot is unknown, empty or does not parse, or a record shows another molecule than is written.
    """
    reader = _Reader(resolve)
    match written:
        case TaskInput():
            found = reader.read_slots({name: getattr(written, name) for name in _FIELDS}, text)
            found = replace(found, records=written.records)
        case str():
            found = reader.read_text(task, written, text)
        case _:
            found = reader.read_mapping(task, written, text)
    if text is not None and Slot.TEXT not in (*task.required, *task.optional):
        raise InvalidTaskInputError(f"task {task.name} takes no text", value=text, hint="leave --text out")
    require_slots(task, found)
    require_agreement(found)
    return Understood(found, tuple(reader.notes))


def read_question(
    task: Task,
    molecules: Sequence[str],
    text: str | None,
    resolve: Resolve,
    records: Records = (),
    formula: str | None = None,
) -> Understood:
    """Read what a free question is about, once the question has found its task.

    Args:
        task: The task.
        molecules: Molecules given with the question or standing in it; one of them may be a reaction.
        text: The free part of the question.
        resolve: Reads molecules.
        records: What else is given of the molecule asked about.
        formula: Its formula.

    Raises:
        UserError: A molecule is wrong, there are more or fewer than the task asks about, or a record shows another.
    """
    reader = _Reader(resolve)
    given = [one for one in molecules if one.strip()]
    if not given and (stated := read_stated(records)):
        # A file that states the structure names the molecule too, so that programs can compute what they define.
        given = [stated]
    found = add_records(task, reader.read_molecules(task, given, text), records, formula)
    require_slots(task, found)
    require_agreement(found)
    return Understood(found, tuple(reader.notes))


def add_records(task: Task, task_input: TaskInput, records: Records, formula: str | None) -> TaskInput:
    """Return an input with the records of the molecule that its task asks about, and its formula.

    Raises:
        InvalidTaskInputError: The task asks about no molecule, or takes no formula.
    """
    if formula is not None:
        if Slot.FORMULA not in task.optional:
            raise InvalidTaskInputError(f"task {task.name} takes no formula", value=formula, hint="leave it out")
        task_input = replace(task_input, formula=write_formula(parse_formula(formula)))
    if not records:
        return task_input
    slot = _find_shown(task)
    if task.answer is AnswerKind.REACTION and not all(isinstance(part, ImagePart) for part in records):
        raise InvalidTaskInputError(f"task {task.name} reads pictures only", hint="give --image FILE")
    shown = tuple(replace(part, role=ROLES[slot]) for part in records)
    return replace(task_input, records={**task_input.records, slot: shown})


def make_input(task: Task, records: Records, smiles: str | None = None, formula: str | None = None) -> TaskInput:
    """Return the input of a task that is asked about the molecule of some records.

    Args:
        task: The task.
        records: What is given of the molecule.
        smiles: The molecule, where a record states it.
        formula: Its formula.

    Raises:
        InvalidTaskInputError: The task asks about no molecule, or takes no formula.
    """
    slot = _find_shown(task)
    written = TaskInput(
        molecule=smiles if slot is Slot.MOLECULE else None,
        products=smiles if slot is Slot.PRODUCTS else None,
        reactants=smiles if slot is Slot.REACTANTS else None,
    )
    return add_records(task, written, records, formula)


def _find_shown(task: Task) -> Slot:
    """Return the slot whose molecule a record shows."""
    for slot in (Slot.MOLECULE, Slot.PRODUCTS, Slot.REACTANTS):
        if slot in task.required:
            return slot
    raise InvalidTaskInputError(f"task {task.name} is asked about words, not about a record", hint="use --text")


class _Reader:
    """Reads molecules and keeps the notes."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self.notes: list[str] = []

    def molecule(self, written: str) -> str:
        smiles, note = self._resolve(written)
        if note is not None:
            self.notes.append(note)
        return smiles

    def read_text(self, task: Task, written: str, text: str | None) -> TaskInput:
        slots = task.required
        modality = _find_modality(written)
        # A drawing is read for any task about a molecule; what else shows none in writing is for recognition.
        if modality is not None and (task.hides_notation or (modality is Modality.IMAGE and set(ROLES) & set(slots))):
            shown = read_shown(written, modality)
            self.notes += [shown.note] if shown.note else []
            return replace(make_input(task, shown.parts, shown.smiles), text=text)
        if task.hides_notation and task.answer is not AnswerKind.MOLECULE:
            raise InvalidTaskInputError(f"task {task.name} needs a picture", value=written, hint="give --image FILE")
        if task.hides_notation:
            # A structure that is written down is shown as its graph.
            smiles = self.molecule(written)
            graphs = tuple(GraphPart(one) for one in smiles.split("."))
            return TaskInput(molecule=smiles, records={Slot.MOLECULE: graphs})
        if task.asks_missing:
            return self.gapped(written)
        if Slot.MOLECULE in slots:
            return TaskInput(molecule=self.molecule(written), text=text)
        if Slot.REACTANTS in slots or Slot.PRODUCTS in slots:
            return self.reaction(task, written)
        return TaskInput(text=written.strip() or text)

    def read_mapping(self, task: Task, written: Mapping[str, str], text: str | None) -> TaskInput:
        unknown = sorted(set(written) - _FIELDS)
        if unknown:
            raise InvalidTaskInputError(
                f"task {task.name} knows no '{unknown[0]}'",
                value=unknown[0],
                hint=f"known: {', '.join(sorted(_FIELDS))}",
            )
        return self.read_slots(written, text)

    def read_slots(self, slots: Mapping[str, str | None], text: str | None) -> TaskInput:
        def mixture(slot: Slot) -> str | None:
            written = slots.get(slot.value)
            return self.mixture(written) if written and written.strip() else None

        molecule = slots.get(Slot.MOLECULE.value)
        state = slots.get("reagents_state")
        try:
            reagents_state = ReagentsState(state) if state else None
        except ValueError:
            raise InvalidTaskInputError(
                f"'{state}' is no state of reagents", value=state, hint=f"known: {', '.join(ReagentsState)}"
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
        if not molecules:
            return TaskInput()
        if len(molecules) == 1:
            return self.reaction(task, molecules[0])
        if Slot.PRODUCTS not in task.required:
            return TaskInput(reactants=self._join(molecules), reagents_state=ReagentsState.MIXED)
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
        reaction = parse_reaction(written)
        if reaction.is_mixture:
            raise InvalidReactionError("this is no reaction", value=written, hint="write reactants>reagents>products")
        reactants, reagents, products = (
            ".".join(sorted(part)) or None for part in (reaction.reactants, reaction.reagents, reaction.products)
        )
        return TaskInput(reactants=reactants, reagents=reagents, products=products)

    def reaction(self, task: Task, written: str) -> TaskInput:
        if ">" not in written:
            if Slot.REACTANTS in task.required and Slot.PRODUCTS in task.required:
                raise InvalidReactionError(
                    f"task {task.name} needs a reaction", value=written, hint="write reactants>>products"
                )
            if Slot.PRODUCTS in task.required:
                return TaskInput(products=self.molecule(written))
            return TaskInput(reactants=self.mixture(written), reagents_state=ReagentsState.MIXED)
        reaction = parse_reaction(written)
        reactants, reagents, products = (
            ".".join(sorted(part)) or None for part in (reaction.reactants, reaction.reagents, reaction.products)
        )
        state = ReagentsState.SEPARATED if reagents else ReagentsState.DROPPED
        asks_products = Slot.PRODUCTS in task.required
        if products and not asks_products:
            self.notes.append(f"the given product {products} is not shown to the model")
        if asks_products and Slot.REACTANTS not in task.required:
            return TaskInput(products=products)
        return TaskInput(
            reactants=reactants,
            reagents=reagents if Slot.REAGENTS in task.optional else None,
            products=products if asks_products else None,
            reagents_state=state if task.suffixes else None,
        )


def _name_record(part: GraphPart | RecordPart) -> str:
    match part:
        case GraphPart():
            return f"graph of {part.smiles}"
        case ConformerPart():
            return repr(part.conformer)
        case ImagePart():
            return repr(part.image)
        case Ms2Part() | IrPart():
            return repr(part.spectrum)


def _find_modality(written: str) -> Modality | None:
    """Return what a text shows, where it is the path of a file that shows a molecule without writing it."""
    try:
        is_file = Path(written).is_file()
    except (OSError, ValueError):  # too long for a path, or with a character that none holds
        return None
    return find_modality(written) if is_file else None
