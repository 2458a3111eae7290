"""The measured molecules that are most like one asked about: by the Tanimoto similarity of Morgan fingerprints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rdkit import rdBase
from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import morgan, recall_morgan, tanimoto_row
from anymol.errors import InvalidSmilesError
from anymol.retrieval.measured_properties.store import MeasuredMolecule, PropertyStore, Spread


@dataclass(frozen=True)
class Neighbour:
    """A measured molecule that is like the one asked about.

    Attributes:
        smiles: Canonical SMILES.
        similarity: Tanimoto similarity of Morgan fingerprints (radius 2, 2,048 bits), 0 to 1.
        spread: What was measured of it.
    """

    smiles: str
    similarity: float
    spread: Spread


def find_neighbours(store: PropertyStore, name: str, smiles: str, limit: int = 3) -> tuple[Neighbour, ...]:
    """Return the measured molecules that are most like one, the most similar first.

    Args:
        store: The store.
        name: Name of the property that was measured of them.
        smiles: The molecule.
        limit: Most neighbours.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    molecules, fingerprints = _index(store, name)
    if not molecules:
        return ()
    near = np.array(tanimoto_row(morgan(smiles), fingerprints))
    best = np.argsort(-near, kind="stable")[:limit]
    return tuple(
        Neighbour(molecules[place].smiles, float(near[place]), Spread(molecules[place].values[name])) for place in best
    )


@lru_cache(maxsize=64)
def _index(store: PropertyStore, name: str) -> tuple[tuple[MeasuredMolecule, ...], tuple[ExplicitBitVect, ...]]:
    """Return the molecules of which a property was measured, with their fingerprints."""
    measured: list[MeasuredMolecule] = []
    fingerprints: list[ExplicitBitVect] = []
    with rdBase.BlockLogs():
        for one in store.list_measured(name):
            try:
                fingerprints.append(recall_morgan(one.smiles))
            except InvalidSmilesError:  # of a store that another version of RDKit wrote
                continue
            measured.append(one)
    return tuple(measured), tuple(fingerprints)
