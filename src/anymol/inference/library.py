"""The search of a spectrum among named molecules: those of its mass, ranked by the spectra predicted for them.

A network of the embedded model's size seldom writes the right structure from a spectrum. Most spectra that people have
are of known compounds, and the dictionary of names that ships with the package holds thousands of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, rdMolDescriptors

from anymol.chem.names import NameHit, list_named
from anymol.errors import AnyMolError
from anymol.metrics.spectrum import cosine
from anymol.modalities.cleaning import compute_mass
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.fragmentation import CARRIERS
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings

MASS_PPM: Final = 20.0
"""How far a molecule's mass may be from the one that the precursor tells."""

USUAL_ENERGY: Final = 20.0
"""Taken where a spectrum does not state its collision energy in eV."""

MAX_CANDIDATES: Final = 60


@dataclass(frozen=True)
class LibraryHit:
    """A named molecule that may have given a spectrum.

    Attributes:
        smiles: Canonical SMILES.
        name: Its name.
        score: Cosine of its predicted spectrum with the one searched for, 0 to 1.
        rivals: Named molecules of this mass, itself counted.
    """

    smiles: str
    name: str
    score: float
    rivals: int


def search_library(spectrum: MassSpectrum, *, formula: str | None = None, limit: int = 5) -> list[LibraryHit]:
    """Return the named molecules of a spectrum's mass, best first; none where it states no precursor or known adduct.

    Molecules that differ in stereochemistry only count once: a mass spectrum does not tell them apart.

    Args:
        spectrum: The spectrum.
        formula: Formula of the molecule in Hill order, where it is known.
        limit: Most hits.
    """
    if spectrum.precursor_mz is None or spectrum.adduct not in CARRIERS:
        return []
    mass = compute_mass(spectrum.precursor_mz, spectrum.adduct)
    masses, entries = _library()
    first, last = np.searchsorted(masses, [mass * (1 - MASS_PPM * 1e-6), mass * (1 + MASS_PPM * 1e-6)])
    found = [entry for entry in entries[first:last] if formula is None or entry.formula == formula][:MAX_CANDIDATES]
    energy = float("nan") if spectrum.collision_energy is None else float(spectrum.collision_energy)
    settings = Ms2Settings(adducts=(spectrum.adduct,), energies=(energy if 0 <= energy <= 500 else USUAL_ENERGY,))
    hits = [
        LibraryHit(entry.hit.smiles, entry.hit.name, score, len(found))
        for entry in found
        if (score := _score(Ms2Engine(settings), entry.hit.smiles, spectrum)) is not None
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.smiles))[:limit]


def count_library() -> int:
    """Return the number of different structures that can be found."""
    return len(_library()[1])


@dataclass(frozen=True)
class _Entry:
    formula: str
    hit: NameHit


@cache
def _library() -> tuple[NDArray[np.float64], list[_Entry]]:
    """Return exact masses (Da), rising, and what has them."""
    found: dict[str, tuple[float, _Entry]] = {}
    with rdBase.BlockLogs():
        for hit in list_named():
            mol = None if "." in hit.smiles else Chem.MolFromSmiles(hit.smiles)
            if mol is None or Chem.GetFormalCharge(mol):
                continue
            flat = Chem.MolToSmiles(mol, isomericSmiles=False)
            mass = float(Descriptors.ExactMolWt(mol))  # type: ignore[attr-defined]  # made at import
            found.setdefault(flat, (mass, _Entry(rdMolDescriptors.CalcMolFormula(mol), hit)))
    ordered = sorted(found.values(), key=lambda pair: pair[0])
    return np.array([mass for mass, _ in ordered]), [entry for _, entry in ordered]


def _score(engine: Ms2Engine, smiles: str, spectrum: MassSpectrum) -> float | None:
    try:
        (predicted,) = engine.synthesize(smiles, 0).records
    except AnyMolError:  # a metal, or too large: it cannot be compared
        return None
    assert isinstance(predicted, MassSpectrum)
    return cosine(predicted, spectrum)
