"""Training from shards to a finished model: it learns by heart, resumes exactly, and needs no RDKit."""

from __future__ import annotations

import copy
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from anymol.artifact import hash_files
from anymol.data.example import InstructionExample
from anymol.data.shards import ShardReader, write_shards
from anymol.errors import CheckpointError, ConfigError
from anymol.locks import LockedError, lock_folder
from anymol.modalities.content import Message, MoleculePart, Part, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.recipe import parse_recipe
from anymol.training import checkpoints
from anymol.training.corpus import EncodedCorpus
from anymol.training.generated import GenerationValidator, TaskGenerated
from anymol.training.kept_processor import KEPT_PROCESSOR
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.optimisation import DivergedError
from anymol.training.plan import TrainingPlan
from anymol.training.preparation import prepare_corpus
from anymol.training.stages import Precision
from anymol.training.train import run
from anymol.training.validation import Validator

WEIGHTS = {
    "CCO": "46.07", "CC(=O)O": "60.05", "c1ccccc1": "78.11", "CCN": "45.09", "CC#N": "41.05", "CCCC": "58.12",
    "CC(C)=O": "58.08", "OCCO": "62.07",
}  # fmt: skip

BLOCKED = """
import sys
sys.modules["rdkit"] = None
"""
TRAIN = BLOCKED + textwrap.dedent(
    """
    from anymol.recipe import load_recipe
    from anymol.training.train import run
    recipe, output, shards, resume = sys.argv[1:]
    run(load_recipe(recipe), output, shards=shards, resume=bool(int(resume)))
    """
)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A handful of molecules as documents and as questions about their weight, half of them given as graphs."""
    synthesis = pytest.importorskip("anymol.synthesis.graph")
    examples = []
    for number, (smiles, weight) in enumerate(WEIGHTS.items()):
        molecule: list[Part] = [MoleculePart(smiles)]
        if number % 2:
            molecule.append(RecordPart(Modality.GRAPH, synthesis.synthesize_graph(smiles), smiles=smiles))
        question = Message(Speaker.USER, (TextPart("How heavy is "), *molecule, TextPart("?")))
        for split in ("train", "val"):
            examples += [
                InstructionExample(f"d{split}/{number}", "pretrain", (), (MoleculePart(smiles),), "here", "CC0", split),
                InstructionExample(
                    f"w{split}/{number}", "molecular_weight", (question,), (TextPart(weight),), "here", "CC0", split
                ),
            ]
    directory = tmp_path_factory.mktemp("training") / "shards"
    write_shards(examples, directory, name="handful")
    return directory


def recipe(**changes: Any) -> dict[str, Any]:
    shared = {"batch_tokens": 512, "micro_batch_tokens": 256, "row_length": 128}
    fields: dict[str, Any] = {
        "name": "handful",
        "data": {"components": [{"kind": "properties", "builtin": True}]},
        "tokenizer": {"vocab_size": 320, "min_symbol_count": 1},
        "model": {
            "decoder": {
                "kind": "fresh",
                "size": {"hidden_size": 32, "n_layers": 2, "n_heads": 4, "n_kv_heads": 2, "ffn_size": 64},
            },
            "modalities": {"graph": {"encoder": {"width": 16, "n_layers": 2}}},
        },
        "threads": 1,
        "keep": 40,
        "stages": [
            {"stage": "pretrain", "steps": 20, "checkpoint_every": 7, **shared},
            {"stage": "align", "steps": 8, "checkpoint_every": 5, **shared},
            {
                "stage": "instruct",
                "steps": 120,
                "checkpoint_every": 9,
                "validate_every": 60,
                "optimiser": {"kind": "muon", "lr": 0.01},
                "schedule": {"kind": "wsd"},
                **shared,
            },
        ],
    }
    return {**fields, **changes}


def losses(directory: Path) -> list[dict[str, Any]]:
    """Return the metrics of a run but for its speed."""
    lines = read_metrics(directory / METRICS_FILE)
    return [{key: value for key, value in line.items() if key != "tokens_per_second"} for line in lines]


@pytest.fixture(scope="module")
def finished(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from beginning to end."""
    output = tmp_path_factory.mktemp("runs") / "whole"
    assert run(parse_recipe(recipe()), output, shards=shards).finished
    return output


