"""The network of computed properties: contributions of atoms, and a correction by fragments.

The value is ``sum_e n_e c_e + c_0`` over the elements, plus what a network of two hidden layers makes of the counts of
fragments, ``W3 silu(W2 silu(W1 x + b1) + b2) + b3``; all properties share its hidden layers. It is fitted with torch by
``recipes/computed_properties.yaml`` and read without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from anymol.errors import DataError
from anymol.retrieval.computed_properties.fragments import VERSION, count_elements, describe_fragments
from anymol.retrieval.measured_properties.predictor import PredictorCard, Predictors, PredictorsCard
from anymol.shipped import find_shipped

PREDICTORS_FILE: Final = "computed_predictors.safetensors"
_SHIPPED: Final = f"retrieval/computed_properties/{PREDICTORS_FILE}"


@dataclass(frozen=True, eq=False)
class FragmentNetwork:
    """A fitted network.

    Attributes:
        fragments: The fragments that it counts, F of them.
        atoms: Contribution of an atom of each element to each of P properties, then the constant, shape (6, P).
        weights: Of the layers, shapes (7 + F, H1), (H1, H2) and (H2, P).
        biases: Of the layers, shapes (H1,), (H2,) and (P,).
    """

    fragments: tuple[str, ...]
    atoms: NDArray[np.float64]
    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]

    def predict(self, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Return all properties of molecules, shape (n, P).

        Raises:
            InvalidSmilesError: A SMILES is invalid.
        """
        return self.correct(describe_fragments(smiles, self.fragments)) + sum_atoms(self.atoms, count_elements(smiles))

    def correct(self, described: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what the fragments add to the atoms, of described molecules of shape (n, 7 + F), shape (n, P)."""
        state = described
        for place, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            state = state @ weights + biases
            if place < len(self.weights) - 1:
                state = state / (1 + np.exp(-state))
        return state.astype(np.float64)


def sum_atoms(contributions: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of the atoms' contributions, of counts of shape (n, 5), shape (n, P)."""
    return np.asarray(counts @ contributions[:-1] + contributions[-1])


@dataclass(frozen=True, eq=False)
class NetworkPredictor:
    """One output of a network.

    Attributes:
        card: What is known of it.
        network: The network.
        place: Which output.
    """

    card: PredictorCard
    network: FragmentNetwork
    place: int

    def predict_molecules(self, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Return the numbers of molecules, shape (n,).

        Raises:
            InvalidSmilesError: A SMILES is invalid.
        """
        return self.network.predict(smiles)[:, self.place]

    def list_extremes(self, smiles: str) -> tuple[str, ...]:
        """Return nothing: the domain of such a predictor is closed."""
        return ()


def write_network(card: PredictorsCard, network: FragmentNetwork) -> bytes:
    """Return the bytes of a file: the layers in half precision, the atoms' contributions in double."""
    tensors: dict[str, NDArray[Any]] = {"atoms": network.atoms}
    for place, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors |= {f"weights{place}": weights.astype(np.float16), f"biases{place}": biases}
    header = {"card": card.model_dump_json(exclude_none=True), "fragments": json.dumps(network.fragments)}
    return save({name: np.ascontiguousarray(one) for name, one in tensors.items()}, metadata=header)


def read_network(path: Path | None = None) -> Predictors[NetworkPredictor]:
    """Return the predictors of a file.

    Args:
        path: The file; None for the one that ships.

    Raises:
        DataError: It does not hold a network of this version.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(_SHIPPED) if path is None else path
    try:
        with safe_open(place, "np") as file:
            header = file.metadata()
            card = PredictorsCard.model_validate_json(header["card"])
            if card.features != VERSION:
                raise DataError(f"this network counts fragments of version {card.features}, not {VERSION}", value=place)
            layers = range(3)
            network = FragmentNetwork(
                tuple(json.loads(header["fragments"])),
                file.get_tensor("atoms"),
                tuple(file.get_tensor(f"weights{layer}").astype(np.float32) for layer in layers),
                tuple(file.get_tensor(f"biases{layer}") for layer in layers),
            )
    except (OSError, SafetensorError, ValidationError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"the network of computed properties cannot be read: {error}", value=place) from error
    return Predictors(card, [NetworkPredictor(one, network, number) for number, one in enumerate(card.predictors)])
