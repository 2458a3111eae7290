"""Where a model is: inside the package, in a directory, or on the Hugging Face hub."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from importlib import resources
from pathlib import Path
from typing import Final

from anymol.errors import CheckpointError

EMBEDDED: Final = "nano"
"""Name of the model that ships inside the package."""
_SHIPPED: Final = "embedded"
"""What a person calls it, whatever its name is at present."""


def locate_model(path: str | Path | None) -> AbstractContextManager[Path]:
    """Return a context that holds the model directory for as long as it is read.

    Args:
        path: A model directory, or the name of a model on the hub; None or ``embedded`` for the embedded model.

    Raises:
        CheckpointError: When there is none.
    """
    if is_embedded(path):
        embedded = resources.files("anymol") / "embedded" / EMBEDDED
        if not (embedded / "config.json").is_file():
            raise CheckpointError(
                f"the embedded model '{EMBEDDED}' is missing from this installation",
                value=embedded,
                hint="reinstall anymol, or give a model directory with --model",
            )
        return resources.as_file(embedded)
    directory = Path(path or "")
    if directory.is_dir():
        return nullcontext(directory)
    name = str(path)
    if name.count("/") == 1 and not directory.parent.is_dir():
        return nullcontext(_download(name))
    raise CheckpointError(
        "there is no model here", value=path, hint="give a model directory, a name on the hub, or 'embedded'"
    )


def is_embedded(path: str | Path | None) -> bool:
    """Whether a path means the embedded model: none does, and its names where no model directory is called so."""
    return path is None or (str(path) in (_SHIPPED, EMBEDDED) and not (Path(path) / "config.json").is_file())


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.md"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(
            "there is no model directory of this name, and the hub could not give it", value=name,
            hint="check the path, the name and the network",
        ) from error  # fmt: skip
