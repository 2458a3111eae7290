"""Where a pre-trained decoder is: a name that anymol knows, a directory, or a name on the Hugging Face hub."""

from __future__ import annotations

import os
from pathlib import Path

from anymol.backbones.table import BACKBONES
from anymol.errors import CheckpointError

CACHE = "XDG_CACHE_HOME"


def cache_place(name: str) -> Path:
    """Return the folder in which the backbone of this name is kept: ``~/.cache/anymol/backbones/NAME``."""
    given = os.environ.get(CACHE)
    return (Path(given) if given else Path.home() / ".cache") / "anymol" / "backbones" / name


def locate_backbone(name_or_path: str | os.PathLike[str]) -> str:
    """Return what transformers loads a decoder from.

    Args:
        name_or_path: A name of :data:`~anymol.backbones.table.BACKBONES`, a directory of transformers, or a name on
            the hub, which is handed on.

    Raises:
        CheckpointError: A known one was not made yet, or nothing that transformers loads is there.
    """
    name = os.fspath(name_or_path)
    path = Path(name).expanduser()
    if not path.exists() and (known := BACKBONES.get(name)) is not None:
        path = cache_place(name)
        if not (path / "config.json").is_file():
            raise CheckpointError(f"{known.title} is not there yet", value=name, hint=known.remedy)
    if path.is_dir():
        _require_model(path, name)
        return str(path)
    if path.is_file():
        hint = f"anymol backbone {name} --output DIR makes one of it" if path.suffix == ".gguf" else "give its folder"
        raise CheckpointError("a decoder is a directory of transformers, and this is a file", value=name, hint=hint)
    if name.count("/") == 1 and not name.startswith((".", "~")) and not path.parent.is_dir():
        return name
    raise CheckpointError(
        "there is no such decoder",
        value=name,
        hint=f"give a directory of transformers, a name on the hub, or {', '.join(BACKBONES)}",
    )


def _require_model(path: Path, given: str) -> None:
    if (path / "config.json").is_file():
        if any(path.glob("*.safetensors")):
            return
        if any(path.glob("pytorch_model*.bin")):
            raise CheckpointError(
                "these weights are pickled, and a pickle can run code", value=given,
                hint="convert them to safetensors with the program that they come from",
            )  # fmt: skip
        raise CheckpointError("the directory has a config and no weights in safetensors", value=given)
    packed = sorted(path.glob("*.gguf"))
    hint = f"anymol backbone {packed[0]} --output DIR makes a decoder of it" if packed else "check the path"
    raise CheckpointError("no decoder is in this directory: there is no config.json", value=given, hint=hint)
