"""How familiar a molecule looks: how often the surroundings of its atoms occur in real molecules.

The surroundings of an atom are the hash that Morgan's algorithm gives it after one and after two rounds (Rogers and
Hahn 2010): the atoms within one or two bonds. ``environments.npz`` holds the hashes that are frequent in unlabelled
real molecules, with the logarithm of their number; ``scripts/build_design_tables.py`` makes it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from anymol.shipped import read_shipped

FILE: Final = "design/environments.npz"
RADII: Final = (1, 2)
STEPS: Final = 16
"""Steps of one unit of the natural logarithm in which counts are stored."""


def list_environments(molecule: Chem.Mol, atoms: Iterable[int] | None = None) -> list[tuple[int, ...]]:
    """Return for each atom the hashes of its surroundings, one per radius of :data:`RADII`, unsigned 32-bit.

    Args:
        molecule: The molecule.
        atoms: Those that are wanted; the others are given zeros. None for all.
    """
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    wanted = [] if atoms is None else sorted(set(atoms))
    _generator().GetSparseFingerprint(molecule, fromAtoms=wanted, additionalOutput=output)
    found = [[0] * len(RADII) for _ in range(molecule.GetNumAtoms())]
    for hashed, centres in output.GetBitInfoMap().items():
        for atom, radius in centres:
            if radius in RADII:
                found[atom][RADII.index(radius)] = hashed
    return [tuple(hashes) for hashes in found]


def measure_familiarity(molecule: Chem.Mol, atoms: Iterable[int] | None = None) -> float:
    """Return the mean logarithm of how often the surroundings of some atoms, or of all, occur in real molecules.

    Surroundings that are not in the table count as 0, which one that occurs once would have.
    """
    known = _read_counts()
    chosen = list(range(molecule.GetNumAtoms())) if atoms is None else sorted(set(atoms))
    hashes = list_environments(molecule, chosen)
    counts = [known.get(hashed, 0.0) for atom in chosen for hashed in hashes[atom]]
    return sum(counts) / len(counts) if counts else 0.0


def find_least_familiar(molecule: Chem.Mol) -> float:
    """Return the least logarithm of how often an atom's neighbours (radius 1) occur in real molecules."""
    known = _read_counts()
    return min((known.get(hashes[0], 0.0) for hashes in list_environments(molecule)), default=0.0)


def pack_counts(counts: dict[int, int]) -> bytes:
    """Return the content of ``environments.npz`` for hashes and how often they were met."""
    hashes = np.array(sorted(counts), dtype=np.uint32)
    logs = np.array([np.log(counts[int(one)]) * STEPS for one in hashes]).round().clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, hashes=hashes, logs=logs)
    return buffer.getvalue()


@cache
def _read_counts() -> dict[int, float]:
    with np.load(io.BytesIO(read_shipped(FILE)), allow_pickle=False) as table:
        hashes: NDArray[np.uint32] = table["hashes"]
        logs: NDArray[np.uint8] = table["logs"]
    return dict(zip(hashes.tolist(), (logs / STEPS).tolist(), strict=True))


@cache
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=max(RADII), includeRedundantEnvironments=True)
