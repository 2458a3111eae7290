"""The published recipes around SmolLM2-135M, a real pre-trained language model: train, ask, evaluate, export.

A few hundred tokens teach nothing; what is tested is that each recipe runs from end to end as its head says, with the
decoder's path alone changed and its parts made small. ``make backbone`` fetches the model; without it these skip.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from anymol.cli.main import main
from anymol.data.build import build
from anymol.models.checkpoint import load_checkpoint
from anymol.recipe import load_recipe
from anymol.training.metrics_logger import read_metrics

RECIPES = Path(__file__).parents[2] / "recipes"
SHORT = [
    word
    for number in (0, 1)
    for key, value in {
        "tokens": "null", "steps": 1, "batch_tokens": 192, "micro_batch_tokens": 192, "row_length": 192,
        "mixture": "{}", "checkpoint_every": 0, "validate_every": 0,
        "gradient_checkpointing": "true" if number else "false",
    }.items()
    for word in ("--set", f"stages.{number}.{key}={value}")
]  # fmt: skip


@pytest.fixture(scope="module")
def shards(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in data of the recipe, a few of each."""
    recipe = load_recipe(RECIPES / f"{request.param}.yaml", [])
    data = recipe.data_for(data_dir=False)
    few = [one.model_copy(update={"count": 4, "val_count": 1}) for one in data.components]
    directory = tmp_path_factory.mktemp(request.param) / "shards"
    build(data.model_copy(update={"components": tuple(few)}), None, directory, workers=1)
    return directory


def small_parts(name: str) -> list[str]:
    """Return the overrides of the recipe's head that make encoders and adapters small."""
    text = (RECIPES / f"{name}.yaml").read_text()
    found = re.search(r"^# Tiny +(.*?)^name:", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    words = shlex.split(found[1].replace("\\\n#", " "))
    pairs = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    return [
        word for pair in pairs if pair.startswith(("model.modalities", "model.adapters")) for word in ("--set", pair)
    ]


def train(name: str, smollm2: Path, shards: Path, output: Path) -> Path:
    words = [
        "train", str(RECIPES / f"{name}.yaml"), "--shards", str(shards), "--output", str(output),
        "--set", f"model.decoder.path={smollm2}", "--set", "tokenizer.min_symbol_count=1",
        "--set", "validate_examples=1", "--set", "threads=1", *small_parts(name), *SHORT,
    ]  # fmt: skip
    assert main(words) == 0
    losses = [line["loss"] for line in read_metrics(output / "metrics.jsonl") if "loss" in line]
    assert len(losses) == 2 and all(loss > 0 for loss in losses)
    return output / "model"


@pytest.mark.parametrize("shards", ["lora"], indirect=True)
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")  # PEFT asks for it
def test_lora(smollm2: Path, shards: Path, tmp_path: Path) -> None:
    """And its exports, which transformers and PEFT read alone."""
    import peft

    model_dir = train("lora", smollm2, shards, tmp_path / "run")
    assert main(["export", str(model_dir), "--format", "lora", "--output", str(tmp_path / "lora")]) == 0
    assert main(["export", str(model_dir), "--format", "decoder", "--output", str(tmp_path / "plain")]) == 0
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path / "plain")
    chat = [{"role": "user", "content": "What is the LogP of <mol>⌬[C]⌬[C]⌬[O]</mol>?"}]
    ids = tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=True)["input_ids"]
    assert int(ids.max()) >= 49152  # tokens that SmolLM2 does not have
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "plain").dtype is torch.bfloat16
    # Computed in fp32: what differs is the rounding of the merged weights alone.
    plain: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "plain", dtype=torch.float32)
    adapted = peft.AutoPeftModelForCausalLM.from_pretrained(str(tmp_path / "lora"), dtype=torch.float32)
    with torch.no_grad():
        found, expected = (one(input_ids=ids).logits.log_softmax(-1) for one in (plain, adapted))
    assert (found - expected).abs().mean() < 0.1


@pytest.mark.parametrize("shards", ["omni_mol"], indirect=True)
def test_omni_mol(smollm2: Path, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_dir = train("omni_mol", smollm2, shards, tmp_path / "run")
    capsys.readouterr()
    assert main(["ask", "What is the LogP of CCO?", "--source", "model", "--model", str(model_dir), "--json"]) in (0, 2)
    assert capsys.readouterr().out.startswith("{")


@pytest.mark.parametrize("shards", ["mora"], indirect=True)
def test_mora(smollm2: Path, shards: Path, tmp_path: Path) -> None:
    """Which leaves what has no molecule as it was, to the bit."""
    model_dir = train("mora", smollm2, shards, tmp_path / "run")
    model, _, _ = load_checkpoint(model_dir, dtype=None)
    before: Any = AutoModelForCausalLM.from_pretrained(smollm2)
    ids: Any = AutoTokenizer.from_pretrained(smollm2)("A candle is made of", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        found, expected = model(input_ids=ids).logits, before(input_ids=ids).logits
    assert torch.equal(found[..., : expected.shape[-1]], expected)


@pytest.mark.parametrize("shards", ["chemdfm_x"], indirect=True)
def test_chemdfm_x(smollm2: Path, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_dir = train("chemdfm_x", smollm2, shards, tmp_path / "run")
    model, _, _ = load_checkpoint(model_dir, dtype=None)
    assert set(model.config.modalities) == {"graph", "conformer", "image", "ms2", "ir"}
    capsys.readouterr()
    task = "molecule_recognition"
    assert main(["evaluate", str(shards), "--model", str(model_dir), "--limit", "1", "--task", task, "--json"]) == 0
    assert f'"{task}"' in capsys.readouterr().out


def test_the_decoder_by_itself_is_evaluated_too(smollm2: Path, tmp_path: Path) -> None:
    """What a recipe makes of it is compared with what it was."""
    (tmp_path / "rows.csv").write_text("molecule,answer\nCCO,Yes\nO=C(O)CC(O)(CC(=O)O)C(=O)O,No\n")
    words = ["evaluate", str(tmp_path / "rows.csv"), "--task", "bbbp", "--output", str(tmp_path / "report")]
    assert main([*words, "--language-model", str(smollm2)]) == 0
    lines = [json.loads(line) for line in (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()]
    stated = [{one["value"]: one["probability"] for one in line["answers"]} for line in lines]
    assert all(set(one) == {"Yes", "No"} and sum(one.values()) == pytest.approx(1.0) for one in stated)
    assert all(0.001 < one["Yes"] < 0.999 for one in stated)  # it has met both words, and is not sure
