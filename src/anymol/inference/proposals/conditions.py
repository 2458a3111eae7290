"""How proposed conditions are described, and the order in which fitted models put them.

Boosted trees say how probable it is that each molecule was used; a model of choice over whole sets of molecules says
how probable it is that just these were. First stands not the most probable set, which is often a solvent alone, but the
one that can be expected to agree most with what was used: that is just the same, or shares a molecule with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from anymol.errors import DataError
from anymol.metrics.choice import ChoiceModel, Floats
from anymol.retrieval.measured_properties.trees import BoostedTrees
from anymol.retrieval.reactions.company import Company
from anymol.retrieval.reactions.conditions import Asked, Conditions, Likeness, MoleculeUse, Part, read_charge
from anymol.shipped import find_shipped

RANKERS_FILE: Final = "condition_rankers.safetensors"
_SHIPPED: Final = f"inference/proposals/{RANKERS_FILE}"

MOLECULE_FEATURES: Final = (
    "share", "share of the same surroundings", "share beside what is named", "share of the nearest",
    "share of the records", "nearest", "usual", "company", "most company", "least company", "molecules in company",
    "ion", "named",
)  # fmt: skip
"""What the trees look at."""

FEATURES: Final = (
    "log odds", "log odds, mean", "log odds, least", "share", "log share", "log precedents", "similarity",
    "same change", "same surroundings", "molecules", "molecules * named", "one molecule",
    *Part, *(f"{part} * named" for part in Part),
)  # fmt: skip
"""What the model of choice looks at."""

LOOKED_AT: Final = 60
"""Sets that the model of choice looks at: those whose molecules are the most probable."""

SHARED: Final = 1.0
"""What a molecule in common is worth, where the very same set is worth 1 besides. In folds of 933 validation reactions
0 gave 36 % the same and 55 % shared, 1 gave 36 and 61, 2 gave 32 and 64."""

_MOST_NAMED: Final = 3
"""Molecules that help and are named already, beyond which it makes no difference."""

_LEAST: Final = 1e-3
"""Chance below which it makes no difference."""


def describe_molecules(company: Company, about: Conditions) -> tuple[list[str], NDArray[np.float32]]:
    """Return the molecules that precedents of a question used, and their features, shape (molecules, features).

    Args:
        company: Which molecules usually help where which others are given.
        about: Any proposal of the question.
    """
    molecules = sorted(about.uses)
    rows = [_describe_molecule(company, one, about.uses[one], about) for one in molecules]
    return molecules, np.array(rows, dtype=np.float32).reshape(-1, len(MOLECULE_FEATURES))


def _describe_molecule(company: Company, molecule: str, use: MoleculeUse, about: Conditions) -> list[float]:
    beside = company.compare(molecule, about.given)
    return [
        use.share,
        use.alike,
        use.beside,
        use.near,
        use.records,
        use.nearest,
        company.measure_usual(molecule),
        sum(beside),
        max(beside, default=0.0),
        min(beside, default=0.0),
        float(len(beside)),
        float(read_charge(molecule) != 0),
        float(about.named),
    ]


def describe_conditions(proposals: Sequence[Conditions], odds: Mapping[str, float]) -> Floats:
    """Return the features of the proposals of one question, shape (proposals, features).

    Args:
        proposals: Some of those of the question.
        odds: Log-odds of each molecule that a precedent used.
    """
    return np.array([_describe(one, odds) for one in proposals], dtype=np.float64).reshape(-1, len(FEATURES))


def _describe(one: Conditions, odds: Mapping[str, float]) -> list[float]:
    named = float(min(one.named, _MOST_NAMED))
    each = [odds[molecule] for molecule in dict.fromkeys(one.molecules)]
    parts = [float(part in one.parts) for part in Part]
    return [
        sum(each),
        sum(each) / len(each),
        min(each),
        one.share,
        math.log(one.share + _LEAST),
        math.log1p(len(one.precedents)),
        one.similarity,
        float(one.likeness is not Likeness.PRODUCT),
        float(one.likeness is Likeness.SURROUNDINGS),
        float(len(each)),
        len(each) * named,
        float(len(each) == 1),
        *parts,
        *(part * named for part in parts),
    ]


def pick_likely(proposals: Sequence[Conditions], odds: Mapping[str, float]) -> list[Conditions]:
    """Return the :data:`LOOKED_AT` proposals whose molecules are the most probable, the most probable first.

    Args:
        proposals: Those of one question.
        odds: Log-odds of each molecule that a precedent used.
    """

    def weigh(one: Conditions) -> tuple[float, tuple[str, ...]]:
        each = sum(odds[molecule] for molecule in set(one.molecules))
        return -each - math.log(one.share + _LEAST), one.molecules

    return sorted(proposals, key=weigh)[:LOOKED_AT]


@dataclass(frozen=True, eq=False)
class ConditionRanker:
    """What orders proposed conditions.

    Attributes:
        company: Which molecules usually help where which others are given.
        trees: They say the log-odds that a molecule was used.
        choice: Says which set was.
    """

    company: Company
    trees: BoostedTrees
    choice: ChoiceModel

    def rank(self, proposals: Sequence[Conditions]) -> list[tuple[Conditions, float]]:
        """Return proposals with their probability of being just what was used.

        Args:
            proposals: Those of one question.

        Returns:
            At most :data:`LOOKED_AT`, those first that can be expected to agree most with what was used.
        """
        if not proposals:
            return []
        molecules, described = describe_molecules(self.company, proposals[0])
        odds = dict(zip(molecules, self.trees.predict(described).tolist(), strict=True))
        likely = pick_likely(proposals, odds)
        chances = self.choice.weigh(describe_conditions(likely, odds))
        worth = chances + SHARED * expect_shared(likely, chances, odds)
        order = sorted(range(len(likely)), key=lambda place: (-worth[place], likely[place].molecules))
        return [(likely[place], float(chances[place])) for place in order]


def expect_shared(proposals: Sequence[Conditions], chances: Floats, odds: Mapping[str, float]) -> Floats:
    """Return the probability that each proposal shares a molecule with what was used, shape (proposals,).

    Where none of the proposals is what was used, its molecules are taken to be used each by itself.

    Args:
        proposals: Some of those of one question.
        chances: The probability that each is just what was used, shape (proposals,).
        odds: Log-odds of each molecule that a precedent used.
    """
    sets = [frozenset(one.molecules) for one in proposals]
    common = np.array([[bool(one & other) for other in sets] for one in sets], dtype=np.float64)
    alone = np.array([1 - math.prod(1 / (1 + math.exp(odds[molecule])) for molecule in one) for one in sets])
    shared: Floats = common @ chances + (1 - chances.sum()) * alone
    return shared


def write_rankers(rankers: Mapping[Asked, ConditionRanker]) -> bytes:
    """Return the bytes of a file of rankers: their trees, with the rest in the header."""
    arrays: dict[str, NDArray[Any]] = {}
    cards: dict[str, Any] = {}
    for asked, one in rankers.items():
        arrays |= {f"{asked.name}.{name}": array for name, array in one.trees.arrays.items()}
        card = {"company": one.company.to_json(), "choice": one.choice.to_json(), "baseline": one.trees.baseline}
        cards[asked.name] = json.dumps(card, sort_keys=True)
    return save(arrays, metadata={**cards, "features": json.dumps(MOLECULE_FEATURES)})


@cache
def read_ranker(asked: Asked, path: Path | None = None) -> ConditionRanker:
    """Read a ranker.

    Args:
        asked: What is asked for.
        path: The file of :func:`write_rankers`; None for the one that ships.

    Raises:
        DataError: It is not a ranker of these features.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(_SHIPPED) if path is None else path
    try:
        with safe_open(place, "np") as file:
            card = json.loads(file.metadata()[asked.name])
            features = tuple(json.loads(file.metadata()["features"]))
            trees = BoostedTrees.from_arrays(
                lambda name: file.get_tensor(f"{asked.name}.{name}"), float(card["baseline"])
            )
            ranker = ConditionRanker(Company.from_json(card["company"]), trees, ChoiceModel.from_json(card["choice"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the rankers of conditions cannot be read: {error}", value=place) from error
    if (features, ranker.choice.features) != (MOLECULE_FEATURES, FEATURES):
        raise DataError("these rankers are of other features", value=place, hint="fit them again")
    return ranker
