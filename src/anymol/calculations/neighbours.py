"""Named molecules whose structures are most similar to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit.DataStructs import BulkTanimotoSimilarity

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.chem.fingerprints import recall_morgan
from anymol.chem.names import list_compositions
from anymol.chem.parsing import write_canonical

_FEW: Final = 5
_MOST: Final = 50
_NUMBER: Final = re.compile(r"\b(\d{1,4})\b(?! ?%)")


def _similar_molecules(asked: Inquiry) -> Result:
    own = write_canonical(complete(asked.subjects[0]))
    named = _list_named()
    found = BulkTanimotoSimilarity(recall_morgan(own), [recall_morgan(smiles) for smiles in named])
    number = _NUMBER.search(asked.words)
    wanted = min(int(number[1]), _MOST) if number is not None and int(number[1]) else _FEW
    ordered = sorted(zip(found, named, strict=True), key=lambda pair: (-pair[0], pair[1]))
    nearest = [(score, smiles) for score, smiles in ordered if smiles != own][:wanted]
    parts = tuple(Part(named[smiles], round(score, 4)) for score, smiles in nearest)
    text = ", ".join(f"{named[smiles]} {score:.2f}" for score, smiles in nearest)
    notes = (f"among {len(named):,} molecules that the dictionaries name; other molecules may be nearer",)
    return Result(text, text, f"Most similar to {asked.shown} by structure: {text}.", parts=parts, notes=notes)


@cache
def _list_named() -> Mapping[str, str]:
    """Return the named molecules: canonical SMILES -> first name."""
    named: dict[str, str] = {}
    for hit, _ in list_compositions():
        named.setdefault(hit.smiles, hit.name)
    return MappingProxyType(named)


SIMILAR_MOLECULES: Final = Calculation(
    name="similar_molecules",
    title="similar named molecules",
    words=("similar molecule", "similar compound", "similar structure", "nearest neighbour", "nearest neighbor"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="Tanimoto similarity of Morgan fingerprints, radius 2, 2048 bits",
    compute=_similar_molecules,
    program=Program.RDKIT,
    example=Example(
        "Find the 3 structures nearest to it",
        ("c1ccc2ccccc2c1",),
        "anthracene 0.64, naphthacene 0.58, phenanthrene 0.54",
    ),
)
