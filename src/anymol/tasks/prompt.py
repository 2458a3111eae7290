"""From a task and what it is asked about to the messages of a conversation. Nothing here needs RDKit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from anymol.errors import InvalidTaskInputError
from anymol.modalities.content import Message, MoleculePart, Part, RecordPart, Role, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.task import ReagentsState, Slot, Task, TaskInput

ROLES: Final[dict[Slot, Role]] = {
    Slot.MOLECULE: Role.MOLECULE,
    Slot.REACTANTS: Role.REACTANT,
    Slot.REAGENTS: Role.REAGENT,
    Slot.PRODUCTS: Role.PRODUCT,
}
"""The role of the molecules that fill a slot."""

MISSING: Final = "?"
"""What stands in the hole of the part of a reaction that is asked for."""

NONE_RECORDED: Final = "none"
"""What stands in the hole of an optional slot that is empty."""

_HOLE = re.compile(r"\{([a-z]+)\}")
_ARROW = re.compile(r"(?<!-)>")
"""The sign between the parts of a reaction; that of a dative bond is none."""


def resolve_reagents_state(task_input: TaskInput) -> ReagentsState:
    """Return the state of the reagents, read from the slots where it was not stated.

    Reagents in a slot of their own are separated; without any, they count as not recorded.
    """
    if task_input.reagents_state is not None:
        return task_input.reagents_state
    return ReagentsState.SEPARATED if task_input.reagents else ReagentsState.DROPPED


def render_prompt(
    task: Task,
    task_input: TaskInput,
    phrasing: int = 0,
    *,
    as_graph: Collection[Slot] = (),
    beside_text: bool = True,
) -> tuple[Message, ...]:
    """Write the question of `task` about `task_input`.

    Args:
        task: The task.
        task_input: What it is asked about; every required slot is filled.
        phrasing: Which phrasing; counted modulo their number, so any non-negative number will do.
        as_graph: Slots whose molecules are given as graphs, one per dot-separated component.
        beside_text: Whether the notation stands before graphs and records; else these stand alone.

    Returns:
        One message of the user. Text that fills a slot is a part of its own, verbatim, so that a phrasing's fixed
        texts are the same parts in every example.

    Raises:
        InvalidTaskInputError: When a required slot is empty.
    """
    require_slots(task, task_input)
    template = task.phrasings[phrasing % len(task.phrasings)]
    if task.suffixes:
        suffix = task.suffixes.get(resolve_reagents_state(task_input), "")
        template = f"{template} {suffix}".rstrip()
    for slot, sentence in task.where_given.items():
        if task_input.get(slot):
            template = f"{template} {sentence}"
    parts: list[Part] = []
    # re.split with one group alternates fixed text and the name of a hole.
    for position, piece in enumerate(_HOLE.split(template)):
        if position % 2 == 0:
            if piece:
                parts.append(TextPart(piece))
            continue
        slot = Slot(piece)
        content = task_input.get(slot)
        records = task_input.records.get(slot, ())
        if not (content or records):
            parts.append(TextPart(MISSING if task.asks_missing else NONE_RECORDED))
        elif slot not in ROLES:
            parts.append(TextPart(content or ""))
        else:
            graphs = slot in as_graph
            alone = task.recognises or not (beside_text or not (graphs or records))
            if content:
                parts.extend(_molecule_parts(content, ROLES[slot], graphs=graphs, text=not alone))
            parts.extend(records)
    return (Message(Speaker.USER, tuple(parts)),)


def write_reaction(smiles: str) -> tuple[Part, ...]:
    """Return a reaction as parts: the molecules of each role between signs of the arrow, ``<mol>..</mol>>><mol>..``."""
    roles = (Role.REACTANT, Role.REAGENT, Role.PRODUCT)
    parts: list[Part] = []
    for place, (side, role) in enumerate(zip(_ARROW.split(smiles), roles, strict=True)):
        if place:
            parts.append(TextPart(">"))
        if side:
            parts.append(MoleculePart(side, role))
    return tuple(parts)


def require_slots(task: Task, task_input: TaskInput) -> None:
    """Refuse an input that lacks what `task` is asked about.

    Raises:
        InvalidTaskInputError: Naming the empty slots and an example.
    """
    if task.asks_missing and len(find_missing(task_input)) != 1:
        raise InvalidTaskInputError(
            f"task {task.name} needs a reaction with exactly one part missing",
            hint="write reactants>reagents> or >reagents>products or reactants>>products",
        )
    missing = [slot.value for slot in task.required if not _is_filled(task, task_input, slot)]
    if missing and task.recognises:
        raise InvalidTaskInputError(
            f"task {task.name} needs a record of the {missing[0]}",
            hint="give a drawing, a spectrum, a geometry or a graph",
        )
    if missing:
        given = {slot.value: task.example[0].get(slot) for slot in task.required}
        shown = ", ".join(f"{name}={content!r}" for name, content in given.items())
        hint = f"text is one of: {', '.join(task.choices)}" if missing == ["text"] and task.choices else ""
        raise InvalidTaskInputError(
            f"task {task.name} needs {' and '.join(missing)}", hint=hint or f"for example {shown}"
        )


def find_missing(task_input: TaskInput) -> list[Slot]:
    """Return the parts of a reaction that are neither written nor shown."""
    parts = (Slot.REACTANTS, Slot.REAGENTS, Slot.PRODUCTS)
    return [slot for slot in parts if not (task_input.get(slot) or task_input.records.get(slot))]


def _is_filled(task: Task, task_input: TaskInput, slot: Slot) -> bool:
    written = not task.recognises and (task_input.get(slot) or "").strip()
    return bool(written or task_input.records.get(slot))


def _molecule_parts(smiles: str, role: Role, *, graphs: bool, text: bool) -> Iterator[Part]:
    if text:
        yield MoleculePart(smiles, role)
    if graphs:
        for component in smiles.split("."):
            yield RecordPart(Modality.GRAPH, None, role, component)