def test_all_stages_learn_a_handful_by_heart(finished: Path) -> None:
    lines = losses(finished)
    steps = [(line["stage"], line["step"]) for line in lines if "loss" in line]
    assert steps == [(0, s + 1) for s in range(20)] + [(1, s + 1) for s in range(8)] + [(2, s + 1) for s in range(120)]
    first, last = ([line for line in lines if "val/loss" in line][place] for place in (3, -1))
    assert last["val/molecular_weight/loss"] < 0.1 < first["val/molecular_weight/loss"]
    assert last["val/molecular_weight/exact"] == 1.0
    filled = [line["filled"] for line in lines if "loss" in line]
    assert sum(filled) / len(filled) > 0.9


def test_the_finished_model_answers(finished: Path, shards: Path) -> None:
    model, processor, manifest = load_checkpoint(finished / "model")
    example = ShardReader(shards, split="val", tasks=["molecular_weight"])[0]
    encoded = processor.encode(example.messages)
    ids = model.generate(torch.tensor([encoded.input_ids]), max_new_tokens=12, do_sample=False)
    assert processor.decode_answer(ids[0, len(encoded.input_ids) :].tolist()) == WEIGHTS["CCO"]
    assert manifest.config["name"] == "handful"
    assert manifest.provenance["data"]["sources"]["here"]["licence"] == "CC0"
    assert manifest.provenance["validation"]["val/molecular_weight/exact"] == 1.0


def test_parts_at_rest_do_not_move(finished: Path, shards: Path) -> None:
    """Through ``align`` the decoder stays bit-equal, its statistics included, and encoder and projector move."""
    before, after = (
        checkpoints._load(finished / "checkpoints" / name / "model.safetensors")
        for name in ("stage0-step0000020", "stage1-step0000008")
    )
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"encoders", "projectors", "role_embedding"}
    start = checkpoints._load(finished / "checkpoints" / "stage0-step0000007" / "model.safetensors")
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], start[name])}
    assert moved == {"decoder"}


def test_killed_twice_and_resumed_without_rdkit_gives_the_same_curve(
    finished: Path, shards: Path, tmp_path: Path
) -> None:
    output = tmp_path / "killed"
    arguments = arrange(tmp_path, output, shards)
    for resume, place in (("0", (0, 11)), ("1", (2, 40))):
        process = subprocess.Popen([*arguments, resume], stderr=subprocess.DEVNULL)
        wait_for(process, output, place)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not (output / "model").exists()
    subprocess.run([*arguments, "1"], check=True, capture_output=True)
    assert losses(output) == losses(finished)
    assert_equal_weights(output / "model", finished / "model")


def test_sigterm_writes_a_checkpoint_and_ends(finished: Path, shards: Path, tmp_path: Path) -> None:
    output = tmp_path / "stopped"
    process = subprocess.Popen([*arrange(tmp_path, output, shards), "0"], stderr=subprocess.DEVNULL)
    wait_for(process, output, (0, 2))
    process.terminate()
    assert process.wait(120) == 0
    newest = checkpoints.list_checkpoints(output / "checkpoints")[-1]
    last = losses(output)[-1]
    assert newest.name == f"stage{last['stage']}-step{last['step']:07d}"
    assert losses(output) == losses(finished)[: len(losses(output))]


def test_a_run_is_not_overwritten_and_another_recipe_not_resumed(finished: Path, shards: Path) -> None:
    with pytest.raises(CheckpointError, match="already holds a run"):
        run(parse_recipe(recipe()), finished, shards=shards)
    with pytest.raises(CheckpointError, match="another recipe"):
        run(parse_recipe(recipe(seed=1)), finished, shards=shards, resume=True)


def test_two_runs_do_not_share_a_folder(finished: Path, shards: Path) -> None:
    before = losses(finished)
    with lock_folder(finished, hint=""), pytest.raises(LockedError, match="another run is writing this folder"):
        run(parse_recipe(recipe()), finished, shards=shards, resume=True)
    assert losses(finished) == before


