"""A task that the model was not trained on is declined, for its answer would look as sure as any other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from anymol.errors import NotFiniteError, UntrainedTaskError
from anymol.inference.assistant import Assistant
from anymol.inference.options import PredictOptions
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.source import Found, Question
from anymol.models.locating import locate_model
from anymol.models.manifest import ModelManifest, read_manifest
from anymol.tasks.table import TASKS
from anymol.tasks.task import Task, TaskInput


def no_model() -> None:
    raise AssertionError("the weights are not needed to decline")


def ask(task: str, asked: TaskInput, tasks: frozenset[str] | None, *, untrained: bool = False) -> object:
    source = ModelSource(no_model, "small", tasks)  # type: ignore[arg-type]
    (found,) = source.try_answers([Question(TASKS[task], asked, PredictOptions(untrained=untrained), "CCO")])
    return found


def test_threads_that_need_the_model_at_once_read_it_once() -> None:
    read: list[object] = []

    def load() -> object:
        read.append(object())
        time.sleep(0.05)
        return read[-1]

    source = ModelSource(load, "small")  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: source.answerer, range(4)))
    assert read == found[:1] and len(set(map(id, found))) == 1


def test_a_question_without_numbers_has_the_error_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    source = ModelSource(no_model, "small")  # type: ignore[arg-type]
    monkeypatch.setattr(source, "encode", lambda question: (question.task_input.molecule,))

    def answer(question: Question, prompts: Any) -> list[AnsweredRow]:
        if ("CC",) in prompts:
            raise NotFiniteError("the model's logits are not finite")
        return [AnsweredRow((ScoredAnswer(prompt[0], prompt[0], -1.0),), (), 0) for prompt in prompts]

    monkeypatch.setattr(source, "answer", answer)
    asked = [Question(TASKS["captioning"], TaskInput(molecule=one)) for one in ("C", "CC", "CCC")]
    first, second, third = source.try_answers(asked)
    assert isinstance(first, Found) and isinstance(third, Found)
    assert [found.answers[0].value for found in (first, third)] == ["C", "CCC"]
    assert isinstance(second, NotFiniteError)


def test_a_task_it_was_not_trained_on_is_declined_before_the_weights_are_read() -> None:
    found = ask("captioning", TaskInput(molecule="CCO"), frozenset({"logp"}))
    assert isinstance(found, UntrainedTaskError)
    assert "small" in found.message and "captioning" in found.message and "'untrained'" in (found.hint or "")


@pytest.mark.parametrize(
    ("tasks", "untrained"), [(frozenset({"captioning"}), False), (frozenset({"logp"}), True), (None, False)]
)
def test_it_is_asked_what_it_was_trained_on_or_what_nobody_knows_or_what_is_wanted_all_the_same(
    tasks: frozenset[str] | None, untrained: bool
) -> None:
    with pytest.raises(AssertionError, match="weights"):
        ask("captioning", TaskInput(molecule="CCO"), tasks, untrained=untrained)


def test_the_shipped_model_declines_but_programs_still_answer() -> None:
    with locate_model(None) as directory:
        tasks = read_manifest(directory).tasks
    assert tasks is not None and {"forward_reaction", "captioning"} <= tasks
    untrained = set(TASKS) - tasks
    assert "reaction_completion" in untrained
    assistant = Assistant.load(lazy=True)
    with pytest.raises(UntrainedTaskError):
        assistant.predict("reaction_completion", "CC(=O)O.CCO>O=S(=O)(O)O>")
    assert assistant.predict("molecule_to_name", "CCO").answers[0].value == "ethanol"


with locate_model(None) as _shipped:
    TRAINED = read_manifest(_shipped).tasks or frozenset()
DECLINED = [
    task for task in TASKS.values() if task.name not in TRAINED and task.compute is None and not task.recognises
]


@pytest.mark.parametrize("task", DECLINED, ids=lambda task: task.name)
def test_the_shipped_model_declines_every_task_that_it_never_saw(task: Task) -> None:
    assistant = Assistant(no_model, "nano", TRAINED)  # type: ignore[arg-type]
    with pytest.raises(UntrainedTaskError, match=task.name):
        assistant.predict(task, task.example[0], source="model")  # what was measured, or searched, is another matter


def test_what_it_says_all_the_same_is_not_sure_of_itself(tiny_model_dir: Path) -> None:
    loaded = Assistant.load(tiny_model_dir).answerer
    said = Assistant(lambda: loaded, "small", frozenset({"logp"})).predict(
        "bbbp", "CCO", untrained=True, source="model"
    )
    assert said.answers[0].value in {"Yes", "No"}
    assert said.answers[0].probability is None and said.answers[0].certainty == "unknown"
    assert any("not trained on bbbp" in note for note in said.notes)
    sure = Assistant(lambda: loaded, "small", frozenset({"bbbp"})).predict("bbbp", "CCO", source="model")
    assert sure.answers[0].probability is not None and not any("trained" in note for note in sure.notes)


def test_what_a_manifest_says_of_the_tasks() -> None:
    def tasks(**provenance: object) -> frozenset[str] | None:
        return ModelManifest(1, "0", {}, {}, provenance).tasks

    counts = {"logp": {"train": 3}}
    assert tasks(tasks=["tpsa"], data={"counts": counts}) == {"tpsa"}
    assert tasks(data={"counts": counts}) == {"logp"}
    # What came before a continued run is not in its counts; nothing is declined for it.
    assert tasks(data={"counts": counts}, start={"from": "elsewhere"}) is None
    assert tasks(tasks=None, data={"counts": counts}) is None
    assert tasks() is None
