"""Names of reactions by the atoms that change: those of the Name Reaction Ontology (RXNO).

The table, ``reaction_names.tsv.gz``, is made by ``scripts/build_reaction_names.py``: frequent changes of recorded
reactions, each with the name on which most of its reactions agree.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from typing import Final

from anymol.shipped import read_shipped

TABLE_FILE: Final = "reaction_names.tsv.gz"


@dataclass(frozen=True)
class ReactionName:
    """What a reaction is called.

    Attributes:
        name: RXNO's name, ``Suzuki-Miyaura coupling``.
        rxno: Its id there, ``RXNO:0000140``.
        kind: Its place in a classification, from the general to the special, parted by slashes.
    """

    name: str
    rxno: str
    kind: str

    def __str__(self) -> str:
        return f"{self.name} ({self.rxno})"


def name_change(core: str) -> ReactionName | None:
    """Return the name of a change; None of one that is rare, or on whose name classifications do not agree.

    Args:
        core: Retrosynthetic template without surroundings, as :func:`anymol.chem.templates.extract_template` gives it
            with radius 0.
    """
    return _table().get(core)


@cache
def _table() -> dict[str, ReactionName]:
    rows = gzip.decompress(read_shipped(f"chem/{TABLE_FILE}")).decode().splitlines()[1:]
    parted = (line.split("\t") for line in rows)
    return {core: ReactionName(name, rxno, kind) for core, rxno, name, kind in parted}
