"""Infrared spectra compared with structures: the agreement with the predicted spectrum, against those of isomers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from anymol.chem.parsing import parse_smiles
from anymol.errors import MissingDependencyError
from anymol.inference.agreement import flatten
from anymol.inference.disagreement.comparison import Comparison, Measured, NotCompared, PairKind
from anymol.inference.disagreement.identities import find_formula
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.retrieval.spectral_library.infrared_spectra import MAX_CANDIDATES, score_structure, search_infrared_spectrum
from anymol.retrieval.spectral_library.mass_spectra import SpectralHit
from anymol.synthesis.ir_surrogate import SHIPPED, read_metadata

STRUCTURE_FEATURES: Final = ("misfit", "behind", "ahead", "no rivals")
"""Figures of a structure and a spectrum."""


def compare_structure(smiles: str, spectrum: InfraredSpectrum) -> Comparison:
    """Compare a structure with a spectrum, within the sizes that spectra can be predicted for."""
    metadata = read_metadata(SHIPPED)
    size = parse_smiles(smiles).GetNumHeavyAtoms()
    if not metadata.min_heavy_atoms <= size <= metadata.max_heavy_atoms or "." in smiles:
        return NotCompared(
            f"infrared spectra are predicted for single molecules of {metadata.min_heavy_atoms} to "
            f"{metadata.max_heavy_atoms} heavy atoms"
        )
    try:
        fit = score_structure(smiles, spectrum)
    except MissingDependencyError as error:
        return NotCompared(f"the infrared spectrum was not compared: {error.message}")
    if fit is None:
        return NotCompared("the infrared spectrum covers too little, or the structure has elements of no predicted one")
    own = flatten(smiles)
    rivals = [one for one in _list_isomers(spectrum, find_formula(smiles)) if flatten(one.smiles) != own]
    best = max(rivals, key=lambda one: one.score, default=None)
    lead = 0.0 if best is None else fit - best.score
    figures = (1 - fit, max(0.0, -lead), max(0.0, lead), float(best is None))
    said = f"the spectrum predicted for {smiles} agrees {fit:.2f}"
    if best is not None:
        said += f", that of its isomer {best.name} {best.score:.2f}"
    return Measured(PairKind.STRUCTURE_IR, dict(zip(STRUCTURE_FEATURES, figures, strict=True)), said)


@lru_cache(maxsize=16)
def _list_isomers(spectrum: InfraredSpectrum, formula: str) -> tuple[SpectralHit, ...]:
    return search_infrared_spectrum(spectrum, formula, limit=MAX_CANDIDATES).hits
