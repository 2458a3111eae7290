"""Drawings among the records of a question, read atom by atom instead of left to the language model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from anymol.chem.reaction import canonicalize_reaction
from anymol.errors import InvalidTaskInputError
from anymol.inference.answers import Answer, Method
from anymol.inference.inputs import Understood
from anymol.modalities.content import ImagePart
from anymol.modalities.image import MoleculeImage
from anymol.tasks.prompt import ROLES
from anymol.tasks.task import AnswerKind, ReagentsState, Slot, Task, TaskInput

SURE_ENOUGH: Final = 0.05
"""A reading less probable than this is not gone on with: what follows from it would be about another molecule."""


@dataclass(frozen=True)
class ReadDrawing:
    """What a drawing shows.

    Attributes:
        smiles: Canonical SMILES of all molecules on it, dot-joined.
        probability: Probability that they are exactly right; None where it was not fitted.
        program: Who read it, and how much there was to read.
    """

    smiles: str
    probability: float | None
    program: str


def read_drawing(image: MoleculeImage) -> ReadDrawing | None:
    """Return the molecules of a drawing; None where none can be made out."""
    from anymol.recognition.recogniser import DrawingRecogniser  # needs torch, which computed answers do without

    recogniser = DrawingRecogniser.load()
    reading = recogniser.read(image.pixels)
    if reading.assembled is None:
        return None
    seen = f"drawing reader: {len(reading.atoms)} atoms and labels, {len(reading.bonds)} bonds"
    return ReadDrawing(reading.assembled.smiles, recogniser.judge(reading), seen)


def read_drawn_reaction(image: MoleculeImage) -> ReadDrawing | None:
    """Return the reaction of a drawn scheme; None where no arrow stands between molecules."""
    from anymol.recognition.recogniser import DrawingRecogniser
    from anymol.recognition.scheme import write_scheme

    reading = DrawingRecogniser.load().read(image.pixels)
    scheme = write_scheme(image.pixels, reading)
    if scheme is None:
        return None
    # Words over the arrow may name reagents that are then missing, so no probability is claimed.
    return ReadDrawing(canonicalize_reaction(scheme), None, "drawing reader: structures and arrow; words are not read")


def answer_from_drawing(task: Task, task_input: TaskInput) -> Answer | None:
    """Return what a drawing shows, where that is the question; None where there is no drawing or nothing on it."""
    images = [part.image for parts in task_input.records.values() for part in parts if isinstance(part, ImagePart)]
    if not task.hides_notation or not images:
        return None
    match task.answer:
        case AnswerKind.MOLECULE:
            drawing = read_drawing(images[0])
        case AnswerKind.REACTION:
            drawing = read_drawn_reaction(images[0])
        case _:
            return None
    if drawing is None:
        return None
    return Answer(
        drawing.smiles,
        drawing.smiles,
        task.answer,
        Method.READ,
        program=drawing.program,
        probability=drawing.probability,
        calibrated=drawing.probability is not None,
    )


def write_drawn(task: Task, understood: Understood) -> Understood:
    """Return an input in which drawn molecules are written, where the task asks about more than what they are.

    A drawing that was read is not shown to the model any more: its notation says the same, and is read better.

    Raises:
        InvalidTaskInputError: The drawing leaves residues open.
    """
    if task.hides_notation:
        return understood
    found, notes = understood.task_input, list(understood.notes)
    for slot in ROLES:
        parts = found.records.get(slot, ())
        images = [part.image for part in parts if isinstance(part, ImagePart)]
        if not images or found.get(slot):
            continue
        drawing = read_drawing(images[0])
        if drawing is None or (drawing.probability is not None and drawing.probability < SURE_ENOUGH):
            notes.append("the drawing could not be read as a structure; it is shown to the model as it is")
            continue
        if "*" in drawing.smiles:
            raise InvalidTaskInputError(
                "the drawing leaves residues (R, X, ...) open", value=drawing.smiles, hint="write them out"
            )
        sure = "" if drawing.probability is None else f", probability {drawing.probability:.2f}"
        notes.append(f"the drawing was read as {drawing.smiles}{sure}")
        left = tuple(part for part in parts if not isinstance(part, ImagePart))
        records = {name: kept for name, kept in {**found.records, slot: left}.items() if kept}
        found = _write(replace(found, records=records), slot, drawing.smiles)
    return Understood(found, tuple(notes))


def _write(task_input: TaskInput, slot: Slot, smiles: str) -> TaskInput:
    match slot:
        case Slot.REACTANTS:
            # Who draws what reacts draws the reagents with it, or says them.
            state = task_input.reagents_state or (None if task_input.reagents else ReagentsState.MIXED)
            return replace(task_input, reactants=smiles, reagents_state=state)
        case Slot.REAGENTS:
            return replace(task_input, reagents=smiles)
        case Slot.PRODUCTS:
            return replace(task_input, products=smiles)
        case _:
            return replace(task_input, molecule=smiles)
