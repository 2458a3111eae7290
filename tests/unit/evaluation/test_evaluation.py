"""Evaluation: recovered questions, baselines and figures against numbers worked out by hand, and a whole run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import DataError, UnknownTaskError
from anymol.evaluation.baselines import answer_baselines
from anymol.evaluation.calibrate import CALIBRATION_PLAN, calibrate
from anymol.evaluation.figures import compare, measure
from anymol.evaluation.plan import EvaluationPlan, Rows
from anymol.evaluation.questions import read_reference, recover_input
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.runner import evaluate, score_task
from anymol.inference.confidence import Calibration
from anymol.inference.scored import AnsweredRow, DecodingBudget, ScoredAnswer
from anymol.modalities.content import MoleculePart, Part, TextPart
from anymol.models.checkpoint import verify_checkpoint
from anymol.synthesis.graph import synthesize_graph
from anymol.tasks.correctness import is_right
from anymol.tasks.prompt import render_prompt, write_reaction
from anymol.tasks.table import TASKS
from anymol.tasks.task import AnswerKind, Baseline, ReagentsState, Slot, TaskInput, Value

QUICK = DecodingBudget(beams=3, draws=6, molecule_tokens=24, text_tokens=12)


def make_example(
    task: str, asked: TaskInput, answer: Value, split: str = "val", phrasing: int = 0, **how
) -> InstructionExample:
    said: tuple[Part, ...] = (TextPart(str(answer)),)
    if TASKS[task].answer in (AnswerKind.MOLECULE, AnswerKind.MIXTURE):
        said = (MoleculePart(str(answer)),)
    elif TASKS[task].answer is AnswerKind.REACTION:
        said = write_reaction(str(answer))
    messages = render_prompt(TASKS[task], asked, phrasing, **how)
    return InstructionExample(f"{task}/{split}/{asked}/{phrasing}", task, messages, said, "hand", "CC0", split)


def make_row(
    task: str, prediction: Value | None, reference: Value, asked: TaskInput | None = None, **scored
) -> EvaluatedRow:
    asked = asked or TaskInput(molecule="CCO")
    answers = () if prediction is None else (ScoredAnswer(prediction, str(prediction), -1.0, **scored),)
    example = make_example(task, TASKS[task].example[0], reference)
    hits = tuple(answer.value == reference for answer in answers)
    return EvaluatedRow(example, asked, reference, AnsweredRow(answers, (), 0), hits)


# ------------------------------------------------------------------------------------------------------- questions


@pytest.mark.parametrize("name", list(TASKS))
@pytest.mark.parametrize("phrasing", range(6))
def test_what_was_asked_is_recovered(name: str, phrasing: int) -> None:
    task = TASKS[name]
    asked, answer = task.example
    example = make_example(name, asked, answer, phrasing=phrasing)
    assert recover_input(task, example) == asked
    assert read_reference(task, example) == answer


def test_a_graph_alone_is_the_molecule() -> None:
    asked = TaskInput(molecule="CCO.Cl")
    example = make_example("logp", asked, -0.1, as_graph=[Slot.MOLECULE], beside_text=False)
    assert recover_input(TASKS["logp"], example).molecule == "CCO.Cl"


@pytest.mark.parametrize("state", list(ReagentsState))
def test_the_state_of_reagents_is_recovered(state: ReagentsState) -> None:
    asked = TaskInput(
        reactants="CCO", reagents="Cl" if state is ReagentsState.SEPARATED else None, reagents_state=state
    )
    example = make_example("forward_reaction", asked, "CCCl")
    assert recover_input(TASKS["forward_reaction"], example) == asked


# ------------------------------------------------------------------------------------------------------- baselines


def test_baselines_by_hand() -> None:
    numbers = [(TaskInput(molecule="C"), value) for value in (1.0, 2.0, 6.0)]
    mean, median = answer_baselines(TASKS["logp"], numbers, [TaskInput(molecule="CC")] * 2)
    assert mean.baseline is Baseline.MEAN and mean.answers == (3.0, 3.0)
    assert median.baseline is Baseline.MEDIAN and median.answers == (2.0, 2.0)

    reactions = [(TaskInput(reactants="C"), answer) for answer in ("CC", "CO", "CO")]
    copied, frequent = answer_baselines(
        TASKS["forward_reaction"], reactions, [TaskInput(reactants="CCO.c1ccccc1Br.Cl")]
    )
    assert copied.answers == ("c1ccccc1Br",)
    assert frequent.answers == ("CO",)

    words = [(TaskInput(molecule="CCO"), "an alcohol"), (TaskInput(molecule="c1ccccc1"), "an arene")]
    _, nearest = answer_baselines(TASKS["captioning"], words, [TaskInput(molecule="Cc1ccccc1"), TaskInput()])
    assert nearest.answers == ("an arene", None) and not nearest.baseline.trivial


def test_no_training_rows_no_answer() -> None:
    for found in answer_baselines(TASKS["logp"], [], [TaskInput(molecule="C")]):
        assert found.answers == (None,) and not found.is_measurable


def test_what_learnt_nothing_is_not_measured() -> None:
    """An absent answer would count as the worst one, so that any model would seem to beat it."""
    rows = [make_row("captioning", "a b", "a b")]
    described = score_task(TASKS["captioning"], rows, [], seed=0)
    assert not described.comparisons and described.best_trivial is None and described.beats_trivial is None
    assert described.unmeasured == (Baseline.MOST_FREQUENT, Baseline.NEAREST)
    noted = described.to_json()["baselines"]
    assert [one["figure"] for one in noted] == [None, None] and [one["beaten"] for one in noted] == [None, None]

    asked = TaskInput(reactants="CCO.CC(=O)O")
    made = [make_row("forward_reaction", "CCOC(C)=O", "CCOC(C)=O", asked)] * 9
    forward = score_task(TASKS["forward_reaction"], made, [], seed=0)
    # What needs no training rows is measured all the same; the other one might not be beaten.
    assert [one.baseline for one in forward.comparisons] == [Baseline.LARGEST_REACTANT]
    assert forward.comparisons[0].beaten and forward.beats_trivial is None

    edited = [make_row("molecule_editing", "CC", "CC", TaskInput(molecule="CC", text="do nothing"))]
    assert score_task(TASKS["molecule_editing"], edited, [], seed=0).beats_trivial is False  # a copy is as good


def test_an_endpoint_without_training_rows_is_not_counted_as_a_wrong_answer() -> None:
    asked = [TaskInput(molecule="CCN", text=text) for text in ("NR-AR", "NR-ER")]
    rows = [make_row("tox21", "No", "No", one) for one in asked]
    figures = score_task(TASKS["tox21"], rows, [(TaskInput(molecule="C", text="NR-AR"), "No")], seed=0)
    assert not figures.comparisons and Baseline.MOST_FREQUENT in figures.unmeasured


def test_a_neighbour_needs_a_molecule() -> None:
    """A procedure is asked of a mixture: there is no molecule whose nearest neighbour could be taken."""
    method = TASKS["procedure_writing"].choices[0]
    asked = TaskInput(reactants="CCO.CC(=O)O", reagents="Cl", products="CCOC(C)=O", text=method)
    figures = score_task(
        TASKS["procedure_writing"], [make_row("procedure_writing", "a", "b", asked)], [(asked, "b")], seed=0
    )
    assert figures.unmeasured == (Baseline.NEAREST,)


# --------------------------------------------------------------------------------------------------------- figures


def test_figures_by_hand() -> None:
    task = TASKS["logp"]
    rows = [make_row("logp", 1.0, 1.5), make_row("logp", 2.0, 2.0), make_row("logp", 4.0, 3.0)]
    figures = score_task(task, rows, [(TaskInput(molecule="C"), 2.0)], seed=0)
    by_name = {figure.metric: figure.interval for figure in figures.figures}
    assert by_name["mae"].estimate == pytest.approx(0.5)  # (0.5 + 0 + 1) / 3
    assert by_name["rmse"].estimate == pytest.approx((1.25 / 3) ** 0.5)
    assert by_name["mae"].n == 3 and 0 <= by_name["mae"].low <= 0.5 <= by_name["mae"].high <= 1
    # The mean baseline says 2.0: |1.5 - 2| + 0 + |3 - 2| over 3 is 0.5 as well, so nothing is gained or beaten.
    assert figures.comparisons[0].figure.interval.estimate == pytest.approx(0.5)
    assert figures.comparisons[0].gain.estimate == pytest.approx(0.0)
    assert not figures.beats_trivial
    assert figures.ece is None and figures.coverage is None


def test_a_better_model_beats_its_baseline() -> None:
    rows = [make_row("logp", i / 10 + 0.01, i / 10) for i in range(40)]
    figures = score_task(TASKS["logp"], rows, [(TaskInput(molecule="C"), 2.0)], seed=0)
    assert figures.headline.interval.estimate == pytest.approx(0.01)
    assert figures.beats_trivial and figures.best_trivial is not None
    assert figures.best_trivial.gain.low > 0.5


def test_unreadable_rows_count_as_wrong() -> None:
    asked = TaskInput(reactants="CCO.CC(=O)O")
    rows = [make_row("forward_reaction", "CCO", "CCO", asked), make_row("forward_reaction", None, "CCN", asked)]
    figures = score_task(TASKS["forward_reaction"], rows, [(asked, "CCO")], seed=0)
    by_name = {figure.metric: figure.interval.estimate for figure in figures.figures}
    assert by_name["exact_match"] == 0.5
    assert by_name["coverage"] == 0.5
    assert by_name["top_5_exact"] == 0.5


def test_stated_certainty_is_judged() -> None:
    rows = [
        make_row("captioning", "a b", "a b", probability=0.8),
        make_row("captioning", "a b", "c d", probability=0.8),
    ]
    assert score_task(TASKS["captioning"], rows, [], seed=0, baselines=False).ece == pytest.approx(0.3)


def test_a_corpus_figure_is_resampled_whole() -> None:
    bleu = TASKS["captioning"].metrics[0]
    predictions = ["the molecule is an acid of plants", "the molecule is a base of no plants"]
    figure = measure(bleu, predictions, predictions, seed=0)
    assert figure.interval.estimate == pytest.approx(1.0)
    baseline = answer_baselines(TASKS["captioning"], [(TaskInput(molecule="C"), "nothing at all")], [TaskInput()] * 2)[
        0
    ]
    gained = compare(bleu, predictions, baseline, predictions, seed=0)
    assert gained.gain.estimate == pytest.approx(1.0) and gained.beaten


# ------------------------------------------------------------------------------------------------------- whole runs


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shard directory with six training and three validation rows of three tasks."""
    molecules = ["CCO", "CCN", "CCCl", "c1ccccc1", "CC(=O)O", "CCBr", "CO", "CN", "CCC"]
    examples = []
    for place, smiles in enumerate(molecules):
        split = "train" if place < 6 else "val"
        asked = TaskInput(molecule=smiles)
        graph = [Slot.MOLECULE] if place % 2 else []
        examples.append(make_example("logp", asked, f"{place / 10:.2f}", split, place, as_graph=graph))
        examples.append(make_example("captioning", asked, f"The molecule is number {place}.", split, place))
        reaction = TaskInput(reactants=smiles, reagents_state=ReagentsState.DROPPED)
        examples.append(make_example("forward_reaction", reaction, "CCO", split, place))
    directory = tmp_path_factory.mktemp("data") / "shards"
    write_shards(examples, directory, name="hand", featurise=synthesize_graph)
    return directory


