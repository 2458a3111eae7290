"""The intensities are fitted with the very equations that the package computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.synthesis.ms2 import fragment_molecule
from anymol.synthesis.ms2_groups import Group, Target, group_spectra, match_peaks, number_formulas
from anymol.synthesis.ms2_intensity import WEIGHTS_FILE, load_intensity_model
from anymol.synthesis.ms2_measured import Measured
from anymol.training.specialists.fit import FitConfig, fit_network
from anymol.training.specialists.intensities import TrainableIntensities
from anymol.training.specialists.intensity_network import IntensityNetwork, collate_groups, measure_batch
from anymol.training.specialists.plan import IntensityPlan


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


def group(*adducts: Adduct) -> list[Group]:
    spectra = [
        measured(smiles, adduct, energy)
        for smiles in ("CC(=O)Nc1ccc(O)cc1", "OCC(O)CO")
        for adduct in adducts
        for energy in (10.0, 35.0)
    ]
    return group_spectra(spectra)


@pytest.mark.parametrize("adduct", [Adduct.M_H, Adduct.M_NA, Adduct.M_NEG_H])
def test_torch_and_numpy_agree(adduct: Adduct) -> None:
    model = load_intensity_model()
    groups = group(adduct)
    for one in groups:
        one.number(model.ions, model.losses)
    hidden = (model.weights["W2"].shape[1], model.weights["W2"].shape[2])
    network = IntensityNetwork(hidden, len(model.ions), len(model.losses)).eval()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in model.weights.items()})
    batch = collate_groups([(one, [0, 1]) for one in groups])
    with torch.no_grad():
        log_shares = network(batch)
        entropy, cosine = measure_batch(log_shares, batch)
    expected = np.concatenate(
        [
            prediction.shares
            for smiles in ("CC(=O)Nc1ccc(O)cc1", "OCC(O)CO")
            for prediction in fragment_molecule(smiles).predict(adduct, (10.0, 35.0))
        ]
    )
    assert log_shares.exp().numpy() == pytest.approx(expected, rel=2e-3, abs=1e-6)
    # The targets are the model's own peaks: the cosine is 1 but for what is below a hundredth.
    assert (cosine > 0.999).all() and (entropy > 0).all()


def test_a_short_fit_learns(tmp_path: Path) -> None:
    plan = IntensityPlan(
        name="tiny", hidden=(16, 8), dropout=0.0, batch=2, fit=FitConfig(steps=40, lr=0.01, validate_every=5, threads=1)
    )
    torch.manual_seed(0)
    trained = TrainableIntensities(plan, group(Adduct.M_H, Adduct.M_NEG_H), group(Adduct.M_H))
    before = trained.validate()
    assert fit_network(trained, plan.fit, tmp_path, name="tiny", key="", resume=False)
    after = trained.validate()
    assert after["cosine"] > before["cosine"] + 0.1
    assert after["cross_entropy"] < before["cross_entropy"]


def test_rows_of_formulas_do_not_depend_on_an_order() -> None:
    """Of formulas that are seen equally often a set knows no first one: texts are hashed anew in each process."""
    formulas, none = ["H2O", "CH5N+", "CO", "CH3+", "NH3", "C2H5+"], np.zeros(0, np.int32)
    everywhere = Target(np.arange(6), np.ones(6), 1.0)
    for turn in range(6):
        texts = formulas[turn:] + formulas[:turn]
        groups = [Group(np.zeros((0, 1), np.uint8), none, none, none, 6, 0, texts, texts, [], [everywhere])] * 5
        assert number_formulas(groups, 3)[0] == {"C2H5+": 1, "CH3+": 2, "CH5N+": 3}


def test_a_fit_goes_on_with_the_rows_of_its_start() -> None:
    shipped = load_intensity_model()
    sizes = (shipped.weights["W2"].shape[1], shipped.weights["W2"].shape[2])
    plan = IntensityPlan(name="more", hidden=sizes, start=WEIGHTS_FILE, fit=FitConfig(steps=1, lr=0.01))
    more = TrainableIntensities(plan, group(Adduct.M_H), group(Adduct.M_H))
    assert (more.ions, more.lost) == (shipped.ions, shipped.losses)


def test_peaks_are_matched_within_tolerance() -> None:
    spectrum = MassSpectrum(np.array([50.0, 99.998, 100.0021, 400.0039]), np.array([0.5, 0.25, 0.25, 1.0]), 400.0)
    one = Measured("C", "C", "", spectrum, "CC0")
    target = match_peaks(one, np.array([60.0, 100.0, 400.0]))
    assert target is not None
    assert target.peaks.tolist() == [1, 2] and target.heights.tolist() == [0.5, 1.0]
    assert target.norm == pytest.approx(np.sqrt(0.25 + 2 * 0.0625 + 1))
    assert match_peaks(one, np.array([70.0, 80.0])) is None
