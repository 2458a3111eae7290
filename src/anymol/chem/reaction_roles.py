"""How often a molecule reacts, and how often it only helps, in recorded patent reactions.

The table, ``reaction_roles.tsv.gz``, is counted by ``recipes/reaction_roles.yaml`` over training reactions whose
records tell reactants from reagents: those whose heavy atoms enter the product are reactants, the others reagents.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

TABLE_FILE: Final = "reaction_roles.tsv.gz"


@dataclass(frozen=True)
class RoleCounts:
    """In how many recorded reactions a molecule stands in which role.

    Attributes:
        reactant: Its heavy atoms enter the product.
        reagent: They do not: solvents, catalysts, bases, acids, coupling agents.
        solvent: Of the reagents, those that a rule takes for a solvent.
        catalyst: Of the reagents, those that a rule takes for a catalyst.
    """

    reactant: int
    reagent: int
    solvent: int = 0
    catalyst: int = 0

    @property
    def total(self) -> int:
        """All reactions that it stands in."""
        return self.reactant + self.reagent

    @property
    def log_odds(self) -> float:
        """Natural logarithm of the odds of reacting; half a reaction is added to both sides."""
        return math.log((self.reactant + 0.5) / (self.reagent + 0.5))

    @property
    def usual(self) -> str:
        """What it stands as most often, in a word."""
        if self.reactant >= self.reagent:
            return "reactant"
        if 2 * self.solvent > self.reagent:
            return "solvent"
        return "catalyst" if 2 * self.catalyst > self.reagent else "reagent"


def find_roles(smiles: str) -> RoleCounts | None:
    """Return the counts of one molecule or ion; None where it is too rare to stand in the table.

    Args:
        smiles: Canonical SMILES.

    >>> find_roles("ClCCl").usual
    'solvent'
    """
    return _table().get(smiles)


def read_table(packed: bytes) -> dict[str, RoleCounts]:
    """Return the counts of a table by canonical SMILES."""
    rows = (line.split("\t") for line in gzip.decompress(packed).decode("utf-8").splitlines() if line[0] != "#")
    return {smiles: RoleCounts(*map(int, counts)) for smiles, *counts in rows}


def write_table(counts: Mapping[str, RoleCounts], head: str) -> bytes:
    """Return the bytes of a table: the same for the same counts.

    Args:
        counts: By canonical SMILES.
        head: What the first line says of them.
    """
    lines = [
        f"{smiles}\t{one.reactant}\t{one.reagent}\t{one.solvent}\t{one.catalyst}"
        for smiles, one in sorted(counts.items(), key=lambda row: (-row[1].total, row[0]))
    ]
    return gzip.compress("\n".join((f"# {head}", *lines, "")).encode("utf-8"), compresslevel=9, mtime=0)


@cache
def _table() -> dict[str, RoleCounts]:
    return read_table(files("anymol.chem").joinpath(TABLE_FILE).read_bytes())
