"""An adapter on disk: ``adapter.safetensors`` and ``adapter.json`` in a directory."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from anymol.adapters.adapter import Adapter, active_adapter
from anymol.adapters.config import AdapterConfig
from anymol.adapters.decoder import Decoder
from anymol.adapters.injection import inject
from anymol.artifact import ArtifactKind
from anymol.errors import AdapterError
from anymol.files import hash_file, staged_directory

WEIGHTS: Final = "adapter.safetensors"
MANIFEST: Final = "adapter.json"
ADAPTER: Final = ArtifactKind("an adapter", MANIFEST, 1, AdapterError, "give another, or train it again")


class AdapterManifest(BaseModel):
    """What ``adapter.json`` says.

    Attributes:
        schema_version: Form of the directory.
        name: Of the adapter.
        configs: Of its methods, in order.
        model_type: Family of the decoder it was trained on.
        n_layers: Layers of that decoder.
        hidden_size: H of that decoder.
        vocab_size: Of that decoder.
        dtype: Of the weights.
        sha256: Of the weights' file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    name: str
    configs: tuple[AdapterConfig, ...]
    model_type: str
    n_layers: int
    hidden_size: int
    vocab_size: int
    dtype: Literal["float32", "float64", "bfloat16", "float16"]
    sha256: str


def save_adapter(adapter: Adapter, directory: Path | str) -> None:
    """Write an adapter: its weights, its configs and what decoder it belongs to.

    Args:
        adapter: The adapter; it may be merged or inactive.
        directory: Made where it is not there; an adapter that is there is replaced at once, or not at all.

    Raises:
        AdapterError: `directory` is a file, or holds anything but an adapter.
    """
    directory = Path(directory)
    check_replaceable(directory, {WEIGHTS, MANIFEST})
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in adapter.state_dict().items()}
    decoder = adapter.decoder
    with staged_directory(directory) as draft:
        save_file(tensors, draft / WEIGHTS)
        manifest = AdapterManifest(
            name=adapter.name,
            configs=adapter.configs,
            model_type=decoder.model_type,
            n_layers=decoder.n_layers,
            hidden_size=decoder.hidden_size,
            vocab_size=decoder.text_config.vocab_size,
            dtype=_weights_dtype(adapter),  # type: ignore[arg-type]  # checked there
            sha256=hash_file(draft / WEIGHTS),
        )
        ADAPTER.write(draft, manifest.model_dump(mode="json"))


def load_adapter(model: nn.Module, directory: Path | str, *, name: str | None = None) -> Adapter:
    """Inject an adapter that :func:`save_adapter` wrote.

    Args:
        model: A decoder of the same form as the one the adapter was trained on.
        directory: The adapter.
        name: Under which it is injected; its own where it is not given.

    Raises:
        AdapterError: The directory is not an adapter, is damaged or of another version, or belongs to another decoder;
            the model is then as it was.
    """
    directory = Path(directory)
    manifest = read_manifest(directory)
    decoder = Decoder.of(model)
    here = {
        "model_type": decoder.model_type,
        "n_layers": decoder.n_layers,
        "hidden_size": decoder.hidden_size,
    }
    for field, value in here.items():
        if getattr(manifest, field) != value:
            raise AdapterError(
                f"the adapter belongs to a decoder with {field} {getattr(manifest, field)}, and this one has {value}",
                value=directory,
            )
    ADAPTER.require_intact(directory, {WEIGHTS: manifest.sha256})
    try:
        state = load_file(directory / WEIGHTS)
    except SafetensorError as error:
        raise AdapterError(f"{WEIGHTS} cannot be read: {error}", value=directory) from error
    before = active_adapter(model)
    adapter = inject(model, manifest.configs, name=name or manifest.name, dtype=getattr(torch, manifest.dtype))
    try:
        adapter.load_state_dict(state)
    except AdapterError:
        adapter.set_active(before)
        adapter.remove()
        raise
    return adapter


def read_manifest(directory: Path) -> AdapterManifest:
    """Read ``adapter.json``.

    Raises:
        AdapterError: It is missing, of another version, or not what :func:`save_adapter` writes.
    """
    fields = ADAPTER.read(directory)
    try:
        # As JSON: enums and tuples are read from text only in that mode.
        return AdapterManifest.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ADAPTER.damage(directory, f"{place}: {first['msg']}") from None


def check_replaceable(directory: Path, expected: Collection[str]) -> None:
    """Refuse a place whose other files would be lost when the directory is replaced.

    Raises:
        AdapterError: `directory` is a file, or holds a file that is not expected.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise AdapterError(f"{directory} is a file", value=directory, hint="give a directory")
    if others := sorted({path.name for path in directory.iterdir()} - set(expected)):
        raise AdapterError(f"{directory} holds other files, {others[0]} for one", hint="give a new directory")


def _weights_dtype(adapter: Adapter) -> str:
    """Return the name of the dtype of A and B; routers and scalars are fp32 at least, whatever these are."""
    narrowest = min((parameter.dtype for parameter in adapter.parameters()), key=lambda dtype: dtype.itemsize)
    return str(narrowest).removeprefix("torch.")
