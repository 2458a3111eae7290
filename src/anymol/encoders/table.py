"""The table of modalities: which encoder reads each. A new one joins by a row here and one in the contract test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, assert_never

import torch
from pydantic import Discriminator, Tag

from anymol.encoders.conformer import ConformerEncoder, ConformerEncoderConfig, collate_conformers
from anymol.encoders.encoder import Features
from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig
from anymol.encoders.image import ImageEncoder, ImageEncoderConfig, collate_images
from anymol.encoders.ir import IrEncoder, IrEncoderConfig, collate_ir
from anymol.encoders.ms2 import Ms2Encoder, Ms2EncoderConfig, collate_ms2

AnyEncoder = GraphEncoder | ConformerEncoder | ImageEncoder | Ms2Encoder | IrEncoder

ENCODERS: dict[str, tuple[type[Any], type[AnyEncoder]]] = {
    "graph": (GraphEncoderConfig, GraphEncoder),
    "conformer": (ConformerEncoderConfig, ConformerEncoder),
    "image": (ImageEncoderConfig, ImageEncoder),
    "ms2": (Ms2EncoderConfig, Ms2Encoder),
    "ir": (IrEncoderConfig, IrEncoder),
}
"""Modality -> config and network."""

COLLATE: dict[str, Callable[[Sequence[Features]], dict[str, torch.Tensor]]] = {
    "conformer": collate_conformers,
    "image": collate_images,
    "ms2": collate_ms2,
    "ir": collate_ir,
}
"""Modality -> batch of what its config reads of records. A graph is collated from the record itself."""


def _read_kind(value: Any) -> str:
    # Recipes and models from before there were several encoders name none: they mean the graph's.
    return str(value.get("kind", "gin")) if isinstance(value, dict) else str(value.kind)


EncoderConfig = Annotated[
    Annotated[GraphEncoderConfig, Tag("gin")]
    | Annotated[ConformerEncoderConfig, Tag("uni_mol")]
    | Annotated[ImageEncoderConfig, Tag("clip")]
    | Annotated[Ms2EncoderConfig, Tag("peaks")]
    | Annotated[IrEncoderConfig, Tag("patches")],
    Discriminator(_read_kind),
]
"""Any encoder's config; its ``kind`` says which."""


def build_encoder(config: EncoderConfig) -> AnyEncoder:
    """Return the encoder that `config` describes, with fresh weights."""
    match config:
        case GraphEncoderConfig():
            return GraphEncoder(config)
        case ConformerEncoderConfig():
            return ConformerEncoder(config)
        case ImageEncoderConfig():
            return ImageEncoder(config)
        case Ms2EncoderConfig():
            return Ms2Encoder(config)
        case IrEncoderConfig():
            return IrEncoder(config)
        case _:
            assert_never(config)
