"""The table of modalities: which encoder reads each. A new one joins by a row here and one in the contract test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

import torch
from pydantic import Discriminator, Tag

from anymol.encoders.conformer import ConformerEncoder, ConformerEncoderConfig, collate_conformers
from anymol.encoders.encoder import Features
from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig, collate_graphs
from anymol.encoders.image import ImageEncoder, ImageEncoderConfig, collate_images
from anymol.encoders.ir import IrEncoder, IrEncoderConfig, collate_ir
from anymol.encoders.ms2 import Ms2Encoder, Ms2EncoderConfig, collate_ms2
from anymol.modalities.modality import Modality

AnyEncoder = GraphEncoder | ConformerEncoder | ImageEncoder | Ms2Encoder | IrEncoder


class EncoderRow(NamedTuple):
    """What belongs to one modality.

    Attributes:
        config: The encoder's config: it reads a record and counts its states.
        network: The encoder.
        collate: Lays what the config reads of M records side by side.
    """

    config: type[Any]
    network: Callable[[Any], AnyEncoder]
    collate: Callable[[Sequence[Features]], dict[str, torch.Tensor]]


ENCODERS: dict[Modality, EncoderRow] = {
    Modality.GRAPH: EncoderRow(GraphEncoderConfig, GraphEncoder, collate_graphs),
    Modality.CONFORMER: EncoderRow(ConformerEncoderConfig, ConformerEncoder, collate_conformers),
    Modality.IMAGE: EncoderRow(ImageEncoderConfig, ImageEncoder, collate_images),
    Modality.MS2: EncoderRow(Ms2EncoderConfig, Ms2Encoder, collate_ms2),
    Modality.IR: EncoderRow(IrEncoderConfig, IrEncoder, collate_ir),
}
"""In the order of :class:`Modality`."""


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
    return next(row.network for row in ENCODERS.values() if isinstance(config, row.config))(config)
