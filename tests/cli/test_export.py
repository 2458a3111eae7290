"""``anymol export``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.locating import locate_model


@pytest.fixture
def adapted(tmp_path: Path, shipped_model: Path) -> Any:
    """Save the shipped model with an adapter whose weights are not those of the start."""

    def make(*configs: dict[str, Any]) -> Path:
        with locate_model(None) as directory:
            model, processor, _ = load_checkpoint(directory)
        model.inject_adapter(configs)
        for name, parameter in model.named_parameters():
            if any(part in name for part in ("variants", "adapter_networks", "lora_B")):
                nn.init.normal_(parameter, std=0.05)
        return save_checkpoint(tmp_path / "model", model, processor)

    return make


GAL = {"kind": "gal", "rank": 4}
MORA = {"kind": "mora", "rank": 4, "state_width": 128, "width": 16, "targets": ["q", "v"], "every": 1}
IDS = torch.arange(40, 52)[None]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")  # PEFT asks for it
@pytest.mark.parametrize("config", [GAL, {"kind": "lora", "rank": 4}], ids=lambda config: config["kind"])
def test_merged_and_lora_give_the_adapted_logits(run, adapted, tmp_path: Path, config: dict[str, Any]) -> None:
    import peft

    directory = adapted(config)
    expected = load_checkpoint(directory)[0](IDS).logits
    assert run("export", directory, "--format", "merged", "--output", tmp_path / "merged").code == 0
    merged = load_checkpoint(tmp_path / "merged")[0]
    assert merged.config.adapters == []
    torch.testing.assert_close(merged(IDS).logits, expected, atol=1e-4, rtol=1e-4)
    assert (
        run("export", directory, "--format", "lora", "--output", tmp_path / "lora", "--json").json["format"] == "lora"
    )
    with locate_model(None) as shipped:
        plain = load_checkpoint(shipped)[0]
    before = plain(IDS).logits
    loaded = peft.PeftModel.from_pretrained(plain.decoder, str(tmp_path / "lora"))
    torch.testing.assert_close(loaded(IDS).logits, expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(before, expected, atol=1e-2)


def test_mora_is_written_for_one_molecule(run, adapted, tmp_path: Path) -> None:
    directory = adapted(MORA)
    for smiles, name in (("CCO", "a"), ("c1ccccc1", "b")):
        done = run("export", directory, "--format", "lora", "--molecule", smiles, "--output", tmp_path / name)
        assert done.code == 0, done.err
    a, b = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("a", "b"))
    assert a.keys() == b.keys()
    assert any(not torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize(
    ("configs", "words", "reason"),
    [
        ([MORA], ["lora"], "--molecule"),
        ([MORA], ["merged"], "molecule"),
        ([MORA], ["lora", "--molecule", "not-a-molecule"], "not-a-molecule"),
        ([GAL], ["lora", "--molecule", "CCO"], "--molecule belongs to"),
        ([{"kind": "moge", "rank": 4}], ["lora"], ""),
        ([{"kind": "moge", "rank": 4}], ["merged"], ""),
    ],
)
def test_refusals(run, adapted, tmp_path: Path, configs: Any, words: list[str], reason: str) -> None:
    done = run("export", adapted(*configs), "--output", tmp_path / "out", "--format", *words)
    assert done.code == 2
    assert reason in done.err
    assert not (tmp_path / "out").exists()


def test_a_model_without_an_adapter(run, shipped_model: Path, tmp_path: Path) -> None:
    done = run("export", shipped_model, "--format", "lora", "--output", tmp_path / "out")
    assert done.code == 2
    assert "no adapter" in done.err
