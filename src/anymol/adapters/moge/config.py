"""What can be chosen of MoGE."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from anymol.adapters.moge.router import Start


class MogeConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
