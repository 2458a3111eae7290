"""Questions of the table of calculations, asked of an assistant whose model nobody may ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.errors import InvalidTaskInputError, UserError
from anymol.inference.answers import Method, Prediction
from anymol.inference.assistant import Assistant
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def refuse_to_load() -> None:
    raise AssertionError("the model was asked")


@pytest.fixture
def assistant() -> Assistant:
    return Assistant(refuse_to_load, "silent")  # type: ignore[arg-type,return-value]


def values(found: Prediction) -> list[object]:
    return [answer.value for answer in found.answers]


def test_several_properties_are_answered_each_with_its_method(assistant: Assistant) -> None:
    found = assistant.ask("What are the MW, logP and TPSA of aspirin?")
    assert found.task == "average_mass, logp, tpsa" and values(found) == [180.16, 1.31, 63.6]
    assert [answer.method for answer in found.answers] == [Method.COMPUTED] * 3
    assert ["weight" in (answer.program or "") for answer in found.answers] == [True, False, False]
    assert found.asked.molecule == ASPIRIN and "dictionary" in found.notes[0]


def test_json_names_each_answer(assistant: Assistant) -> None:
    shown = json.loads(json.dumps(assistant.ask("formula and logP of aspirin").to_json()))
    assert [one["name"] for one in shown["answers"]] == ["formula", "logp"]
    assert [one["exact"] for one in shown["answers"]] == [True, False]
    assert shown["answers"][0]["statement"] == "The molecular formula of aspirin is C9H8O4."
    assert all(one["method"] == "computed" and one["evidence"] for one in shown["answers"])
    assert shown["question"] == "formula and logP of aspirin"


def test_a_single_quantity_that_a_task_asks_is_the_tasks(assistant: Assistant) -> None:
    for question in ("What is the LogP of aspirin?", "logP of CCO", "LogP?"):
        found = assistant.ask(question, [] if "of" in question else ["caffeine"])
        assert found.task == "logp" and found.answers[0].result is None


def test_two_molecules_given_beside_the_question(assistant: Assistant) -> None:
    assert values(assistant.ask("Are these two the same molecule?", ["CCO", "OCC"])) == ["yes"]
    assert values(assistant.ask("How are they related?", ["CC=O", "C=CO"])) == ["tautomers"]
    assert values(assistant.ask("Is it the same as aspirin?", [ASPIRIN])) == ["yes"]
    assert values(assistant.ask("Which is heavier?", ["CCO", "CCCO"])) == ["CCCO 60.10 g/mol > CCO 46.07 g/mol"]


def test_each_of_several_molecules_is_answered(assistant: Assistant) -> None:
    found = assistant.ask("What are the formulas of aspirin and caffeine?")
    assert values(found) == ["C9H8O4", "C8H10N4O2"]
    assert [one.name for one in found.subjects] == ["aspirin", "caffeine"]


def test_what_has_no_answer_does_not_take_the_others_with_it(assistant: Assistant) -> None:
    found = assistant.ask("formula and scaffold of ethanol")
    assert values(found) == ["C2H6O"]
    assert any("acyclic" in note for note in found.notes)
    with pytest.raises(UserError, match="acyclic"):
        assistant.ask("What is the scaffold of ethanol?")


def test_a_formula_will_do_for_a_mass(assistant: Assistant) -> None:
    found = assistant.ask("What is the molar mass of C6H12O6?")
    assert values(found) == [180.16] and "formula" in found.notes[0]
    with pytest.raises(UserError, match="C6H12O6"):
        assistant.ask("What are the TPSA and QED of C6H12O6?")


def test_amounts_and_equations(assistant: Assistant) -> None:
    assert values(assistant.ask("How many mmol are 500 mg of this compound?", ["caffeine"])) == [2.575]
    assert values(assistant.ask("Balance Fe + O2 -> Fe2O3")) == ["4 Fe + 3 O2 -> 2 Fe2O3"]


def test_this_molecule_is_the_one_given(assistant: Assistant) -> None:
    found = assistant.ask("draw this molecule", ["caffeine"])
    assert found.task == "draw" and values(found) == ["Cn1c(=O)c2c(ncn2C)n(C)c1=O"]


def test_a_record_names_the_molecule(assistant: Assistant, examples_dir: Path) -> None:
    graph = RecordPart(Modality.GRAPH, smiles=ASPIRIN)
    assert values(assistant.ask("What is its formula?", records=[graph])) == ["C9H8O4"]
    assert values(assistant.ask("formula and charge?", [examples_dir / "aspirin.sdf"])) == ["C9H8O4", 0]


def test_what_is_missing_is_said(assistant: Assistant) -> None:
    with pytest.raises(UserError, match="no molecule is given"):
        assistant.ask("What is the formula?")
    with pytest.raises(InvalidTaskInputError, match="no model answers formula"):
        assistant.ask("What is the formula of aspirin?", source="model")
    with pytest.raises(InvalidTaskInputError, match="takes two molecules"):
        assistant.ask("Are they the same?", ["CCO", "C", "CC"])


def test_a_prediction_is_shown_as_sentences(assistant: Assistant) -> None:
    found = assistant.ask("formula and logP of aspirin")
    assert "The molecular formula of aspirin is C9H8O4.  (exact; RDKit" in str(found)
    assert "The Crippen LogP of aspirin is 1.31." in found._repr_html_()
    assert "<svg" in assistant.ask("draw this molecule", ["CCO"])._repr_html_()


def test_a_question_that_names_another_molecule_than_the_given_one_is_refused(assistant: Assistant) -> None:
    for question in (
        "LogP of aspirin",
        "What are the formula and TPSA of aspirin?",
        "mass of C9H8O4",
        "name of aspirin",
    ):
        with pytest.raises(InvalidTaskInputError, match="the question names"):
            assistant.ask(question, ["caffeine"])
    assert values(assistant.ask("LogP of aspirin", [ASPIRIN])) == [1.31]
    assert values(assistant.ask("formulas of this and aspirin", ["caffeine"])) == ["C8H10N4O2", "C9H8O4"]
    assert values(assistant.ask("Does this contain benzene?", ["Nc1ccccc1"])) == ["yes"]


@pytest.mark.parametrize("formula", ["FeCl3·6H2O", "FeCl3.6H2O"])
def test_the_formula_of_a_hydrate_is_one_compound(assistant: Assistant, formula: str) -> None:
    # 162.20 + 6 x 18.015
    assert values(assistant.ask(f"MW of {formula}")) == [270.29]
