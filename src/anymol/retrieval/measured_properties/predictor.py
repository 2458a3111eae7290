"""Predictors of measured properties: a linear part and boosted trees, with how far they may be believed.

Each property has a predictor of its own, fitted by ``recipes/measured_properties.yaml`` and stored as arrays. A number
comes with a conformal interval whose width grows with the distance from the nearest measured molecule (normalised split
conformal prediction, Papadopoulos et al. 2008); a class with a probability fitted on molecules of other scaffolds
(Platt 1999). What is unlike everything measured is said to be so, or not predicted at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from rdkit import Chem
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from anymol.errors import DataError
from anymol.retrieval.measured_properties.features import COUNTED, VERSION, describe_molecules
from anymol.retrieval.measured_properties.store import ValueKind
from anymol.retrieval.measured_properties.trees import BoostedTrees
from anymol.shipped import find_shipped

PREDICTORS_FILE: Final = "measured_predictors.safetensors"
_SHIPPED: Final = f"retrieval/measured_properties/{PREDICTORS_FILE}"
LEAST_SIMILARITY: Final = 0.25
"""A molecule whose nearest measured one is less similar is like none of them, however far others were."""
LEVEL: Final = 0.9
"""Share of the intervals that shall hold the measured number."""


class DistanceSpread(BaseModel):
    """How far numbers may be off, by the similarity of the nearest measured molecule.

    The half-width is ``quantile * exp(offset + slope * (1 - similarity))``.

    Attributes:
        offset: Logarithm of the error for a molecule that is measured but for its stereochemistry.
        slope: By how much that logarithm grows up to no similarity at all.
        quantile: Multiple of the error that so many of the calibration molecules stay within.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    offset: float
    slope: float
    quantile: float

    def measure(self, similarity: float) -> float:
        """Return the half-width of the interval."""
        return self.quantile * math.exp(self.offset + self.slope * (1 - similarity))


class PlattCurve(BaseModel):
    """From the predictor's log-odds to a probability that may be believed.

    Attributes:
        bias: Log-odds at which it says nothing.
        slope: Multiple of its log-odds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    slope: float

    def apply(self, logit: float) -> float:
        """Return the probability of yes."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.bias + self.slope * logit))))


class Domain(BaseModel):
    """What the molecules that a predictor was fitted to and calibrated on are like.

    Attributes:
        elements: Atomic numbers that at least three of them hold.
        heaviest: Heavy atoms of the largest one but a hundredth.
        similarity: Similarity to the nearest measured molecule that 95 of 100 calibration molecules reach.
        is_closed: Whether nothing is predicted of what is larger, charged, a radical or labelled: energies grow with
            every atom and electron.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    elements: tuple[int, ...]
    heaviest: int
    similarity: float
    is_closed: bool = False

    def find_obstacle(self, mol: Chem.Mol) -> str | None:
        """Return why nothing can be predicted of a molecule; None where something can."""
        numbers = {atom.GetAtomicNum() for atom in mol.GetAtoms()} - {1}
        if 6 not in numbers:
            return "it has no carbon"
        if strange := sorted(numbers - set(self.elements)):
            symbols = ", ".join(map(Chem.GetPeriodicTable().GetElementSymbol, strange))
            return f"it holds {symbols}, which hardly a molecule of them does"
        return self._find_limit(mol) if self.is_closed else None

    def _find_limit(self, mol: Chem.Mol) -> str | None:
        if mol.GetNumHeavyAtoms() > self.heaviest:
            return f"it has {mol.GetNumHeavyAtoms()} heavy atoms, and those molecules have up to {self.heaviest}"
        if Chem.GetFormalCharge(mol):
            return "it is charged, and those molecules are neutral"
        if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
            return "it is a radical, and those molecules are none"
        if any(atom.GetIsotope() for atom in mol.GetAtoms()):
            return "it is labelled, and those molecules are of the usual isotopes"
        return None

    def list_doubts(self, mol: Chem.Mol, similarity: float) -> tuple[str, ...]:
        """Return why a prediction is hardly more than a guess."""
        doubts: tuple[str, ...] = ()
        if similarity < max(self.similarity, LEAST_SIMILARITY):
            doubts += (f"the nearest one has a similarity of {similarity:.2f}",)
        if mol.GetNumHeavyAtoms() > self.heaviest:
            doubts += (f"it has {mol.GetNumHeavyAtoms()} heavy atoms, and those known have up to {self.heaviest}",)
        return doubts


class PredictorCard(BaseModel):
    """What is known of one predictor.

    Attributes:
        name: Name of its property.
        kind: What kind of value it has.
        n: Molecules that it was fitted to.
        calibrated_on: Molecules of other scaffolds that its spread or curve was fitted to.
        trees_weight: Part of the trees in the prediction, 0 to 1; the rest is the linear part. 0 of a network.
        spread: Of a number.
        curve: Of a class.
        domain: Where it may be believed.
        figures: Figures on the calibration molecules.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: ValueKind
    n: int
    calibrated_on: int
    trees_weight: float = 0.0
    spread: DistanceSpread | None = None
    curve: PlattCurve | None = None
    domain: Domain
    figures: Mapping[str, float]


