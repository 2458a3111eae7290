"""The described molecules that are most like one: by the Tanimoto similarity of counted Morgan fingerprints."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import counted_morgan, tanimoto_row
from anymol.chem.parsing import parse_smiles, try_parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.retrieval.descriptions.sentences import keep_general
from anymol.retrieval.descriptions.store import Description, DescriptionStore

RELATIVES: Final = 16
"""Relatives whose descriptions are compared."""


@dataclass(frozen=True, eq=False)
class Relative:
    """A described molecule that is like the one asked about.

    Attributes:
        description: What is recorded of it.
        text: What of this could be said of another molecule.
        mol: The molecule.
        similarity: Tanimoto similarity of counted Morgan fingerprints, 0 to 1.
    """

    description: Description
    text: str
    mol: Chem.Mol
    similarity: float


def find_relatives(
    store: DescriptionStore, mol: Chem.Mol, limit: int = RELATIVES, *, without: Collection[str] = ()
) -> tuple[Relative, ...]:
    """Return the described molecules that are most like one, the most similar first.

    Args:
        store: The store.
        mol: The molecule.
        limit: Most relatives.
        without: Blocks of InChIKeys that do not count.
    """
    index = _index(store)
    near = np.array(tanimoto_row(counted_morgan(mol), index.fingerprints))
    found: list[Relative] = []
    for place in np.argsort(-near, kind="stable"):
        if len(found) == limit:
            break
        one = index.descriptions[place]
        if one.block not in without:
            found.append(Relative(one, index.texts[place], parse_smiles(one.smiles), float(near[place])))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Index:
    descriptions: tuple[Description, ...]
    texts: tuple[str, ...]
    fingerprints: tuple[ExplicitBitVect, ...]


@lru_cache(maxsize=4)
def _index(store: DescriptionStore) -> _Index:
    """Return what can be said of other molecules, with the fingerprints of those it was said of."""
    described, texts, fingerprints = [], [], []
    with rdBase.BlockLogs():
        for one in store.descriptions:
            text = keep_general(one.text)
            mol = try_parse_smiles(one.smiles) if text else None
            if mol is None or isinstance(mol, InvalidSmilesError):  # of a store that another version of RDKit wrote
                continue
            described.append(one)
            texts.append(text)
            fingerprints.append(counted_morgan(mol))
    return _Index(tuple(described), tuple(texts), tuple(fingerprints))