def test_a_run_whose_loss_is_no_number_stops_before_its_weights_are_none(shards: Path, tmp_path: Path) -> None:
    wild = {"stage": "instruct", "steps": 300, "batch_tokens": 512, "row_length": 128, "checkpoint_every": 1}
    wild |= {"optimiser": {"clip": 1e30}, "schedule": {"kind": "constant", "warmup": 0.0}}
    plan = parse_recipe(recipe(stages=[wild]))
    # No recipe may ask for such a rate, which stands here for data and seeds that diverge at a lower one.
    rate = plan.stages[0].optimiser.model_copy(update={"lr": 1e30})
    stage = plan.stages[0].model_copy(update={"optimiser": rate})
    with pytest.raises(DivergedError, match=r"diverged at step.*loss") as error:
        run(plan.model_copy(update={"stages": (stage,)}), tmp_path / "wild", shards=shards)
    assert "optimiser.lr" in str(error.value)
    assert all(math.isfinite(line["loss"]) for line in losses(tmp_path / "wild") if "loss" in line)


def test_a_run_of_before_graphs_were_read_as_all_else_is_resumed(finished: Path, shards: Path, tmp_path: Path) -> None:
    """Its processor told of graphs by `graph_tokens`; what it had encoded is encoded again."""
    output = tmp_path / "old"
    shutil.copytree(finished, output)
    for path in checkpoints.list_checkpoints(output / "checkpoints")[-2:]:
        shutil.rmtree(path)
    shutil.rmtree(output / "encoded")
    path = output / "processor" / "processor_config.json"
    description = json.loads(path.read_text())
    path.write_text(json.dumps({**description, "modalities": None, "graph_tokens": None}))
    kept = KEPT_PROCESSOR.read(path.parent)
    KEPT_PROCESSOR.write(
        path.parent, {**kept, "files": hash_files(path.parent, but=frozenset({KEPT_PROCESSOR.manifest}))}
    )
    done = run(parse_recipe(recipe()), output, shards=shards, resume=True)
    assert losses(output) == losses(finished)
    assert_equal_weights(done.model, finished / "model")


def test_checkpoints_by_minutes(shards: Path, tmp_path: Path) -> None:
    """A step takes longer than the minutes given, so that each writes one; it resumes as one by steps does."""
    shared = {"batch_tokens": 512, "row_length": 128}
    stage = {"stage": "instruct", "steps": 4, **shared}
    whole = run(parse_recipe(recipe(stages=[stage])), tmp_path / "whole", shards=shards)
    assert [path.name for path in checkpoints.list_checkpoints(tmp_path / "whole/checkpoints")] == [
        "stage0-step0000004"
    ]
    plan = parse_recipe(recipe(stages=[{**stage, "checkpoint_minutes": 1e-9}]))
    cut = run(plan, tmp_path / "cut", shards=shards)
    written = checkpoints.list_checkpoints(tmp_path / "cut/checkpoints")
    assert [path.name for path in written] == [f"stage0-step{step:07d}" for step in (1, 2, 3, 4)]
    for path in written[2:]:
        shutil.rmtree(path)
    # How a run is watched may change when it is resumed.
    cut = run(parse_recipe(recipe(stages=[stage])), tmp_path / "cut", shards=shards, resume=True)
    assert_equal_weights(cut.model, whole.model)
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_averaged_weights_are_measured_saved_carried_and_resumed(shards: Path, tmp_path: Path) -> None:
    shared = {"batch_tokens": 512, "row_length": 128, "checkpoint_every": 3, "validate_every": 4}
    plain = {"stage": "instruct", "steps": 8, "optimiser": {"lr": 0.01}, **shared}
    averaged = {**plain, "ema": 0.95}
    plan = parse_recipe(recipe(stages=[averaged, averaged]))
    whole = run(plan, tmp_path / "whole", shards=shards)
    raw = run(parse_recipe(recipe(stages=[plain, plain])), tmp_path / "raw", shards=shards)
    last = tmp_path / "whole/checkpoints/stage1-step0000008"
    average = checkpoints._load(last / "average.safetensors")
    assert int(average["updates"]) == 16  # of both stages
    assert "average.safetensors" in json.loads((last / "manifest.json").read_text())["files"]
    # The weights that are trained know nothing of their average; the finished model is the average.
    assert raw.model is not None
    assert whole.model is not None
    trained, saved, own = (checkpoints._load(folder / "model.safetensors") for folder in (last, whole.model, raw.model))
    assert all(torch.equal(trained[name], own[name]) for name in trained)
    assert all(torch.equal(average[f"weights/{name}"], saved[name]) for name in saved if f"weights/{name}" in average)
    assert any(not torch.equal(trained[name], saved[name]) for name in saved)
    figures = [line["val/loss"] for line in losses(tmp_path / "whole") if "val/loss" in line]
    others = [line["val/loss"] for line in losses(tmp_path / "raw") if "val/loss" in line]
    assert figures[0] == others[0]
    assert all(one != other for one, other in zip(figures[1:], others[1:], strict=True))
    shutil.copytree(tmp_path / "whole/checkpoints", tmp_path / "cut/checkpoints")
    shutil.copy(tmp_path / "whole" / METRICS_FILE, tmp_path / "cut")
    for path in checkpoints.list_checkpoints(tmp_path / "cut/checkpoints")[2:]:
        shutil.rmtree(path)
    cut = run(plan, tmp_path / "cut", shards=shards, resume=True)
    assert_equal_weights(cut.model, whole.model)
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")
    # A run whose model was not yet written gets it from its last checkpoint.
    shutil.rmtree(tmp_path / "cut/model")
    again = run(plan, tmp_path / "cut", shards=shards, resume=True)
    assert_equal_weights(again.model, whole.model)


