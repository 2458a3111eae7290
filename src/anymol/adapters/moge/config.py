"""What can be chosen of MoGE."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

from anymol.adapters.gal.config import GalStart, Scalar
from anymol.adapters.layers import LayerChoice, Layers
from anymol.adapters.moge.router import Start


class MogeConfig(BaseModel):
    """Mixture of GAL experts in place of feed-forward blocks (Omni-Mol, arXiv 2502.01074, section 3).

    The defaults are the published setting, but for dropout (there 0.05).

    Attributes:
        kind: Tag of this config.
        layers: Whose blocks are replaced.
        experts: X, the routed experts.
        shared: S, the experts that see every token.
        top_k: k, the routed experts that a token is sent to.
        rank: r of every pair.
        alpha: Start of alpha in ``gamma = alpha / r**p + beta``; each expert learns its own at each linear map.
        scale: Start of p: the scale of LoRA or of rsLoRA.
        beta: Start of beta.
        learns: Which parts of gamma are trained.
        dropout: Probability before each A while training.
        renormalise: Whether the chosen experts' probabilities are divided by their sum.
        start: How weights are normalised over shared and routed experts, and so what a fresh block gives.
        balance_weight: Of the loss that keeps routed experts equally busy; its gradient joins the model's by itself.
        recompute: Whether the experts' hidden states are computed again in the backward: less memory, a little time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["moge"] = "moge"
    layers: LayerChoice = Layers.last_quarter
    experts: int = Field(default=5, ge=2)
    shared: int = Field(default=1, ge=0)
    top_k: int = Field(default=2, ge=1)
    rank: int = Field(default=64, ge=1)
    alpha: float = 16.0
    scale: GalStart = GalStart.LORA
    beta: float = 0.0
    learns: frozenset[Scalar] = frozenset(Scalar)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    renormalise: bool = False
    start: Start = Start.PUBLISHED
    balance_weight: float = Field(default=0.01, ge=0.0)
    recompute: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.top_k > self.experts:
            raise ValueError(f"top_k {self.top_k} is more than the {self.experts} routed experts")
        if self.top_k == 1 and not self.shared and (self.renormalise or self.start is Start.PRESERVING):
            raise ValueError(
                "with top_k 1, no shared expert and normalised weights every weight is 1 and the router cannot learn; "
                "take top_k 2, a shared expert, or renormalise: false with start: published"
            )
        return self

    @field_serializer("learns")
    def _write_learns(self, value: frozenset[Scalar]) -> list[str]:
        return sorted(scalar.value for scalar in value)
