"""The search of a mass spectrum among named molecules: those of its mass, ranked by the spectra predicted for them.

A network of the embedded model's size seldom writes the right structure from a spectrum. Most spectra that people have
are of known compounds, and the dictionary of names that ships with the package holds thousands of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anymol.errors import AnyMolError
from anymol.metrics.spectrum import cosine
from anymol.modalities.adduct import compute_mass
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.retrieval.spectral_library.named_molecules import find_by_mass
from anymol.synthesis.candidate_ions import CARRIERS
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings

MASS_PPM: Final = 20.0
"""How far a molecule's mass may be from the one that the precursor tells."""

USUAL_ENERGY: Final = 20.0
"""Taken where a spectrum does not state its collision energy in eV."""

MAX_CANDIDATES: Final = 60


@dataclass(frozen=True)
class SpectralHit:
    """A named molecule that may have given a spectrum.

    Attributes:
        smiles: Canonical SMILES.
        name: Its name.
        score: How well its predicted spectrum agrees with the one searched for, at most 1.
        rivals: Named molecules that were compared, itself counted.
        source: Where the dictionary has it from.
    """

    smiles: str
    name: str
    score: float
    rivals: int
    source: str = ""


def search_mass_spectrum(spectrum: MassSpectrum, *, formula: str | None = None, limit: int = 5) -> list[SpectralHit]:
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
    found = [one for one in find_by_mass(mass, MASS_PPM) if formula is None or one.formula == formula][:MAX_CANDIDATES]
    hits = [
        SpectralHit(one.smiles, one.name, score, len(found), one.source)
        for one in found
        if (score := score_structure(one.smiles, spectrum)) is not None
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.smiles))[:limit]


def score_structure(smiles: str, spectrum: MassSpectrum) -> float | None:
    """Return how well the spectrum predicted for a molecule agrees with one, 0 to 1; None where none can be predicted.

    Args:
        smiles: The molecule.
        spectrum: The spectrum, of one of the adducts that the fragmenter knows.
    """
    if spectrum.adduct not in CARRIERS:
        return None
    energy = float("nan") if spectrum.collision_energy is None else float(spectrum.collision_energy)
    settings = Ms2Settings(adducts=(spectrum.adduct,), energies=(energy if 0 <= energy <= 500 else USUAL_ENERGY,))
    try:
        (predicted,) = Ms2Engine(settings).synthesize(smiles, 0).records
    except AnyMolError:  # a metal, or too large: it cannot be compared
        return None
    assert isinstance(predicted, MassSpectrum)
    return cosine(predicted, spectrum)
