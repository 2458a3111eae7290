"""From instruction examples back to what was asked and what is right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from anymol.chem.notation import Notation, write_surface
from anymol.data.example import InstructionExample
from anymol.modalities.content import MoleculePart, RecordPart, Role, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import NONE_RECORDED, ROLES
from anymol.tasks.task import ReagentsState, Slot, Task, TaskInput, Value

_SLOTS: Final[Mapping[Role, Slot]] = {role: slot for slot, role in ROLES.items()}
_HOLE = re.compile(r"\{[a-z]+\}")


def read_reference(task: Task, example: InstructionExample) -> Value:
    """Return the right answer of an example, read exactly as a model's answer is.

    Raises:
        UnreadableAnswerError: When the reference itself cannot be read.
    """
    written = "".join(
        write_surface(part.smiles, Notation.SMILES) if isinstance(part, MoleculePart) else part.text
        for part in example.answer
        if isinstance(part, MoleculePart | TextPart)
    )
    return task.parse(written)


def recover_input(task: Task, example: InstructionExample) -> TaskInput:
    """Return what an example asks about: molecules by their roles, the free text by not being of a phrasing."""
    molecules: dict[Slot, list[str]] = {}
    records: dict[Slot, list[RecordPart]] = {}
    known: dict[Slot, dict[Modality, list[str]]] = {}
    texts: list[str] = []
    for message in example.messages:
        for part in message.parts:
            match part:
                case MoleculePart():
                    molecules.setdefault(_SLOTS[part.role], []).append(part.smiles)
                case TextPart():
                    texts.append(part.text)
                case RecordPart():
                    records.setdefault(_SLOTS[part.role], []).append(part)
                    if part.smiles is not None:
                        known.setdefault(_SLOTS[part.role], {}).setdefault(part.modality, []).append(part.smiles)
    # Two modalities show the same molecules: the first one's are all of them.
    shown = {slot: next(iter(by_modality.values())) for slot, by_modality in known.items()}
    # A record beside a notation repeats it; alone, it stands for it, unless the notation is the answer.
    found = {} if task.recognises else {slot: ".".join(smiles) for slot, smiles in {**shown, **molecules}.items()}
    free = None
    if Slot.TEXT in task.required:
        free = next((text for text in texts if _is_free(task, text)), None)
    return TaskInput(
        molecule=found.get(Slot.MOLECULE),
        reactants=found.get(Slot.REACTANTS),
        reagents=found.get(Slot.REAGENTS),
        products=found.get(Slot.PRODUCTS),
        text=free,
        formula=_recover_formula(task, texts),
        reagents_state=_recover_state(task, texts),
        records={slot: tuple(parts) for slot, parts in records.items()},
    )


def _is_free(task: Task, text: str) -> bool:
    """Whether a text is what fills the text slot."""
    return text in task.choices if task.choices else text not in _fixed_texts(task) and text != NONE_RECORDED


def _recover_state(task: Task, texts: Sequence[str]) -> ReagentsState | None:
    joined = " ".join(texts)
    for state, suffix in task.suffixes.items():
        if all(piece.strip() in joined for piece in _HOLE.split(suffix) if len(piece.strip()) > 1):
            return state
    return None


def _recover_formula(task: Task, texts: Sequence[str]) -> str | None:
    """Return the text that stands in the hole of the sentence that tells the formula."""
    if Slot.FORMULA not in task.where_given:
        return None
    before = _HOLE.split(task.where_given[Slot.FORMULA])[0]
    return next((text for earlier, text in pairwise(texts) if earlier.endswith(before)), None)


@lru_cache(maxsize=64)
def _fixed_texts_of(phrasings: tuple[str, ...]) -> frozenset[str]:
    return frozenset(piece for phrasing in phrasings for piece in _HOLE.split(phrasing) if piece)


def _fixed_texts(task: Task) -> frozenset[str]:
    """Return the pieces of text between the holes of all phrasings."""
    return _fixed_texts_of(task.phrasings)
