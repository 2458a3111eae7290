"""Replacements of one group by another that real molecules show: matched pairs (Hussain and Rea 2010).

Two molecules are a matched pair where they differ by one group on a single bond. ``replacements.tsv.gz`` lists how many
pairs each replacement has among unlabelled real molecules, by the kind of atom that holds the group;
``scripts/build_design_tables.py`` counts them.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from rdkit import Chem

from anymol.chem.parsing import write_canonical
from anymol.chem.surgery import Place, replace_groups
from anymol.shipped import read_shipped

FILE: Final = "design/replacements.tsv.gz"
HYDROGEN: Final = "[H]"
"""What stands for no group at all."""
LARGEST: Final = 8
"""Most heavy atoms of a group."""


@dataclass(frozen=True)
class Replacement:
    """A change that real molecules show.

    Attributes:
        holder: Kind of the atom that holds the group, see :func:`describe_holder`.
        old: SMILES of the group that goes, its first atom bonded; ``[H]`` for a hydrogen.
        new: SMILES of the group that comes.
        pairs: How many pairs of real molecules differ by it.
    """

    holder: str
    old: str
    new: str
    pairs: int


@dataclass(frozen=True)
class Replaced:
    """A molecule with one group replaced.

    Attributes:
        smiles: Canonical SMILES.
        molecule: The molecule.
        replacement: What was done.
    """

    smiles: str
    molecule: Chem.Mol
    replacement: Replacement


def describe_holder(atom: Chem.Atom, leaving: frozenset[int] = frozenset()) -> str:
    """Return the kind of an atom that holds a group: its element, whether aromatic, and what it is double-bonded to.

    Args:
        atom: The atom.
        leaving: Atoms of the group; they do not count.

    Example:
        >>> from anymol.chem.parsing import parse_smiles
        >>> [describe_holder(atom) for atom in parse_smiles("CC(=O)N").GetAtoms()]
        ['C', 'C=O', 'O=C', 'NC=O']
    """
    symbol = _describe_bonds(atom, leaving)
    if symbol in ("N", "O", "S"):
        for neighbour in atom.GetNeighbors():
            if neighbour.GetIdx() in leaving or neighbour.GetSymbol() not in ("C", "S"):
                continue
            held = _describe_bonds(neighbour, frozenset())
            if held in ("C=O", "C=S", "C=N", "S=O", "c"):
                return symbol + held
    return symbol


def _describe_bonds(atom: Chem.Atom, leaving: frozenset[int]) -> str:
    """Return the element of an atom, whether it is aromatic, and what it is double-bonded to."""
    symbol = str(atom.GetSymbol())
    if atom.GetIsAromatic():
        return symbol.lower()
    for bond in atom.GetBonds():
        other = bond.GetOtherAtom(atom)
        if other.GetIdx() not in leaving and bond.GetBondTypeAsDouble() >= 2.0:
            return f"{symbol}{'=' if bond.GetBondTypeAsDouble() == 2.0 else '#'}{other.GetSymbol()}"
    return symbol


def list_groups(molecule: Chem.Mol) -> Iterator[tuple[Place, str]]:
    """Yield each group on a single bond outside rings, hydrogens too, with its SMILES, first atom bonded."""
    for bond in molecule.GetBonds():
        if bond.GetBondType() != Chem.BondType.SINGLE or bond.IsInRing():
            continue
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        for anchor, first in ((begin, end), (end, begin)):
            leaving = _collect(molecule, first, anchor)
            if leaving is not None:
                yield Place(anchor, leaving), write_group(molecule, leaving, first)
    for atom in molecule.GetAtoms():
        if atom.GetTotalNumHs():
            yield Place(atom.GetIdx()), HYDROGEN


def write_group(molecule: Chem.Mol, atoms: tuple[int, ...], first: int) -> str:
    """Return a group of atoms as a molecule with a hydrogen at its bond: SMILES that begin with the bonded atom."""
    kept = Chem.RWMol(molecule)
    kept.GetAtomWithIdx(first).SetBoolProp("bonded", True)
    charged = kept.GetAtomWithIdx(first)
    if charged.GetNoImplicit() or charged.GetIsAromatic():
        charged.SetNumExplicitHs(charged.GetNumExplicitHs() + 1)
    wanted = set(atoms)
    kept.BeginBatchEdit()
    for atom in molecule.GetAtoms():
        if atom.GetIdx() not in wanted:
            kept.RemoveAtom(atom.GetIdx())
    kept.CommitBatchEdit()
    root = next(atom.GetIdx() for atom in kept.GetAtoms() if atom.HasProp("bonded"))
    return str(Chem.MolToSmiles(kept, rootedAtAtom=root))


def list_replaced(molecule: Chem.Mol, *, least_pairs: int = 1) -> Iterator[Replaced]:
    """Yield what the replacements of the table make of a molecule, the same molecule perhaps more than once."""
    table = read_replacements()
    for place, old in list_groups(molecule):
        atom = molecule.GetAtomWithIdx(place.anchor)
        for one in table.get((describe_holder(atom, frozenset(place.leaving)), old), ()):
            if one.pairs < least_pairs:
                break
            product = replace_groups(molecule, [place], None if one.new == HYDROGEN else one.new)
            if product is not None:
                yield Replaced(write_canonical(product), product, one)


@cache
def read_replacements() -> Mapping[tuple[str, str], tuple[Replacement, ...]]:
    """Return the table by holder and old group, the most frequent first."""
    found: dict[tuple[str, str], list[Replacement]] = {}
    for line in gzip.decompress(read_shipped(FILE)).decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        holder, one, other, pairs = line.split("\t")
        for old, new in ((one, other), (other, one)):
            found.setdefault((holder, old), []).append(Replacement(holder, old, new, int(pairs)))
    return {key: tuple(sorted(rows, key=lambda row: (-row.pairs, row.new))) for key, rows in found.items()}


def _collect(molecule: Chem.Mol, first: int, anchor: int) -> tuple[int, ...] | None:
    """Return the atoms beyond a bond; None where they are too many."""
    seen, waiting = {first}, [first]
    while waiting:
        for neighbour in molecule.GetAtomWithIdx(waiting.pop()).GetNeighbors():
            index = neighbour.GetIdx()
            if index in seen or index == anchor:
                continue
            if len(seen) == LARGEST:
                return None
            seen.add(index)
            waiting.append(index)
    return tuple(sorted(seen))
