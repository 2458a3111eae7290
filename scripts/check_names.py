"""Check every entry of the shipped dictionaries by its own words and by OPSIN.

    python scripts/check_names.py            # everything; needs py2opsin and a Java runtime
    python scripts/check_names.py --every 50 # each fiftieth entry

A structure must be the tautomer that its name means, and have what the name spells: stereochemistry where it begins
with D-, L-, (R)- or (E)-, a counter-part where it ends with hydrochloride or hydrate. Where OPSIN reads a name without
a warning, it must read this structure; stereochemistry that a trivial name means without spelling it may be more than
OPSIN's. Names that OPSIN is known to read otherwise ('nitrogen' is an atom to it) stand in the own list,
``scripts/curated_names.tsv``, entry by entry. Exit code 1 where one fails.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from rdkit import Chem
from usual_tautomers import write_named_tautomer

from anymol.chem.counterparts import Kind, split_counterparts
from anymol.chem.keys import inchikey
from anymol.chem.names import list_named
from anymol.chem.opsin import OpsinReading, read_systematic_name
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError, TimeLimitError, UnknownNameError

_TETRAHEDRAL: Final = re.compile(
    r"^(?:\((?:\d+[a-z]?'*)?[RS](?:,(?:\d+[a-z]?'*)?[RS])*\)-|[DL]-(?=[a-z(])|\([+-]\)-(?:\(?[RS]\)?-)?[A-Za-z])"
    r"|\((?:\d+[a-z]?'*[RS],?)+(?:\d+[a-z]?'*[EZ],?)*\)"
)
_DOUBLE_BOND: Final = re.compile(r"^\([EZ]\)-|\(\d+[EZ](?:,\d+[EZ])*\)-|^(?:cis|trans)-(?=[a-z\d])")
"""Descriptors at the head of a name, or with locants anywhere in it."""

_SURE_SALTS: Final = re.compile(
    r"(?:hydrochloride|hydrobromide|hydroiodide|hydrate|sulfate|sulphate|mesylate|besylate|tosylate|maleate"
    r"|\w hydrogen \w+|HCl|HBr)(?: salt)?(?: \(\d+:\d+\))?$",
    re.IGNORECASE,
)
"""Ends of names of which the counter-part is not a part of an ester."""
_COVALENT: Final = re.compile(
    r"\b(?:chloral|bromal|ninhydrin|terpin|carbohydrate)\b|(?:yl|diol|ol|one|ene|oside|oxyl) (?:hydrogen )?"
    r"(?:sulfate|sulphate|maleate|mesylate|tosylate|besylate)",
    re.IGNORECASE,
)
"""Names whose last word is a part of the molecule all the same: a hydrate of a carbonyl, an ester of sulfuric acid."""


def find_missing_words(name: str, smiles: str) -> str | None:
    """Return what a name says of its structure that the structure lacks; None where nothing is missing.

    >>> find_missing_words("L-alanine", "CC(N)C(=O)O")
    'stereocentres'
    >>> find_missing_words("ephedrine hydrochloride", "CN[C@@H](C)[C@H](O)c1ccccc1")
    'a counter-part: hydrochloride'

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    mol = parse_smiles(smiles)
    if _TETRAHEDRAL.search(name) and not _has_centres(mol) and not _is_axial(mol):
        return "stereocentres"
    if _DOUBLE_BOND.search(name) and "plat" not in name and not _has_double_bonds(mol) and not _has_centres(mol):
        return "cis or trans"
    found = split_counterparts(name) if _SURE_SALTS.search(name) else None
    if found is None or _COVALENT.search(name) or "." in smiles:
        return None
    parts = [part for part in found[1] if part.kind in (Kind.ACID, Kind.NEUTRAL)]
    return f"a counter-part: {parts[0].word}" if parts else None


