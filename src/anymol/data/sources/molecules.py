"""Unlabelled molecules, for the tasks whose answers programs make and for plain documents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from anymol.chem.variants import randomize_smiles
from anymol.data.config import MoleculesComponent
from anymol.data.heldout import GeneratedSplit, Heldout
from anymol.data.licences import BUILTIN, Licences, SourceLicence
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import UserError

FILE: Final = "molecules.parquet"
BUILTIN_FILE: Final = "molecules.smi"


class WrongSplitError(UserError):
    """A molecule that belongs to another split of the generated tasks; it is passed over, not counted as refused."""

    kind = "wrong_split"


def read_molecules(config: MoleculesComponent, origin: DataOrigin, salt: str) -> Iterator[SourceRow]:
    """Yield (row, smiles), shuffled. The split follows later from the InChIKey, which is dear."""
    smiles = pa.array(read_builtin()) if config.builtin else origin.read(FILE, ["smiles"])["smiles"]
    table = with_row_numbers(pa.table({"smiles": smiles}))
    kept = table.filter(pc.less_equal(pc.utf8_length(table["smiles"]), config.max_smiles))
    return iterate_rows(origin.shuffled(kept, salt), ("row", "smiles"))


def read_builtin() -> list[str]:
    """Return the molecules that ship inside the package."""
    text = files("anymol.data").joinpath(BUILTIN_FILE).read_text(encoding="utf-8")
    return [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]


def require_split(smiles: str, split: str, heldout: Heldout) -> None:
    """Refuse a molecule that belongs to another split of the generated tasks.

    Raises:
        WrongSplitError: Naming the split it belongs to.
    """
    belongs = heldout.split_generated(smiles)
    if belongs is not GeneratedSplit(split):
        raise WrongSplitError(f"the molecule belongs to {belongs or 'an evaluation set'}", value=smiles)


def find_licence(config: MoleculesComponent, licences: Licences) -> SourceLicence:
    """Return the terms of the molecules a component uses."""
    return BUILTIN if config.builtin else licences.find("molecules")


def write_variant(smiles: str, randomized: float, split: str, rng: random.Random) -> str:
    """Return a molecule as a question is to write it: as it is or, for a share of training, in random order."""
    if split == "train" and rng.random() < randomized:
        return randomize_smiles(smiles, rng)
    return smiles
