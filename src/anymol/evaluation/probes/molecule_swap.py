"""The swap check: does a model use the molecules it is given as graphs?

Every example gets the graphs of another example of its task, while its text stays. A model that reads graphs must
answer worse; one whose loss does not move looks at the text alone.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

import numpy as np

from anymol.data.example import InstructionExample
from anymol.modalities.content import Message, Part, RecordPart
from anymol.modalities.modality import Modality


def swap_molecules(examples: Sequence[InstructionExample], *, seed: int = 0) -> list[InstructionExample]:
    """Return the examples that hold a graph, each with the graphs of another example of its task.

    Donors are drawn among the examples of the task with the same number of graphs, along one random cycle, so that
    no example keeps its own and each graph is used once. Examples without such a partner are left out.

    Args:
        examples: Examples of any tasks.
        seed: Seed of the draw.

    Returns:
        The swapped examples, in the order of the examples they come from.
    """
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        if count := len(_graphs(example)):
            groups[example.task, count].append(place)
    rng = np.random.default_rng(seed)
    donors: dict[int, int] = {}
    for places in groups.values():
        if len(places) > 1:
            cycle = rng.permutation(places).tolist()
            donors.update(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    return [_with_graphs(examples[place], _graphs(examples[donors[place]])) for place in sorted(donors)]


def select_swappable(examples: Sequence[InstructionExample], *, seed: int = 0) -> list[InstructionExample]:
    """Return the examples of :func:`swap_molecules` as they were, to compare with."""
    kept = {example.id for example in swap_molecules(examples, seed=seed)}
    return [example for example in examples if example.id in kept]


def _graphs(example: InstructionExample) -> list[RecordPart]:
    return [part for message in example.messages for part in message.parts if _is_graph(part)]


def _is_graph(part: Part) -> TypeGuard[RecordPart]:
    return isinstance(part, RecordPart) and part.modality is Modality.GRAPH


def _with_graphs(example: InstructionExample, graphs: Sequence[RecordPart]) -> InstructionExample:
    donated = itertools.chain(graphs)
    messages = tuple(
        Message(
            message.speaker,
            tuple(
                # The role belongs to the question, the molecule to the donor.
                replace(next(donated), role=part.role) if _is_graph(part) else part
                for part in message.parts
            ),
        )
        for message in example.messages
    )
    return replace(example, messages=messages)