def test_a_whole_run(tiny_smiles_model_dir: Path, shards: Path, tmp_path: Path) -> None:
    done = evaluate(tiny_smiles_model_dir, shards, EvaluationPlan(limit=None, budget=QUICK), output=tmp_path)
    assert [task.task for task in done.tasks] == ["forward_reaction", "captioning", "logp"]
    assert [task.n for task in done.tasks] == [3, 3, 3]
    logp = done.tasks[2]
    # Validation references are 0.6, 0.7 and 0.8; the training mean is 0.25: (0.35 + 0.45 + 0.55) / 3.
    assert logp.comparisons[0].figure.interval.estimate == pytest.approx(0.45)
    # The most frequent training answer of the reactions is the right one each time.
    assert done.tasks[0].comparisons[1].figure.interval.estimate == 1.0 and not done.tasks[0].beats_trivial

    lines = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert len(lines) == 9
    assert {"id", "task", "question", "reference", "prediction", "answers", "right"} <= set(lines[0])
    assert lines[0]["question"].startswith("<bos><user>")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["tasks_beating_trivial_baselines"] == done.n_beaten
    report = (tmp_path / "report.md").read_text()
    assert "does not beat its trivial baselines on" in report and "forward_reaction" in report
    assert "not calibrated" in report
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_a_run_repeats_exactly(tiny_smiles_model_dir: Path, shards: Path) -> None:
    plan = EvaluationPlan(limit=2, budget=QUICK, tasks=("logp",), seed=4)
    first = evaluate(tiny_smiles_model_dir, shards, plan)
    again = evaluate(tiny_smiles_model_dir, shards, plan)
    assert first.tasks[0].figures == again.tasks[0].figures
    assert [row.example.id for row in first.rows] == [row.example.id for row in again.rows]


