"""What the drawings of a question show, where that is the question: read atom by atom."""

from __future__ import annotations

from anymol.inference.answers import Answer, Method
from anymol.inference.drawings import SURE_ENOUGH, ReadDrawing, read_drawing, read_drawn_reaction
from anymol.inference.sources.source import Found, Question
from anymol.modalities.content import Role
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.tasks.evidence import PlaceEvidence, ProgramEvidence
from anymol.tasks.task import AnswerKind, Slot, Task
from anymol.version import __version__


class Drawings:
    """Reads the molecule or the scheme off a picture, without the model."""

    method = Method.READ

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks what a picture shows."""
        return Modality.IMAGE in task.reads

    def try_answer(self, question: Question) -> Found | None:
        """Return the molecule or reaction of each drawing, none twice; None where there is no drawing."""
        task, asked = question.task, question.task_input
        records = [part.record for part in asked.records.get(Slot.MOLECULE, ())]
        images = [record for record in records if isinstance(record, MoleculeImage)]
        if not images:
            return None
        read = read_drawn_reaction if task.answer is AnswerKind.REACTION else read_drawing
        found: dict[str, tuple[ReadDrawing, list[PlaceEvidence]]] = {}
        for image, place in zip(images, asked.list_places(Slot.MOLECULE, (Modality.IMAGE,)), strict=True):
            drawing = read(image)
            if drawing is not None:
                found.setdefault(drawing.smiles, (drawing, []))[1].append(place)
        answers = tuple(_answer(task, drawing, places) for drawing, places in found.values())
        return Found(answers, _say_doubts(task, answers))


class DrawnProducts:
    """Schemes that show their product, where the product is asked for: it is read, and not predicted again."""

    method = Method.READ

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks what comes out of reactants."""
        return Slot.REACTANTS in task.required and task.answer_role is Role.PRODUCT

    def try_answer(self, question: Question) -> Found | None:
        """Return the product that a scheme shows; None where none was drawn."""
        task, asked = question.task, question.task_input
        places = asked.list_places(Slot.REACTANTS, (Modality.IMAGE,))
        if not (asked.products and places):
            return None
        drawing = ReadDrawing(asked.products, None, "drawing reader: the product of the scheme")
        note = "the scheme shows its product: it was read and not predicted; to predict it, give the reactants alone"
        return Found((_answer(task, drawing, list(places)),), (note,), settled=True)


def _answer(task: Task, drawing: ReadDrawing, places: list[PlaceEvidence]) -> Answer:
    return Answer(
        drawing.smiles,
        drawing.smiles,
        task.answer,
        Method.READ,
        program=drawing.program,
        probability=drawing.probability,
        calibrated=drawing.probability is not None,
        evidence=(ProgramEvidence("anymol", __version__, drawing.program), *places),
    )


def _say_doubts(task: Task, answers: tuple[Answer, ...]) -> tuple[str, ...]:
    """Return what must be said where no drawing, or more than one thing, was read."""
    notes: tuple[str, ...] = ()
    if not any(one.probability is None or one.probability >= SURE_ENOUGH for one in answers):
        notes = (f"no {task.answer.value} could be made out on the picture: what follows is a guess",)
    if len(answers) > 1:
        shown = ", ".join(str(one.value) for one in answers)
        notes += (f"the drawings were read as different {task.answer.value}s: {shown}; ask about each by itself",)
    return notes
