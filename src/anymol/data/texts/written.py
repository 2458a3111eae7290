"""The molecules whose symbols become tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow.compute as pc

from anymol.data.sources.molecules import FILE as MOLECULES_FILE
from anymol.data.sources.molecules import read_builtin
from anymol.data.sources.source import DataOrigin

REACTIONS_FILE: Final = "reactions.parquet"
_ROLES: Final = ("reactants", "reagents", "products")


def read_written_molecules(origin: DataOrigin, split: str) -> Iterator[str]:
    """Yield the distinct sides of the reactions of a split and, for training, the unlabelled molecules.

    Without a data directory: the molecules inside the package, those of training.
    """
    if origin.data_dir is None:
        yield from read_builtin() if split == "train" else ()
        return
    table = origin.read(REACTIONS_FILE, [*_ROLES, "split"])
    kept = table.filter(pc.equal(table["split"], split))
    for role in _ROLES:
        yield from (smiles for smiles in pc.unique(kept[role].drop_null()).to_pylist() if smiles)
    if split == "train":
        yield from origin.read(MOLECULES_FILE, ["smiles"])["smiles"].to_pylist()
