"""The assistant with a tiny random model: everything but the quality of the answers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from anymol.chem.depiction import draw_molecule
from anymol.errors import (
    CheckpointError,
    InvalidReactionError,
    InvalidSmilesError,
    InvalidTaskInputError,
    RefusedError,
    UnknownNameError,
    UnknownTaskError,
    UnreadableAnswerError,
)
from anymol.inference.answers import FailedPrediction, Method, Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.confidence import Calibration, Candidate, fit_intervals, fit_probabilities
from anymol.inference.options import SourceChoice
from anymol.inference.scored import DecodingBudget
from anymol.models.checkpoint import write_manifest
from anymol.tasks.task import ReagentsState, TaskInput

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
SARIN = "CC(C)OP(C)(=O)F"
QUICK = DecodingBudget(beams=4, draws=8, molecule_tokens=32, text_tokens=16)


@pytest.fixture(scope="module")
def assistant(tiny_model_dir: Path) -> Assistant:
    return Assistant.load(tiny_model_dir, device="cpu", budget=QUICK)


def values(prediction: Prediction) -> list:
    return [answer.value for answer in prediction.answers]


def test_properties_are_computed(assistant: Assistant) -> None:
    found = assistant.predict("molecular_weight", ASPIRIN)
    assert found.answers[0].value == pytest.approx(180.16)
    shown = found.to_json()
    assert shown["answers"][0]["method"] == "computed"
    assert "RDKit" in shown["answers"][0]["program"]
    assert shown["answers"][0]["interval"] is None
    assert shown["answers"][0]["unit"] == "g/mol"


def test_the_model_gives_its_own_number(assistant: Assistant) -> None:
    found = assistant.predict("molecular_weight", ASPIRIN, source="model")
    answer = found.answers[0]
    assert answer.method is Method.MODEL and isinstance(answer.value, float)
    assert [check.name for check in answer.checks] == ["matches_computed"]
    shown = answer.to_json()
    assert shown["interval"] is None and shown["calibrated"] is False and "probability" not in shown


@pytest.mark.parametrize(
    ("task", "given", "text"),
    [
        ("forward_reaction", "CCO.CC(=O)O", None),
        ("forward_reaction", "CC(=O)O.CCO>O=S(=O)(O)O>", None),
        ("retrosynthesis", ASPIRIN, None),
        ("reagent_prediction", "CCO.CC(=O)O>>CCOC(C)=O", None),
        ("captioning", ASPIRIN, None),
        ("name_to_molecule", "2-chloropyridine", None),
        ("text_guided_design", "a benzene ring with a chlorine", None),
        ("molecule_editing", "Brc1ccccc1", "replace the bromine by a cyano group"),
        ("logp", "c1ccccc1", None),
        ("tpsa", "c1ccccc1", None),
    ],
)
def test_json_contract_of_every_task(assistant: Assistant, task: str, given: str, text: str | None) -> None:
    results = list(assistant.predict_many(task, [given], text=text, top_k=3, source="model"))
    shown = json.loads(json.dumps(results[0].to_json()))
    if isinstance(results[0], FailedPrediction):  # random SMILES may all have impossible valences
        assert set(shown["error"]) == {"kind", "input", "message", "hint"}
        assert shown["error"]["kind"] == "unreadable_answer"
        return
    assert {"task", "input", "answers", "model", "seconds"} <= set(shown)
    assert shown["task"] == task and shown["input"] == given and shown["model"] == "tiny-random"
    assert 1 <= len(shown["answers"]) <= 3
    for answer in shown["answers"]:
        assert {"value", "text", "checks"} <= set(answer)
        assert ("probability" in answer) != ("interval" in answer)
        for check in answer["checks"]:
            assert set(check) == {"name", "passed", "detail"}
    assert all(0 <= answer.get("probability", 0) <= 1 for answer in shown["answers"])


def test_molecules_come_out_canonical_and_distinct(assistant: Assistant) -> None:
    from anymol.chem.parsing import canonicalize_smiles

    asked = ["CCO.CC(=O)O", "c1ccccc1.CCBr", "CCN.CC(=O)Cl"]
    many = assistant.predict_many("forward_reaction", asked, top_k=4, source="model")
    answered = [found for found in many if isinstance(found, Prediction)]
    for found in answered:
        assert len(set(values(found))) == len(values(found))
        assert all(canonicalize_smiles(value) == value for value in values(found))
        log_probs = [answer.log_prob for answer in found.answers]
        assert log_probs == sorted(log_probs, reverse=True)


def test_retrosynthesis_is_checked_by_a_round_trip(assistant: Assistant) -> None:
    checked = 0
    for found in assistant.predict_many("retrosynthesis", [ASPIRIN, "CCOC(C)=O", "Clc1ccccn1", "CCO"], top_k=2):
        if isinstance(found, Prediction):
            for answer in found.answers:
                assert "round_trip" in [check.name for check in answer.checks]
                checked += 1
    unchecked = assistant.predict_many("retrosynthesis", [ASPIRIN, "CCO"], verify=False)
    assert all(not answer.checks for found in unchecked if isinstance(found, Prediction) for answer in found.answers)
    if assistant.answerer.generator.processor.notation == "selfies":
        assert checked > 0


def test_the_same_seed_gives_the_same_answer(assistant: Assistant) -> None:
    first = assistant.predict("logp", ASPIRIN, source="model", seed=5)
    again = assistant.predict("logp", ASPIRIN, source="model", seed=5)
    assert first.answers == again.answers
    together = assistant.predict("logp", ["CCO", ASPIRIN, "c1ccccc1"], source="model", seed=5)
    # Log-probabilities may differ in the last digits of a float: a batch of another shape is summed in another order.
    assert isinstance(together, list) and together[1].to_json()["answers"] == first.to_json()["answers"]


def test_order_is_kept_and_bad_rows_stay_in_their_place(assistant: Assistant) -> None:
    rows = ["CCO", "C1CC", "not a molecule at all", ASPIRIN, "", "CC(C)(C)(C)C", "Cn1cnc2c1c(=O)n(C)c(=O)n2C"]
    found = list(assistant.predict_many("tpsa", rows))
    assert [one.input for one in found] == rows
    assert [isinstance(one, FailedPrediction) for one in found] == [False, True, True, False, True, True, False]
    kinds = [one.to_json()["error"]["kind"] for one in found if isinstance(one, FailedPrediction)]
    assert kinds[0] == "invalid_smiles" and kinds[1] == "unknown_name"
    assert [one.answers[0].value for one in found if isinstance(one, Prediction)] == pytest.approx([20.23, 63.6, 61.82])


def test_streams_are_consumed_a_chunk_at_a_time(assistant: Assistant) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for length in itertools.count(1):
            taken += 1
            yield "C" * (1 + length % 9)

    first = list(itertools.islice(assistant.predict_many("molecular_weight", endless()), 200))
    assert len(first) == 200 and all(isinstance(one, Prediction) for one in first)
    assert taken < 400


def test_augmentation_merges_spellings(assistant: Assistant) -> None:
    plain = list(assistant.predict_many("forward_reaction", ["CCO.CC(=O)O"], top_k=3))
    more = list(assistant.predict_many("forward_reaction", ["CCO.CC(=O)O"], top_k=3, augment=4, seed=1))
    again = list(assistant.predict_many("forward_reaction", ["CCO.CC(=O)O"], top_k=3, augment=4, seed=1))
    assert [values(one) for one in more if isinstance(one, Prediction)] == [
        values(one) for one in again if isinstance(one, Prediction)
    ]
    assert len(plain) == len(more) == 1


def test_graphs_can_be_shown(assistant: Assistant) -> None:
    text = assistant.predict("logp", ASPIRIN, source="model", seed=1)
    graph = assistant.predict("logp", ASPIRIN, source="model", seed=1, as_graph=True)
    assert graph.answers[0].log_prob != text.answers[0].log_prob


def test_refuses_weapons(assistant: Assistant) -> None:
    with pytest.raises(RefusedError, match="sarin"):
        assistant.predict("retrosynthesis", SARIN)
    with pytest.raises(RefusedError):
        assistant.predict("molecule_editing", SARIN, text="replace the fluorine by a chlorine")
    with pytest.raises(RefusedError):
        assistant.predict("reagent_prediction", f"CC(C)O.CP(=O)(F)F>>{SARIN}")
    # A property of it may be known.
    assert assistant.predict("molecular_weight", SARIN).answers[0].value == pytest.approx(140.09)


def test_refuses_weapons_that_are_drawn_also_to_the_model_alone(assistant: Assistant, tmp_path: Path) -> None:
    drawn = draw_molecule("CCOP(C)(=O)F", tmp_path / "drawing.png")
    for source in SourceChoice.AUTO, SourceChoice.MODEL:
        with pytest.raises(RefusedError):
            assistant.predict("retrosynthesis", drawn, source=source)


def test_ordinary_reagents_are_not_refused(assistant: Assistant) -> None:
    for reagent in ("O=S(Cl)Cl", "O=P(Cl)(Cl)Cl", "CCOP(OCC)OCC", "OCCN(CCO)CCO", "C#N"):
        for task, reaction in (
            ("reaction_completion", f"CC(=O)O>{reagent}>"),
            ("reaction_completion", f">{reagent}>CC(=O)Cl"),
            ("reagent_prediction", f"CC(=O)O.{reagent}>>CC(=O)Cl"),
            ("forward_reaction", f"CC(=O)O.{reagent}"),
        ):
            with suppress(UnreadableAnswerError):  # the tiny model of these tests writes what it likes
                assistant.predict(task, reaction)


def test_says_what_is_wrong(assistant: Assistant) -> None:
    with pytest.raises(UnknownTaskError, match="retrosynthesis"):
        assistant.predict("retrosintesis", "CCO")
    with pytest.raises(InvalidSmilesError):
        assistant.predict("retrosynthesis", "C1CC")
    with pytest.raises(InvalidReactionError, match="reactants>>products"):
        assistant.predict("reagent_prediction", "CCO")
    with pytest.raises(InvalidTaskInputError, match="takes no text"):
        assistant.predict("logp", "CCO", text="please")
    with pytest.raises(InvalidTaskInputError, match="needs"):
        assistant.predict("molecule_editing", "CCO")
    with pytest.raises(InvalidTaskInputError, match="no program"):
        assistant.predict("molecule_qa", "CCO", text="Is it a gas?", source=SourceChoice.TOOL)
    with pytest.raises(InvalidTaskInputError, match="not a source"):
        assistant.predict("captioning", "CCO", source="oracle")
    with pytest.raises(InvalidTaskInputError, match="colour"):
        assistant.predict("logp", {"molecule": "CCO", "colour": "red"})
    with pytest.raises(InvalidTaskInputError, match="top_k"):
        assistant.predict("logp", "CCO", top_k=0)
    with pytest.raises(InvalidTaskInputError, match="too long"):
        assistant.predict("text_guided_design", "a ring, " * 900, source="model")


def test_forms_of_input(assistant: Assistant) -> None:
    def asked(task: str, given: object, **more: object) -> TaskInput:
        result = next(iter(assistant.predict_many(task, [given], **more)))
        return result.asked if isinstance(result, Prediction) else TaskInput()

    by_name = assistant.predict("molecular_weight", "aspirin")
    assert by_name.asked.molecule == ASPIRIN and "dictionary" in by_name.notes[0]
    assert asked("logp", "[C][C][O]").molecule == "CCO"
    assert asked("logp", TaskInput(molecule="OCC")).molecule == "CCO"
    assert asked("logp", {"molecule": "OCC"}).molecule == "CCO"
    assert assistant.predict("logp", {"molecule": "OCC"}).to_json()["input"] == {"molecule": "OCC"}


def test_forms_of_reactions() -> None:
    from anymol.inference.inputs import read_input
    from anymol.tasks.table import TASKS

    def read(task: str, written: str) -> TaskInput:
        return read_input(TASKS[task], written, None, lambda text: (text, None)).task_input

    mixed = read("forward_reaction", "NCc1ccccc1.CC(Cl)=O.CCN(CC)CC")
    assert (mixed.reactants, mixed.reagents) == ("CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC")
    assert mixed.reagents_state is ReagentsState.SEPARATED
    separated = read("forward_reaction", "OCC.CC(O)=O>Cl>")
    assert (separated.reactants, separated.reagents) == ("CC(=O)O.CCO", "Cl")
    assert separated.reagents_state is ReagentsState.SEPARATED
    assert read("forward_reaction", "OCC.CC(O)=O>>").reagents_state is ReagentsState.DROPPED
    assert read("retrosynthesis", ">>O(CC)C(C)=O").products == "CCOC(C)=O"
    reagents = read("reagent_prediction", "[CH3:1][OH:2]>>[CH3:1][Cl:3]")
    assert (reagents.reactants, reagents.products) == ("CO", "CCl")


def test_ask(assistant: Assistant) -> None:
    found = assistant.ask("What is the molecular weight of this molecule?", molecules=["aspirin"])
    shown = found.to_json()
    assert shown["task"] == "molecular_weight" and shown["question"].startswith("What is the molecular")
    assert shown["answers"][0]["value"] == pytest.approx(180.16) and shown["input"] == "aspirin"
    with pytest.raises(UnknownTaskError, match="outside"):
        assistant.ask("Who won the football match yesterday?")
    both = assistant.ask("What is the molecular weight of this molecule?", molecules=["CCO", "CCN"])
    assert [answer.value for answer in both.answers] == [46.07, 45.08]
    with pytest.raises(InvalidTaskInputError, match="one molecule"):
        assistant.ask("Describe this molecule.", molecules=["CCO", "CCN"])


def test_an_unsure_reading_of_a_name_is_not_used(assistant: Assistant) -> None:
    with pytest.raises(UnknownNameError):
        assistant.predict("logp", "qwertyuiopine")


def test_a_calibrated_model_says_so(tiny_smiles_model_dir: Path, tmp_path: Path) -> None:
    import shutil

    directory = tmp_path / "calibrated"
    shutil.copytree(tiny_smiles_model_dir, directory)
    rows = [[(Candidate("a", "a", -float(i % 7), 1.0), i % 2 == 0)] for i in range(50)]
    intervals = fit_intervals([1.0, 2.0, 3.0], [0.5, 0.5, 0.5], [1.2, 1.9, 3.3])
    Calibration({"captioning": fit_probabilities(rows)}, {"logp": intervals}, "synthetic").save(directory)
    write_manifest(directory)
    assistant = Assistant.load(directory, device="cpu", budget=QUICK)
    shown = assistant.predict("logp", ASPIRIN, source="model").to_json()["answers"][0]
    assert shown["calibrated"] and shown["interval"]["low"] < shown["value"] < shown["interval"]["high"]
    assert shown["interval"]["level"] == 0.9
    text = assistant.predict("captioning", ASPIRIN, source="model").to_json()["answers"][0]
    assert text["calibrated"] and 0 < text["probability"] < 1


def test_missing_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckpointError, match="no model here"):
        Assistant.load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError):
        Assistant.load(tmp_path / "empty")
    monkeypatch.setattr("anymol.models.locating.EMBEDDED", "no_such_model")
    with pytest.raises(CheckpointError, match="embedded model 'no_such_model' is missing") as raised:
        Assistant.load()
    assert "--model" in str(raised.value)
