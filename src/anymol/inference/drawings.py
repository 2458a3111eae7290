"""Drawings among the records of a question, read atom by atom instead of left to the language model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction import Reaction, canonicalize_reaction, parse_reaction
from anymol.errors import InvalidTaskInputError
from anymol.inference.agreement import flatten
from anymol.inference.inputs import ParsedInput
from anymol.inference.reactions import ReadReaction, fill_reaction, settle_roles
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.tasks.prompt import ROLES
from anymol.tasks.task import Slot, Task, TaskInput

if TYPE_CHECKING:
    from anymol.ocsr.reading import Reading

SURE_ENOUGH: Final = 0.05
"""A reading less probable than this is not gone on with: what follows from it would be about another molecule."""

_REACTING: Final = (Slot.REACTANTS, Slot.PRODUCTS)
"""Slots that a whole scheme may be drawn for."""


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
    from anymol.ocsr.recogniser import DrawingRecogniser  # needs torch, which computed answers do without

    reading = _look(image)
    if reading.assembled is None:
        return None
    seen = f"drawing reader: {len(reading.atoms)} atoms and labels, {len(reading.bonds)} bonds"
    return ReadDrawing(reading.assembled.smiles, DrawingRecogniser.load().judge(reading), seen)


def read_drawn_reaction(image: MoleculeImage) -> ReadDrawing | None:
    """Return the reaction of a drawn scheme; None where no arrow stands between molecules."""
    from anymol.ocsr.scheme import write_scheme

    scheme = write_scheme(image.pixels, _look(image))
    if scheme is None:
        return None
    # Words over the arrow may name reagents that are then missing, so no probability is claimed.
    return ReadDrawing(canonicalize_reaction(scheme), None, "drawing reader: structures and arrow; words are not read")


@lru_cache(maxsize=1)
def _look(image: MoleculeImage) -> Reading:
    """Return what stands on a picture; the same one is asked for its scheme and then for its molecules."""
    from anymol.ocsr.recogniser import DrawingRecogniser

    return DrawingRecogniser.load().read(image.pixels)


def write_drawn(task: Task, parsed: ParsedInput) -> ParsedInput:
    """Return an input in which drawn molecules are written, where the task asks about more than what they are.

    A drawing that was read is not shown to the model any more: its notation says the same, and is read better.

    Raises:
        InvalidTaskInputError: The drawing leaves residues open, or several show different molecules.
    """
    if task.recognises:
        return parsed
    found, notes = parsed.task_input, list(parsed.notes)
    for slot in ROLES:
        parts = found.records.get(slot, ())
        images = _list_images(parts)
        if not images or found.get(slot):
            continue
        if slot in _REACTING and (scheme := _find_scheme(images)) is not None:
            found = _write_scheme(task, found, slot, scheme)
            notes.append(f"the drawing was read as the scheme {scheme}; words in it are not read")
            continue
        drawings = [drawing for image in images if (drawing := read_drawing(image)) and is_sure_enough(drawing)]
        if len(drawings) < len(images):
            notes.append("the drawing could not be read as a structure; it is shown to the model as it is")
            continue
        smiles = _unite(slot, drawings)
        if "*" in smiles:
            raise InvalidTaskInputError(
                "the drawing leaves residues (R, X, ...) open", value=smiles, hint="write them out"
            )
        for drawing in drawings:
            sure = "" if drawing.probability is None else f", probability {drawing.probability:.2f}"
            notes.append(f"the drawing was read as {drawing.smiles}{sure}")
        left = tuple(part for part in parts if not isinstance(part.record, MoleculeImage))
        records = {name: kept for name, kept in {**found.records, slot: left}.items() if kept}
        found = _write(replace(found, records=records), slot, smiles)
        if slot is Slot.REACTANTS and not found.reagents:
            # Who draws what reacts draws the reagents with it.
            mixture = settle_roles(ReadReaction(Reaction(tuple(smiles.split(".")), is_mixture=True)))
            found = fill_reaction(found, mixture.reaction)
            notes += mixture.notes
    return replace(parsed, task_input=found, notes=tuple(notes))


def _find_scheme(images: Sequence[MoleculeImage]) -> str | None:
    """Return the reaction that the only picture of a question shows; None where it shows none, or residues."""
    scheme = read_drawn_reaction(images[0]) if len(images) == 1 else None
    return None if scheme is None or "*" in scheme.smiles else scheme.smiles


def _write_scheme(task: Task, task_input: TaskInput, slot: Slot, scheme: str) -> TaskInput:
    """Return an input with the parts of a drawn scheme written.

    A product that is drawn where the product is asked for stays beside its picture:
    :class:`~anymol.inference.sources.drawn.DrawnProducts` answers with it.
    """
    reaction = parse_reaction(scheme)
    filled = fill_reaction(replace(task_input, products=".".join(sorted(reaction.products))), reaction)
    if slot is Slot.REACTANTS:
        return filled
    records = {name: parts for name, parts in task_input.records.items() if name is not slot}
    asks_reactants = Slot.REACTANTS not in task.required
    return replace(
        filled,
        reactants=None if asks_reactants else filled.reactants,
        reagents=None,
        reagents_state=task_input.reagents_state,
        records=records,
    )


def _list_images(parts: Iterable[RecordPart]) -> list[MoleculeImage]:
    return [part.record for part in parts if isinstance(part.record, MoleculeImage)]


def is_sure_enough(drawing: ReadDrawing) -> bool:
    """Whether a reading is gone on with."""
    return drawing.probability is None or drawing.probability >= SURE_ENOUGH


def _unite(slot: Slot, drawings: Sequence[ReadDrawing]) -> str:
    """Return the molecule that all drawings show, or the mixture of what each shows.

    Raises:
        InvalidTaskInputError: One molecule is asked about, and they show several.
    """
    shown = list(dict.fromkeys(drawing.smiles for drawing in drawings))
    if slot in (Slot.REACTANTS, Slot.REAGENTS):
        return canonicalize_smiles(".".join(shown))
    if len({flatten(smiles) for smiles in shown}) > 1:
        raise InvalidTaskInputError(
            "the drawings show different molecules", value=", ".join(shown), hint="ask about each by itself"
        )
    return max(drawings, key=lambda drawing: drawing.probability or 0.0).smiles


def _write(task_input: TaskInput, slot: Slot, smiles: str) -> TaskInput:
    match slot:
        case Slot.REACTANTS:
            return replace(task_input, reactants=smiles)
        case Slot.REAGENTS:
            return replace(task_input, reagents=smiles)
        case Slot.PRODUCTS:
            return replace(task_input, products=smiles)
        case _:
            return replace(task_input, molecule=smiles)
