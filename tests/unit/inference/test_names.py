"""Names as inputs and as answers: what is doubtful says so, and what nobody reads has no structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from anymol.chem.naming import is_namer_available
from anymol.chem.opsin import is_opsin_available
from anymol.errors import UnknownNameError, UnnamedMoleculeError
from anymol.inference.answers import FailedPrediction, Method
from anymol.inference.assistant import Assistant
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.tasks.task import Check, Task

needs_opsin = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")
needs_namer = pytest.mark.skipif(not is_namer_available(), reason="needs openclatura")


class GuessingModel:
    """Guesses chlorobenzene at every name, and counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0
        config = SimpleNamespace(modalities={})
        processor = SimpleNamespace(encode=lambda messages: [0])
        self.generator = SimpleNamespace(model=SimpleNamespace(config=config), processor=processor, positions=2048)

    def choose_decoding(self, task: Task, top_k: int = 1) -> Any:
        return SimpleNamespace(max_new_tokens=8)

    def answer(self, task: Task, questions: Sequence[Any], *, top_k: int = 1, seed: int = 0) -> list[AnsweredRow]:
        self.count += len(questions)
        found = ScoredAnswer("Clc1ccccc1", "<mol>Clc1ccccc1</mol>", -5.0, 0.03)
        return [AnsweredRow((found,), (), 0) for _ in questions]


@pytest.fixture
def model() -> GuessingModel:
    return GuessingModel()


@pytest.fixture
def assistant(model: GuessingModel) -> Assistant:
    return Assistant(lambda: model, "guessing")  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("task", ["name_to_molecule", "molecular_weight", "retrosynthesis"])
def test_a_name_that_nobody_reads_has_no_structure(assistant: Assistant, model: GuessingModel, task: str) -> None:
    with pytest.raises(UnknownNameError, match="did you mean ibuprofen"):
        assistant.predict(task, "ibuprofin")
    assert model.count == 0


def test_in_a_list_it_costs_its_own_row_alone(assistant: Assistant) -> None:
    bad, good = assistant.predict("name_to_molecule", ["blafoobar", "aspirin"])
    assert isinstance(bad, FailedPrediction)
    assert bad.error.exit_code == 2
    assert not isinstance(good, FailedPrediction)
    assert good.answers[0].value == "CC(=O)Oc1ccccc1C(=O)O"


def test_the_model_guesses_when_it_is_asked(assistant: Assistant, model: GuessingModel) -> None:
    (answer,) = assistant.predict("name_to_molecule", "blafoobar", source="model").answers
    assert (answer.value, answer.method) == ("Clc1ccccc1", Method.MODEL)
    guessed = assistant.predict("captioning", "blafoobar", source="model")
    assert "the model's own guess" in guessed.notes[0]
    assert model.count > 1


@needs_opsin
def test_an_ambiguous_name_gives_its_isomers_and_none_is_sure(assistant: Assistant) -> None:
    found = assistant.predict("name_to_molecule", "xylene", top_k=3)
    assert {answer.value for answer in found.answers} == {"Cc1ccccc1C", "Cc1cccc(C)c1", "Cc1ccc(C)cc1"}
    for answer in found.answers:
        assert answer.certainty == "doubtful"
        assert "3 isomers" in answer.to_json()["doubts"][0]
    assert "3 isomers" in found.notes[0]


@needs_opsin
def test_what_is_computed_of_a_doubtful_molecule_is_doubtful(assistant: Assistant) -> None:
    found = assistant.predict("logp", "cresol")
    assert found.answers[0].certainty == "doubtful"
    assert "3 isomers" in found.notes[0]
    assert assistant.predict("logp", "p-cresol").answers[0].certainty != "doubtful"


def test_letters_as_inputs(assistant: Assistant) -> None:
    weight = assistant.predict("molecular_weight", "NBS")
    assert weight.answers[0].value == pytest.approx(177.985, abs=0.01)
    assert weight.answers[0].certainty == "doubtful"
    assert assistant.predict("molecular_weight", "CCO").notes == ()


@needs_namer
@needs_opsin
def test_a_molecule_is_named_by_rules_and_the_name_is_read_back(assistant: Assistant, model: GuessingModel) -> None:
    found = assistant.predict("molecule_to_name", "CC(=O)Nc1ccc(O)cc1")
    (answer,) = found.answers
    assert (answer.value, answer.method) == ("N-(4-hydroxyphenyl)acetamide", Method.COMPUTED)
    assert answer.program is not None and "openclatura" in answer.program
    assert [(check.name, check.passed) for check in answer.checks] == [("name_agrees", True)]
    assert "paracetamol" in found.notes[0]
    assert model.count == 0


@needs_namer
def test_a_molecule_that_cannot_be_named_is_not_guessed_at(assistant: Assistant, model: GuessingModel) -> None:
    with pytest.raises(UnnamedMoleculeError):
        assistant.predict("molecule_to_name", "[U]")
    assert model.count == 0


@needs_namer
def test_a_name_that_is_read_back_otherwise_is_doubtful(assistant: Assistant) -> None:
    (answer,) = assistant.predict("molecule_to_name", "CCCO").answers
    assert answer.certainty != "doubtful"
    failed = replace(answer, checks=(Check("name_agrees", False, "OPSIN reads another molecule"),))
    assert failed.certainty == "doubtful"
