"""Real molecules that a design begins with, each with everything that a specification can ask of it.

``seeds.tsv.gz`` holds a few thousand unlabelled real molecules, chosen so that every count of every feature occurs, and
their features; ``scripts/build_design_tables.py`` makes it.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.shipped import read_shipped
from anymol.tasks.specifications import FEATURES

FILE: Final = "design/seeds.tsv.gz"


@dataclass(frozen=True)
class Seeds:
    """The molecules.

    Attributes:
        smiles: Canonical SMILES, N of them.
        features: Names of the F features, as in :data:`anymol.tasks.specifications.FEATURES`.
        values: Their values, shape (N, F), float32.
    """

    smiles: tuple[str, ...]
    features: tuple[str, ...]
    values: NDArray[np.float32]

    def get(self, feature: str) -> NDArray[np.float32]:
        """Return one feature of all molecules, shape (N,)."""
        column: NDArray[np.float32] = self.values[:, self.features.index(feature)]
        return column


def measure_features(molecule: Chem.Mol) -> tuple[float, ...]:
    """Return every feature of a molecule, in the order of the table."""
    return tuple(feature.measure(molecule) for feature in FEATURES.values())


def write_seeds(rows: Sequence[tuple[str, Sequence[float]]]) -> bytes:
    """Return the content of ``seeds.tsv.gz``: a line of names, then a line per molecule."""
    lines = ["\t".join(("smiles", *FEATURES))]
    lines += [
        "\t".join((smiles, *(f"{value:.3f}".rstrip("0").rstrip(".") for value in values))) for smiles, values in rows
    ]
    return gzip.compress("\n".join(lines).encode("utf-8"), mtime=0)


@cache
def read_seeds() -> Seeds:
    """Return the molecules that ship."""
    header, *lines = gzip.decompress(read_shipped(FILE)).decode("utf-8").splitlines()
    rows = [line.partition("\t") for line in lines]
    values = np.array([np.fromstring(row[2], sep="\t", dtype=np.float32) for row in rows])
    return Seeds(tuple(row[0] for row in rows), tuple(header.split("\t")[1:]), values)
