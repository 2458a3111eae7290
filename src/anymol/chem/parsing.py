"""SMILES to RDKit molecules and back to canonical SMILES, with a reason for every refusal."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase

from anymol.chem.diagnosis import MAX_LENGTH, diagnose_smiles, has_too_many_atoms
from anymol.errors import InvalidSmilesError

__all__ = [
    "MAX_LENGTH",
    "ODD_DATIVE_BOND",
    "canonicalize_smiles",
    "has_odd_dative_bond",
    "parse_smiles",
    "remove_atom_maps",
    "try_parse_smiles",
    "write_canonical",
]


_OVERFLOW = re.compile(r"\[(?:\d{4}|#(?:\d{4}|[2-9]\d\d|1[2-9]\d|119)|[^\[\]]*[+-]\d{3})")
"""Isotopes, atomic numbers and charges that RDKit stores in too few bits: it would read ``[C-200]`` as ``[C+56]``."""

_DONORS: Final = frozenset({"H", "C", "N", "O", "F", "P", "S", "Cl", "Se", "Br", "I"})
"""Elements that give lone pairs to others."""

ODD_DATIVE_BOND: Final = (
    "'->' is read as a dative bond, though no metal or boron takes it; a reaction is written with '>>'"
)
"""What is said of a molecule of which :func:`has_odd_dative_bond` is true."""

_REMEMBERED: Final = 1024
"""SMILES whose molecules are kept: what a few dozen questions that are answered together speak of."""

_LONGEST_REMEMBERED: Final = 200
"""Characters of a SMILES that is kept; a thousand longer ones would cost a noticeable part of a laptop's memory."""


def parse_smiles(text: str) -> Chem.Mol:
    """Parse a SMILES into a sanitised molecule whose atoms are in the order written.

    White space around the text is ignored; inside it, it is an error (RDKit would take the rest for a name).

    Raises:
        InvalidSmilesError: With the cause, the position in `text` (counted from 0) and a suggestion.

    >>> parse_smiles("CCO").GetNumAtoms()
    3
    """
    result = try_parse_smiles(text)
    if isinstance(result, InvalidSmilesError):
        raise result
    return result


def try_parse_smiles(text: str) -> Chem.Mol | InvalidSmilesError:
    """Return the molecule, or the reason why there is none, without raising.

    >>> reason = try_parse_smiles("C1CC")
    >>> reason.position, str(reason.cause)
    (1, 'unclosed_ring')
    """
    smiles = text.strip()
    plain = smiles.isascii() and smiles.isprintable() and " " not in smiles
    is_small = 0 < len(smiles) <= MAX_LENGTH and not has_too_many_atoms(smiles)
    if plain and is_small and _OVERFLOW.search(smiles) is None:
        # An answer is canonicalised, compared, screened and checked: each would parse it again. A copy costs a tenth of
        # that, and the caller may change it.
        mol = _recall(smiles) if len(smiles) <= _LONGEST_REMEMBERED else _parse(smiles)
        if mol is not None:
            return Chem.Mol(mol)
    return diagnose_smiles(text)


def _parse(smiles: str) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
    return mol


_recall = lru_cache(maxsize=_REMEMBERED)(_parse)


def remove_atom_maps(mol: Chem.Mol) -> Chem.Mol:
    """Return `mol` without atom-map numbers; hydrogens that only a map kept explicit are merged again."""
    if not any(atom.GetAtomMapNum() for atom in mol.GetAtoms()):
        return mol
    bare = Chem.Mol(mol)
    for atom in bare.GetAtoms():
        atom.SetAtomMapNum(0)
    with rdBase.BlockLogs():
        return Chem.RemoveHs(bare)


def canonicalize_smiles(text: str, *, isomeric: bool = True) -> str:
    """Return RDKit's canonical SMILES, atom maps removed and fragments sorted.

    Args:
        text: A SMILES.
        isomeric: Keep stereochemistry and isotopes.

    Raises:
        InvalidSmilesError: `text` is not a valid SMILES.

    >>> canonicalize_smiles("OC(=O)c1ccccc1O[C:7](C)=O")
    'CC(=O)Oc1ccccc1C(=O)O'
    """
    return write_canonical(parse_smiles(text), isomeric=isomeric)


def write_canonical(mol: Chem.Mol, *, isomeric: bool = True) -> str:
    """Return the canonical SMILES of a molecule, atom maps removed and fragments sorted."""
    smiles = Chem.MolToSmiles(remove_atom_maps(mol), isomericSmiles=isomeric)
    return ".".join(sorted(smiles.split("."))) if "." in smiles else smiles


def has_odd_dative_bond(mol: Chem.Mol) -> bool:
    """Whether a dative bond leads to an atom that takes no lone pair: its ``->`` was meant as a reaction's arrow.

    >>> has_odd_dative_bond(parse_smiles("CCO->CC=O")), has_odd_dative_bond(parse_smiles("N->[Fe]"))
    (True, False)
    """
    dative = (bond for bond in mol.GetBonds() if bond.GetBondType() == Chem.BondType.DATIVE)
    return any(bond.GetEndAtom().GetSymbol() in _DONORS for bond in dative)
