"""The isomers that a name without locants may mean: o-, m- and p-xylene, the six dinitrotoluenes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final

from rdkit import Chem

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.names import find_names_of
from anymol.chem.opsin import OPSIN_SECONDS, read_systematic_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError, TimeLimitError, UnknownNameError

_MULTIPLE: Final = re.compile(
    r"^(di|bis|tri|tris|tetra)(?=[a-z(])"
    r"|(di|tri|tetra)(?=(?:ol|thiol|amine|one|al|nitrile|carboxylic|sulfonic|carbonitrile|carboxamide)\b)",
    re.IGNORECASE,
)
_BRANCHED: Final = re.compile(r"^(?:di|tri|tetra)?(?:methyl|ethyl|propyl)(?=[a-z]+ane$)", re.IGNORECASE)
"""An alkane with branches: its chain keeps its length, so that '1-methylpentane' is not one of the methylpentanes."""
UNWARNED: Final = frozenset({"picoline", "phenylenediamine", "cymene", "triazine"})
"""Names of several isomers that OPSIN reads without a warning."""
_GROUP: Final = r"(fluoro|chloro|bromo|iodo|nitro|methoxy|ethoxy|hydroxy|amino|cyano|methyl|ethyl|vinyl)"
_PAIR: Final = re.compile(rf"^{_GROUP}{_GROUP}benzene$", re.IGNORECASE)
"""Two groups on a benzene ring: chloronitrobenzene."""
_COUNTS: Final = {"di": 2, "bis": 2, "tri": 3, "tris": 3, "tetra": 4}
_PLACES: Final = 10
"""Locants that are tried for one group; several like groups are tried on the places of a benzene ring."""
_MAX_ISOMERS: Final = 40


@dataclass(frozen=True)
class Isomer:
    """A structure that a name may mean.

    Attributes:
        name: The name with what it left out.
        smiles: Canonical SMILES.
    """

    name: str
    smiles: str


def list_isomers(name: str, smiles: str) -> tuple[Isomer, ...]:
    """Return the isomers that a name without locants may mean, those that the dictionaries know first.

    Locants are put before the name, and OPSIN is asked which of these names mean one structure of the same formula.

    Args:
        name: A name that OPSIN calls ambiguous.
        smiles: What OPSIN read in it.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        MissingDependencyError: py2opsin or a Java runtime is not installed.
    """
    formula = compute_descriptor("formula", parse_smiles(smiles)).value
    chain = _find_chain(name)
    found: dict[str, Isomer] = {}
    for spelled in _spell_out(name):
        try:
            reading = read_systematic_name(spelled, seconds=OPSIN_SECONDS)
            isomer = canonicalize_smiles(reading.smiles)
        except (UnknownNameError, TimeLimitError, InvalidSmilesError):
            continue
        mol = parse_smiles(isomer)
        if reading.warnings or compute_descriptor("formula", mol).value != formula:
            continue
        if chain is None or _measure_chain(mol) == chain:
            found.setdefault(isomer, Isomer(spelled, isomer))
        if len(found) == _MAX_ISOMERS:
            break
    return tuple(sorted(found.values(), key=lambda one: not find_names_of(one.smiles)))


def _spell_out(name: str) -> Iterator[str]:
    """Yield a name with the locants that it may have left out."""
    pair = _PAIR.match(name)
    if pair is not None:
        yield from (f"1-{pair[1]}-{place}-{pair[2]}benzene" for place in (2, 3, 4))
        return
    multiple = _MULTIPLE.search(name)
    if name == "triazine":
        yield from (f"{locants}-triazine" for locants in ("1,3,5", "1,2,4", "1,2,3"))
    elif multiple is None:
        yield from (f"{place}-{name}" for place in ("o", "m", "p", *range(1, _PLACES + 1)))
    else:
        count = _COUNTS[(multiple[1] or multiple[2]).casefold()]
        for locants in combinations_with_replacement(range(1, 7), count):
            yield f"{','.join(map(str, locants))}-{name}"


def _find_chain(name: str) -> int | None:
    """Return how many carbons the chain of a branched alkane has by its name; None where it is none."""
    match = _BRANCHED.match(name)
    if match is None or "cyclo" in name:
        return None
    try:
        return _measure_chain(parse_smiles(canonicalize_smiles(read_systematic_name(name[match.end() :]).smiles)))
    except (UnknownNameError, TimeLimitError, InvalidSmilesError):
        return None


def _measure_chain(mol: Chem.Mol) -> int:
    """Return the atoms of the longest chain of an acyclic molecule."""
    return int(Chem.GetDistanceMatrix(mol).max()) + 1
