"""The search of an infrared spectrum among named molecules: those of a formula, ranked by their predicted spectra.

An infrared spectrum tells no mass, so that the formula must be known (from a mass, an elemental analysis, or what went
into the flask). The spectra are predicted by :mod:`anymol.synthesis.ir_surrogate`, all in one pass: those of computed
harmonic vibrations, so that the wavenumbers may be stretched by some per cent to agree.

A good fit proves nothing: where the right molecule has no name, the best of the wrong ones often fits as well as a
right one would (``scripts/measure_ir_search.py`` prints both).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.errors import MissingDependencyError, UserError
from anymol.metrics.infrared import measure_agreement
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.retrieval.spectral_library.mass_spectra import SpectralHit
from anymol.retrieval.spectral_library.named_molecules import NamedMolecule, find_by_formula
from anymol.synthesis.ir_surrogate import SHIPPED, predict_shapes, read_metadata, require_known_elements

MAX_CANDIDATES: Final = 200
"""Most molecules compared, the first in order of mass and then of the dictionary. No formula of it has more than 29."""

MIN_POINTS: Final = 50
"""Fewest points of the axis (every 8 cm^-1) that a spectrum must cover: a narrower window tells too little."""


@dataclass(frozen=True)
class InfraredSearch:
    """What a search found.

    Attributes:
        hits: Named molecules of the formula, best first; their score is :func:`measure_agreement` with the prediction.
        note: What the user must know: why nothing was searched, or which molecules were left out; None if nothing.
    """

    hits: tuple[SpectralHit, ...] = ()
    note: str | None = None


def search_infrared_spectrum(spectrum: InfraredSpectrum, formula: str | None, limit: int = 5) -> InfraredSearch:
    """Return the named molecules of a formula, ranked by the agreement of their predicted spectra with one given.

    Nothing is searched without a formula, without chemprop, or with a spectrum that covers too little; `note` says so.
    Molecules that differ in stereochemistry only count once.

    Args:
        spectrum: The spectrum.
        formula: Formula of the molecule in Hill order.
        limit: Most hits.
    """
    if formula is None:
        return InfraredSearch(note="an infrared spectrum is searched among named molecules where the formula is given")
    found = find_by_formula(formula)
    if not found:
        return InfraredSearch(note=f"no named molecule has the formula {formula}")
    axis = read_metadata(SHIPPED).axis
    given = _resample(spectrum)
    if given is None:
        first, last = spectrum.span
        return InfraredSearch(
            note=f"the infrared spectrum covers too little to be searched: {first:.0f} to {last:.0f} cm^-1 of "
            f"{axis.start:g} to {axis.stop:g}"
        )
    try:
        curves = predict_curves(found[:MAX_CANDIDATES])
    except MissingDependencyError as error:
        return InfraredSearch(note=f"the infrared spectrum was not searched: {error.message} ({error.hint})")
    pairs = [(one, curve) for one, curve in zip(found, curves, strict=False) if curve is not None]
    hits = [
        SpectralHit(one.smiles, one.name, measure_agreement(given, curve, axis.axis), len(pairs), one.source)
        for one, curve in pairs
    ]
    left = len(found) - len(pairs)
    note = f"{left} of {len(found)} named molecules of {formula} were not compared: their spectra cannot be predicted"
    return InfraredSearch(tuple(sorted(hits, key=lambda hit: (-hit.score, hit.smiles))[:limit]), note if left else None)


def score_structure(smiles: str, spectrum: InfraredSpectrum) -> float | None:
    """Return the agreement of a spectrum with the one predicted for a molecule, -1 to 1.

    None stands where the spectrum covers too little, or the surrogate never met an element of the molecule.

    Raises:
        MissingDependencyError: chemprop is not installed.
    """
    given = _resample(spectrum)
    if given is None:
        return None
    (curve,) = predict_curves([NamedMolecule(smiles, "", "", 0.0)])
    return None if curve is None else measure_agreement(given, curve, read_metadata(SHIPPED).axis.axis)


def _resample(spectrum: InfraredSpectrum) -> NDArray[np.float64] | None:
    """Return the absorbances on the surrogate's axis, shape (P,); None where too few of them were measured."""
    axis = read_metadata(SHIPPED).axis
    given = spectrum.resample(axis.start, axis.stop, axis.step).absorbance
    return given if int(np.isfinite(given).sum()) >= MIN_POINTS else None


def predict_curves(molecules: Sequence[NamedMolecule]) -> list[NDArray[np.float64] | None]:
    """Return the predicted spectrum of each molecule on the surrogate's axis, shape (P,), sum 1.

    None stands where the surrogate never met an element of the molecule.

    Raises:
        MissingDependencyError: chemprop is not installed.
    """
    metadata = read_metadata(SHIPPED)
    known: dict[int, Chem.Mol] = {}
    for place, molecule in enumerate(molecules):
        mol = Chem.MolFromSmiles(molecule.smiles)
        try:
            require_known_elements(molecule.smiles, mol, metadata)
        except UserError:
            continue
        known[place] = mol
    curves: list[NDArray[np.float64] | None] = [None] * len(molecules)
    if known:
        for place, curve in zip(known, predict_shapes(list(known.values())), strict=True):
            curves[place] = curve
    return curves
