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
    needed = _count(product)
    brought = {one: _count(one) for one in reactants.split(".")}
    together = sum((_count(one) for one in reactants.split(".")), Counter[str]())
    lacking = needed - together
    idle = tuple(one for one, atoms in brought.items() if atoms.total() > 1 and needed - (together - atoms) == lacking)
    helped = together + sum((_count(one) for one in reagents.split(".") if one), Counter[str]())
    return AtomUse(idle, (needed - helped).total(), lacking.total())


@lru_cache(maxsize=4096)
def _count(smiles: str) -> Counter[str]:
    """Return the heavy atoms of a molecule by element; nobody changes it."""
    return Counter(atom.GetSymbol() for atom in parse_smiles(smiles).GetAtoms() if atom.GetAtomicNum() > 1)
