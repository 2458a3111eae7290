"""Which decoder layers an adapter is for."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from anymol.errors import ConfigError


class _Kind(StrEnum):
    ALL = "all"
    LAST_QUARTER = "last_quarter"
    EVERY = "every"
    OF = "of"


class LayerChoice(BaseModel):
    """A choice of layers, made by :class:`Layers`.

    Attributes:
        kind: How layers are chosen.
        step: Of ``every``: layers 0, step, 2 step, ...
        numbers: Of ``of``: the layers themselves, ascending.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: _Kind
    step: int = Field(default=1, ge=1)
    numbers: tuple[int, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        """Read what a person or a file writes: ``all``, ``last_quarter``, ``every:4`` or a list of numbers."""
        match value:
            case str() as text if text in (_Kind.ALL, _Kind.LAST_QUARTER):
                return {"kind": text}
            case str() as text if text.startswith("every:") and text.removeprefix("every:").isdigit():
                return {"kind": _Kind.EVERY, "step": int(text.removeprefix("every:"))}
            case str():
                raise ValueError(
                    f"'{value}' is not a choice of layers; write all, last_quarter, every:4 or a list as [12, 13]"
                )
            case list() | tuple():
                return {"kind": _Kind.OF, "numbers": tuple(value)}
            case _:
                return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind is _Kind.OF:
            if not self.numbers:
                raise ValueError("a list of layers names at least one")
            if min(self.numbers) < 0 or len(set(self.numbers)) < len(self.numbers):
                raise ValueError(f"layers are counted from 0, each once, not {list(self.numbers)}")
        return self

    @model_serializer
    def _write(self) -> str | list[int]:
        match self.kind:
            case _Kind.EVERY:
                return f"every:{self.step}"
            case _Kind.OF:
                return list(self.numbers)
            case _Kind.ALL | _Kind.LAST_QUARTER:
                return self.kind.value

    def resolve(self, n_layers: int) -> tuple[int, ...]:
        """Return the chosen layers of a decoder, ascending.

        Raises:
            ConfigError: A layer is named that the decoder does not have.
        """
        match self.kind:
            case _Kind.ALL:
                return tuple(range(n_layers))
            case _Kind.LAST_QUARTER:
                return tuple(range(n_layers - max(1, n_layers // 4), n_layers))
            case _Kind.EVERY:
                return tuple(range(0, n_layers, self.step))
            case _Kind.OF:
                if max(self.numbers) >= n_layers:
                    raise ConfigError(f"the decoder has the layers 0 to {n_layers - 1}", value=max(self.numbers))
                return tuple(sorted(self.numbers))


class Layers:
    """The choices of layers there are."""

    all = LayerChoice(kind=_Kind.ALL)
    last_quarter = LayerChoice(kind=_Kind.LAST_QUARTER)
    """The upper quarter, at least one layer (Omni-Mol's MoGE)."""

    @staticmethod
    def every(step: int) -> LayerChoice:
        """Layers 0, `step`, 2 `step`, ... (MoRA)."""
        return LayerChoice(kind=_Kind.EVERY, step=step)

    @staticmethod
    def of(*numbers: int) -> LayerChoice:
        """These layers, counted from 0."""
        return LayerChoice(kind=_Kind.OF, numbers=numbers)
