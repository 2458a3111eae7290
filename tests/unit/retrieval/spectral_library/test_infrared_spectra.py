"""The search of infrared spectra among named molecules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anymol.errors import MissingDependencyError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.retrieval.spectral_library import infrared_spectra
from anymol.retrieval.spectral_library.infrared_spectra import predict_curves, search_infrared_spectrum
from anymol.retrieval.spectral_library.named_molecules import NamedMolecule, find_by_formula, find_by_mass
from anymol.synthesis.ir_surrogate import SurrogateInfraredEngine, predict_shape, predict_shapes

ASPIRIN, FORMULA = "CC(=O)Oc1ccccc1C(=O)O", "C9H8O4"


def predict(smiles: str) -> InfraredSpectrum:
    """Return the surrogate's spectrum: what is searched is the search, not the chemistry."""
    pytest.importorskip("chemprop")
    (record,) = SurrogateInfraredEngine().synthesize(smiles, 0).records
    assert isinstance(record, InfraredSpectrum)
    return record


def test_named_molecules_by_formula_and_mass() -> None:
    found = find_by_formula(FORMULA)
    assert ASPIRIN in {one.smiles for one in found}
    assert {one.formula for one in found} == {FORMULA}
    assert len(found) < 100
    assert {one.smiles for one in found} <= {one.smiles for one in find_by_mass(found[0].mass, 1.0)}
    assert find_by_formula("C9H8O999") == []


def test_aspirin_is_found_by_its_spectrum_and_formula() -> None:
    spectrum = predict(ASPIRIN)
    shrunk = replace(spectrum, wavenumbers=spectrum.wavenumbers * 0.97, absorbance=0.1 + 3 * spectrum.absorbance)
    for given in (spectrum, shrunk):
        found = search_infrared_spectrum(given, FORMULA, 3)
        assert found.hits[0].smiles == ASPIRIN
        assert found.hits[0].name == "aspirin"
        assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
        assert len(found.hits) == 3 <= found.hits[0].rivals
        assert found.note is None


def test_predicting_many_at_once_changes_nothing() -> None:
    pytest.importorskip("chemprop")
    from rdkit import Chem

    mols = [Chem.MolFromSmiles(smiles) for smiles in (ASPIRIN, "CCO", "c1ccncc1")]
    np.testing.assert_allclose(predict_shapes(mols), [predict_shape(mol) for mol in mols], rtol=1e-4, atol=1e-8)


def test_molecules_of_unknown_elements_have_no_curve() -> None:
    pytest.importorskip("chemprop")
    known, strange = (NamedMolecule(smiles, "x", "", 0.0) for smiles in ("CCO", "C[Hg]C"))
    curves = predict_curves([strange, known])
    assert curves[0] is None and curves[1] is not None
    assert predict_curves([strange]) == [None]


def test_molecules_left_out_are_counted() -> None:
    found = search_infrared_spectrum(predict("CCO"), "C2H6Hg", 3)
    assert found.hits == ()
    assert "named molecule" in (found.note or "")


@pytest.mark.parametrize(
    ("span", "formula", "said"),
    [
        ((400.0, 4000.0), None, "formula is given"),
        ((400.0, 4000.0), "C9H8O999", "no named molecule"),
        ((700.0, 900.0), FORMULA, "too little"),
    ],
)
def test_what_cannot_be_searched_is_said(span: tuple[float, float], formula: str | None, said: str) -> None:
    axis = np.linspace(*span, 300)
    found = search_infrared_spectrum(InfraredSpectrum(axis, np.ones(300)), formula, 3)
    assert found.hits == () and said in (found.note or "")


def test_without_chemprop_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(mols: object) -> None:
        raise MissingDependencyError("the infrared surrogate needs chemprop", hint="pip install it")

    monkeypatch.setattr(infrared_spectra, "predict_shapes", missing)
    axis = np.linspace(400.0, 4000.0, 300)
    found = search_infrared_spectrum(InfraredSpectrum(axis, np.ones(300)), FORMULA, 3)
    assert found.hits == ()
    assert "not searched" in (found.note or "") and "pip install it" in (found.note or "")