def test_answers_are_measured_as_tokens_go_by(shards: Path, tmp_path: Path) -> None:
    shared = {"batch_tokens": 512, "row_length": 128, "checkpoint_every": 3}
    stage = {
        "stage": "instruct", "steps": 8, "generate_every_tokens": 1200, "generate_examples": 5,
        "generate_tasks": ["molecular_weight"], **shared,
    }  # fmt: skip
    plan = parse_recipe(recipe(stages=[stage], validate_examples=2))
    whole = run(plan, tmp_path / "whole", shards=shards)
    lines = losses(tmp_path / "whole")
    answered = [line for line in lines if "val/molecular_weight/generated" in line]
    seen = {line["step"]: line["tokens"] for line in lines if "loss" in line}
    passed = [step for step in range(1, 9) if seen[step] // 1200 > seen.get(step - 1, 0) // 1200]
    assert [line["step"] for line in answered] == sorted({*passed, 8})
    assert len(passed) == 3
    assert all(line["tokens"] == seen[line["step"]] and line["val/molecular_weight/n"] == 5 for line in answered)
    cut = tmp_path / "cut"
    shutil.copytree(tmp_path / "whole/checkpoints", cut / "checkpoints")
    shutil.copy(tmp_path / "whole" / METRICS_FILE, cut)
    for path in checkpoints.list_checkpoints(cut / "checkpoints")[1:]:
        shutil.rmtree(path)
    assert_equal_weights(run(plan, cut, shards=shards, resume=True).model, whole.model)
    assert losses(cut) == lines


@pytest.fixture(scope="module")
def answering(finished: Path, shards: Path) -> tuple[AnyMolForCausalLM, AnyMolProcessor, EncodedCorpus]:
    """The finished model, its processor and all validation rows."""
    model, processor, _ = load_checkpoint(finished / "model")
    plan = parse_recipe(recipe())
    assert isinstance(plan, TrainingPlan)
    return model, processor, prepare_corpus(plan, shards, "val", processor, finished / "encoded")


def generate(
    answering: tuple[AnyMolForCausalLM, AnyMolProcessor, EncodedCorpus], **changes: Any
) -> dict[str, TaskGenerated]:
    model, processor, corpus = answering
    fields = {
        "per_task": 300, "positions": 2048, "end_id": processor.end_id, "pad_id": processor.tokenizer.pad_token_id,
        "decode": processor.decode_answer, **changes,
    }  # fmt: skip
    return GenerationValidator(corpus, fields.pop("tasks", ["molecular_weight"]), **fields).measure(model)


def test_answers_of_what_is_known_by_heart_are_right(
    answering: tuple[AnyMolForCausalLM, AnyMolProcessor, EncodedCorpus],
) -> None:
    model = answering[0]
    model.decoder.train()
    assert generate(answering) == {"molecular_weight": TaskGenerated(right=1.0, exact=1.0, readable=1.0, n=8)}
    assert model.decoder.training
    model.eval()
    assert generate(answering, per_task=3)["molecular_weight"].n == 3
    assert generate(answering, tasks=[]) == {}  # of the usual tasks there is no row
    with pytest.raises(ConfigError, match="no validation row of logp to answer; there are: molecular_weight"):
        generate(answering, tasks=["logp"])


def test_exactness_is_that_of_the_first_choices(
    answering: tuple[AnyMolForCausalLM, AnyMolProcessor, EncodedCorpus],
) -> None:
    """Greedy decoding gives the reference where each true token is the first choice after the true ones before it."""
    model, processor, corpus = answering
    validator = Validator(
        corpus, ["molecular_weight"], row_length=128, rows=2, pad_id=processor.tokenizer.pad_token_id, per_task=300
    )
    partly = None
    for damage in (0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04):
        damaged = copy.deepcopy(model)
        torch.manual_seed(1)
        with torch.no_grad():
            for parameter in damaged.parameters():
                parameter.add_(damage * torch.randn_like(parameter))
        found = generate((damaged, processor, corpus))["molecular_weight"]
        assert found.exact == validator.measure(damaged, Precision.FP32)["molecular_weight"].exact
        partly = damaged if 0 < found.exact < 1 else partly
    assert partly is not None
    found = generate((partly, processor, corpus))["molecular_weight"]
    heard: list[tuple[str, str, str]] = []

    def judge(task: str, answer: str, reference: str) -> bool | None:
        heard.append((task, answer, reference))
        return None if len(heard) == 1 else True

    judged = generate((partly, processor, corpus), judge=judge)["molecular_weight"]
    assert judged.exact == found.exact == 1 - len(heard) / 8  # what is written as the reference needs no judge
    assert judged.right == judged.readable == 1 - 1 / 8
    assert all(task == "molecular_weight" and reference in WEIGHTS.values() for task, _, reference in heard)


def assert_equal_weights(one: Path | None, other: Path | None) -> None:
    assert one is not None
    assert other is not None
    first, second = (checkpoints._load(path / "model.safetensors") for path in (one, other))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in second)


