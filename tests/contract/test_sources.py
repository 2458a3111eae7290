"""Every source of answers answers the same questions, and they are asked in the order that one file states."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import AnyMolError, InvalidTaskInputError, UnreadableAnswerError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.sources.order import consult, list_sources
from anymol.inference.sources.reactions import RankedReactions
from anymol.inference.sources.source import AnswerSource, BatchSource, Found, Question
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import Adduct, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.notebooks import DATA_HOME, locate_notebook
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings
from anymol.tasks.evidence import ModelEvidence, PrecedentEvidence
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
RECOGNITION = TASKS["molecule_recognition"]


@dataclass
class MadeUpModel:
    """A source like the model: it answers many questions together, and counts how often it was asked."""

    error: AnyMolError | None = None
    asked: int = 0
    calls: int = 0
    name: str = "made up"
    method: Method = Method.MODEL

    def can_answer(self, task: Task) -> bool:
        return True

    def try_answer(self, question: Question) -> Found | None:
        raise AssertionError("a batch source is asked in batches")

    def try_answers(self, questions: Sequence[Question]) -> list[Found | AnyMolError]:
        self.calls += 1
        self.asked += len(questions)
        answer = Answer("C", "C", AnswerKind.MOLECULE, Method.MODEL, evidence=(ModelEvidence("made up"),))
        return [self.error or Found((answer,)) for _ in questions]


BEFORE_THE_MODEL = list_sources(MadeUpModel())[:-1]


@pytest.fixture(scope="module", autouse=True)
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A notebook of two reactions, which answers can cite."""
    task_input, answer = TASKS["retrosynthesis"].example
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(DATA_HOME, str(tmp_path_factory.mktemp("home")))
        reactions = [
            RecordedReaction(str(task_input.products), str(answer), id="page 1"),
            RecordedReaction(
                "c1ccc(-c2ccccc2)cc1", "Brc1ccccc1.OB(O)c1ccccc1", "O=C([O-])[O-].[K+].[K+]", "C1COCCO1", "[Pd]", id="2"
            ),
        ]
        store, _ = build_store("ELN", reactions)
        store.save(locate_notebook("ELN"), {})
        yield


def draw(smiles: str) -> RecordPart:
    from anymol.synthesis.image import ImageEngine

    pytest.importorskip("torch")
    (record,) = ImageEngine().synthesize(smiles, 0).records
    assert isinstance(record, MoleculeImage)
    return RecordPart(Modality.IMAGE, record)


A_QUESTION = TaskInput(molecule="C", text="Is it a gas?")
"""What the model alone answers."""


def measure(smiles: str) -> RecordPart:
    (record,) = Ms2Engine(Ms2Settings(adducts=(Adduct.M_H,), energies=(30.0,))).synthesize(smiles, 0).records
    assert isinstance(record, MassSpectrum)
    return RecordPart(Modality.MS2, record)


def questions_of(task: Task) -> list[Question]:
    """Return the example of a task, and where it recognises molecules one with each kind of record."""
    # What a source may ask the model besides is tested with the real one.
    alone = PredictOptions(source=SourceChoice.TOOL)
    found = [Question(task, task.example[0], alone)]
    if task is RECOGNITION:
        for part in (RecordPart(Modality.GRAPH, smiles=CAFFEINE), measure(CAFFEINE), draw("CC(=O)Nc1ccc(O)cc1")):
            found.append(Question(task, TaskInput(records={Slot.MOLECULE: (part,)}), alone))
    if Slot.REACTANTS in task.required and Slot.PRODUCTS not in task.required:
        drawn = {Slot.REACTANTS: (draw("CCO.CC(=O)O>>CCOC(C)=O"),)}
        found.append(Question(task, TaskInput(reactants="CCO.CC(=O)O", products="CCOC(C)=O", records=drawn), alone))
    return found


@pytest.mark.parametrize("source", BEFORE_THE_MODEL, ids=lambda source: type(source).__name__)
def test_a_source_says_what_it_can_answer_and_gives_evidence(source: AnswerSource) -> None:
    able = [task for task in TASKS.values() if source.can_answer(task)]
    assert able and len(able) < len(TASKS)
    answered = 0
    for task in able:
        for question in questions_of(task):
            found = source.try_answer(question)
            if found is None:
                continue
            assert source.try_answer(question) == found
            for answer in found.answers:
                answered += 1
                assert (answer.method, answer.kind) == (source.method, task.answer)
                assert answer.evidence and answer.program
                # All else is checked for all sources.
                assert {check.name for check in answer.checks} <= {"precedent", "mass_balance", "elements", "redox"}
                shown = json.loads(json.dumps(answer.to_json()))
                assert all(one["kind"] in {"program", "place", "precedent", "reaction"} for one in shown["evidence"])
    assert answered


def test_the_order_is_computed_read_retrieved_predicted_model() -> None:
    model = MadeUpModel()
    methods = [source.method for source in list_sources(model)]
    searched, predicted = [Method.SEARCHED] * 8, [Method.PREDICTED] * 3
    assert methods == [Method.COMPUTED] * 2 + [Method.READ] * 2 + searched + predicted + [Method.MODEL]
    assert isinstance(model, BatchSource)
    batched = [source for source in BEFORE_THE_MODEL if isinstance(source, BatchSource)]
    assert [type(source) for source in batched] == [RankedReactions]  # which asks the model too


def ask(task: str, asked: TaskInput, model: MadeUpModel, choice: SourceChoice = SourceChoice.AUTO):
    question = Question(TASKS[task], asked, PredictOptions(source=choice), "what was given")
    (row,) = consult(list_sources(model), [question])
    return row


