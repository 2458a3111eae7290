"""What can be chosen of MoRA."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from anymol.adapters.families import Projection
from anymol.adapters.layers import LayerChoice, Layers


class MoraHead(StrEnum):
    """How a query becomes the A of a place."""

    FULL = "full"
    """A linear map to all in x r numbers of A, as published; at 7B widths, billions of weights."""
    FACTORED = "factored"
    """``A = U S`` with a trained basis U (in, k) per place and a generated core S (k, r): the cost of a LoRA."""


class Trunks(StrEnum):
    """What writes the queries of the places."""

    PER_PROJECTION = "per_projection"
    """One transformer per projection kind, as published."""
    SHARED = "shared"
    """One transformer with a query for every place, so that places see each other."""


class MoraConfig(BaseModel):
    """MoRA on linear maps and whole feed-forward blocks of a decoder (arXiv 2510.12245).

    Rank, alpha, targets and layers are the published ones. Head and trunks are not, since the published ones hold about
    two billion weights beside a 7B decoder: ``head="full", trunks="per_projection", depth=8, width=1024`` is that form.

    Attributes:
        kind: Tag of this config.
        rank: r.
        alpha: B's part is scaled by alpha / r.
        state_width: d, of the atom states the generator reads.
        width: D, of the generator.
        depth: Blocks of a trunk: self-attention of the queries, attention to the atoms, feed-forward.
        heads: Attention heads of the generator; they divide `width`.
        queries_per_layer: Queries that write one place together.
        core: k of the factored head; r where it is not given.
        head: How a query becomes A.
        trunks: What writes the queries.
        targets: Projections; ``m`` is the whole feed-forward block, in parallel to it.
        layers: Which layers; ``every=4`` may be written instead of ``layers="every:4"``.
        dropout: Probability inside the generator in training mode.
        n_roles: Rows of the table of roles.
        n_molecules: Rows of the table of molecule indexes; later molecules of a prompt share the last row.
        cache_size: Adapters kept by key while no gradient is needed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["mora"] = "mora"
    rank: int = Field(default=64, ge=1)
    alpha: float = 64.0
    state_width: int = Field(default=300, ge=1)
    width: int = Field(default=256, ge=1)
    depth: int = Field(default=2, ge=1)
    heads: int = Field(default=4, ge=1)
    queries_per_layer: int = Field(default=1, ge=1)
    core: int | None = Field(default=None, ge=1)
    head: MoraHead = MoraHead.FACTORED
    trunks: Trunks = Trunks.SHARED
    targets: tuple[Projection, ...] = (Projection.Q, Projection.K, Projection.V, Projection.O, Projection.BLOCK)
    layers: LayerChoice = Layers.every(4)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    n_roles: int = Field(default=8, ge=1)
    n_molecules: int = Field(default=16, ge=1)
    cache_size: int = Field(default=256, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _read_every(cls, fields: Any) -> Any:
        if isinstance(fields, dict) and "every" in fields:
            if "layers" in fields:
                raise ValueError("give every or layers, not both")
            fields = {**fields, "layers": Layers.every(fields["every"])}
            del fields["every"]
        return fields

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"heads ({self.heads}) do not divide the width ({self.width})")
        if not self.targets or len(set(self.targets)) < len(self.targets):
            raise ValueError("targets names at least one projection, each once")
        if self.core is not None and self.head is MoraHead.FULL:
            raise ValueError("a full head has no core; leave core out or take head='factored'")
        return self

    @property
    def core_rank(self) -> int:
        """Core rank k of the factored head."""
        return self.core or self.rank