def test_a_damaged_checkpoint_is_noticed(finished: Path, tmp_path: Path) -> None:
    newest = checkpoints.list_checkpoints(finished / "checkpoints")[-1]
    copy = tmp_path / newest.name
    copy.mkdir()
    for file in newest.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    key = json.loads((newest / "manifest.json").read_text())["key"]
    assert checkpoints.read_progress(copy, key=key).step == 120
    data = bytearray((copy / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (copy / "model.safetensors").write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match=r"model\.safetensors of a checkpoint: missing, or not"):
        checkpoints.read_progress(copy, key=key)


def test_training_imports_without_rdkit() -> None:
    code = BLOCKED + textwrap.dedent(
        """
        import importlib, pkgutil, anymol.recipe, anymol.training
        for module in pkgutil.iter_modules(anymol.training.__path__):
            importlib.import_module(f"anymol.training.{module.name}")
        """
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def arrange(folder: Path, output: Path, shards: Path) -> list[str]:
    """Write the recipe and return the command that trains it, but for whether to resume."""
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe()))
    return [sys.executable, "-c", TRAIN, str(path), str(output), str(shards)]


def wait_for(process: subprocess.Popen[bytes], output: Path, place: tuple[int, int]) -> None:
    """Wait until the run has logged a stage and step."""
    path = output / METRICS_FILE
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        written = [json.loads(line) for line in lines if line.endswith("\n")]
        if any((line["stage"], line["step"]) >= place for line in written):
            return
        assert process.poll() is None, "the run ended before it was stopped"
        time.sleep(0.01)
    pytest.fail(f"the run did not come to {place}")
