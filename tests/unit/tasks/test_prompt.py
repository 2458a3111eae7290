"""Prompts: slots, roles, graphs, states of the reagents."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.modalities.content import MoleculePart, RecordPart, Role, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import render_prompt, resolve_reagents_state
from anymol.tasks.table import TASKS
from anymol.tasks.task import ReagentsState, Slot, TaskInput

FORWARD = TASKS["forward_reaction"]
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_separated_reagents_stand_in_the_prompt() -> None:
    (message,) = render_prompt(FORWARD, TaskInput(reactants="CCO.CC(=O)O", reagents="OS(=O)(=O)O"))
    assert message.parts == (
        TextPart("What is the product of "),
        MoleculePart("CCO.CC(=O)O", Role.REACTANT),
        TextPart("? Reagents: "),
        MoleculePart("OS(=O)(=O)O", Role.REAGENT),
        TextPart("."),
    )


def test_separated_but_empty_reagents_are_none() -> None:
    (message,) = render_prompt(FORWARD, TaskInput(reactants="CCO", reagents_state=ReagentsState.SEPARATED))
    assert message.parts[-2:] == (TextPart("none"), TextPart("."))


@pytest.mark.parametrize(
    ("task_input", "state"),
    [
        (TaskInput(reactants="CCO"), ReagentsState.DROPPED),
        (TaskInput(reactants="CCO", reagents="O"), ReagentsState.SEPARATED),
        (TaskInput(reactants="CCO", reagents_state=ReagentsState.MIXED), ReagentsState.MIXED),
    ],
)
def test_state_of_the_reagents_is_read_from_the_slots(task_input: TaskInput, state: ReagentsState) -> None:
    assert resolve_reagents_state(task_input) is state
    (message,) = render_prompt(FORWARD, task_input)
    told = FORWARD.suffixes[state].split("{")[0].strip()
    assert any(isinstance(part, TextPart) and told in part.text for part in message.parts)


def test_graphs_stand_beside_or_instead_of_the_notation() -> None:
    task_input = TaskInput(reactants="CCO.CC(=O)O", reagents_state=ReagentsState.MIXED)
    (beside,) = render_prompt(FORWARD, task_input, as_graph=[Slot.REACTANTS])
    (instead,) = render_prompt(FORWARD, task_input, as_graph=[Slot.REACTANTS], beside_text=False)
    graphs = (
        RecordPart(Modality.GRAPH, role=Role.REACTANT, smiles="CCO"),
        RecordPart(Modality.GRAPH, role=Role.REACTANT, smiles="CC(=O)O"),
    )
    assert beside.parts[1:4] == (MoleculePart("CCO.CC(=O)O", Role.REACTANT), *graphs)
    assert instead.parts[1:3] == graphs
    assert not any(isinstance(part, MoleculePart) for part in instead.parts)


def test_text_is_verbatim_even_with_braces() -> None:
    text = "a {molecule} called {text}"
    (message,) = render_prompt(TASKS["name_to_molecule"], TaskInput(text=text))
    assert TextPart(text) in message.parts


def test_phrasings_are_counted_round() -> None:
    task_input = TaskInput(molecule=ASPIRIN)
    task = TASKS["logp"]
    assert render_prompt(task, task_input, 3) == render_prompt(task, task_input, 3 + len(task.phrasings))
    assert len({render_prompt(task, task_input, number) for number in range(100)}) == len(task.phrasings)


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_missing_slots_are_named_with_an_example(empty: str | None) -> None:
    with pytest.raises(InvalidTaskInputError, match="molecule_editing needs text") as caught:
        render_prompt(TASKS["molecule_editing"], TaskInput(molecule="CCO", text=empty))
    assert "replace the bromine" in (caught.value.hint or "")
