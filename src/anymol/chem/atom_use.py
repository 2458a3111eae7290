"""Which of the given molecules a product needs, by its atoms alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from anymol.chem.parsing import parse_smiles


@dataclass(frozen=True)
class AtomUse:
    """What a product takes of what is given, heavy atoms counted by element.

    Attributes:
        idle: Reactants of two heavy atoms or more without which the others hold as many of its atoms.
        missing: Its atoms that nothing given brings.
        missing_from_reactants: Its atoms that the reactants do not bring.
    """

    idle: tuple[str, ...]
    missing: int
    missing_from_reactants: int


def count_atom_use(reactants: str, reagents: str, product: str) -> AtomUse:
    """Return what a product takes of what is given.

    Args:
        reactants: SMILES, dot-joined.
        reagents: SMILES, dot-joined; empty where none are given.
        product: SMILES.

    Raises:
        InvalidSmilesError: One of them does not parse.

    >>> count_atom_use("C1=CCCCC1.BrBr", "", "CC1=CCCC1").idle
    ('BrBr',)
    """
    needed = count_heavy_atoms(product)
    brought = [(one, count_heavy_atoms(one)) for one in dict.fromkeys(reactants.split("."))]
    together = count_heavy_atoms(reactants)
    lacking = needed - together
    idle = tuple(one for one, atoms in brought if atoms.total() > 1 and needed - (together - atoms) == lacking)
    helped = together + count_heavy_atoms(reagents) if reagents else together
    return AtomUse(idle, (needed - helped).total(), lacking.total())


@lru_cache(maxsize=4096)
def count_heavy_atoms(smiles: str) -> Counter[str]:
    """Return the heavy atoms of molecules by element; the result is kept, and nobody may change it.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
    """
    return Counter(atom.GetSymbol() for atom in parse_smiles(smiles).GetAtoms() if atom.GetAtomicNum() > 1)