def test_what_cannot_be_evaluated(tiny_smiles_model_dir: Path, shards: Path) -> None:
    with pytest.raises(DataError, match="split 'exam'"):
        evaluate(tiny_smiles_model_dir, shards, EvaluationPlan(split="exam"))
    with pytest.raises(UnknownTaskError, match="logp"):
        evaluate(tiny_smiles_model_dir, shards, EvaluationPlan(tasks=("logpp",)))


def test_calibration_is_fitted_and_kept(tiny_smiles_model_dir: Path, shards: Path, tmp_path: Path) -> None:
    import shutil

    model = tmp_path / "model"
    shutil.copytree(tiny_smiles_model_dir, model)
    fitted = calibrate(model, shards, replace(CALIBRATION_PLAN, limit=None, budget=QUICK))
    assert set(fitted.probabilities) == {"forward_reaction", "captioning"} and set(fitted.intervals) == {"logp"}
    assert fitted.probabilities["captioning"].n == 2  # of three rows the even ones: the first and the third
    assert fitted.fitted_on.startswith("hand, split val, even rows")
    assert Calibration.load(model) == fitted
    verify_checkpoint(model)  # the manifest knows the new file
    done = evaluate(model, shards, EvaluationPlan(limit=None, budget=QUICK, tasks=("logp", "captioning")))
    assert done.tasks[1].coverage is not None and done.tasks[0].ece is not None


