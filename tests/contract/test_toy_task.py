"""A task is one value and one line of the table: all that asks, answers, checks and measures it works from that."""

from __future__ import annotations

import random
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import pytest

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.parsing import parse_smiles
from anymol.data.drafts import Draft, phrase_draft
from anymol.evaluation.baselines import answer_baselines
from anymol.evaluation.questions import read_reference, recover_input
from anymol.inference.assistant import Assistant
from anymol.metrics.regression import REGRESSION_METRICS
from anymol.modalities.content import MoleculePart, Role
from anymol.tasks import table
from anymol.tasks.computing import compute_property, verify_property
from anymol.tasks.listing import describe_task
from anymol.tasks.parsing import parse_number
from anymol.tasks.routing import route
from anymol.tasks.task import AnswerKind, Baseline, Slot, Task, TaskInput

RINGS: Final = Task(
    name="ring_count",
    version=1,
    family="mol2num",
    summary="Number of rings of a molecule.",
    required=(Slot.MOLECULE,),
    answer=AnswerKind.NUMBER,
    phrasings=(
        "How many rings has {molecule}?",
        "Count the rings of {molecule}.",
        "Number of rings in {molecule}?",
        "Rings of {molecule}?",
        "How many cycles are in {molecule}?",
        "Give the ring count of {molecule}.",
    ),
    parse=parse_number,
    metrics=REGRESSION_METRICS,
    verify=verify_property("rings", tolerance=0.1),
    compute=compute_property("rings"),
    cues=((r"\brings?\b", 0.9),),
    baselines=(Baseline.NEAREST,),
    example=(TaskInput(molecule="c1ccc2ccccc2c1"), 2.0),
)


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Task:
    """The toy task, in the table."""
    grown = MappingProxyType({**table.TASKS, RINGS.name: RINGS})
    for module in ("anymol.tasks.table", "anymol.tasks.routing"):
        monkeypatch.setattr(f"{module}.TASKS", grown)
    return RINGS


def no_model() -> None:
    raise AssertionError("no model is needed")


def test_it_is_routed_to_and_computed(task: Task) -> None:
    assert route("How many rings does naphthalene have?").task == task.name
    assistant = Assistant(no_model, "none")  # type: ignore[arg-type]
    answer = assistant.ask("How many rings does this have?", ["naphthalene"]).answers[0]
    assert answer.value == 2.0 and "RDKit" in (answer.program or "")
    assert assistant.predict(task.name, "C1CC1").answers[0].value == 1.0
    assert assistant.predict(task, "C1CC1").answers[0].value == 1.0
    assert describe_task(task)["computed"]


def test_it_is_phrased_scored_and_has_baselines(task: Task) -> None:
    asked, answer = task.example
    draft = Draft("toy/0", task.name, asked, "2.00", "hand", "CC0", "train")
    example = phrase_draft(draft, random.Random(0))
    assert recover_input(task, example) == asked
    assert read_reference(task, example) == answer
    said = answer_baselines(task, [(asked, answer), (TaskInput(molecule="CCO"), 0.0)], [TaskInput(molecule="CCCO")])
    assert [(one.baseline, one.answers) for one in said] == [
        (Baseline.NEAREST, (0.0,)),
        (Baseline.MEAN, (1.0,)),
        (Baseline.MEDIAN, (1.0,)),
    ]
    assert compute_descriptor("rings", parse_smiles("C1CC1")).value == 1


def test_the_part_that_its_answer_plays_is_its_own(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    product = replace(table.get_task("name_to_molecule"), name="toy_product", answer_role=Role.PRODUCT)
    monkeypatch.setattr("anymol.tasks.table.TASKS", MappingProxyType({**table.TASKS, product.name: product}))
    draft = Draft("toy/1", product.name, TaskInput(text="ethanol"), "CCO", "hand", "CC0", "train")
    assert phrase_draft(draft, random.Random(0)).answer == (MoleculePart("CCO", Role.PRODUCT),)