def test_what_a_program_defines_is_not_asked_of_the_model() -> None:
    model = MadeUpModel()
    row = ask("logp", TaskInput(molecule="CCO"), model)
    assert [answer.method for answer in row.answers] == [Method.COMPUTED] and not model.asked
    row = ask("logp", TaskInput(molecule="CCO"), model, SourceChoice.MODEL)
    assert [answer.method for answer in row.answers] == [Method.MODEL] and model.asked == 1


def test_what_a_store_holds_is_pooled_with_the_models_answers() -> None:
    asked = TaskInput(records={Slot.MOLECULE: (measure(CAFFEINE),)})
    row = ask("molecule_recognition", asked, MadeUpModel())
    assert [answer.method for answer in row.answers] == [Method.SEARCHED, Method.MODEL]
    precedent = row.answers[0].evidence[0]
    assert isinstance(precedent, PrecedentEvidence) and "caffeine" in precedent.id.lower() and precedent.source
    tool = ask("molecule_recognition", asked, model := MadeUpModel(), SourceChoice.TOOL)
    assert [answer.value for answer in tool.answers] == [CAFFEINE] and not model.asked


def test_what_the_model_cannot_say_costs_nothing_where_another_has_answered() -> None:
    silent = MadeUpModel(UnreadableAnswerError("it babbles"))
    asked = TaskInput(records={Slot.MOLECULE: (measure(CAFFEINE),)})
    row = ask("molecule_recognition", asked, silent)
    assert row.error is None and [answer.value for answer in row.answers] == [CAFFEINE]
    assert isinstance(ask("molecule_qa", A_QUESTION, silent).error, UnreadableAnswerError)


def test_a_question_that_is_wrong_is_answered_by_nobody() -> None:
    model = MadeUpModel()
    row = ask(
        "molecule_recognition",
        TaskInput(formula="CH4", records={Slot.MOLECULE: (RecordPart(Modality.GRAPH, smiles="CCO"),)}),
        model,
    )
    assert isinstance(row.error, InvalidTaskInputError) and not model.asked


def test_without_the_model_it_is_said_whether_anyone_could_have_known() -> None:
    blank = TaskInput(
        records={
            Slot.MOLECULE: (RecordPart(Modality.MS2, MassSpectrum(np.array([50.0]), np.array([1.0], np.float32))),)
        }
    )
    nothing = ask("molecule_recognition", blank, MadeUpModel(), SourceChoice.TOOL).error
    nobody = ask("molecule_qa", A_QUESTION, MadeUpModel(), SourceChoice.TOOL).error
    assert nothing is not None and "no molecule was found" in nothing.message and nothing.input == "what was given"
    assert nobody is not None and "no program computes" in nobody.message


def test_questions_are_put_to_the_model_together() -> None:
    model = MadeUpModel()
    rows = [Question(TASKS[name], TASKS[name].example[0]) for name in ("molecule_qa", "logp", "molecule_qa")]
    found = consult(list_sources(model), rows)
    assert (model.calls, model.asked) == (1, 2)
    assert [row.answers[0].method for row in found] == [Method.MODEL, Method.COMPUTED, Method.MODEL]


def test_a_measured_molecule_is_looked_up_and_another_predicted() -> None:
    model = MadeUpModel()
    measured = ask("solubility", TaskInput(molecule=CAFFEINE), model)
    predicted = ask("solubility", TaskInput(molecule="CCCCc1ccc(F)cc1"), model)
    assert [answer.method for answer in (*measured.answers, *predicted.answers)] == [Method.SEARCHED, Method.PREDICTED]
    assert measured.answers[0].value == -0.876 and not model.asked
    asked = ask("solubility", TaskInput(molecule=CAFFEINE), model, SourceChoice.MODEL)
    assert [answer.method for answer in asked.answers] == [Method.MODEL] and model.asked == 1


def test_what_cannot_be_predicted_is_not_guessed_by_the_model_either() -> None:
    row = ask("solubility", TaskInput(molecule="N[Pt](N)(Cl)Cl"), model := MadeUpModel())
    assert isinstance(row.error, InvalidTaskInputError) and "far from everything" in row.error.message
    assert not model.asked


class OwnTable:
    """A store of one's own, as one may be added."""

    method = Method.SEARCHED

    def can_answer(self, task: Task) -> bool:
        return task.answer is AnswerKind.NUMBER

    def try_answer(self, question: Question) -> Found | None:
        if question.task_input.molecule != "CCO":
            return None
        near = PrecedentEvidence("ethanol", 1.0, "a table", 1995)
        return Found((Answer(-0.31, "-0.31", AnswerKind.NUMBER, self.method, evidence=(near,)),), settled=True)


def test_a_new_source_is_two_methods_and_a_place_in_the_list() -> None:
    sources = (OwnTable(), *list_sources(MadeUpModel()))
    logp = TASKS["logp"]
    ethanol, methanol = consult(sources, [Question(logp, TaskInput(molecule=one)) for one in ("CCO", "CO")])
    assert ethanol.answers[0].evidence[0].to_json() == {
        "kind": "precedent", "id": "ethanol", "similarity": 1.0, "source": "a table", "year": 1995,
    }  # fmt: skip
    assert [answer.method for answer in methanol.answers] == [Method.COMPUTED]
    unmeasured = replace(logp, compute=None)
    assert consult(sources, [Question(unmeasured, TaskInput(molecule="CO"))])[0].answers[0].method is Method.MODEL
