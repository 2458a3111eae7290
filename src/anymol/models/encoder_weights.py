"""Weights that encoders start from: of another model, of an encoder alone, or published ones under their own names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import CLIPVisionModel

from anymol.encoders.conformer_weights import translate_conformer_weights
from anymol.encoders.graph_weights import read_graph_weights
from anymol.encoders.image import ImageEncoder
from anymol.encoders.storage import ENCODER, load_encoder_states
from anymol.encoders.table import AnyEncoder
from anymol.errors import CheckpointError
from anymol.files import require_regular
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import is_embedded, locate_model
from anymol.models.manifest import MODEL_DIRECTORY
from anymol.models.modeling import AnyMolForCausalLM

_LEFT_BEHIND = "post_layernorm."
"""CLIP's norm of the class token, which is not read."""


def load_encoder_weights(model: AnyMolForCausalLM, weights: Mapping[str, str | Path]) -> None:
    """Start encoders of a model from given weights; its projectors keep theirs.

    Args:
        model: The model.
        weights: Modality -> an anymol model directory that has the same encoder, or ``embedded``; the directory of an
            encoder alone, as self-supervised pre-training writes it; or published weights: a file of a pretrain-gnns
            GIN (``graph``; safetensors or as published), a safetensors file of Uni-Mol (``conformer``), or a directory
            of CLIP (``image``).

    Raises:
        CheckpointError: The model lacks the modality, there is no such file, or the weights do not fit its encoder.
    """
    for name, path in weights.items():
        if name not in model.encoders:
            raise CheckpointError(f"the model has no encoder of {name}", hint=f"it has {', '.join(model.encoders)}")
        encoder: Any = model.encoders[name]
        source = Path(path)
        try:
            if is_embedded(path):
                with locate_model(path) as directory:
                    encoder.load_state_dict(_read_own(name, directory))
            elif MODEL_DIRECTORY.is_at(source):
                encoder.load_state_dict(_read_own(name, source))
            elif ENCODER.is_at(source):
                encoder.load_state_dict(load_encoder_states(source, name, encoder.config))
            elif isinstance(encoder, ImageEncoder):
                _load_clip(encoder, source)
            else:
                encoder.load_state_dict(_read_published(name, source))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(
                f"the weights for {name} do not fit its encoder: {str(error).splitlines()[0]}", value=source,
                hint="give the encoder the sizes of the weights",
            ) from error  # fmt: skip


def _read_own(name: str, directory: Path) -> dict[str, torch.Tensor]:
    model, _, _ = load_checkpoint(directory)
    if name not in model.encoders:
        raise CheckpointError(f"this model has no encoder of {name}", value=directory)
    encoder: AnyEncoder = model.encoders[name]
    return encoder.state_dict()


def _read_published(name: str, path: Path) -> dict[str, torch.Tensor]:
    match name:
        case Modality.GRAPH:
            require_regular(path)
            return read_graph_weights(path)
        case Modality.CONFORMER:
            require_regular(path)
            return translate_conformer_weights(load_file(path))
        case _:
            raise CheckpointError(f"no published weights of {name} are known", hint="give an anymol model directory")


def _load_clip(encoder: ImageEncoder, directory: Path) -> None:
    """Fill the tower; what stands behind it (the convolution, the places of slices) stays fresh."""
    published = CLIPVisionModel.from_pretrained(directory, local_files_only=True, dtype=torch.float32).state_dict()
    tower = {name: value for name, value in published.items() if _LEFT_BEHIND not in name}
    own = encoder.tower.state_dict()
    # A recipe may stop before the last layers, as LLaVA does: those are left behind.
    encoder.tower.load_state_dict({name: value for name, value in tower.items() if name in own or not _is_layer(name)})


def _is_layer(name: str) -> bool:
    return "encoder.layers." in name
