"""A model that was trained here from scratch, run from its files without ``transformers``.

To answer, a model needs its tokenizer, its decoder's weights, and the encoders of what it is shown. Building them as a
model of transformers gives the same answers, to the bit (tested), and takes two seconds of imports. The encoders are
read packed and built when the first record for them comes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.chem.notation import Notation
from anymol.encoders.table import build_encoder
from anymol.files import read_whole
from anymol.models.decoding.changing import decode_by_weights
from anymol.models.decoding.feed import StepDecoder
from anymol.models.decoding.weights import (
    MOST_WEIGHTS,
    DecoderShape,
    DecoderWeights,
    compute_frequencies,
    find_config_obstacle,
    read_decoder_weights,
)
from anymol.models.extra_embeddings import Markers, RoleEmbedding
from anymol.models.manifest import reading_model, require_same_notation, verify_checkpoint
from anymol.models.modality_config import ModalityConfig, read_modalities
from anymol.models.own_weights import read_stored_weights
from anymol.models.packed_weights import is_scale, unpack_weights
from anymol.models.prompt_writer import PromptWriter, modernise_description
from anymol.models.splicing import Molecules, ReadAtoms, ReadsMolecules
from anymol.models.stored_size import count_weights, require_stored_size
from anymol.models.stored_tokenizer import StoredTokenizer, find_tokenizer_obstacle
from anymol.projectors import build_projector

_DECODER: Final = "decoder."
_EMBEDDING: Final = "decoder.model.embed_tokens."
_ROLES: Final = "role_embedding."


def find_stored_obstacle(directory: Path, dtype: torch.dtype | None) -> str | None:
    """Return why the model of a directory is not run from its files alone; None where it is.

    Args:
        directory: A model directory. Where its files are damaged, that is an obstacle too.
        dtype: Type in which its weights shall be held; None for the one that they are stored in.
    """
    if dtype != torch.float32:
        return "its weights are not in fp32"
    try:
        config = _read_json(directory / "config.json")
        if config["model_type"] != "anymol" or config["adapters"] or config["base_vocab_size"] is not None:
            return "its decoder is another one's, or has an adapter"
        decoder = config["text_config"]
        if obstacle := find_config_obstacle(decoder):
            return obstacle
        DecoderShape.read(decoder)
        rotary = decoder["rope_parameters"]
        if set(rotary) != {"rope_type", "rope_theta"} or rotary["rope_type"] != "default":
            return "its rotary positions are scaled"
        if sum(map(count_weights, directory.glob("*.safetensors"))) > MOST_WEIGHTS:
            return "it is large"
        return find_tokenizer_obstacle(directory)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return f"its files do not say: {error}"


def read_stored_model(directory: Path, device: str | torch.device = "cpu") -> tuple[StoredModel, PromptWriter]:
    """Read a model directory strictly, its encoders when they are needed.

    Args:
        directory: A model directory in which :func:`find_stored_obstacle` finds none.
        device: Where to put the model.

    Raises:
        CheckpointError: A file is missing, a checksum is wrong, or the weights do not fit the config.
    """
    verify_checkpoint(directory)
    with reading_model(directory):
        config = _read_json(directory / "config.json")
        require_stored_size(directory, config["text_config"], config["modalities"])
        model = StoredModel(directory, config, read_stored_weights(directory), torch.device(device))
        described = modernise_description(_read_json(directory / "processor_config.json"))
        writer = PromptWriter(
            StoredTokenizer(directory),
            described.get("notation", Notation.SELFIES),
            described.get("end_token"),
            modalities=described.get("modalities"),
        )
    require_same_notation(directory, writer.notation, Notation(config["notation"]).value)
    return model, writer


class StoredModel(ReadsMolecules):
    """A model as its files have it; see :class:`~anymol.models.prompt_model.PromptModel`.

    Args:
        directory: Where it was read from, for messages.
        config: Its config, as JSON has it.
        tensors: Its weights as they are stored, under today's names.
        device: Where it runs.

    Raises:
        KeyError: A weight is missing.
        ValueError: A weight or the config does not fit.
        RuntimeError: A weight does not fit its module.
    """

    def __init__(
        self, directory: Path, config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], device: torch.device
    ) -> None:
        self._directory = directory
        self._tensors = tensors
        self._device = device
        self._shape = DecoderShape.read(config["text_config"])
        self._rotary_base = float(config["text_config"]["rope_parameters"]["rope_theta"])
        modalities = read_modalities(config["modalities"])
        self._placeholders = {name: int(config["placeholder_token_ids"][name]) for name in modalities}
        projected = {name: one for name, one in modalities.items() if one.projector is not None}
        marked = {name: one for name, one in projected.items() if one.markers}
        self.encoders = self._plan("encoders", modalities, _build_encoder)
        self.projectors = self._plan("projectors", projected, partial(_build_projector, self._shape.width))
        self.markers = self._plan("markers", marked, lambda _: Markers(self._shape.width))
        self.role_embedding = None
        if projected:
            self.role_embedding = RoleEmbedding(config["n_roles"], self._shape.width)
            self._fill(_ROLES, self.role_embedding)
        self._table = self._read(_EMBEDDING)["weight"]
        known = (_DECODER, _ROLES, *self.encoders.prefixes, *self.projectors.prefixes, *self.markers.prefixes)
        if unknown := sorted(name for name in tensors if not name.startswith(known)):
            raise ValueError(f"the model has no {unknown[0]}")

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self._device

    @property
    def n_weights(self) -> int:
        """How many weights it has, with those of encoders that nothing needed yet."""
        return sum(tensor.numel() for name, tensor in self._tensors.items() if not is_scale(name))

    @property
    def vocabulary_size(self) -> int:
        """Width of its logits."""
        return self._shape.vocabulary

    @property
    def positions(self) -> int:
        """Most tokens of a prompt with its answer."""
        return self._shape.positions

    @property
    def modalities(self) -> Collection[str]:
        """What it reads beside text."""
        return self._placeholders.keys()

    @property
    def placeholders(self) -> Mapping[str, int]:
        """Modality -> id of its placeholder."""
        return self._placeholders

    def embed_text(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, L, H) of token ids (B, L), placeholders among them."""
        return functional.embedding(input_ids, self._table)

    def read_prompts(
        self, input_ids: torch.Tensor, molecules: Molecules | None = None
    ) -> tuple[torch.Tensor, ReadAtoms | None]:
        """Return the embeddings of some prompts; no adapter reads their atoms."""
        return self.embed(input_ids, molecules), None

    def make_step_decoder(self, threads: int | None = None) -> StepDecoder:
        """Return what computes the next tokens, on so many CPU threads."""
        return decode_by_weights(self.read_decoder, threads)

    def read_decoder(self) -> DecoderWeights:
        """Return the decoder's weights, unpacked anew.

        Raises:
            CheckpointError: They do not fit the config.
        """
        with reading_model(self._directory):
            frequencies = compute_frequencies(self._rotary_base, self._shape.head).to(self._device)
            return read_decoder_weights(self._shape, self._read(_DECODER), frequencies)

    def _read(self, prefix: str) -> dict[str, torch.Tensor]:
        """Return the weights of a part under their names in it, unpacked, in fp32, on the device."""
        stored = {
            name.removeprefix(prefix): tensor for name, tensor in self._tensors.items() if name.startswith(prefix)
        }
        return {
            name: tensor.to(self._device, torch.float32 if tensor.is_floating_point() else None)
            for name, tensor in unpack_weights(stored).items()
        }

    def _fill(self, prefix: str, part: nn.Module) -> None:
        """Give a part its weights."""
        part.load_state_dict(self._read(prefix))
        part.to(self._device).requires_grad_(False).eval()

    def _plan(
        self, kind: str, configs: Mapping[str, ModalityConfig], build: Callable[[ModalityConfig], nn.Module]
    ) -> _Parts:
        """Return the parts of one kind, by modality."""

        def make(name: str) -> nn.Module:
            # What is built while answers are computed would else be of no use to gradients, nor outside that scope.
            with torch.inference_mode(False), reading_model(self._directory):
                part = build(configs[name])
                self._fill(f"{kind}.{name}.", part)
                return part

        return _Parts(kind, configs.keys(), make)


class _Parts(Mapping[str, nn.Module]):
    """Modules by modality, each made when it is first asked for, once for all threads.

    Args:
        kind: What they are, as their weights' names begin.
        names: The modalities.
        make: Makes that of a modality.
    """

    def __init__(self, kind: str, names: Collection[str], make: Callable[[str], nn.Module]) -> None:
        self.prefixes = tuple(f"{kind}.{name}." for name in names)
        self._names = tuple(names)
        self._make = make
        self._made: dict[str, nn.Module] = {}
        self._making = threading.Lock()

    def __getitem__(self, name: str) -> nn.Module:
        if name not in self._names:
            raise KeyError(name)
        with self._making:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names  # to be asked whether it is there must not make it

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _build_encoder(config: ModalityConfig) -> nn.Module:
    return build_encoder(config.encoder)


def _build_projector(width: int, config: ModalityConfig) -> nn.Module:
    assert config.projector is not None
    return build_projector(config.projector, config.encoder.width, width)


def _read_json(path: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(read_whole(path, MAX_MANIFEST_BYTES))
    return fields
