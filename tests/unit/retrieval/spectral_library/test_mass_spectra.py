"""The search of mass spectra among named molecules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anymol.modalities.mass_spectrum import Adduct, MassSpectrum
from anymol.retrieval.spectral_library.mass_spectra import search_mass_spectrum
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
SETTINGS = Ms2Settings(adducts=(Adduct.M_H,), energies=(30.0,))


def predict(smiles: str) -> MassSpectrum:
    """Return the fragmenter's spectrum, a little noisy: what is searched is the search, not the chemistry."""
    (record,) = Ms2Engine(SETTINGS).synthesize(smiles, 0).records
    assert isinstance(record, MassSpectrum)
    return replace(record, mz=record.mz + 1e-4)


MEASURED = predict(CAFFEINE)


def test_caffeine_is_found_by_its_spectrum() -> None:
    hits = search_mass_spectrum(MEASURED)
    assert hits[0].smiles == CAFFEINE
    assert "caffeine" in hits[0].name.lower()
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert 1 <= hits[0].rivals <= 100


def test_a_formula_narrows_the_search() -> None:
    assert {hit.smiles for hit in search_mass_spectrum(MEASURED, formula="C8H10N4O2", limit=60)} >= {CAFFEINE}
    assert search_mass_spectrum(MEASURED, formula="C9H10N4O2") == []


@pytest.mark.parametrize("missing", [{"precursor_mz": None}, {"adduct": None}, {"adduct": Adduct.M2_H}])
def test_without_precursor_or_adduct_nothing_is_searched(missing: dict[str, None]) -> None:
    assert search_mass_spectrum(replace(MEASURED, **missing)) == []


def test_a_spectrum_without_energy_is_searched_all_the_same() -> None:
    assert CAFFEINE in {hit.smiles for hit in search_mass_spectrum(replace(MEASURED, collision_energy=None))}
