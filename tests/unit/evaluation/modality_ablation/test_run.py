"""The same rows asked in several ways: what is compared, against numbers worked out by hand, and a whole run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import ConfigError, DataError, InvalidTaskInputError
from anymol.evaluation.modality_ablation.figures import SURPRISE, Difference, ModalityAblation
from anymol.evaluation.modality_ablation.report import render_ablation_markdown
from anymol.evaluation.modality_ablation.run import ablate_modalities
from anymol.evaluation.modality_ablation.views import ModalityView
from anymol.evaluation.plan import EvaluationPlan
from anymol.inference.scored import DecodingBudget
from anymol.metrics.interval import ConfidenceInterval
from anymol.modalities.content import MoleculePart, RecordPart, Role, TextPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.synthesis.graph import synthesize_graph
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput

QUICK = DecodingBudget(beams=3, draws=6, molecule_tokens=24, text_tokens=12)
MOLECULES = ("CCO", "CCN", "CCCl", "c1ccccc1")
WAYS = tuple(map(ModalityView.parse, ("smiles", "smiles,graph", "smiles,graph,others", "graph")))


def make_example(task: str, smiles: str, answer: str, *records: RecordPart) -> InstructionExample:
    slot = TASKS[task].required[0]
    asked = TaskInput(**{slot.value: smiles}, records={slot: records})
    said = (MoleculePart(answer),) if task == "retrosynthesis" else (TextPart(answer),)
    messages = render_prompt(TASKS[task], asked, 0)
    return InstructionExample(f"{task}/{smiles}", task, messages, said, "hand", "CC0", "val")


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four rows of each of two tasks with graphs, and one of each without."""
    rows = [
        make_example(
            task, smiles, answer, *([] if smiles == "CCCC" else [RecordPart(Modality.GRAPH, role=role, smiles=smiles)])
        )
        for task, answer, role in (("retrosynthesis", "CC.C", Role.PRODUCT), ("logp", "1.00", Role.MOLECULE))
        for smiles in (*MOLECULES, "CCCC")
    ]
    directory = tmp_path_factory.mktemp("data") / "shards"
    write_shards(rows, directory, name="hand", featurise=synthesize_graph)
    return directory


@pytest.fixture(scope="module")
def done(
    shards: Path, tiny_smiles_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ModalityAblation, Path]:
    output = tmp_path_factory.mktemp("report")
    return ablate_modalities(tiny_smiles_model_dir, shards, WAYS, EvaluationPlan(budget=QUICK), output=output), output


def test_rows_without_records_are_left_out_of_all_ways_and_counted(done: tuple[ModalityAblation, Path]) -> None:
    evaluation, _ = done
    assert [task.task for task in evaluation.tasks] == ["retrosynthesis", "logp"]
    for task in evaluation.tasks:
        assert (task.n, task.n_drawn, task.unreadable) == (4, 5, 0)
        assert task.lacking == {"smiles": 0, "smiles + graph": 1, "smiles + graph of others": 1, "graph": 1}
        assert [way.shown for way in task.ways] == list(WAYS)
        assert all(figure.interval.n == 4 for way in task.ways for figure in way.figures if figure.metric == SURPRISE)


def test_all_are_compared_with_the_first_and_with_the_control(done: tuple[ModalityAblation, Path]) -> None:
    for task in done[0].tasks:
        first, beside, others, alone = task.ways
        assert first.differences == () == first.against_others == others.against_others == alone.against_others
        nats = [way.figures[-1].interval.estimate for way in task.ways]
        for way, mine in zip(task.ways[1:], nats[1:], strict=True):
            assert way.differences[-1].metric == SURPRISE
            assert way.differences[-1].gain.estimate == pytest.approx(nats[0] - mine)
            assert way.differences[0].metric == way.figures[0].metric
        assert beside.against_others[-1].gain.estimate == pytest.approx(nats[2] - nats[1])
    retrosynthesis, logp = done[0].tasks
    assert "top_3_exact" in {one.metric for one in retrosynthesis.ways[1].differences}
    assert "top_3_exact" not in {one.metric for one in logp.ways[1].differences}


def test_the_report_is_kept(done: tuple[ModalityAblation, Path]) -> None:
    evaluation, output = done
    assert json.loads((output / "shown.json").read_text()) == evaluation.to_json()
    page = (output / "shown.html").read_text()
    text = (output / "shown.md").read_text()
    assert text == render_ablation_markdown(evaluation)
    for shown in (page, text):
        assert "1 lack smiles + graph; 1 lack smiles + graph of others" in shown
        assert "records of another row" in shown
    lines = [json.loads(line) for line in (output / "predictions.jsonl").read_text().splitlines()]
    assert len(lines) == 2 * 4 * 4
    mean = np.mean([one["answer_surprise"] for one in lines if one["task"] == "logp" and one["shown"] == "graph"])
    assert evaluation.tasks[1].ways[3].figures[-1].interval.estimate == pytest.approx(mean, abs=1e-3)


def test_verdicts() -> None:
    def judge(low: float, high: float) -> str:
        return Difference("x", ConfidenceInterval((low + high) / 2, low, high, 0.95, 9)).verdict

    assert [judge(0.1, 0.2), judge(-0.2, -0.1), judge(-0.1, 0.1), judge(0.0, 0.2)] == [
        "better", "worse", "undecided", "undecided",
    ]  # fmt: skip


def test_what_cannot_be_compared_is_refused(shards: Path, tiny_smiles_model_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two or more"):
        ablate_modalities(tiny_smiles_model_dir, shards, WAYS[:1])
    with pytest.raises(ConfigError, match="two or more"):
        ablate_modalities(tiny_smiles_model_dir, shards, (WAYS[0], WAYS[0]))
    ways = (WAYS[0], ModalityView.parse("image"))
    with pytest.raises(DataError, match="in all of these ways"):
        ablate_modalities(tiny_smiles_model_dir, shards, ways)
    picture = RecordPart(Modality.IMAGE, MoleculeImage(np.zeros((8, 8, 3), np.uint8)), smiles="CCO")
    write_shards([make_example("logp", "CCO", "1.00", picture)], tmp_path / "drawn", name="drawn")
    with pytest.raises(InvalidTaskInputError, match="reads no image"):
        ablate_modalities(tiny_smiles_model_dir, tmp_path / "drawn", ways)
