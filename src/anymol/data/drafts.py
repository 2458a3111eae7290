"""From a question and its answer as plain values to a phrased example with its modalities."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from anymol.data.example import InstructionExample
from anymol.modalities.content import GraphPart, Message, MoleculePart, Part, Role, TextPart
from anymol.synthesis.graph import synthesize_graph
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Slot, TaskInput

MAX_GRAPH_ATOMS: Final = 60
"""Longer molecules are not given as graphs: each atom costs a token."""

_GRAPH_SLOTS: Final = (Slot.MOLECULE, Slot.REACTANTS, Slot.PRODUCTS)
_ANSWER_ROLES: Final[dict[str, Role]] = {
    "forward_reaction": Role.PRODUCT,
    "retrosynthesis": Role.REACTANT,
    "reagent_prediction": Role.REAGENT,
}


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
    draft: Draft, rng: random.Random, *, graph_fraction: float = 0.0, graph_alone: float = 0.0
) -> InstructionExample:
    """Ask a draft in one of its task's phrasings.

    Args:
        draft: The draft.
        rng: Draws the phrasing and the modality.
        graph_fraction: Probability that the molecule asked about comes with a graph.
        graph_alone: Probability that such a graph stands instead of the notation, not beside it.

    Raises:
        InvalidSmilesError: When a graph cannot be made.
    """
    task = get_task(draft.task)
    phrasing = rng.randrange(len(task.phrasings))
    as_graph: tuple[Slot, ...] = ()
    alone = False
    if graph_fraction and rng.random() < graph_fraction:
        as_graph = tuple(slot for slot in _GRAPH_SLOTS if slot in task.required and draft.task_input.get(slot))
        alone = rng.random() < graph_alone
    messages = render_prompt(task, draft.task_input, phrasing, as_graph=as_graph, beside_text=not alone)
    if as_graph:
        filled = tuple(replace(message, parts=tuple(map(_fill_graph, message.parts))) for message in messages)
        atoms = sum(part.graph.n_atoms for part in _graphs(filled) if part.graph is not None)
        messages = filled if atoms <= MAX_GRAPH_ATOMS else render_prompt(task, draft.task_input, phrasing)
    return InstructionExample(
        id=draft.id,
        task=draft.task,
        messages=messages,
        answer=(_answer_part(draft, task.answer),),
        source=draft.source,
        licence=draft.licence,
        split=draft.split,
    )


def make_document(draft_id: str, parts: tuple[Part, ...], source: str, licence: str, split: str) -> InstructionExample:
    """Return a plain document for pre-training: no question, every token is learnt."""
    return InstructionExample(
        id=draft_id, task="pretrain", messages=(), answer=parts, source=source, licence=licence, split=split
    )


def format_number(value: float) -> str:
    """Write a number as answers do: two decimals, no minus before zero."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text


def _answer_part(draft: Draft, kind: AnswerKind) -> Part:
    match kind:
        case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
            return MoleculePart(draft.answer, _ANSWER_ROLES.get(draft.task, Role.MOLECULE))
        case AnswerKind.NUMBER | AnswerKind.TEXT:
            return TextPart(draft.answer)


def _fill_graph(part: Part) -> Part:
    if isinstance(part, GraphPart) and part.graph is None:
        return replace(part, graph=synthesize_graph(part.smiles))
    return part


def _graphs(messages: tuple[Message, ...]) -> list[GraphPart]:
    return [part for message in messages for part in message.parts if isinstance(part, GraphPart)]
