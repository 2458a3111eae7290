"""The isomers that a name without locants may mean: o-, m- and p-xylene, the six dinitrotoluenes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import Final

from rdkit import Chem

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.names import find_name, find_names_of
from anymol.chem.opsin import OpsinReading, read_systematic_name, read_systematic_names
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError, TimeLimitError, UnknownNameError

_MULTIPLE: Final = re.compile(
    r"^(di|bis|tri|tris|tetra)(?=[a-z(])"
    r"|(di|tri|tetra)(?=(?:ol|thiol|amine|one|ene|yne|al|nitrile|carboxylic|sulfonic|carbonitrile|carboxamide)\b)",
    re.IGNORECASE,
)
_BRANCHED: Final = re.compile(r"^(?:di|tri|tetra)?(?:methyl|ethyl|propyl)(?=[a-z]+ane$)", re.IGNORECASE)
"""An alkane with branches: its chain keeps its length, so that '1-methylpentane' is not one of the methylpentanes."""
_UNWARNED: Final = re.compile(
    r"(?:but|pent|hex|hept|oct|non|dec|undec|dodec|tridec|tetradec|hexadec|octadec|prop)an(?:ol|e?thiol|e?amine)"
    r"|pentadiene|picoline|phenylenediamine|cymene|triazine"
)
"""Names of several isomers that OPSIN or the dictionaries read as one of them, the locants before the name or in it."""
_MEANT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "butanol": ("1-butanol", "2-butanol", "isobutanol", "tert-butanol"),
        "lutidine": tuple(f"{at}-dimethylpyridine" for at in ("2,6", "2,4", "3,5", "2,3", "2,5", "3,4")),
        "collidine": tuple(f"{at}-trimethylpyridine" for at in ("2,4,6", "2,3,5", "2,3,6", "2,3,4", "2,4,5", "3,4,5")),
        "xylidine": tuple(f"{at}-dimethylaniline" for at in ("2,6", "2,4", "2,3", "2,5", "3,4", "3,5")),
        "dimethylaniline": tuple(f"{at}-dimethylaniline" for at in ("N,N", "2,6", "2,4", "2,3", "2,5", "3,4", "3,5")),
        "diethylaniline": tuple(f"{at}-diethylaniline" for at in ("N,N", "2,6")),
        "diaminotoluene": tuple(f"{at}-diaminotoluene" for at in ("2,4", "2,6", "2,3", "2,5", "3,4", "3,5")),
        "toluenediamine": tuple(f"{at}-diaminotoluene" for at in ("2,4", "2,6", "2,3", "2,5", "3,4", "3,5")),
        "anisaldehyde": ("4-methoxybenzaldehyde", "3-methoxybenzaldehyde", "2-methoxybenzaldehyde"),
        "vinyltoluene": ("3-methylstyrene", "4-methylstyrene", "2-methylstyrene"),
        "bipyridine": ("2,2'-bipyridine", "4,4'-bipyridine", "3,3'-bipyridine"),
        "bipyridyl": ("2,2'-bipyridine", "4,4'-bipyridine", "3,3'-bipyridine"),
        "dithiane": ("1,3-dithiane", "1,4-dithiane", "1,2-dithiane"),
        "oxathiane": ("1,3-oxathiane", "1,4-oxathiane", "1,2-oxathiane"),
        "oxadiazole": ("1,2,4-oxadiazole", "1,3,4-oxadiazole", "1,2,5-oxadiazole", "1,2,3-oxadiazole"),
        "thiadiazole": ("1,3,4-thiadiazole", "1,2,4-thiadiazole", "1,2,5-thiadiazole", "1,2,3-thiadiazole"),
        "naphthoquinone": ("1,4-naphthoquinone", "1,2-naphthoquinone"),
        "tetralone": ("1-tetralone", "2-tetralone"),
        "pyran": ("2H-pyran", "4H-pyran"),
        "chromene": ("2H-chromene", "4H-chromene"),
        "cyclohexadiene": ("1,3-cyclohexadiene", "1,4-cyclohexadiene"),
        "cyclooctadiene": ("1,5-cyclooctadiene", "1,3-cyclooctadiene", "1,4-cyclooctadiene"),
        "cyclohexenol": ("2-cyclohexen-1-ol", "3-cyclohexen-1-ol", "1-cyclohexen-1-ol"),
        "cyclopentenol": ("2-cyclopenten-1-ol", "3-cyclopenten-1-ol", "1-cyclopenten-1-ol"),
        "valerolactone": ("delta-valerolactone", "gamma-valerolactone"),
        "phenylethylamine": ("2-phenylethylamine", "1-phenylethylamine"),
        "dimethylurea": ("1,3-dimethylurea", "1,1-dimethylurea"),
        "diethylurea": ("1,3-diethylurea", "1,1-diethylurea"),
        "diphenylurea": ("1,3-diphenylurea", "1,1-diphenylurea"),
        "dimethylthiourea": ("1,3-dimethylthiourea", "1,1-dimethylthiourea"),
        "pinene": ("alpha-pinene", "beta-pinene"),
        "ionone": ("beta-ionone", "alpha-ionone"),
        "terpineol": ("alpha-terpineol", "beta-terpineol", "gamma-terpineol"),
        "terpinene": ("alpha-terpinene", "gamma-terpinene", "beta-terpinene"),
        "ocimene": ("(E)-beta-ocimene", "(Z)-beta-ocimene", "alpha-ocimene"),
        "carotene": ("beta-carotene", "alpha-carotene", "gamma-carotene"),
    }
)
"""Names by usage of several isomers -> the names that tell these apart, the one that is meant most often first.

