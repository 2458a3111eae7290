"""Salts and mixtures: the molecules between the dots, and the one that matters."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from anymol.chem.charges import neutralize
from anymol.chem.parsing import parse_smiles, write_canonical


@dataclass(frozen=True)
class Composition:
    """What a dot-joined SMILES holds.

    Attributes:
        fragments: Canonical SMILES of each covalently bound unit, in the order written; repeats stay.
        parent: The organic fragment with most heavy atoms, charges as written.
        parent_neutral: The parent with the charges removed that only the salt form explains.
        counterparts: The fragments beside the parent: counter-ions, solvents of crystallisation, partners.
    """

    fragments: tuple[str, ...]
    parent: str
    parent_neutral: str
    counterparts: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """Whether there is one fragment only."""
        return len(self.fragments) == 1


def split_fragments(smiles: str) -> tuple[str, ...]:
    """Return the canonical SMILES of each fragment, in the order written.

    Fragments joined by a ring closure across a dot (``C1.C1``) are one.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> split_fragments("[Na+].CC(=O)[O-]")
    ('[Na+]', 'CC(=O)[O-]')
    """
    return tuple(write_canonical(fragment) for fragment in _fragment_mols(parse_smiles(smiles)))


def analyze_composition(smiles: str) -> Composition:
    """Split a salt or mixture and choose its parent.

    Fragments with carbon come before those without, then more heavy atoms, then the heavier, then the alphabet.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> analyze_composition("Cl.CN1CCC[C@H]1c1cccnc1").counterparts
    ('Cl',)
    """
    mols = _fragment_mols(parse_smiles(smiles))
    written = [write_canonical(mol) for mol in mols]
    best = max(range(len(mols)), key=lambda index: (_weight(mols[index]), written[index]))
    return Composition(
        fragments=tuple(written),
        parent=written[best],
        parent_neutral=write_canonical(neutralize(mols[best])),
        counterparts=tuple(text for index, text in enumerate(written) if index != best),
    )


def desalt_smiles(smiles: str) -> str:
    """Return the neutral parent of a salt or mixture; a single neutral molecule is only canonicalised.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> desalt_smiles("[Na+].CC(=O)[O-]")
    'CC(=O)O'
    """
    return analyze_composition(smiles).parent_neutral


def _fragment_mols(mol: Chem.Mol) -> tuple[Chem.Mol, ...]:
    return Chem.GetMolFrags(mol, asMols=True)


def _weight(mol: Chem.Mol) -> tuple[bool, int, int]:
    """Return the rank of a fragment among its mixture: organic, number of heavy atoms, sum of atomic numbers."""
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    return 6 in numbers, sum(number > 1 for number in numbers), sum(numbers)