def agrees_with_opsin(smiles: str, reading: OpsinReading) -> bool | None:
    """Whether OPSIN reads a structure in its name; None where its reading decides nothing.

    A structure may have stereochemistry that the name leaves out: 'nicotine' means its (S) form. It may not have less.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    if reading.warnings:
        return None
    try:
        read = canonicalize_smiles(reading.smiles)
    except InvalidSmilesError:
        return None
    if read == canonicalize_smiles(smiles):
        return True
    key, other = _key(smiles), _key(read)
    if not key or not other:
        return None
    if key[:23] == other[:23]:
        return True
    return key[:14] == other[:14] and count_stereo(smiles) > count_stereo(read)


def has_bare_metal(smiles: str) -> bool:
    """Whether a salt is written with an uncharged alkali or alkaline earth metal beside its acid: ``CC(=O)O.[Na]``.

    >>> has_bare_metal("CC(=O)O.[Na]"), has_bare_metal("CC(=O)[O-].[Na+]"), has_bare_metal("[Na]")
    (True, False, False)
    """
    return "." in smiles and re.search(r"(?:^|\.)\[(?:Li|Na|K|Rb|Cs|Mg|Ca|Sr|Ba)\](?:\.|$)", smiles) is not None


def count_stereo(smiles: str) -> int:
    """Return how many centres and double bonds of a molecule have their stereochemistry written.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    mol = parse_smiles(smiles)
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    centres: int = sum(atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in mol.GetAtoms())
    bonds: int = sum(bond.GetStereo() > Chem.BondStereo.STEREOANY for bond in mol.GetBonds())
    return centres + bonds


def _has_centres(mol: Chem.Mol) -> bool:
    return any(atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in mol.GetAtoms())


def _has_double_bonds(mol: Chem.Mol) -> bool:
    return any(bond.GetStereo() > Chem.BondStereo.STEREOANY for bond in mol.GetBonds())


def _is_axial(mol: Chem.Mol) -> bool:
    """Whether a molecule's handedness may be that of an axis, which SMILES cannot write."""
    return mol.HasSubstructMatch(Chem.MolFromSmarts("a1(-a2a(*)aaaa2)a(*)aaaa1")) or mol.HasSubstructMatch(
        Chem.MolFromSmarts("*=C=*")
    )


def _key(smiles: str) -> str:
    """Return the InChIKey; an empty string where there is none."""
    try:
        return inchikey(smiles)
    except InvalidSmilesError:
        return ""


OWN_LIST: Final = Path(__file__).resolve().parent / "curated_names.tsv"


def find_faults(entries: Iterable[tuple[str, str]], excepted: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield name and fault of the entries that are wrong.

    Args:
        entries: Names with their structures.
        excepted: Names that OPSIN is known to read otherwise.
    """
    for name, smiles in entries:
        missing = find_missing_words(name, smiles)
        if missing is not None:
            yield name, f"{smiles} has no {missing}"
            continue
        if has_bare_metal(smiles):
            yield name, f"{smiles} has a metal without its charge"
            continue
        if (usual := write_named_tautomer(name, smiles)) != smiles:
            yield name, f"{smiles} is an imidic acid or a lactim; usual is {usual}"
            continue
        try:
            reading = read_systematic_name(name)
        except (UnknownNameError, TimeLimitError):
            continue
        if name not in excepted and agrees_with_opsin(smiles, reading) is False:
            yield name, f"{smiles}, but OPSIN reads {reading.smiles}"


def read_exceptions() -> frozenset[str]:
    """Return the names that OPSIN is known to read otherwise."""
    with OWN_LIST.open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        return frozenset(name for row in rows for name in row["opsin_differs"].split("; ") if name)


def main() -> int:
    """Check the dictionaries and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="check each Nth entry only")
    entries = [(hit.name, hit.smiles) for hit in list_named()][:: parser.parse_args().every]
    faults = list(find_faults(entries, read_exceptions()))
    for name, fault in faults:
        print(f"{name}: {fault}")
    print(f"{len(entries)} entries checked, {len(faults)} wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
