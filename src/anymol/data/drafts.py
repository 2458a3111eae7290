"""From a question and its answer as plain values to a phrased example with its modalities."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from anymol.data.config import Component
from anymol.data.example import InstructionExample
from anymol.data.featurize import MAX_GRAPH_ATOMS, featurize_molecule
from anymol.errors import MissingDependencyError, UserError
from anymol.modalities.content import MoleculePart, Part, Role, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import ROLES, find_missing, render_prompt, write_reaction
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput

_SHOWN_SLOTS: Final = (Slot.MOLECULE, Slot.REACTANTS, Slot.PRODUCTS)
_RECORD_ALONE: Final = 0.5


@dataclass(frozen=True)
class Draft:
    """An example before it is phrased.

    Attributes:
        id: Unique within its component.
        task: Name of the task.
        task_input: What is asked about, molecules as they shall be written.
        answer: The answer: SMILES as it shall be written, or text.
        source: Name of the source or generator.
        licence: Its licence.
        split: ``train`` or ``val``.
    """

    id: str
    task: str
    task_input: TaskInput
    answer: str
    source: str
    licence: str
    split: str


def phrase_draft(
    draft: Draft, rng: random.Random, component: Component | None = None, *, graph_alone: float = 0.0
) -> InstructionExample:
    """Ask a draft in one of its task's phrasings.

    Args:
        draft: The draft.
        rng: Draws the phrasing and the modality.
        component: Says how often molecules come as graphs or records; None for notation only.
        graph_alone: Probability that a graph stands instead of the notation, not beside it. Of records half do.

    Raises:
        InvalidSmilesError: When a graph cannot be made.
    """
    task = get_task(draft.task)
    phrasing = rng.randrange(len(task.phrasings))
    task_input, alone = draft.task_input, False
    if component is not None and component.val_shows_all and draft.split == "val":
        for modality in (Modality.GRAPH, *component.records):
            task_input = _show(task, task_input, modality, rng)
    elif component is not None:
        if component.graph_fraction and rng.random() < component.graph_fraction:
            alone = rng.random() < graph_alone
            task_input = _show(task, task_input, Modality.GRAPH, rng)
        if component.record_fraction and rng.random() < component.record_fraction:
            alone = rng.random() < _RECORD_ALONE
            task_input = _show(task, task_input, rng.choice(component.records), rng)
    messages = render_prompt(task, task_input, phrasing, beside_text=not alone)
    return InstructionExample(
        id=draft.id,
        task=draft.task,
        messages=messages,
        answer=_answer_parts(draft, task.answer),
        source=draft.source,
        licence=draft.licence,
        split=draft.split,
    )


def make_document(draft_id: str, parts: tuple[Part, ...], source: str, licence: str, split: str) -> InstructionExample:
    """Return a plain document for pre-training: no question, every token is learnt."""
    return InstructionExample(
        id=draft_id, task="pretrain", messages=(), answer=parts, source=source, licence=licence, split=split
    )


def format_number(value: float, decimals: int = 2) -> str:
    """Write a number as answers do: so many decimals, no minus before zero."""
    # Adding zero turns the -0.0 that a tiny negative number rounds to into 0.0.
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _answer_parts(draft: Draft, kind: AnswerKind) -> tuple[Part, ...]:
    match kind:
        case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
            return (MoleculePart(draft.answer, _choose_role(draft)),)
        case AnswerKind.REACTION:
            return write_reaction(draft.answer)
        case AnswerKind.NUMBER | AnswerKind.TEXT | AnswerKind.CLASS:
            return (TextPart(draft.answer),)


def _choose_role(draft: Draft) -> Role:
    """Return the part that the molecules of an answer play."""
    task = get_task(draft.task)
    if task.asks_missing:
        (slot,) = find_missing(draft.task_input)
        return ROLES[slot]
    return task.answer_role


def _show(task: Task, task_input: TaskInput, modality: Modality, rng: random.Random) -> TaskInput:
    """Return the question with its molecules in a modality too; as it was, where an engine has no such record."""
    records = dict(task_input.records)
    n_atoms = 0
    for slot in _SHOWN_SLOTS:
        smiles = task_input.get(slot)
        if slot not in task.required or not smiles:
            continue
        try:
            shown = tuple(featurize_molecule(one, modality, ROLES[slot], rng) for one in smiles.split("."))
        except MissingDependencyError:
            raise  # a whole modality would be missing, unseen
        except UserError:
            return task_input
        n_atoms += sum(part.record.n_atoms for part in shown if isinstance(part.record, MolecularGraph))
        records[slot] = (*records.get(slot, ()), *shown)
    return replace(task_input, records=records) if n_atoms <= MAX_GRAPH_ATOMS else task_input
