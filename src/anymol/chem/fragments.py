"""Salts and mixtures: the molecule among those between the dots that matters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from anymol.chem.parsing import parse_smiles, try_parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError


@dataclass(frozen=True)
class Composition:
    """What a dot-joined SMILES holds.

    Attributes:
        parent: Canonical SMILES of the organic fragment with most heavy atoms, charges as written.
        parent_neutral: The parent with protons added or removed until it is neutral; permanent charges stay.
        counterparts: The fragments beside the parent: counter-ions, solvents of crystallisation, partners.
    """

    parent: str
    parent_neutral: str
    counterparts: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """Whether there is one fragment only."""
        return not self.counterparts


def analyze_composition(smiles: str) -> Composition:
    """Split a salt or mixture and choose its parent.

    Fragments with carbon come before those without, then more heavy atoms, then the heavier, then the alphabet.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> analyze_composition("Cl.CN1CCC[C@H]1c1cccnc1").counterparts
    ('Cl',)
    """
    mols = Chem.GetMolFrags(parse_smiles(smiles), asMols=True)
    written = [write_canonical(mol) for mol in mols]
    best = max(range(len(mols)), key=lambda index: (_weight(mols[index]), written[index]))
    with rdBase.BlockLogs():
        neutral = write_canonical(_uncharger().uncharge(mols[best]))
    # A cyclopentadienide is aromatic by its charge: without it nothing is left that can be written.
    is_written = not isinstance(try_parse_smiles(neutral), InvalidSmilesError)
    return Composition(
        parent=written[best],
        parent_neutral=neutral if is_written else written[best],
        counterparts=tuple(text for index, text in enumerate(written) if index != best),
    )


def _weight(mol: Chem.Mol) -> tuple[bool, int, int]:
    """Return the rank of a fragment among its mixture: organic, number of heavy atoms, sum of atomic numbers."""
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    return 6 in numbers, sum(number > 1 for number in numbers), sum(numbers)


@cache
def _uncharger() -> rdMolStandardize.Uncharger:
    return rdMolStandardize.Uncharger()