Not here are names of which everybody means one: dioxane, trioxane, benzoquinone, phenanthroline, butyrolactone."""
_ON_CHAIN_OR_RING: Final = re.compile(
    r"^(?P<group>fluoro|chloro|bromo|iodo|nitro|methoxy|ethoxy|hydroxy|amino|cyano|methyl|ethyl)"
    r"(?P<rest>acetophenone|phenylacetic acid|phenylacetonitrile|phenylacetate)$",
    re.IGNORECASE,
)
"""Groups that OPSIN puts on the chain, where a chemist may mean the ring: bromoacetophenone, nitrophenylacetic acid."""
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


def find_open_word(name: str) -> str | None:
    """Return the word of a name of several that is known to mean several isomers: 'lutidine hydrochloride'."""
    words = name.split()
    return next((word for word in words if leaves_isomer_open(word)), None) if len(words) > 1 else None


def leaves_isomer_open(name: str) -> bool:
    """Whether a name is known to mean several isomers, though who reads it takes one of them without a word.

    >>> leaves_isomer_open("lutidine"), leaves_isomer_open("2-butanol")
    (True, False)
    """
    known = name.casefold()
    return known in _MEANT or _UNWARNED.fullmatch(known) is not None or _ON_CHAIN_OR_RING.match(known) is not None


def is_branched_alkane(name: str) -> bool:
    """Whether a name is an alkane's with branches, of which every isomer is found by its locants: 'methylbutane'."""
    return _BRANCHED.match(name) is not None and "cyclo" not in name


def list_isomers(name: str, smiles: str) -> tuple[Isomer, ...]:
    """Return the isomers that a name without locants may mean, those that the dictionaries know first.

    Locants are put before the name, and OPSIN is asked which of these names mean one structure of the same formula.

    Args:
        name: A name that OPSIN calls ambiguous, or that is known to be.
        smiles: What was read in it.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        MissingDependencyError: py2opsin or a Java runtime is not installed.
    """
    formula = compute_descriptor("formula", parse_smiles(smiles)).value
    chain = _find_chain(name)
    found: dict[str, Isomer] = {}
    spelled_out = list(_spell_out(name))
    readings = read_systematic_names(spelled_out)
    for spelled, reading in zip(spelled_out, readings, strict=True):
        isomer = _find_structure(spelled, reading)
        mol = None if isomer is None else parse_smiles(isomer)
        if isomer is None or mol is None or compute_descriptor("formula", mol).value != formula:
            continue
        if chain is None or _measure_chain(mol) == chain:
            found.setdefault(isomer, Isomer(spelled, isomer))
        if len(found) == _MAX_ISOMERS:
            break
    if name.casefold() in _MEANT:
        return tuple(found.values())
    return tuple(sorted(found.values(), key=lambda one: not find_names_of(one.smiles)))


def _find_structure(name: str, reading: OpsinReading | None) -> str | None:
    """Return the structure of a name with its locants, by OPSIN or the dictionaries; None where they have none."""
    if reading is None:
        hit = find_name(name)
        return None if hit is None else hit.smiles
    try:
        return None if reading.warnings else canonicalize_smiles(reading.smiles)
    except InvalidSmilesError:
        return None


def _spell_out(name: str) -> Iterator[str]:
    """Yield a name with the locants that it may have left out."""
    meant = _MEANT.get(name.casefold())
    if meant is not None:
        yield from meant
        return
    chain = _ON_CHAIN_OR_RING.match(name)
    if chain is not None:
        group, rest = chain["group"], chain["rest"]
        yield f"alpha-{group}{rest}" if "acetophenone" not in rest else f"2-{group}-1-phenylethanone"
        for place in (2, 3, 4):
            yield (
                f"{place}'-{group}{rest}"
                if "acetophenone" in rest
                else f"({place}-{group}{rest.replace('phenyl', 'phenyl)', 1)}"
            )
        return
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
    if match is None or not is_branched_alkane(name):
        return None
    try:
        return _measure_chain(parse_smiles(canonicalize_smiles(read_systematic_name(name[match.end() :]).smiles)))
    except (UnknownNameError, TimeLimitError, InvalidSmilesError):
        return None


def _measure_chain(mol: Chem.Mol) -> int:
    """Return the atoms of the longest chain of an acyclic molecule."""
    return int(Chem.GetDistanceMatrix(mol).max()) + 1
