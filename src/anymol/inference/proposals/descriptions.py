"""Which of the descriptions of relatives fits a molecule best: boosted trees over how like they and their words are.

The nearest relative is not always the one whose description fits: it may be described by little, or oddly. A
description that agrees with those of the other relatives is more often right (minimum Bayes risk decoding, Kumar and
Byrne 2004, with the relatives as the sample), and one that names a group which the molecule lacks is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from anymol.chem.fingerprints import chiral_morgan, tanimoto
from anymol.errors import DataError
from anymol.metrics.text import count_grams, score_f1, split_words
from anymol.retrieval.descriptions.relatives import Relative
from anymol.retrieval.measured_properties.trees import BoostedTrees
from anymol.shipped import find_shipped
from anymol.tasks.claims import judge_claims
from anymol.tasks.parentage import judge_parents

RANKER_FILE: Final = "description_ranker.safetensors"
_SHIPPED: Final = f"inference/proposals/{RANKER_FILE}"

FEATURES: Final = (
    "similarity", "similarity with chirality", "behind the nearest", "place", "weight",
    "agreement of the others", "agreement of all", "words", "claims", "claims refuted", "parents confirmed",
    "parents refuted", "same formula", "heavy atoms apart", "charge apart", "rings apart", "stereocentres apart",
    "similarity of the nearest", "agreement at the nearest",
)  # fmt: skip
"""What the ranker looks at, in this order."""

_SHARPNESS: Final = 8.0
"""How fast the weight of a relative falls with its distance: exp(-8 d)."""

_LONGEST: Final = 4
"""Words of the longest runs that are compared, as in BLEU-4."""


def describe_relatives(mol: Chem.Mol, relatives: Sequence[Relative]) -> NDArray[np.float32]:
    """Return the features of the description of each relative as one of a molecule, shape (n, F).

    Args:
        mol: The molecule that is to be described.
        relatives: At least one, the most similar first.
    """
    similar = np.array([one.similarity for one in relatives])
    weights = np.exp(_SHARPNESS * (similar - similar[0]))
    weights /= weights.sum()
    agreements = compare_texts([one.text for one in relatives])
    of_all = agreements @ weights
    # Of the others alone: each text agrees with itself.
    of_others = (of_all - weights) / np.maximum(1 - weights, 1e-9) if len(relatives) > 1 else np.zeros(1)
    fingerprint, own = chiral_morgan(mol), _count(mol)
    rows = []
    for place, one in enumerate(relatives):
        other = _count(one.mol)
        claims, parents = judge_claims(mol, one.text), judge_parents(mol, one.text)
        rows.append(
            (
                one.similarity,
                tanimoto(fingerprint, chiral_morgan(one.mol)),
                similar[0] - one.similarity,
                place,
                weights[place],
                of_others[place],
                of_all[place],
                len(split_words(one.text)),
                len(claims),
                claims.count(False),
                parents.count(True),
                parents.count(False),
                own.formula == other.formula,
                abs(own.heavy - other.heavy),
                abs(own.charge - other.charge),
                abs(own.rings - other.rings),
                abs(own.stereocentres - other.stereocentres),
                similar[0],
                agreements[place, 0],
            )
        )
    return np.array(rows, np.float32)


def compare_texts(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return how far descriptions say the same: the mean F1 of their runs of one to four words, shape (n, n)."""
    grams = [[count_grams(split_words(text), order) for order in range(1, _LONGEST + 1)] for text in texts]
    found = np.eye(len(texts))
    for row, one in enumerate(grams):
        for column in range(row):
            scores = [score_f1(left, right) for left, right in zip(one, grams[column], strict=True)]
            found[row, column] = found[column, row] = sum(scores) / len(scores)
    return found


@dataclass(frozen=True)
class _Counts:
    formula: str
    heavy: int
    charge: int
    rings: int
    stereocentres: int


def _count(mol: Chem.Mol) -> _Counts:
    return _Counts(
        rdMolDescriptors.CalcMolFormula(mol),
        mol.GetNumHeavyAtoms(),
        Chem.GetFormalCharge(mol),
        rdMolDescriptors.CalcNumRings(mol),
        sum(atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in mol.GetAtoms()),
    )


# ------------------------------------------------------------------------------------------------------- the ranker


class RankerCard(BaseModel):
    """The header of a ranker's file.

    Attributes:
        schema_version: Of this form.
        features: What it looks at.
        trained_on: Files, rows and splits.
        command: What made it.
        store_sha256: Of the store whose descriptions it chooses from.
        figures: Figures on the val rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    features: tuple[str, ...] = FEATURES
    trained_on: str
    command: str
    store_sha256: str
    figures: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class DescriptionRanker:
    """What chooses among the descriptions of relatives.

    Attributes:
        card: What is known of it.
        trees: They say how like the recorded description each will be (sentence BLEU-4, 0 to 1).
    """

    card: RankerCard
    trees: BoostedTrees

    def order(self, mol: Chem.Mol, relatives: Sequence[Relative]) -> tuple[Relative, ...]:
        """Return relatives, those first whose descriptions fit a molecule best and name no group that it lacks."""
        if not relatives:
            return ()
        said = describe_relatives(mol, relatives)
        refuted = said[:, [FEATURES.index("claims refuted"), FEATURES.index("parents refuted")]].sum(axis=1) > 0
        best = np.lexsort((-self.trees.predict(said), refuted))
        return tuple(relatives[place] for place in best)


def write_ranker(ranker: DescriptionRanker) -> bytes:
    """Return the bytes of a ranker's file: its arrays, with the card in the header."""
    trees = ranker.trees
    tensors = trees.arrays | {"baseline": np.array([trees.baseline], np.float64)}
    return save(tensors, metadata={"card": ranker.card.model_dump_json()})


@cache
def read_ranker(path: Path | None = None) -> DescriptionRanker:
    """Return a ranker.

    Args:
        path: Its file; None for the one that ships.

    Raises:
        DataError: It is not a ranker of these features.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(_SHIPPED) if path is None else path
    try:
        with safe_open(place, "np") as file:
            card = RankerCard.model_validate_json(file.metadata()["card"])
            trees = BoostedTrees.from_arrays(file.get_tensor, float(file.get_tensor("baseline")[0]))
    except (OSError, SafetensorError, ValidationError, KeyError, TypeError) as error:
        raise DataError(f"the ranker of descriptions cannot be read: {error}", value=place) from error
    if card.features != FEATURES:
        raise DataError("this ranker is of other features", value=place, hint="fit it again")
    return DescriptionRanker(card, trees)
