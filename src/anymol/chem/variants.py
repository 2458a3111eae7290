"""Other ways to write the same molecule."""

from __future__ import annotations

import random

from rdkit import Chem

from anymol.chem.alignment import align_smiles
from anymol.chem.parsing import parse_smiles

__all__ = ["align_smiles", "randomize_smiles"]


def randomize_smiles(smiles: str, rng: random.Random) -> str:
    """Return a random SMILES of the same molecule: atoms renumbered, then written from the first one.

    Fragments of a mixture are shuffled too. The same generator state gives the same writing on any machine.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    >>> randomize_smiles("CCO", random.Random(0)) in {"CCO", "OCC", "C(C)O", "C(O)C"}
    True
    """
    mol = parse_smiles(smiles)
    order = list(range(mol.GetNumAtoms()))
    rng.shuffle(order)
    return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
