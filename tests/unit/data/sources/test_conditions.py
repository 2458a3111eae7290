"""Conditions, yields, procedures: what the records of reactions become."""

from __future__ import annotations

import json
import random

import pytest

from anymol.data.config import ConditionsConfig, ConditionTask, ProceduresConfig, YieldsConfig
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences, SourceLicence
from anymol.data.sources.conditions import ConditionsSource, write_steps
from anymol.data.sources.procedures import ProceduresSource, name_components
from anymol.data.sources.yields import YieldsSource, part_inputs
from anymol.errors import DataError
from anymol.evaluation.questions import read_reference, recover_input
from anymol.modalities.content import MoleculePart, Role, TextPart
from anymol.tasks.conditions import NOTEBOOK, PATENT_REACTION, STEPS
from anymol.tasks.table import get_task

OPEN = SourceLicence("CC0", weights_allowed=True)
SOURCES = (
    ("conditions", "ord_uspto"), ("yields", ""), ("yields_patent_suzuki", "uspto_suzuki"), ("procedures_orgsyn", ""),
)  # fmt: skip
LICENCES = Licences(dict.fromkeys(SOURCES, OPEN))
TEXT = "The bromide and the acid were stirred in dioxane at 90 °C for 3 hours and filtered."


def make_row(**changes: object) -> tuple[object, ...]:
    fields = {
        "row": 7,
        "dataset": "uspto-grants-1976_01",
        "reactants": "Brc1ccccc1.OB(O)c1ccccc1",
        "reagents": "O=C([O-])[O-].[K+].[K+]",
        "solvents": "C1COCCO1.O",
        "catalysts": "[Pd]",
        "products": "c1ccc(-c2ccccc2)cc1",
        "yield_percent": 86.04,
        "procedure": TEXT,
        "actions": "[]",
    }
    assert not set(changes) - set(fields)
    return tuple({**fields, **changes}.values())


def make(row: tuple[object, ...], *tasks: ConditionTask, seed: int = 1) -> dict:
    source = ConditionsSource(ConditionsConfig(tasks=tasks or tuple(ConditionTask)), LICENCES)
    found = source.examples(row, "val", random.Random(seed), Heldout.empty())
    return {example.task: example for example in found}


def test_one_record_answers_every_task_in_the_role_of_its_answer() -> None:
    made = make(make_row())
    assert set(made) == {task.value for task in ConditionTask}
    answers = {name: example.answer[0] for name, example in made.items()}
    assert answers["solvent_prediction"] == MoleculePart("C1COCCO1.O", Role.SOLVENT)
    assert answers["catalyst_prediction"] == MoleculePart("[Pd]", Role.CATALYST)
    assert answers["reagent_prediction"] == MoleculePart("C1COCCO1.O.O=C([O-])[O-].[K+].[K+].[Pd]", Role.REAGENT)
    assert answers["yield_prediction"] == TextPart("86.0")
    assert answers["procedure_writing"] == TextPart(TEXT)


def test_conditions_are_told_only_where_they_are_not_asked_for() -> None:
    for name, example in make(make_row()).items():
        told = recover_input(get_task(name), example).reagents
        assert (told is None) == name.endswith(("solvent_prediction", "catalyst_prediction", "reagent_prediction"))
        assert read_reference(get_task(name), example)


def test_yields_of_notebooks_and_patents_are_kept_apart() -> None:
    for dataset, where in (("uspto-grants-1976_01", PATENT_REACTION), ("750 AstraZeneca ELN dataset", NOTEBOOK)):
        example = make(make_row(dataset=dataset), ConditionTask.YIELD)["yield_prediction"]
        assert recover_input(get_task("yield_prediction"), example).text == where


def test_what_the_record_does_not_tell_is_not_asked() -> None:
    made = make(make_row(solvents=None, yield_percent=104.0, procedure=None))
    assert set(made) == {"catalyst_prediction", "reagent_prediction"}
    with pytest.raises(DataError, match="tells nothing"):
        make(make_row(catalysts=""), ConditionTask.CATALYSTS)


@pytest.mark.parametrize(
    "text",
    ["Example 2 was repeated with toluene.", "It was prepared in the same manner.", "Prepared as described above."],
)
def test_a_procedure_that_refers_to_another_one_is_left_out(text: str) -> None:
    assert "procedure_writing" not in make(make_row(procedure=text))


def test_steps_are_written_with_verbs_and_figures() -> None:
    actions = [
        {"type": "addition", "details": "was added", "components": ["water"]},
        {"type": "temperature", "details": "heated", "temperature_c": 90.0},
        {"type": "stirring", "details": "for 3 hours", "duration_h": 3.0},
        {"type": "custom", "details": "something"},
        {"type": "wash", "details": "washed", "components": ["brine", "water"]},
    ]
    assert write_steps(actions) == "ADD water ; SETTEMPERATURE 90 °C ; STIR for 3 h ; WASH with brine and water"
    assert write_steps([*actions, *[{"type": "custom"}] * 5]) == ""
    assert write_steps(actions[:2]) == ""
    made = make(make_row(procedure=None, actions=json.dumps(actions)), ConditionTask.PROCEDURE)
    assert recover_input(get_task("procedure_writing"), made["procedure_writing"]).text == STEPS


def test_numbered_components_get_their_names_and_unknown_classes_go() -> None:
    steps = name_components("ADD $2$ ; STIR at #4# for @2@ ; ADD $1$ ; YIELD $-1$", ["CCO", "CC(C)=O"])
    assert steps == "ADD acetone ; STIR ; ADD ethanol ; YIELD the product"
    with pytest.raises(DataError, match="component 3 of 2"):
        name_components("ADD $3$", ["CCO", "CC(C)=O"])


def test_organic_syntheses_become_steps() -> None:
    row = (1, '["CCO", "CC(=O)O"]', "CCOC(C)=O", "ADD $1$ ; ADD $2$ ; REFLUX for @3@ ; YIELD $-1$")
    source = ProceduresSource(ProceduresConfig(), LICENCES)
    (example,) = source.examples(row, "train", random.Random(0), Heldout.empty())
    asked = recover_input(get_task("procedure_writing"), example)
    assert (asked.reactants, asked.products, asked.text) == ("CCO.CC(=O)O", "CCOC(C)=O", STEPS)
    assert example.answer == (TextPart("ADD ethanol ; ADD acetic acid ; REFLUX ; YIELD the product"),)


def test_partners_of_the_suzuki_screen_are_told_from_the_rest() -> None:
    inputs = "Brc1ccc2ncccc2c1.CC#N.CC(=O)O.Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O.O"
    assert part_inputs(inputs) == ("Brc1ccc2ncccc2c1.Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O", "CC#N.CC(=O)O.O")


def test_yields_are_percentages_with_their_set() -> None:
    source = YieldsSource(YieldsConfig(), LICENCES)
    row = (3, PATENT_REACTION, "Brc1ccccc1", "O", "c1ccc(-c2ccccc2)cc1", 20.083)
    (example,) = source.examples(row, "val", random.Random(0), Heldout.empty())
    assert example.answer == (TextPart("20.1"),)
    with pytest.raises(DataError, match="104"):
        source.examples((*row[:-1], 104.0), "val", random.Random(0), Heldout.empty())
