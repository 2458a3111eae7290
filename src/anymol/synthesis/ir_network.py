"""The network of the infrared surrogate and its sizes; torch and chemprop are loaded when it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from anymol.errors import MissingDependencyError

if TYPE_CHECKING:
    from torch import nn


class SurrogateArchitecture(BaseModel):
    """Sizes of the network.

    Attributes:
        message_width: Width of the message of a bond.
        depth: Rounds of message passing: a point knows atoms this many bonds away.
        hidden_width: Width of the layers between molecule and spectrum.
        n_layers: Number of these layers.
        dropout: Share of values dropped in training.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    message_width: int = Field(default=300, ge=4, le=4096)
    depth: int = Field(default=5, ge=1, le=20)
    hidden_width: int = Field(default=256, ge=4, le=4096)
    n_layers: int = Field(default=1, ge=1, le=10)
    dropout: float = Field(default=0.25, ge=0, lt=1)


def build_network(architecture: SurrogateArchitecture, n_points: int) -> tuple[nn.Module, Any]:
    """Return a fresh network, (graphs of B molecules) -> float32 (B, P) of sum 1, and what makes a graph of a molecule.

    Raises:
        MissingDependencyError: chemprop is not installed.
    """
    try:
        from chemprop.featurizers import SimpleMoleculeMolGraphFeaturizer
        from chemprop.nn import BondMessagePassing, MeanAggregation, SpectralFFN
    except ImportError:
        raise MissingDependencyError(
            "the infrared surrogate needs chemprop", hint="pip install 'anymol[synthesis]', or: chemprop==2.2.3"
        ) from None
    from torch import Tensor, nn

    class Spectrograph(nn.Module):
        """Messages between bonds, their mean over the atoms, and a spectrum."""

        def __init__(self) -> None:
            super().__init__()
            self.messages = BondMessagePassing(
                d_h=architecture.message_width, depth=architecture.depth, dropout=architecture.dropout
            )
            self.mean = MeanAggregation()
            self.spectrum = SpectralFFN(
                n_tasks=n_points,
                input_dim=architecture.message_width,
                hidden_dim=architecture.hidden_width,
                n_layers=architecture.n_layers,
                dropout=architecture.dropout,
                spectral_activation="exp",
            )

        def forward(self, graphs: Any) -> Tensor:
            spectra: Tensor = self.spectrum(self.mean(self.messages(graphs), graphs.batch))
            return spectra

    return Spectrograph(), SimpleMoleculeMolGraphFeaturizer()
