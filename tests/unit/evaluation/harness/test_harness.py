"""lm-evaluation-harness: its models asked our rows, and our models asked by its ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="needs lm-evaluation-harness: pip install 'anymol[harness]'")

import torch
import yaml
from lm_eval import simple_evaluate
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.evaluation.harness.lm import AnyMolLM
from anymol.evaluation.harness.rows import HarnessTask, write_harness_tasks
from anymol.evaluation.harness.scoring import aggregate, score_reply
from anymol.evaluation.own_rows import OwnRows
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.row_sets import ShardRows
from anymol.modalities.content import Message, Speaker, TextPart
from anymol.models.checkpoint import load_checkpoint
from anymol.synthesis.graph import synthesize_graph
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


class Fixed(LM):
    """Says what it was given, one text per question that holds its key."""

    def __init__(self, replies: dict[str, str]) -> None:
        super().__init__()
        self._replies = replies

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        return [
            next(said for key, said in self._replies.items() if f"<mol>{key}</mol>" in request.args[0])
            for request in requests
        ]

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        raise AssertionError("our rows ask for texts alone")

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:
        raise AssertionError("our rows ask for texts alone")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("molecule,answer\nCCO,1.0\nCCN,2.0\nCCCl,4.0\n")
    written = write_harness_tasks(OwnRows(path, TASKS["logp"]), "own", EvaluationPlan(), tmp_path / "tasks")
    assert written == [HarnessTask("anymol_own_logp", 3, {})]
    return tmp_path / "tasks"


def test_any_model_of_the_harness_is_asked_our_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number is right, one 0.5 off, one unreadable: it counts as the worst of the range, 3 off, not as nothing."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(folder / "cache"))
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    model = Fixed({"CCO": "1.00", "CCN": "It is 2.5", "CCCl": "who knows"})
    found = simple_evaluate(model=model, tasks=["anymol_own_logp"], task_manager=manager, bootstrap_iters=0)
    assert found is not None
    figures: dict[str, Any] = found["results"]["anymol_own_logp"]
    assert figures["right,none"] == pytest.approx(1 / 3)
    assert figures["mae,none"] == pytest.approx((0.0 + 0.5 + 3.0) / 3)
    assert figures["coverage,none"] == pytest.approx(2 / 3)


def test_rows_that_are_not_texts_are_counted(tmp_path: Path) -> None:
    """One number is shown as a graph, one has a reference that is not a number, one is asked in words."""
    asked = TaskInput(molecule="CCO")
    graph = render_prompt(TASKS["logp"], asked, 0, as_graph=[Slot.MOLECULE])
    plain = render_prompt(TASKS["logp"], asked, 0)
    rows = [
        InstructionExample(f"logp/{place}", "logp", messages, (TextPart(said),), "hand", "CC0", "val")
        for place, (messages, said) in enumerate([(graph, "1.0"), (plain, "high"), (plain, "1.0"), (graph, "2.0")])
    ]
    write_shards(rows, tmp_path / "shards", name="hand", featurise=synthesize_graph)
    (task,) = write_harness_tasks(ShardRows(tmp_path / "shards"), "x", EvaluationPlan(), tmp_path / "tasks")
    assert task.n_rows == 1
    assert task.left_out == {
        "the question shows a record (graph), which is not a text": 2,
        "their own reference cannot be read": 1,
    }
    text = (tmp_path / "tasks" / "anymol_x_logp.yaml").read_text().split("process_results")[0]
    assert yaml.safe_load(text)["metadata"]["rows_left_out"] == task.left_out

    write_shards(rows[:1], tmp_path / "graphs", name="hand", featurise=synthesize_graph)
    (none,) = write_harness_tasks(ShardRows(tmp_path / "graphs"), "x", EvaluationPlan(), tmp_path / "none")
    assert none.n_rows == 0 and sum(none.left_out.values()) == 1
    assert not (tmp_path / "none").exists()


def test_replies_are_scored_as_the_task_reads_them() -> None:
    row = {"id": "0", "task": "forward_reaction", "asked": {"reactants": "CCO.CC(=O)O"}, "answer": "CCOC(C)=O"}
    right = score_reply(row, "The product is <mol>CC(=O)OCC</mol>.")
    wrong = score_reply(row, "none")
    assert right["right"] == 1.0 and wrong["right"] == 0.0
    assert aggregate("forward_reaction", "exact_match", [right["exact_match"], wrong["exact_match"]]) == 0.5


def test_our_model_is_asked_by_the_harness(tiny_smiles_model_dir: Path) -> None:
    lm = AnyMolLM(pretrained=str(tiny_smiles_model_dir), device="cpu")
    asked = [("What is the LogP of <mol>CCO</mol>?", " 1.25"), ("What is the LogP of <mol>CCN</mol>?", " -0.5")]
    scores = lm.loglikelihood([Instance("loglikelihood", {}, pair, 0) for pair in asked])
    model, processor, _ = load_checkpoint(tiny_smiles_model_dir, device="cpu", dtype=torch.float32)
    for (question, continuation), (score, greedy) in zip(asked, scores, strict=True):
        # By hand: the log-probabilities of the answer's tokens, one row without padding.
        message = (Message(Speaker.USER, (TextPart(question),)),)
        encoded = processor.encode(message, (TextPart(continuation.strip()),))
        prompt = len(processor.encode(message))
        ids = torch.tensor([encoded.input_ids])
        with torch.inference_mode():
            logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, :-1].float()
        picked = torch.log_softmax(logits, -1).gather(1, ids[0, 1:, None])[prompt - 1 :, 0]
        assert score == pytest.approx(float(picked.sum()), abs=1e-3)
        assert greedy == bool((logits.argmax(-1)[prompt - 1 :] == ids[0, prompt:]).all())
    how = {"until": ["\n"], "max_gen_toks": 8}
    first = Instance("generate_until", {}, (asked[0][0], how), 0)
    second = Instance("generate_until", {}, (asked[1][0], {"until": ["?"], "max_gen_toks": 4}), 1)
    texts = lm.generate_until([first, second])
    assert texts == [*lm.generate_until([first]), *lm.generate_until([second])]
    assert "\n" not in texts[0] and "?" not in texts[1]
    (rolling,) = lm.loglikelihood_rolling([Instance("loglikelihood_rolling", {}, ("180.16 and -0.35",), 0)])
    assert rolling < 0


def test_a_folder_of_rows_is_data_and_two_lines_of_code(folder: Path) -> None:
    assert sorted(path.suffix for path in folder.iterdir()) == [".jsonl", ".py", ".yaml"]
    lines = [json.loads(line) for line in (folder / "anymol_own_logp.jsonl").read_text().splitlines()]
    assert [line["answer"] for line in lines] == ["1.0", "2.0", "4.0"]
