from __future__ import annotations

from pathlib import Path

import pytest

from anymol.backbones.locating import cache_place, locate_backbone
from anymol.errors import CheckpointError


def make_model(directory: Path) -> Path:
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    (directory / "model.safetensors").write_bytes(b"")
    return directory


def test_a_known_name_is_found_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = make_model(tmp_path / "anymol" / "backbones" / "smollm2")
    assert cache_place("smollm2") == made
    assert locate_backbone("smollm2") == str(made)


def test_a_known_name_that_was_not_made_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(CheckpointError, match="anymol backbone smollm2"):
        locate_backbone("smollm2")


def test_a_directory_goes_before_a_known_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_model(tmp_path / "smollm2")
    assert locate_backbone("smollm2") == "smollm2"


def test_a_name_on_the_hub_is_handed_on() -> None:
    assert locate_backbone("lmsys/vicuna-7b-v1.5") == "lmsys/vicuna-7b-v1.5"


@pytest.mark.parametrize(
    ("made", "asked", "told"),
    [
        ((), "gone", "no such decoder"),
        ((), "~nobody/at/all", "no such decoder"),
        (("folder/notes.txt",), "folder", "no config.json"),
        (("folder/model.gguf",), "folder", r"anymol backbone .*model\.gguf --output"),
        (("model.gguf",), "model.gguf", r"anymol backbone .*model\.gguf --output"),
        (("model.bin",), "model.bin", "give its folder"),
        (("folder/config.json",), "folder", "no weights in safetensors"),
        (("folder/config.json", "folder/pytorch_model.bin"), "folder", "pickle can run code"),
    ],
)
def test_what_is_not_a_decoder_is_refused(
    made: tuple[str, ...], asked: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in made:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    with pytest.raises(CheckpointError, match=told):
        locate_backbone(asked)
