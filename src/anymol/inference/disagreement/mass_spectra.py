"""Mass spectra beside structures, formulas and one another: mass of the ion, explained peaks, predicted spectrum.

A formula explains a peak where some part of its atoms has the mass; a structure where its bonds, broken, leave such a
part. Of isomers the first says nothing, the second little: there the spectrum predicted for the structure counts,
against those of the named molecules of the same mass.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from rdkit import Chem

from anymol.chem.descriptors import compute_descriptor
from anymol.chem.formula import count_formula, weigh_isotopes
from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles
from anymol.chem.subformulas import MAX_SKELETONS, count_skeletons, find_subformulas
from anymol.errors import UserError
from anymol.inference.agreement import find_nearest_ion, flatten
from anymol.inference.disagreement.comparison import Comparison, Measured, NotCompared, PairKind
from anymol.inference.disagreement.identities import find_formula
from anymol.metrics.spectrum import cosine
from anymol.modalities.adduct import ELECTRON, Adduct, IonMode, compute_mass
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.retrieval.spectral_library.mass_spectra import (
    MAX_CANDIDATES,
    SpectralHit,
    score_structure,
    search_mass_spectrum,
)
from anymol.synthesis.ms2 import explain_peaks

FORMULA_FEATURES: Final = ("mass off", "another mass", "unexplained by formula")
"""Figures of a formula and a spectrum."""
STRUCTURE_FEATURES: Final = (*FORMULA_FEATURES, "unexplained by fragments", "misfit", "behind", "ahead", "no rivals")
"""Figures of a structure and a spectrum."""
SPECTRA_FEATURES: Final = ("mass off", "another mass", "other ion", "unlikeness")
"""Figures of two spectra."""

_PPM, _LEAST_DA = 10.0, 0.003
"""How far a peak may be from the mass of an explanation."""
_BELOW_DA: Final = 0.5
"""How far below the precursor a fragment stands at least."""
_USUAL_PPM, _MOST_PPM = 2.0, 50.0
"""What a mass is usually off, and from where on no instrument that resolves formulas is."""
_NOMINAL_DA: Final = 0.5
_HEAVY_ISOTOPE_DA: Final = 1.9975
"""What 37Cl and 81Br weigh more than 35Cl and 79Br."""
_EXTRA_HYDROGENS: Final = 2
_ADDED: Final[Mapping[Adduct, Mapping[str, int]]] = {
    Adduct.M_NA: {"Na": 1},
    Adduct.M2_NA: {"Na": 1},
    Adduct.M_K: {"K": 1},
    Adduct.M_NH4: {"N": 1, "H": 3},
    Adduct.M_CL: {"Cl": 1},
    Adduct.M_FORMATE: {"C": 1, "H": 1, "O": 2},
    Adduct.M_ACETATE: {"C": 2, "H": 3, "O": 2},
}
"""Atoms that an ion has beside those of its molecules; hydrogens may come besides, see `_EXTRA_HYDROGENS`."""
_DIMERS: Final = frozenset({Adduct.M2_H, Adduct.M2_NA, Adduct.M2_NEG_H})


@dataclass(frozen=True)
class _Ionised:
    """A molecule as far as its formula tells.

    Attributes:
        counts: Atoms of each element.
        mass: Exact mass as it is written, Da.
        charge: Its formal charge.
        shown: Its formula.
    """

    counts: Counter[str]
    mass: float
    charge: int
    shown: str


def compare_formula(formula: str, spectrum: MassSpectrum) -> Comparison:
    """Compare a formula with a spectrum."""
    counts = count_formula(formula)
    return _measure_formula(_Ionised(counts, weigh_isotopes(counts), 0, formula), spectrum)


def compare_structure(smiles: str, spectrum: MassSpectrum) -> Comparison:
    """Compare a structure with a spectrum; of a salt its largest organic part.

    Where the fragmenter does not know the adduct or the molecule, the formula alone is compared.
    """
    parent = analyze_composition(smiles).parent_neutral if "." in smiles else smiles
    mol = parse_smiles(parent)
    formula = find_formula(parent)
    mass = float(compute_descriptor("exact_mass", mol).value)
    found = _measure_formula(_Ionised(count_formula(formula), mass, Chem.GetFormalCharge(mol), formula), spectrum)
    if not isinstance(found, Measured):
        return found
    fit = score_structure(parent, spectrum)
    if fit is None:
        return found
    try:
        explained = _weigh_peaks(spectrum, np.isin(spectrum.mz, [one.mz for one in explain_peaks(parent, spectrum)]))
    except UserError:
        return found
    has_mass = not found.figures["another mass"]  # else the named molecules of the spectrum's mass are no rivals of it
    own = flatten(parent)
    rivals = [one for one in _list_rivals(spectrum) if flatten(one.smiles) != own] if has_mass else []
    best = max(rivals, key=lambda one: one.score, default=None)
    lead = 0.0 if best is None else fit - best.score
    figures = (1 - explained, 1 - fit, max(0.0, -lead), max(0.0, lead), float(has_mass and best is None))
    said = f"{found.said}; its fragments explain {explained:.0%}, its predicted spectrum fits {fit:.2f}"
    if best is not None:
        said += f", that of {best.name} {best.score:.2f}"
    return Measured(
        PairKind.STRUCTURE_MS2,
        {**found.figures, **dict(zip(STRUCTURE_FEATURES[len(FORMULA_FEATURES) :], figures, strict=True))},
        said,
    )


def compare_spectra(one: MassSpectrum, other: MassSpectrum) -> Comparison:
    """Compare two spectra: the masses of their molecules, and their peaks where they are of the same ion."""
    first, second = _find_mass(one), _find_mass(other)
    if first is None or second is None:
        return NotCompared("one of the spectra names no precursor or no adduct")
    is_same_ion = one.adduct is other.adduct
    likeness = cosine(one, other) if is_same_ion else 1.0
    figures = (*_grade(first - second, (first - second) / second * 1e6), float(not is_same_ion), 1 - likeness)
    said = f"their molecules weigh {first:.4f} and {second:.4f} Da"
    if is_same_ion:
        said += f", the cosine of their peaks is {likeness:.2f}"
    return Measured(PairKind.MS2_MS2, dict(zip(SPECTRA_FEATURES, figures, strict=True)), said)


def _measure_formula(molecule: _Ionised, spectrum: MassSpectrum) -> Comparison:
    """Return the figures of a formula: how far the mass is off, and how much of the peaks no part of it explains."""
    measured = spectrum.precursor_mz
    if measured is None:
        return NotCompared("the spectrum names no precursor")
    if _is_coarse(spectrum):
        return NotCompared("the peaks of the spectrum are not precise enough to be explained by formulas")
    ion = find_nearest_ion(spectrum, measured, molecule.mass, molecule.charge)
    adduct = ion.adduct
    if adduct.charge > 1:
        return NotCompared("fragments of an ion of several charges are not explained")
    held = Counter({element: count * (2 if adduct in _DIMERS else 1) for element, count in molecule.counts.items()})
    held.update(_ADDED.get(adduct, {}))
    if count_skeletons(held) > MAX_SKELETONS:
        return NotCompared("the formula is too large for its parts to be listed")
    shifts = [n * _HEAVY_ISOTOPE_DA for n in range(molecule.counts["Cl"] + molecule.counts["Br"] + 1)]
    shift = min(shifts, key=lambda da: abs(ion.off - da))
    ppm = (ion.off - shift) / ion.expected * 1e6
    off, other = _grade(ion.off - shift, ppm)
    sign = 1 if adduct.ion_mode is IonMode.POSITIVE else -1
    is_explained = find_subformulas(
        spectrum.mz + sign * ELECTRON, held, ppm=_PPM, least=_LEAST_DA, extra_hydrogens=_EXTRA_HYDROGENS
    )
    explained = _weigh_peaks(spectrum, is_explained)
    said = f"{adduct} of {molecule.shown} is {ion.expected:.4f}, the precursor {measured:.4f}"
    said += f" ({ion.off:+.2f} Da" if other else f" ({ppm:+.0f} ppm"
    said += ", another isotopologue)" if shift else ")"
    said += f"; parts of the formula explain {explained:.0%} of the peaks' intensity"
    figures = (off, other, 1 - explained)
    return Measured(PairKind.FORMULA_MS2, dict(zip(FORMULA_FEATURES, figures, strict=True)), said)


def _grade(off_da: float, off_ppm: float) -> tuple[float, float]:
    """Return how far a mass is off, as a logarithm, and whether that is another mass on any instrument."""
    return math.log10(1 + min(abs(off_ppm), _MOST_PPM) / _USUAL_PPM), float(abs(off_da) > _NOMINAL_DA)


def _find_mass(spectrum: MassSpectrum) -> float | None:
    """Return the mass (Da) of the molecule of a spectrum; None where it names no precursor or no adduct."""
    if spectrum.precursor_mz is None or spectrum.adduct is None:
        return None
    return compute_mass(spectrum.precursor_mz, spectrum.adduct)


def _is_coarse(spectrum: MassSpectrum) -> bool:
    """Whether the peaks are written to a tenth of a dalton, as instruments of unit resolution do."""
    tenths = spectrum.mz * 10
    return bool((np.abs(tenths - np.round(tenths)) < 1e-3).all())


def _weigh_peaks(spectrum: MassSpectrum, chosen: np.ndarray) -> float:
    """Return the share of the intensity below the precursor that chosen peaks hold; 1 where there is none."""
    below = spectrum.mz < (spectrum.precursor_mz or math.inf) - _BELOW_DA
    total = float(spectrum.intensity[below].sum())
    return float(spectrum.intensity[below & chosen].sum()) / total if total else 1.0


@lru_cache(maxsize=16)
def _list_rivals(spectrum: MassSpectrum) -> tuple[SpectralHit, ...]:
    return tuple(search_mass_spectrum(spectrum, limit=MAX_CANDIDATES))
