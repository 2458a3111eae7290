"""A config that asks for more than its weights hold is refused before anything is built."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path

import pytest
from safetensors.torch import load_file

from anymol.errors import CheckpointError
from anymol.models.checkpoint import load_checkpoint
from anymol.models.config import AnyMolConfig
from anymol.models.manifest import write_manifest
from anymol.models.stored_size import count_weights, require_stored_size


@pytest.fixture
def model(tiny_model_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_dir, tmp_path / "model"))


def change(model: Path, part: str, **fields: int) -> None:
    """Change the config, and write its checksum anew."""
    config = json.loads((model / "config.json").read_text())
    config[part].update(fields)
    (model / "config.json").write_text(json.dumps(config))
    write_manifest(model)


def test_weights_are_counted_by_the_header(model: Path) -> None:
    (path,) = model.glob("*.safetensors")
    assert count_weights(path) == sum(tensor.numel() for tensor in load_file(path).values())
    config = AnyMolConfig.from_pretrained(model)
    require_stored_size(model, config.text_config.to_dict(), config.modalities)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"num_hidden_layers": 3000}, "num_hidden_layers is 3,000; at most 1,000"),
        ({"num_hidden_layers": 999}, "asks for at least .* weights, and the files hold"),
        ({"hidden_size": 60_000}, "asks for at least"),
        ({"intermediate_size": 1_000_000}, "asks for at least"),
        ({"vocab_size": 4_000_000}, "asks for at least"),
    ],
)
def test_sizes_that_the_files_do_not_hold_are_refused_unbuilt(model: Path, fields: dict[str, int], said: str) -> None:
    change(model, "text_config", **fields)
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=said):
        load_checkpoint(model)
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 64, b"[1, 2]", b"{}", b'{"text_config": {"model_type": "nothing"}}']
)
def test_files_that_make_no_model_are_refused_with_the_reason(model: Path, content: bytes) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        before = (model / name).read_bytes()
        (model / name).write_bytes(content)
        write_manifest(model)
        with pytest.raises(CheckpointError):
            load_checkpoint(model)
        (model / name).write_bytes(before)
    write_manifest(model)
    load_checkpoint(model)


def test_a_manifest_without_weights_is_refused(model: Path) -> None:
    (model / "model.safetensors").rename(model / "model.bin")
    write_manifest(model)
    with pytest.raises(CheckpointError, match="lists no weights"):
        load_checkpoint(model)
