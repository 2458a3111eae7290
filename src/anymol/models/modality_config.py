"""Config of one modality of a model: its encoder, its projector, its markers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from anymol.encoders.encoder import Features
from anymol.encoders.graph import GraphEncoderConfig
from anymol.encoders.table import ENCODERS, EncoderConfig
from anymol.modalities.modality import Modality
from anymol.projectors import MlpProjectorConfig, ProjectorConfig


def _read_none(value: Any) -> Any:
    return None if value == "none" else value


class ModalityConfig(BaseModel):
    """One modality: how it is encoded and projected.

    Attributes:
        encoder: Config of the encoder.
        projector: Config of the projector to the decoder's width; None (in files also ``none``) splices no tokens: then
            only an adapter reads the molecules (MoRA).
        markers: Whether a learned token stands before and after the molecule's; by default for all but graphs, whose
            published and shipped models have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: EncoderConfig = Field(default_factory=GraphEncoderConfig)
    projector: Annotated[ProjectorConfig | None, BeforeValidator(_read_none)] = Field(
        default_factory=MlpProjectorConfig
    )
    markers: bool = Field(default_factory=lambda fields: not isinstance(fields.get("encoder"), GraphEncoderConfig))

    def count_tokens(self, features: Features) -> int:
        """Return the tokens that one record becomes, markers included; none without a projector.

        Args:
            features: What the encoder's config reads of the record.
        """
        if self.projector is None:
            return 0
        return self.projector.count_tokens(self.encoder.count_states(features)) + 2 * self.markers


def read_modalities(modalities: Mapping[str, ModalityConfig | dict[str, Any]]) -> dict[str, ModalityConfig]:
    """Return the configs of a model's modalities, validated; by name.

    Raises:
        ValueError: A config is none, or nothing reads a modality so.
    """
    parsed = {name: ModalityConfig.model_validate(config) for name, config in modalities.items()}
    for name, config in parsed.items():
        if name not in ENCODERS or not isinstance(config.encoder, ENCODERS[Modality(name)].config):
            raise ValueError(f"no encoder {config.encoder.kind} reads {name}; known: {', '.join(ENCODERS)}")
    return parsed
