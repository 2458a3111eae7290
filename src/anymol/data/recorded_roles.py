"""Reactions whose records tell reactants from reagents, and how often each molecule stands in which role.

Only sources whose licence allows weights to ship are read. People leave out what goes without saying, so that a part of
the rows is thinned: shown with some of its reagents only.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from anymol.chem.reaction_roles import RoleCounts
from anymol.data.licences import Licences
from anymol.files import require_data_file

FILE: Final = "reactions.parquet"
_COLUMNS: Final = (
    "reactants", "reagents", "products", "split", "reagents_state", "official_splits", "product_among_reactants",
    "solvents_guess", "catalysts_guess",
)  # fmt: skip

_LEAST_COUNT: Final = 5
_LEAST_REAGENT: Final = 2
_LEAST_REACTANT: Final = 20
"""The table holds molecules of at least so many reactions that are a reagent or a common reactant in so many."""


@dataclass(frozen=True)
class RecordedRoles:
    """The inputs of one reaction, as canonical SMILES.

    Attributes:
        reactants: Those whose heavy atoms enter the product.
        reagents: The others.
        solvents: Of the reagents, those that a rule takes for solvents.
        catalysts: Of the reagents, those that a rule takes for catalysts.
    """

    reactants: frozenset[str]
    reagents: frozenset[str]
    solvents: frozenset[str]
    catalysts: frozenset[str]

    @property
    def molecules(self) -> list[str]:
        """All inputs, each once; what is written on both sides counts as reacting."""
        return sorted(self.reactants | self.reagents)


def read_recorded_roles(data_dir: Path, split: str) -> list[RecordedRoles]:
    """Return the usable rows of a split of ``reactions.parquet``, in their order.

    Raises:
        DataError: The file, or the table of licences, is missing.
    """
    table = pq.read_table(require_data_file(data_dir, FILE), columns=list(_COLUMNS))
    table = table.filter(pc.and_(pc.equal(table["split"], split), pc.equal(table["reagents_state"], "separated")))
    allowed = Licences.read(data_dir).allowed("reactions")
    return [
        RecordedRoles(*(_part(row[name]) for name in ("reactants", "reagents", "solvents_guess", "catalysts_guess")))
        for row in table.to_pylist()
        if row["official_splits"].split("/", 1)[0] in allowed
        and row["reactants"]
        and row["reagents"]
        and not row["product_among_reactants"]
    ]


def count_roles(rows: Sequence[RecordedRoles]) -> dict[str, RoleCounts]:
    """Return the counts of the molecules that are common enough for the table."""
    counted = [Counter[str]() for _ in range(4)]
    for row in rows:
        for counter, part in zip(counted, (row.reactants, row.reagents, row.solvents, row.catalysts), strict=True):
            counter.update(part)
    reactant, reagent, solvent, catalyst = counted
    every = {
        smiles: RoleCounts(reactant[smiles], reagent[smiles], solvent[smiles], catalyst[smiles])
        for smiles in reactant | reagent
    }
    return {
        smiles: one
        for smiles, one in every.items()
        if one.total >= _LEAST_COUNT and (one.reagent >= _LEAST_REAGENT or one.reactant >= _LEAST_REACTANT)
    }


def thin_row(row: RecordedRoles, rng: random.Random) -> RecordedRoles:
    """Return a row as people write it, who leave out what goes without saying: a random part of its reagents."""
    share = rng.random()
    return replace(row, reagents=frozenset(one for one in sorted(row.reagents) if rng.random() < share))


def choose_companions(table: Mapping[str, RoleCounts], number: int) -> tuple[str, ...]:
    """Return the most common reagents; lone ions such as sodium's tell nothing."""
    ranked = sorted(table, key=lambda smiles: (-table[smiles].reagent, smiles))
    telling = [smiles for smiles in ranked if smiles in ("[H-]", "[OH-]") or not _is_lone_ion(smiles)]
    return tuple(telling[:number])


def _part(smiles: str | None) -> frozenset[str]:
    return frozenset((smiles or "").split(".")) - {""}


def _is_lone_ion(smiles: str) -> bool:
    return smiles.startswith("[") and smiles.count("[") == 1 and smiles.endswith(("+]", "-]", "+2]", "+3]"))
