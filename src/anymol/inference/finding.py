"""Molecules found without the model: read off a drawing, or known ones that fit a spectrum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from anymol.inference.agreement import flatten
from anymol.inference.answers import Answer, Method
from anymol.inference.choosing import verify_answer
from anymol.inference.drawings import SURE_ENOUGH, answer_from_drawings
from anymol.inference.library import LibraryHit, search_library
from anymol.inference.library_ir import search_library_ir
from anymol.inference.wish import Source, Wish
from anymol.modalities.content import ImagePart, IrPart, Ms2Part
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes:
        answers: Best first of each kind: read off a drawing, then fitting a mass spectrum, then an infrared one.
        notes: What must be said of the search.
    """

    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()


def find_without_model(task: Task, task_input: TaskInput, wish: Wish) -> Found:
    """Return the molecule, or reaction, that the records of a question show, where that is the question."""
    if wish.source is Source.MODEL or not task.recognises:
        return Found()
    found = answer_from_drawings(task, task_input)
    notes: tuple[str, ...] = ()
    is_drawn = any(isinstance(part, ImagePart) for parts in task_input.records.values() for part in parts)
    if is_drawn and not any(one.probability is None or one.probability >= SURE_ENOUGH for one in found):
        notes = (f"no {task.answer.value} could be made out on the picture: what follows is a guess",)
    if len(found) > 1:
        shown = ", ".join(str(one.value) for one in found)
        notes += (f"the drawings were read as different {task.answer.value}s: {shown}; ask about each by itself",)
    given = task_input.molecule
    notes += tuple(
        f"the drawing was read as {drawn.value}, not as the molecule given, {given}"
        for drawn in found
        if given and flatten(str(drawn.value)) != flatten(given)
    )
    if task.answer is AnswerKind.MOLECULE:
        known, said = _search(task, task_input, wish)
        found += known
        notes += said
    if wish.verify:
        found = [replace(one, checks=verify_answer(task, task_input, one.value)) for one in found]
    return Found(tuple(found), notes)


def _search(task: Task, task_input: TaskInput, wish: Wish) -> tuple[list[Answer], tuple[str, ...]]:
    """Return known molecules that fit the spectra of a question, each once, and what must be said."""
    found: dict[str, Answer] = {}
    notes: tuple[str, ...] = ()
    for part in task_input.records.get(Slot.MOLECULE, ()):
        match part:
            case Ms2Part(spectrum=spectrum):
                hits: Sequence[LibraryHit] = search_library(spectrum, formula=task_input.formula, limit=wish.top_k)
                shared = "of this mass"
            case IrPart(spectrum=spectrum):
                searched = search_library_ir(spectrum, task_input.formula, limit=wish.top_k)
                hits, shared = searched.hits, "of this formula"
                notes += (searched.note,) if searched.note else ()
            case _:
                continue
        for answer in _answer(task, hits, shared):
            found.setdefault(str(answer.value), answer)
    return list(found.values()), notes


def _answer(task: Task, hits: Sequence[LibraryHit], shared: str) -> Iterator[Answer]:
    for place, hit in enumerate(hits):
        fit = f"{hit.name}: fit {hit.score:.2f}"
        best = f"{hit.name}: best fit {hit.score:.2f} of {hit.rivals} named molecules {shared}"
        yield Answer(hit.smiles, hit.name, task.answer, Method.SEARCHED, program=fit if place else best)
