"""Fingerprints by RDKit's generators, and their similarity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.parsing import parse_smiles


def morgan(molecule: str | Chem.Mol, *, radius: int = 2, size: int = 2048) -> ExplicitBitVect:
    """Return the Morgan (ECFP-like, diameter 2 x `radius`) fingerprint of `size` bits, without chirality.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    fingerprint: ExplicitBitVect = _morgan_generator(radius, size).GetFingerprint(_as_mol(molecule))
    return fingerprint


def counted_morgan(molecule: str | Chem.Mol) -> ExplicitBitVect:
    """Return a Morgan fingerprint (radius 2) of 8,192 bits in which more bits stand for an environment that recurs.

    Of two chains of unequal length, :func:`morgan` says that they are the same; this one does not.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    fingerprint: ExplicitBitVect = _counted_generator().GetFingerprint(_as_mol(molecule))
    return fingerprint


def chiral_morgan(molecule: str | Chem.Mol) -> ExplicitBitVect:
    """Return a Morgan fingerprint (radius 3) of 8,192 bits that tells stereoisomers apart.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    fingerprint: ExplicitBitVect = _chiral_generator().GetFingerprint(_as_mol(molecule))
    return fingerprint


@lru_cache(maxsize=65_536)
def recall_morgan(smiles: str, size: int = 2048) -> ExplicitBitVect:
    """Return the Morgan fingerprint of radius 2 of a SMILES, kept for the next time it is compared.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    return morgan(smiles, size=size)


def rdk(molecule: str | Chem.Mol, *, max_path: int = 7, size: int = 2048) -> ExplicitBitVect:
    """Return RDKit's path fingerprint of `size` bits: all paths of 1 to `max_path` bonds.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    fingerprint: ExplicitBitVect = _rdk_generator(max_path, size).GetFingerprint(_as_mol(molecule))
    return fingerprint


def maccs(molecule: str | Chem.Mol) -> ExplicitBitVect:
    """Return the 166 MACCS keys (167 bits, bit 0 unused).

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    fingerprint: ExplicitBitVect = rdMolDescriptors.GetMACCSKeysFingerprint(_as_mol(molecule))
    return fingerprint


def tanimoto(one: ExplicitBitVect, other: ExplicitBitVect) -> float:
    """Return the Tanimoto similarity of two fingerprints, 0 to 1; of two empty ones, 0.

    >>> tanimoto(morgan("CCO"), morgan("OCC"))
    1.0
    """
    return float(DataStructs.TanimotoSimilarity(one, other)) if one.GetNumOnBits() or other.GetNumOnBits() else 0.0


def tanimoto_row(one: ExplicitBitVect, others: Sequence[ExplicitBitVect]) -> list[float]:
    """Return the Tanimoto similarity of one fingerprint to each of the others."""
    return list(DataStructs.BulkTanimotoSimilarity(one, list(others)))


def _as_mol(molecule: str | Chem.Mol) -> Chem.Mol:
    return parse_smiles(molecule) if isinstance(molecule, str) else molecule


@cache
def _morgan_generator(radius: int, size: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)


@cache
def _rdk_generator(max_path: int, size: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetRDKitFPGenerator(maxPath=max_path, fpSize=size)


@cache
def _counted_generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=8192, countSimulation=True)


@cache
def _chiral_generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=8192, includeChirality=True)
