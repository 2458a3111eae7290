"""What is known of the screens' yields: the train rows themselves, and trees for what was not measured.

The trees look at descriptors of the component in each role, so that they may be asked about a component that no row
has: how wrong they are then is measured by leaving components out, and is another number than for known ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from anymol.errors import DataError
from anymol.retrieval.measured_properties.features import N_FEATURES, VERSION, describe_molecules
from anymol.retrieval.measured_properties.trees import BoostedTrees
from anymol.retrieval.yield_screens.screens import Screen, list_screens, split_fragments
from anymol.shipped import find_shipped

FILE: Final = "yield_screens.safetensors"
LEVEL: Final = 0.9
"""Share of the intervals that shall hold the measured yield."""
LEAST_R2: Final = 0.2
"""Where trees say less than this of components that were left out, they are not asked about new ones."""
HIGHEST: Final = 100.0


class Bands(BaseModel):
    """How far yields may be off, by what is predicted: near nothing they err less than in the middle.

    Attributes:
        edges: Predicted yields at which the next band begins, percent.
        widths: Half-width of the interval in each band, one more than edges, percent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    edges: tuple[float, ...]
    widths: tuple[float, ...]

    def measure(self, said: float) -> float:
        """Return the half-width of the interval of a predicted yield."""
        return self.widths[int(np.searchsorted(self.edges, said, side="right"))]


class UnseenCard(BaseModel):
    """How well yields are predicted where the component of a role was never seen.

    Attributes:
        r2: Coefficient of determination over train rows, each predicted without its component.
        bands: How far they are off.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    r2: float
    bands: Bands


class YieldCard(BaseModel):
    """What is known of the trees of a screen.

    Attributes:
        key: The screen.
        n: Reactions that they were fitted to.
        seen: How far they are off where all components are known.
        unseen: Role -> how well they do without its component; what has no entry is not predicted.
        baseline: What the sum over the trees starts from, percent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    n: int
    seen: Bands
    unseen: Mapping[str, UnseenCard]
    baseline: float


class YieldsCard(BaseModel):
    """The header of the file.

    Attributes:
        schema_version: Of this form.
        features: Version of what the trees look at.
        trained_on: Files and splits.
        command: What made it.
        screens: One per screen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    features: int = VERSION
    trained_on: str
    command: str
    screens: tuple[YieldCard, ...]


@dataclass(frozen=True, eq=False)
class KnownYields:
    """What is known of one screen.

    Attributes:
        card: Of its trees.
        screen: The screen.
        cells: The choice of each role in the recorded reactions, shape (n, R), uint8.
        yields: Their yields, shape (n,), float32, percent.
        columns: Of each role, which features of its component the trees look at.
        trees: The trees.
    """

    card: YieldCard
    screen: Screen
    cells: NDArray[np.uint8]
    yields: NDArray[np.float32]
    columns: tuple[NDArray[np.uint16], ...]
    trees: BoostedTrees

    @cached_property
    def _recorded(self) -> Mapping[tuple[int, ...], float]:
        return {tuple(map(int, cell)): float(percent) for cell, percent in zip(self.cells, self.yields, strict=True)}

    def find(self, cell: Sequence[int]) -> float | None:
        """Return the yield of a recorded reaction in percent; None where it was not measured."""
        return self._recorded.get(tuple(cell))

    def predict(self, reactions: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return the predicted yields of reactions in percent, 0 to 100, shape (n,).

        Args:
            reactions: Of each the component of each role.

        Raises:
            InvalidSmilesError: A SMILES is invalid.
        """
        return np.clip(self.trees.predict(describe_reactions(reactions, self.columns)), 0.0, HIGHEST)

    def list_nearest(self, cell: Sequence[int], count: int) -> list[tuple[tuple[int, ...], float, int]]:
        """Return recorded reactions that share most components with a reaction: cell, yield, how many are shared."""
        shared = (self.cells == np.array(cell)).sum(axis=1)
        order = np.argsort(-shared, kind="stable")[:count]
        return [(tuple(map(int, self.cells[row])), float(self.yields[row]), int(shared[row])) for row in order]


@cache
def describe_component(smiles: str) -> NDArray[np.float32]:
    """Return the features of a component, shape (F,): the sum over its fragments, nothing of none.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    # In one order: sums of float32 depend on it.
    described = describe_molecules(sorted(split_fragments(smiles)))
    return described.sum(axis=0) if len(described) else np.zeros(N_FEATURES, np.float32)


def describe_reactions(
    reactions: Sequence[Sequence[str]], columns: Sequence[NDArray[np.uint16]]
) -> NDArray[np.float32]:
    """Return what the trees look at, shape (n, F).

    Args:
        reactions: Of each the component of each role.
        columns: Of each role, which features of its component.

    Raises:
        InvalidSmilesError: A SMILES is invalid.
    """
    return np.stack(
        [
            np.concatenate([describe_component(one)[kept] for one, kept in zip(components, columns, strict=True)])
            for components in reactions
        ]
    )


def write_yields(card: YieldsCard, known: Sequence[KnownYields]) -> bytes:
    """Return the bytes of a file: the arrays of each screen, with the card in the header."""
    tensors: dict[str, NDArray[Any]] = {}
    for one in known:
        parts: dict[str, NDArray[Any]] = {"cells": one.cells, "yields": one.yields, **one.trees.arrays}
        parts |= {f"columns{place}": columns for place, columns in enumerate(one.columns)}
        tensors |= {f"{one.card.key}/{part}": np.ascontiguousarray(array) for part, array in parts.items()}
    return save(tensors, metadata={"card": card.model_dump_json()})


def read_yields(path: Path | None = None) -> tuple[YieldsCard, tuple[KnownYields, ...]]:
    """Return what a file knows.

    Args:
        path: The file; None for the one that ships.

    Raises:
        DataError: It does not hold yields of this version and of these screens.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(f"retrieval/yield_screens/{FILE}") if path is None else path
    screens = {one.key: one for one in list_screens()}
    try:
        with safe_open(place, "np") as file:
            card = YieldsCard.model_validate_json(file.metadata()["card"])
            if card.features != VERSION:
                raise DataError(f"these trees look at features of version {card.features}, not {VERSION}", value=place)
            return card, tuple(_read(file, one, screens[one.key]) for one in card.screens)
    except (OSError, SafetensorError, ValidationError, KeyError, TypeError) as error:
        raise DataError(f"the yields of the screens cannot be read: {error}", value=place) from error


def _read(file: Any, card: YieldCard, screen: Screen) -> KnownYields:
    def get(part: str) -> NDArray[Any]:
        array: NDArray[Any] = file.get_tensor(f"{card.key}/{part}")
        return array

    columns = tuple(get(f"columns{place}") for place in range(len(screen.roles)))
    return KnownYields(card, screen, get("cells"), get("yields"), columns, BoostedTrees.from_arrays(get, card.baseline))


@cache
def find_yields() -> tuple[KnownYields, ...]:
    """Return what ships."""
    return read_yields()[1]
