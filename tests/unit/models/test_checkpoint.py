"""Model directories: whole or not at all, checked when read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from anymol.errors import CheckpointError
from anymol.models.build import DecoderFamily
from anymol.models.checkpoint import (
    MANIFEST,
    load_checkpoint,
    read_manifest,
    save_checkpoint,
    verify_checkpoint,
    write_manifest,
)
from anymol.models.manifest import ModelManifest
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor

Make = Callable[..., AnyMolForCausalLM]


@pytest.fixture
def saved(make_model: Make, processor: AnyMolProcessor, tmp_path: Path) -> Path:
    return save_checkpoint(
        tmp_path / "run" / "model", make_model(), processor, config={"steps": 3}, provenance={"data": "none"},
        extra_files={"MODEL_CARD.md": "# Tiny\n"},
    )  # fmt: skip


def test_round_trip(saved: Path, make_model: Make, processor: AnyMolProcessor, questions: Any, answers: Any) -> None:
    model, again, manifest = load_checkpoint(saved)
    assert not model.training
    assert manifest.config == {"steps": 3}
    assert manifest.provenance == {"data": "none"}
    assert {"MODEL_CARD.md", "config.json", "model.safetensors", "tokenizer.json"} <= set(manifest.files)
    batch = again.batch(again.encode_many(list(zip(questions, answers, strict=True))))
    assert torch.equal(model(**batch).logits, make_model()(**batch).logits)
    assert not [path for path in saved.parent.iterdir() if path != saved]  # nothing temporary stays


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("family", DecoderFamily, ids=str)
def test_half_precision_on_disk(
    make_model: Make, processor: AnyMolProcessor, family: DecoderFamily, tied: bool, tmp_path: Path
) -> None:
    model = make_model(family, tied=tied)
    save_checkpoint(tmp_path / "model", model, processor, dtype=torch.bfloat16)
    assert model.dtype == torch.float32
    stored = load_file(tmp_path / "model" / "model.safetensors")
    assert {value.dtype for value in stored.values()} == {torch.bfloat16, torch.int64}
    assert ("decoder.lm_head.weight" in stored) != tied
    loaded, _, _ = load_checkpoint(tmp_path / "model")
    assert loaded.dtype == torch.float32
    kept, _, _ = load_checkpoint(tmp_path / "model", dtype=None)
    assert kept.dtype == torch.bfloat16
    for name, value in model.named_parameters():
        assert torch.equal(loaded.get_parameter(name), value.to(torch.bfloat16).float()), name


def test_an_older_directory_is_replaced_whole(saved: Path, make_model: Make, processor: AnyMolProcessor) -> None:
    save_checkpoint(saved, make_model(seed=5), processor)
    manifest = verify_checkpoint(saved)
    assert "MODEL_CARD.md" not in manifest.files
    assert not (saved / "MODEL_CARD.md").exists()
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_failed_save_leaves_the_older_directory(
    saved: Path, make_model: Make, processor: AnyMolProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(AnyMolProcessor, "save_pretrained", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(saved, make_model(seed=5), processor)
    assert verify_checkpoint(saved).provenance == {"data": "none"}
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_files_added_later_join_the_manifest(saved: Path) -> None:
    (saved / "calibration.json").write_text("{}")
    verify_checkpoint(saved)
    write_manifest(saved)
    manifest = verify_checkpoint(saved)
    assert "calibration.json" in manifest.files
    assert manifest.provenance == {"data": "none"}


def test_what_is_missing_or_wrong_is_named(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no model directory at"):
        load_checkpoint(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=MANIFEST):
        load_checkpoint(tmp_path / "empty")
    card = saved / "MODEL_CARD.md"
    card.write_text("changed")
    with pytest.raises(CheckpointError, match=r"MODEL_CARD.md of a model directory: missing, or not what"):
        load_checkpoint(saved)
    load_checkpoint(saved, verify=False)
    (saved / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"lacks model.safetensors"):
        load_checkpoint(saved)
    with pytest.raises(CheckpointError, match=r"lacks model.safetensors"):
        load_checkpoint(saved, verify=False)


def test_a_newer_schema_and_a_damaged_manifest_are_refused(saved: Path) -> None:
    raw = json.loads((saved / MANIFEST).read_text())
    (saved / MANIFEST).write_text(json.dumps({**raw, "schema_version": 99}))
    with pytest.raises(CheckpointError, match="schema 99"):
        read_manifest(saved)
    for damaged in ("{", "[]", "{}", '{"schema_version": null}'):
        (saved / MANIFEST).write_text(damaged)
        with pytest.raises(CheckpointError, match="damaged"):
            read_manifest(saved)


def test_weights_that_do_not_fit_are_refused(saved: Path) -> None:
    file = saved / "model.safetensors"
    weights = {name: tensor.clone() for name, tensor in load_file(file).items()}  # the file is written anew
    name = "encoders.graph.atom_embedding.weight"
    save_file({key: value for key, value in weights.items() if key != name}, file, metadata={"format": "pt"})
    write_manifest(saved)
    with pytest.raises(CheckpointError, match=f"1 missing, first {name}"):
        load_checkpoint(saved)
    save_file({**weights, "stray": torch.zeros(1)}, file, metadata={"format": "pt"})
    write_manifest(saved)
    with pytest.raises(CheckpointError, match="1 unexpected, first stray"):
        load_checkpoint(saved)
    save_file({**weights, name: torch.zeros(120, 3)}, file, metadata={"format": "pt"})
    write_manifest(saved)
    with pytest.raises(CheckpointError, match=f"1 of another shape, first {name}"):
        load_checkpoint(saved)


def test_the_digest_of_weights_is_that_of_their_file_and_of_several_that_of_all() -> None:
    one = ModelManifest(1, "0", {"model.safetensors": "a" * 64, "config.json": "c" * 64})
    assert one.weights_digest == "a" * 64
    parts = {"model-2.safetensors": "b" * 64, "model-1.safetensors": "a" * 64}
    several = ModelManifest(1, "0", parts).weights_digest
    assert ModelManifest(1, "0", {"config.json": "c" * 64}).weights_digest == ""
    assert several == hashlib.sha256(("a" * 64 + "b" * 64).encode()).hexdigest()
