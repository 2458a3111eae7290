"""A run that goes on from another with other data or another mixture: what comes over, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import CheckpointError
from anymol.modalities.content import Message, MoleculePart, Speaker, TextPart
from anymol.models.checkpoint import load_checkpoint
from anymol.recipe import parse_recipe
from anymol.training import checkpoints, train
from anymol.training.continuation import PLAN_FILE, encoded_elsewhere, read_start
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.plan import TrainingPlan
from anymol.training.stop_signal import StopSignal
from anymol.training.train import run

ASKED = {
    "molecular_weight": {"CCO": "46.07", "CC(=O)O": "60.05", "c1ccccc1": "78.11", "CCN": "45.09", "CC#N": "41.05"},
    "logp": {"CCO": "-0.00", "CC(=O)O": "0.09", "c1ccccc1": "1.69", "CCN": "-0.04", "CC#N": "0.53"},
}
STAGE = {
    "stage": "instruct", "batch_tokens": 256, "row_length": 128, "checkpoint_every": 3, "ema": 0.9,
    "optimiser": {"kind": "muon", "lr": 0.01}, "schedule": {"kind": "constant", "warmup": 0.0},
}  # fmt: skip
MODEL = {
    "decoder": {
        "kind": "fresh",
        "size": {"hidden_size": 32, "n_layers": 2, "n_heads": 4, "n_kv_heads": 2, "ffn_size": 64},
    }
}


def make_shards(directory: Path, *tasks: str) -> Path:
    write_shards(
        [
            InstructionExample(
                f"{task}/{split}/{smiles}",
                task,
                (Message(Speaker.USER, (TextPart("Tell me of "), MoleculePart(smiles))),),
                (TextPart(answer),),
                "here",
                "CC0",
                split,
            )
            for task in tasks
            for smiles, answer in ASKED[task].items()
            for split in ("train", "val")
        ],
        directory,
        name="few",
    )
    return directory


def plan(*stages: dict[str, Any], **changes: Any) -> TrainingPlan:
    fields = {
        "name": "few", "data": {"components": [{"kind": "properties", "builtin": True}]}, "threads": 1, "keep": 40,
        "tokenizer": {"vocab_size": 320, "min_symbol_count": 1}, "model": MODEL,
        "stages": [{**STAGE, **stage} for stage in stages],
    }  # fmt: skip
    found = parse_recipe({**fields, **changes})
    assert isinstance(found, TrainingPlan)
    return found


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on one task, to its end."""
    folder = tmp_path_factory.mktemp("continued")
    output = folder / "first"
    assert run(plan({"steps": 6}), output, shards=make_shards(folder / "shards", "molecular_weight")).finished
    return output


@pytest.fixture
def both(first: Path) -> Path:
    directory = first.parent / "both"
    return directory if directory.is_dir() else make_shards(directory, "molecular_weight", "logp")


def state(checkpoint: Path, name: str) -> dict[str, Tensor]:
    return checkpoints._load(checkpoint / f"{name}.safetensors")


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in other)


def losses(output: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in line.items() if k != "tokens_per_second"} for line in read_metrics(output / METRICS_FILE)]