def test_open_ended_tasks_are_judged_by_their_checks() -> None:
    task = TASKS["molecule_editing"]
    asked = TaskInput(molecule="Cc1ccccc1", text="add a bromine")

    def row(*values: str) -> EvaluatedRow:
        answers = tuple(ScoredAnswer(value, value, -1.0) for value in values)
        checks = tuple(task.verify(asked, value) for value in values)
        hits = tuple(is_right(task, value, "Cc1ccccc1Br", found) for value, found in zip(values, checks, strict=True))
        example = make_example("molecule_editing", asked, "Cc1ccccc1Br")
        return EvaluatedRow(example, asked, "Cc1ccccc1Br", AnsweredRow(answers, (), 0), hits, checks)

    elsewhere, late, wrong = row("Cc1ccc(Br)cc1"), row("Cc1ccccc1", "Cc1cccc(Br)c1"), row("Cc1ccccc1")
    assert [one.right for one in (elsewhere, late, wrong)] == [True, False, False]
    assert [one.right_when_verified for one in (elsewhere, late, wrong)] == [True, True, False]
    figures = score_task(task, [elsewhere, late, wrong], [(asked, "Cc1ccccc1Br")], seed=0)
    by_name = {figure.metric: figure.interval.estimate for figure in figures.figures}
    assert figures.headline.metric == "request_met" and by_name["request_met"] == pytest.approx(1 / 3)
    assert by_name["right_when_verified"] == pytest.approx(2 / 3)
    copied = next(one for one in figures.comparisons if one.baseline == Baseline.COPY_INPUT)
    assert copied.figure.metric == "request_met" and copied.figure.interval.estimate == 0.0


def test_classes_are_judged_by_their_probabilities_endpoint_by_endpoint() -> None:
    def row(endpoint: str, yes: float | None, reference: str) -> EvaluatedRow:
        asked = TaskInput(molecule="CCO", text=endpoint)
        stated = () if yes is None else (("Yes", yes), ("No", 1.0 - yes))
        answers = tuple(ScoredAnswer(name, name, -1.0, probability=p) for name, p in stated)
        hits = tuple(one.value == reference for one in answers)
        example = make_example("tox21", asked, reference)
        return EvaluatedRow(example, asked, reference, AnsweredRow(answers, (), 0), hits)

    # Each endpoint in perfect order, one of them shifted up; the usual answer is "No" everywhere.
    rows = [row("NR-AR", 0.9, "Yes"), row("NR-AR", 0.8, "No"), row("SR-p53", 0.3, "Yes"), row("SR-p53", 0.1, "No")]
    training = [(TaskInput(molecule="C", text=endpoint), "No") for endpoint in ("NR-AR", "SR-p53")]
    figures = score_task(TASKS["tox21"], rows, training, seed=0)
    assert figures.headline.metric == "roc_auc" and figures.headline.interval.estimate == 1.0
    usual = next(one for one in figures.comparisons if one.baseline == Baseline.MOST_FREQUENT)
    assert usual.figure.interval.estimate == pytest.approx(0.5)
    unread = score_task(TASKS["tox21"], [row("NR-AR", None, "Yes"), *rows[1:]], training, seed=0)
    assert unread.headline.interval.estimate == pytest.approx(0.5)


def test_even_and_odd_rows_share_none() -> None:
    places = list(range(7))
    assert sorted(places[Rows.EVEN.slice] + places[Rows.ODD.slice]) == places[Rows.ALL.slice] == places
