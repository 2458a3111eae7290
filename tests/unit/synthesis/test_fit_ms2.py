"""The script that fits the intensity model: it must fit the very equations that the package computes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.synthesis.ms2 import fragment_molecule
from anymol.synthesis.ms2_intensity import load_intensity_model
from anymol.synthesis.ms2_measured import Measured

torch = pytest.importorskip("torch")
SCRIPT = Path(__file__).parents[3] / "scripts" / "fit_ms2.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fit_ms2", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fit_ms2"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def measured(smiles: str, adduct: Adduct, energy: float) -> Measured:
    (prediction,) = fragment_molecule(smiles).predict(adduct, (energy,))
    mz, shares = prediction.candidates.mz, prediction.shares
    kept = shares > 0.01 * shares.max()
    spectrum = MassSpectrum(
        mz[kept],
        shares[kept] / shares.max(),
        float(mz[prediction.candidates.precursor]),
        adduct,
        CollisionEnergy(energy),
    )
    return Measured(smiles, smiles, "", spectrum, "CC0")


def groups_of(script: ModuleType, spectra: list[Measured]) -> list[object]:
    model = load_intensity_model()
    groups = script.prepare(spectra)
    for group in groups:
        ions, losses = group.texts
        group.rows = (
            np.array([model.ions.get(text, 0) for text in ions], np.int32),
            np.array([model.losses.get(text, 0) for text in losses], np.int32),
        )
    return list(groups)


@pytest.mark.parametrize("adduct", [Adduct.M_H, Adduct.M_NA, Adduct.M_NEG_H])
def test_torch_and_numpy_agree(script: ModuleType, adduct: Adduct) -> None:
    model = load_intensity_model()
    spectra = [
        measured(smiles, adduct, energy) for smiles in ("CC(=O)Nc1ccc(O)cc1", "OCC(O)CO") for energy in (10.0, 35.0)
    ]
    groups = groups_of(script, spectra)
    network = script.Network(
        (model.weights["W2"].shape[1], model.weights["W2"].shape[2]), len(model.ions), len(model.losses)
    )
    network.load_state_dict({name: torch.from_numpy(value) for name, value in model.weights.items()})
    network.eval()
    batch = script.collate(groups, [[0, 1] for _ in groups])
    with torch.no_grad():
        log_shares = network(batch, 0.0)
        entropy, cosine = script.measure(log_shares, batch)
    expected = np.concatenate(
        [
            prediction.shares
            for smiles in sorted({one.smiles for one in spectra})
            for prediction in fragment_molecule(smiles).predict(adduct, (10.0, 35.0))
        ]
    )
    assert log_shares.exp().numpy() == pytest.approx(expected, rel=2e-3, abs=1e-6)
    # The targets are the model's own peaks: the cosine is 1 but for what is below a hundredth.
    assert (cosine > 0.999).all() and (entropy > 0).all()


def test_peaks_are_matched_within_tolerance(script: ModuleType) -> None:
    spectrum = MassSpectrum(np.array([50.0, 99.998, 100.0021, 400.0039]), np.array([0.5, 0.25, 0.25, 1.0]), 400.0)
    one = Measured("C", "C", "", spectrum, "CC0")
    peaks, heights, norm = script.match(one, np.array([60.0, 100.0, 400.0]))
    assert peaks.tolist() == [1, 2] and heights.tolist() == [0.5, 1.0]
    assert norm == pytest.approx(np.sqrt(0.25 + 2 * 0.0625 + 1))
    assert script.match(one, np.array([70.0, 80.0])) is None
