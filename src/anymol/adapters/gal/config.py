"""What can be chosen of GAL."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer, model_validator

from anymol.adapters.families import Projection, Role
from anymol.adapters.layers import LayerChoice, Layers


class Scalar(StrEnum):
    """A part of gamma = alpha / r**p + beta."""

    ALPHA = "alpha"
    P = "p"
    BETA = "beta"


class GalStart(StrEnum):
    """Which fixed scale a fresh adapter's gamma equals."""

    LORA = "lora"
    """alpha / r: p = 1, beta = 0."""
    RSLORA = "rslora"
    """alpha / sqrt(r): p = 1/2, beta = 0 (Kalajdzievski 2023)."""

    @property
    def p(self) -> float:
        """The exponent that p starts at."""
        match self:
            case GalStart.LORA:
                return 1.0
            case GalStart.RSLORA:
                return 0.5


ALL_LINEAR = "all-linear"


def _read_targets(value: Any) -> Any:
    """Let a single role or projection stand for a list of one."""
    if isinstance(value, str) and value in {*Role, *Projection}:
        return (value,)
    return value


Targets = Annotated[tuple[Role | Projection, ...] | str, BeforeValidator(_read_targets)]
"""Roles and projections, or ``all-linear``, or a regular expression searched in canonical names."""


class GalConfig(BaseModel):
    """GAL on linear maps of a decoder.

    Attributes:
        kind: Tag of this config.
        rank: r, of every pair.
        alpha: Start of alpha.
        start: Start of p: the scale of LoRA or of rsLoRA.
        beta: Start of beta.
        learns: Which parts of gamma are trained; none makes this LoRA or rsLoRA.
        targets: ``all-linear``, roles, projections, or a regular expression over names such as
            ``layers.3.self_attn.q_proj``.
        layers: Which layers.
        dropout: Probability before A in training mode (published: 0.05).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gal"] = "gal"
    rank: int = Field(default=64, ge=1)
    alpha: float = 16.0
    start: GalStart = GalStart.LORA
    beta: float = 0.0
    learns: frozenset[Scalar] = frozenset(Scalar)
    targets: Targets = ALL_LINEAR
    layers: LayerChoice = Layers.all
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        match self.targets:
            case str() as pattern:
                try:
                    re.compile(pattern)
                except re.error as error:
                    raise ValueError(f"targets is not a regular expression: {error}") from error
            case tuple() as chosen:
                if not chosen:
                    raise ValueError("targets names at least one role or projection")
                if {Role.FFN_BLOCK, Projection.BLOCK} & set(chosen):
                    raise ValueError("GAL stands at linear maps, not at the whole feed-forward block")
        return self

    @field_serializer("learns")
    def _write_learns(self, value: frozenset[Scalar]) -> list[str]:
        return sorted(scalar.value for scalar in value)