class PredictorsCard(BaseModel):
    """The header of the predictors' file.

    Attributes:
        schema_version: Of this form.
        features: Version of what they look at.
        trained_on: Files, rows and splits.
        command: What made them.
        store_sha256: Of the store whose molecules they are compared with.
        predictors: One per property.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    features: int = VERSION
    trained_on: str
    command: str
    store_sha256: str
    predictors: tuple[PredictorCard, ...]


class FittedPredictor(Protocol):
    """What predicts one property of any molecule."""

    @property
    def card(self) -> PredictorCard:
        """What is known of it."""
        ...

    def predict_molecules(self, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Return numbers, or log-odds of yes before calibration, shape (n,).

        Raises:
            InvalidSmilesError: A SMILES is invalid.
        """
        ...

    def list_extremes(self, smiles: str) -> tuple[str, ...]:
        """Return, in sentences, what a molecule has more of than any of those that it was fitted to."""
        ...


@dataclass(frozen=True, eq=False)
class LinearPart:
    """A linear function that ends not far beyond what the training molecules span.

    Attributes:
        low: Smallest value of each feature that is believed; smaller ones are raised to it, shape (F,).
        high: Largest value, likewise.
        weights: Shape (L,).
        bias: Added to them.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float

    def predict(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the function of samples of shape (n, F), shape (n,)."""
        held = np.clip(samples, self.low, self.high).astype(np.float64)
        return np.asarray(held @ self.weights.astype(np.float64) + self.bias)


@dataclass(frozen=True, eq=False)
class Predictor:
    """The fitted predictor of one property.

    Attributes:
        card: What is known of it.
        linear: Its linear part.
        trees: Its trees.
    """

    card: PredictorCard
    linear: LinearPart
    trees: BoostedTrees

    def predict(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return numbers, or log-odds of yes before calibration, for samples of shape (n, F), shape (n,)."""
        return blend(self.linear.predict(samples), self.trees.predict(samples), self.card.trees_weight)

    def predict_molecules(self, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Return the same for molecules."""
        return self.predict(describe_molecules(smiles))

    def list_extremes(self, smiles: str) -> tuple[str, ...]:
        """Return what a molecule has more of than any of those that were fitted to."""
        (sample,) = describe_molecules([smiles])
        # The linear part reaches half of the span beyond it.
        most = self.linear.high - (self.linear.high - self.linear.low) / 4
        return tuple(
            f"it has {sample[place]:.0f} {name}, and those measured have up to {most[place]:.0f}"
            for place, name in COUNTED.items()
            if sample[place] > most[place] + 0.5
        )


def blend(linear: NDArray[np.float64], trees: NDArray[np.float64], trees_weight: float) -> NDArray[np.float64]:
    """Return the weighted mean of both parts."""
    return np.asarray((1 - trees_weight) * linear + trees_weight * trees)


_Fitted = TypeVar("_Fitted", bound=FittedPredictor, covariant=True)


class Predictors(Generic[_Fitted]):
    """The predictors of a file.

    Args:
        card: Its header.
        predictors: Those that it lists, in this order.
    """

    def __init__(self, card: PredictorsCard, predictors: Sequence[_Fitted]) -> None:
        self.card = card
        self._predictors = {one.card.name: one for one in predictors}

    def find(self, name: str) -> _Fitted | None:
        """Return the predictor of a property; None where there is none."""
        return self._predictors.get(name)


def write_predictors(card: PredictorsCard, predictors: Sequence[Predictor]) -> bytes:
    """Return the bytes of a file of predictors: their arrays, with the card in the header."""
    tensors: dict[str, NDArray[Any]] = {}
    for one in predictors:
        linear, trees = one.linear, one.trees
        parts: dict[str, NDArray[Any]] = {
            "low": linear.low,
            "high": linear.high,
            "weights": linear.weights,
            **trees.arrays,
            "biases": np.array([linear.bias, trees.baseline], np.float64),
        }
        tensors |= {f"{one.card.name}/{part}": np.ascontiguousarray(array) for part, array in parts.items()}
    return save(tensors, metadata={"card": card.model_dump_json(exclude_none=True)})


def read_predictors(path: Path | None = None) -> Predictors[Predictor]:
    """Return the predictors of a file.

    Args:
        path: The file; None for the one that ships.

    Raises:
        DataError: It does not hold predictors of this version.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(_SHIPPED) if path is None else path
    try:
        with safe_open(place, "np") as file:
            card = PredictorsCard.model_validate_json(file.metadata()["card"])
            if card.features != VERSION:
                raise DataError(
                    f"these predictors look at features of version {card.features}, not {VERSION}", value=place
                )
            return Predictors(card, [_read(file, one) for one in card.predictors])
    except (OSError, SafetensorError, ValidationError, KeyError, TypeError) as error:
        raise DataError(f"the predictors of measured properties cannot be read: {error}", value=place) from error


def _read(file: Any, card: PredictorCard) -> Predictor:
    def get(part: str) -> NDArray[Any]:
        array: NDArray[Any] = file.get_tensor(f"{card.name}/{part}")
        return array

    biases = get("biases")
    return Predictor(
        card,
        LinearPart(get("low"), get("high"), get("weights"), float(biases[0])),
        BoostedTrees.from_arrays(get, float(biases[1])),
    )