@contextmanager
def stopped_after(steps: int) -> Iterator[None]:
    """Ask a run to end after so many of its next steps; the loop asks once a step."""
    asked = chain(repeat(False, steps - 1), repeat(True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StopSignal, "received", property(lambda _: next(asked), lambda *_: None), raising=False)
        yield


def test_everything_learned_comes_over_and_the_rest_begins_anew(first: Path, both: Path, tmp_path: Path) -> None:
    """At a rate of next to nothing the weights stay as they were, and moments go on from what they were."""
    still = {"steps": 1, "optimiser": {"kind": "muon", "lr": 1e-30, "weight_decay": 0.0}, "ema": 0.99}
    done = run(plan(still, seed=3), tmp_path / "second", shards=both, start=first)
    origin = checkpoints.list_checkpoints(first / "checkpoints")[-1]
    after = checkpoints.list_checkpoints(tmp_path / "second/checkpoints")[-1]
    assert after.name == "stage0-step0000001"
    assert_equal(state(after, "model"), state(origin, "model"))
    assert int(state(after, "average")["updates"]) == int(state(origin, "average")["updates"]) + 1 == 7
    before, later = state(origin, "optimiser"), state(after, "optimiser")
    assert before.keys() == later.keys()
    steps = [name for name in before if name.endswith("/step")]
    assert steps
    assert all(later[name] == before[name] + 1 == 7 for name in steps)
    for name in before:
        if name.endswith("/exp_avg_sq"):  # v <- 0.95 v + 0.05 g^2
            assert torch.all(later[name] >= 0.9499 * before[name])
    lines = losses(tmp_path / "second")
    assert [(line["stage"], line["step"]) for line in lines if "loss" in line] == [(0, 1)]
    seen = [line["tokens"] for line in losses(first) if "loss" in line][-1]
    assert seen < done.tokens == lines[1]["tokens"]
    # The first figures are those that the other run ended with, and the joining task is measured too.
    last = [line for line in losses(first) if "val/loss" in line][-1]
    assert lines[0]["val/molecular_weight/loss"] == last["val/molecular_weight/loss"]
    assert "val/logp/loss" in lines[0]
    assert done.model is not None
    record = load_checkpoint(done.model)[2].provenance["start"]
    assert record == {"checkpoint": str(origin.resolve()), "tokens": seen}


def test_another_optimiser_starts_without_moments(first: Path, both: Path, tmp_path: Path) -> None:
    changed = {"steps": 1, "optimiser": {"kind": "adamw", "lr": 1e-3}, "ema": 0}
    run(plan(changed), tmp_path, shards=both, start=first)
    found = state(checkpoints.list_checkpoints(tmp_path / "checkpoints")[-1], "optimiser")
    steps = {name: int(value) for name, value in found.items() if name.endswith("/step")}
    assert {count for name, count in steps.items() if "embed" in name} == {7}
    assert {count for name, count in steps.items() if "q_proj" in name} == {1}
    assert not (checkpoints.list_checkpoints(tmp_path / "checkpoints")[-1] / "average.safetensors").exists()


def test_the_same_data_are_not_encoded_again(first: Path, tmp_path: Path) -> None:
    run(plan({"steps": 3}), tmp_path / "second", shards=first.parent / "shards", start=first)
    assert not (tmp_path / "second/encoded").exists()
    assert encoded_elsewhere(tmp_path / "second") == [first.resolve() / "encoded"]
    run(plan({"steps": 1}), tmp_path / "third", shards=first.parent / "shards", start=tmp_path / "second")
    assert not (tmp_path / "third/encoded").exists()


def test_resumes_exactly_also_after_the_other_run_is_gone(
    first: Path, both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = plan({"steps": 5})
    whole = run(recipe, tmp_path / "whole", shards=both, start=first)
    origin = shutil.copytree(first, tmp_path / "origin")
    place = checkpoints.list_checkpoints(origin / "checkpoints")[-1]

    def fail(*_: object, **__: object) -> Iterator[None]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(train, "prepare_corpus", fail)
        run(recipe, tmp_path / "cut", shards=both, start=place)
    shutil.rmtree(origin)
    with stopped_after(4):
        assert not run(recipe, tmp_path / "cut", shards=both, resume=True).finished
    # The place counts only before the first checkpoint, so that one command starts a run and goes on with it.
    cut = run(recipe, tmp_path / "cut", shards=both, resume=True, start=place)
    assert cut.model is not None
    assert whole.model is not None
    assert_equal(state(cut.model, "model"), state(whole.model, "model"))
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_any_stop_of_a_stable_run_is_annealed(first: Path, tmp_path: Path) -> None:
    """The stable run has no end in sight; a checkpoint in its midst is annealed in a run of its own."""
    stable = {"steps": 10**9, "schedule": {"kind": "constant", "warmup_steps": 2}, "checkpoint_every": 4}
    shards = first.parent / "shards"
    output = tmp_path / "stable"
    with stopped_after(6):
        assert not run(plan(stable), output, shards=shards).finished
    rates = [line["lr"] for line in losses(output) if "loss" in line]
    assert rates == [pytest.approx(rate) for rate in (0.005, 0.01, 0.01, 0.01, 0.01, 0.01)]
    middle, newest = checkpoints.list_checkpoints(output / "checkpoints")
    assert [middle.name, newest.name] == ["stage0-step0000004", "stage0-step0000006"]
    anneal = {"steps": 4, "schedule": {"kind": "wsd", "warmup": 0, "decay": 1.0, "floor": 0.1}, "ema": 0}
    done = run(plan(anneal), tmp_path / "annealed", shards=shards, start=middle)
    assert done.finished
    rates = [line["lr"] for line in losses(tmp_path / "annealed") if "loss" in line]
    assert rates == [pytest.approx(rate) for rate in (0.00775, 0.0055, 0.00325, 0.001)]
    seen = [line["tokens"] for line in losses(output) if line["step"] == 4 and "loss" in line]
    assert read_start(tmp_path / "annealed") == {"checkpoint": str(middle.resolve()), "tokens": seen[0]}
    # The stable run knows nothing of it, and goes on.
    with stopped_after(2):
        run(plan(stable), output, shards=shards, resume=True)
    assert checkpoints.list_checkpoints(output / "checkpoints")[-1].name == "stage0-step0000008"


def test_weights_of_bf16_are_averaged_measured_and_carried_in_fp32(first: Path, tmp_path: Path) -> None:
    """The average is of the masters; measuring it, rounded while the stage runs, leaves the masters as they are."""
    shards = first.parent / "shards"
    stage = {
        "steps": 6, "precision": "bf16_weights", "generate_every_tokens": 300, "generate_tasks": ["molecular_weight"],
        "validate_every": 2,
    }  # fmt: skip
    whole = run(plan(stage), tmp_path / "whole", shards=shards, start=first)
    silent = {**stage, "generate_every_tokens": 0, "validate_every": 0}
    alone = run(plan(silent), tmp_path / "alone", shards=shards, start=first)
    last = checkpoints.list_checkpoints(tmp_path / "whole/checkpoints")[-1]
    for name in ("model", "optimiser", "average"):  # measuring leaves no trace
        assert_equal(state(last, name), state(checkpoints.list_checkpoints(tmp_path / "alone/checkpoints")[-1], name))
    assert whole.model is not None
    assert alone.model is not None
    average, saved = state(last, "average"), state(whole.model, "model")
    inside = [name for name in saved if f"weights/{name}" in average]
    assert inside
    assert all(torch.equal(average[f"weights/{name}"], saved[name]) for name in inside)
    assert any(not torch.equal(saved[name], saved[name].bfloat16().float()) for name in inside)
    assert any("val/molecular_weight/generated" in line for line in losses(tmp_path / "whole"))
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    shutil.rmtree(checkpoints.list_checkpoints(tmp_path / "cut/checkpoints")[-1])
    cut = run(plan(stage), tmp_path / "cut", shards=shards, resume=True)
    assert cut.model is not None
    assert_equal(state(cut.model, "model"), saved)
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_a_run_from_nothing_forgets_an_earlier_start(first: Path, both: Path, tmp_path: Path) -> None:
    shutil.copytree(first, tmp_path / "start")
    run(plan({"steps": 1}), tmp_path, shards=both)
    assert read_start(tmp_path) is None
    assert not (tmp_path / "start").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokenizer": {"vocab_size": 330, "min_symbol_count": 1}}, r"tokenizer\.vocab_size .*: 330 instead of 320"),
        ({"tokenizer": {"notation": "selfies"}, "data": {"selfies": True, "components": [{"kind": "properties"}]}},
         r"tokenizer\.notation .*: selfies instead of smiles"),
        ({"model": {"decoder": {"kind": "fresh", "size": {**MODEL["decoder"]["size"], "n_heads": 2}}}},
         r"model\.decoder .*'n_heads': 2.* instead of .*'n_heads': 4"),
    ],
)  # fmt: skip
def test_another_tokenizer_or_model_is_refused(
    first: Path, both: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        run(plan({"steps": 1}, **changes), tmp_path / "second", shards=both, start=first)
    assert not (tmp_path / "second/start").exists()


def test_a_modality_joins(first: Path, both: Path, tmp_path: Path) -> None:
    """Its encoder and projector start anew beside a decoder that goes on; then it is part of the model."""
    graph = {"graph": {"encoder": {"width": 16, "n_layers": 2}}}
    still = {"steps": 1, "optimiser": {"kind": "muon", "lr": 1e-30, "weight_decay": 0.0}}
    model = {**MODEL, "modalities": graph}
    run(plan(still, model=model), tmp_path / "second", shards=both, start=first)
    origin, after = (
        checkpoints.list_checkpoints(folder / "checkpoints")[-1] for folder in (first, tmp_path / "second")
    )
    before, later = state(origin, "model"), state(after, "model")
    assert all(torch.equal(later[name], before[name]) for name in before)
    assert {name.split(".")[0] for name in later.keys() - before.keys()} == {
        "encoders", "projectors", "role_embedding"
    }  # fmt: skip
    moments = state(origin, "optimiser")
    assert moments.keys() <= state(after, "optimiser").keys()
    assert all(state(after, "optimiser")[name] == 7 for name in moments if name.endswith("/step"))
    assert int(state(after, "average")["updates"]) == 1  # the average starts anew, as there are more weights
    other = {"graph": {"encoder": {"width": 32, "n_layers": 2}}}
    for changed in (MODEL, {**MODEL, "modalities": other}):
        with pytest.raises(CheckpointError, match=r"model\.modalities"):
            run(plan(still, model=changed), tmp_path / "third", shards=both, start=tmp_path / "second")
    run(plan(still, model=model), tmp_path / "third", shards=both, start=tmp_path / "second")


def test_a_tokenizer_that_depends_on_the_data_is_refused_where_they_differ(
    first: Path, both: Path, tmp_path: Path
) -> None:
    """A trained model brings its tokenizer along: it is another one when another model lies at its path."""
    model = shutil.copytree(first / "model", tmp_path / "base")
    recipe = plan({"steps": 1}, model={"decoder": {"kind": "trained", "path": str(model)}})
    run(recipe, tmp_path / "second", shards=both)
    shutil.rmtree(model)
    letters = plan({"steps": 1}, tokenizer={"vocab_size": 320, "min_symbol_count": 100})
    other = run(letters, tmp_path / "other", shards=both)
    assert other.model is not None
    shutil.copytree(other.model, model)
    with pytest.raises(CheckpointError, match="the tokenizer made for this run is not that"):
        run(recipe, tmp_path / "third", shards=both, start=tmp_path / "second")


def test_a_place_without_a_checkpoint_is_refused(first: Path, both: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="neither a checkpoint nor the folder"):
        run(plan({"steps": 1}), tmp_path / "second", shards=both, start=tmp_path)
    lonely = shutil.copytree(checkpoints.list_checkpoints(first / "checkpoints")[-1], tmp_path / "a/b/lonely")
    with pytest.raises(CheckpointError, match="leave a checkpoint in the folder of its run"):
        run(plan({"steps": 1}), tmp_path / "second", shards=both, start=lonely)


def test_the_plan_lies_in_the_folder(first: Path) -> None:
    assert json.loads((first / PLAN_FILE).read_text())["tokenizer"]["vocab_size"] == 320
