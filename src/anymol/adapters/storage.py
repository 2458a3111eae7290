"""An adapter on disk: ``adapter.safetensors`` and ``adapter.json`` in a directory, or inside a saved decoder."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal

import torch
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from anymol.adapters.adapter import HANDLES, NETWORK, Adapter, active_adapter
from anymol.adapters.config import AdapterConfig
from anymol.adapters.decoder import Decoder, fingerprint, stored_fingerprint
from anymol.adapters.injection import NETWORKS, inject
from anymol.adapters.plain_names import CONFIG_FIELD
from anymol.artifact import ArtifactKind
from anymol.errors import AdapterError
from anymol.files import hash_file, staged_directory

WEIGHTS: Final = "adapter.safetensors"
MANIFEST: Final = "adapter.json"
_CONFIG: Final = "config.json"
_NOTED: Final = TypeAdapter(dict[str, tuple[AdapterConfig, ...]])
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
        vocab_size: Of that decoder; tokens may have joined since.
        base: What that decoder's weights are known by (:func:`~anymol.adapters.decoder.fingerprint`); None
            where they were not at hand, or the adapter was saved before this was noted.
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
    base: str | None = None
    dtype: Literal["float32", "float64", "bfloat16", "float16"]
    sha256: str


def save_adapter(adapter: Adapter, directory: Path | str) -> None:
    """Write an adapter: its weights, its configs and what decoder it belongs to.

    Args:
        adapter: The adapter; it may be merged or inactive.
        directory: Made where it is not there; an adapter that is there is replaced at once, or not at all.

    Raises:
        AdapterError: `directory` is a file, or holds anything but an adapter; or weights of the decoder itself learn,
            which an adapter does not hold.
    """
    directory = Path(directory)
    check_replaceable(directory, {WEIGHTS, MANIFEST})
    _require_only_adapters_learn(adapter)
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
            base=fingerprint(decoder.model),
            dtype=str(_narrowest(adapter.parameters())).removeprefix("torch."),  # type: ignore[arg-type]  # checked there
            sha256=hash_file(draft / WEIGHTS),
        )
        ADAPTER.write(draft, manifest.model_dump(mode="json"))


def load_adapter(
    model: nn.Module, directory: Path | str, *, name: str | None = None, any_base: bool = False
) -> Adapter:
    """Inject an adapter that :func:`save_adapter` wrote, or one that stands in a saved decoder.

    Args:
        model: The decoder that the adapter was trained on.
        directory: The adapter; or a directory that ``save_pretrained``, or a trainer, wrote of a decoder with one.
        name: Under which it is injected, and which one of several; its own where it is not given.
        any_base: Whether a decoder of the same form with other weights will do.

    Raises:
        AdapterError: The directory is not an adapter, is damaged or of another version, or belongs to another decoder;
            the model is then as it was.
    """
    directory = Path(directory)
    if not ADAPTER.is_at(directory) and (noted := read_noted_adapters(directory)):
        return _load_from_decoder(model, directory, noted, name, any_base=any_base)
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
    if not any_base:
        _require_base(model, manifest.base, directory)
    try:
        state = load_file(directory / WEIGHTS)
    except SafetensorError as error:
        raise AdapterError(f"{WEIGHTS} cannot be read: {error}", value=directory) from error
    return _inject_loaded(model, manifest.configs, name or manifest.name, getattr(torch, manifest.dtype), state)


def _require_base(model: nn.Module, base: str | None, directory: Path) -> None:
    here = fingerprint(model)
    if None not in (base, here) and base != here:
        raise AdapterError(
            "the adapter was trained on a decoder of this form with other weights", value=directory,
            hint="load that decoder, or say any_base=True if the difference is meant",
        )  # fmt: skip


def _inject_loaded(
    model: nn.Module, configs: Sequence[AdapterConfig], name: str, dtype: torch.dtype | None, state: dict[str, Tensor]
) -> Adapter:
    before = active_adapter(model)
    adapter = inject(model, configs, name=name, dtype=dtype)
    try:
        adapter.load_state_dict(state)
    except AdapterError:
        adapter.set_active(before)
        adapter.remove()
        raise
    return adapter


def read_noted_adapters(directory: Path) -> dict[str, tuple[AdapterConfig, ...]]:
    """Return the adapters that a saved decoder's config tells of, by name; none where it tells of none.

    Raises:
        AdapterError: What it tells cannot be read.
    """
    try:
        config = json.loads((directory / _CONFIG).read_text(encoding="utf-8"))
        return _NOTED.validate_python(config.get(CONFIG_FIELD, {}))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise AdapterError(f"{_CONFIG} cannot be read: {error}", value=directory) from error


def _load_from_decoder(
    model: nn.Module,
    directory: Path,
    noted: Mapping[str, tuple[AdapterConfig, ...]],
    name: str | None,
    *,
    any_base: bool,
) -> Adapter:
    """Inject the adapter of a decoder that was saved with it."""
    wanted = next(iter(noted)) if name is None and len(noted) == 1 else name
    if wanted is None or wanted not in noted:
        raise AdapterError(
            f"the decoder there has the adapters {', '.join(noted)}", value=directory, hint="name one of them"
        )
    if not any_base:
        _require_base(model, stored_fingerprint(model, partial(_read_rows, directory)), directory)
    prefix = Decoder.of(model).prefix
    state: dict[str, Tensor] = {}
    for file in sorted(directory.glob("*.safetensors")):
        try:
            with safe_open(file, "pt") as tensors:
                for key in tensors.keys():  # noqa: SIM118  # not a dictionary
                    if (own := _own_name(key, prefix, wanted)) is not None:
                        state[own] = tensors.get_tensor(key)
        except (OSError, SafetensorError) as error:
            raise AdapterError(f"{file.name} cannot be read: {error}", value=directory) from error
    return _inject_loaded(model, noted[wanted], wanted, _narrowest(state.values()), state)


def _read_rows(directory: Path, name: str, rows: int) -> Tensor | None:
    """Return the first rows of a weight in a directory of safetensors; None where it is in none of them."""
    for file in sorted(directory.glob("*.safetensors")):
        try:
            with safe_open(file, "pt") as tensors:
                if name in tensors.keys():  # noqa: SIM118  # not a dictionary
                    found: Tensor = tensors.get_slice(name)[:rows]
                    return found
        except (OSError, SafetensorError) as error:
            raise AdapterError(f"{file.name} cannot be read: {error}", value=directory) from error
    return None


def _own_name(key: str, prefix: str, adapter: str) -> str | None:
    """Return the name that a weight of a saved decoder has in its adapter; None for the decoder's own."""
    if key.startswith(network := f"{NETWORKS}.{adapter}."):
        return f"{NETWORK}.{key.removeprefix(network)}"
    place, inside, rest = key.removeprefix(prefix).partition(f".variants.{adapter}.")
    return f"{place}.{rest}" if inside else None


def _require_only_adapters_learn(adapter: Adapter) -> None:
    model = adapter.decoder.model
    own = {id(parameter) for one in vars(model)[HANDLES].values() for parameter in one.parameters()}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and id(parameter) not in own:
            raise AdapterError(
                f"{name} learns too, and an adapter does not hold it", value=name,
                hint="save the decoder with its adapter (save_pretrained), or let that weight rest",
            )  # fmt: skip


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


def _narrowest(tensors: Iterable[Tensor]) -> torch.dtype | None:
    """Return the dtype of A and B; routers and scalars are fp32 at least, whatever these are. None for no tensor."""
    return min((tensor.dtype for tensor in tensors), key=lambda dtype: dtype.itemsize, default=None)
