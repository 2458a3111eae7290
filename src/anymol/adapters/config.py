"""Any method's config, told apart by its tag."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from anymol.adapters.gal.config import GalConfig
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.mora.config import MoraConfig

AdapterConfig = Annotated[GalConfig | MogeConfig | MoraConfig, Field(discriminator="kind")]
"""One method's config; in files its ``kind`` says which."""
