"""Synthesised MS/MS spectra: masses, energies, refusals, and the intensity model's equations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from anymol.errors import CheckpointError, InvalidSmilesError, UserError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum
from anymol.synthesis.candidate_ions import SHIFTS, write_ion_formulas, write_loss_formulas
from anymol.synthesis.ms2 import Ms2Engine, Ms2Settings, annotate, explain_peaks, fragment_molecule
from anymol.synthesis.ms2_features import describe_context
from anymol.synthesis.ms2_intensity import BASIS, WEIGHTS_FILE, load_intensity_model, read_model, write_model
from anymol.synthesis.ms2_measured import SHIPPABLE, convert_energy

CAFFEINE, ASPIRIN = "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CC(=O)Oc1ccccc1C(=O)O"


def make(smiles: str, **settings: object) -> tuple[MassSpectrum, ...]:
    records = Ms2Engine(Ms2Settings(**settings)).synthesize(smiles, 0).records  # type: ignore[arg-type]
    assert all(isinstance(record, MassSpectrum) for record in records)
    return records  # type: ignore[return-value]


def height(spectrum: MassSpectrum, mz: float) -> float:
    met = np.abs(spectrum.mz - mz) < 1e-3
    return float(spectrum.intensity[met].sum())


def test_records_are_by_adduct_then_energy() -> None:
    records = make(ASPIRIN)
    assert [(r.adduct, float(r.collision_energy or 0)) for r in records] == [
        (adduct, energy) for adduct in (Adduct.M_H, Adduct.M_NEG_H) for energy in (10.0, 20.0, 40.0)
    ]
    for record in records:
        assert record.intensity.max() == 1 and record.intensity.min() >= 0.005
        assert record.ion_mode is (IonMode.POSITIVE if record.adduct is Adduct.M_H else IonMode.NEGATIVE)
        assert record.precursor_mz == pytest.approx(181.04954 if record.adduct is Adduct.M_H else 179.03498, abs=1e-4)
        assert record.mz.max() <= (record.precursor_mz or 0) + 1e-6
        assert str(record.adduct) in record.title


@pytest.mark.parametrize(
    ("smiles", "adduct", "energy", "mz"),
    [
        (CAFFEINE, Adduct.M_H, 40.0, 138.0662),
        (ASPIRIN, Adduct.M_NEG_H, 20.0, 137.0244),
        (ASPIRIN, Adduct.M_NEG_H, 20.0, 93.0346),
        ("CC(=O)Nc1ccc(O)cc1", Adduct.M_H, 20.0, 110.0600),
        ("CN(C)CCCN1c2ccccc2CCc2ccccc21", Adduct.M_H, 20.0, 86.0964),  # imipramine's side chain
        ("NC(Cc1ccccc1)C(=O)O", Adduct.M_H, 20.0, 120.0808),  # phenylalanine's immonium ion
    ],
)
def test_known_fragments_stand_out(smiles: str, adduct: Adduct, energy: float, mz: float) -> None:
    (spectrum,) = make(smiles, adducts=(adduct,), energies=(energy,))
    assert height(spectrum, mz) > 0.1


@pytest.mark.parametrize("adduct", [Adduct.M_H, Adduct.M_NEG_H, Adduct.M_NA])
def test_more_energy_leaves_less_precursor(adduct: Adduct) -> None:
    molecule = fragment_molecule(ASPIRIN)
    predictions = molecule.predict(adduct, (5.0, 10.0, 20.0, 40.0))
    left = [float(p.shares[p.candidates.precursor]) for p in predictions]
    assert left == sorted(left, reverse=True) and left[-1] < 0.7 * left[0]
    assert all(p.shares.sum() == pytest.approx(1) and (p.shares >= 0).all() for p in predictions)


def test_sodium_holds_on() -> None:
    """A sodiated molecule breaks less than a protonated one."""
    molecule = fragment_molecule("CC(=O)OCC(O)CO")
    kept = {}
    for adduct in (Adduct.M_H, Adduct.M_NA):
        (prediction,) = molecule.predict(adduct, (20.0,))
        kept[adduct] = prediction.shares[prediction.candidates.precursor]
    assert kept[Adduct.M_NA] > kept[Adduct.M_H]


def test_it_repeats_exactly_and_stereo_changes_nothing() -> None:
    first, second = make("C[C@H](N)C(=O)O"), make("C[C@H](N)C(=O)O")
    mirror = make("C[C@@H](N)C(=O)O")
    assert first == second
    for one, other in zip(first, mirror, strict=True):
        assert np.allclose(one.mz, other.mz) and np.allclose(one.intensity, other.intensity, atol=1e-4)


@pytest.mark.parametrize("written", ["OC(=O)c1ccccc1OC(C)=O", "O=C(C)Oc1c(cccc1)C(O)=O"])
def test_spelling_changes_nothing(written: str) -> None:
    for one, other in zip(make(ASPIRIN), make(written), strict=True):
        assert np.allclose(one.mz, other.mz) and np.allclose(one.intensity, other.intensity, atol=1e-4)


@pytest.mark.parametrize(
    ("written", "parent"),
    [
        ("[Na+].CC(=O)Oc1ccccc1C(=O)[O-]", ASPIRIN),
        ("Cl.CN1C=NC2=C1C(=O)N(C)C(=O)N2C", CAFFEINE),
        ("[NH3+]C(C)C(=O)O", "NC(C)C(=O)O"),
    ],
)
def test_a_salt_gives_its_parents_spectra_and_says_so(written: str, parent: str) -> None:
    made = Ms2Engine().synthesize(written, 0)
    assert made.notes["is_parent"] is True
    assert [r.precursor_mz for r in made.records] == [r.precursor_mz for r in make(parent)]  # type: ignore[union-attr]
    assert Ms2Engine().synthesize(parent, 0).notes["is_parent"] is False


@pytest.mark.parametrize(
    ("smiles", "words"),
    [
        ("C[N+](C)(C)CCO", "permanently charged"),
        ("[Cu]C", "outside"),
        ("*CCO", "outside"),
        ("C[CH2]" + "C" * 400, "heavy atoms"),
        ("C" * 700, "heavy atoms"),
        ("C[CH]C", "radical"),
    ],
)
def test_what_takes_no_adduct_is_refused(smiles: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Ms2Engine().synthesize(smiles, 0)


def test_broken_smiles_are_refused() -> None:
    with pytest.raises(InvalidSmilesError):
        Ms2Engine().synthesize("CC(", 0)


def test_without_hydrogen_there_is_no_deprotonated_ion() -> None:
    made = Ms2Engine().synthesize("ClC(Cl)(Cl)Cl", 0)
    assert made.notes["left_out"] == "[M-H]-" and len(made.records) == 3
    with pytest.raises(UserError, match="no hydrogen"):
        Ms2Engine(Ms2Settings(adducts=(Adduct.M_NEG_H,))).synthesize("ClC(Cl)(Cl)Cl", 0)


def test_limits_of_a_spectrum() -> None:
    (spectrum,) = make(ASPIRIN, adducts=(Adduct.M_H,), energies=(40.0,), max_peaks=5, min_intensity=0.0)
    assert spectrum.n_peaks == 5 and spectrum.intensity.max() == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"adducts": ("[M+K]+",)}, {"adducts": ()}, {"adducts": ("[M+H]+", "[M+H]+")}, {"energies": ()},
        {"energies": (-1,)}, {"energies": (20, 20)}, {"depth": 4}, {"colour": 1},
    ],
)  # fmt: skip
def test_settings_are_checked(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Ms2Settings(**settings)  # type: ignore[arg-type]


def test_peaks_are_explained() -> None:
    (spectrum,) = make(CAFFEINE, adducts=(Adduct.M_H,), energies=(40.0,))
    explained = {round(one.mz, 3): one for one in explain_peaks(CAFFEINE, spectrum)}
    assert len(explained) == spectrum.n_peaks
    loss = explained[138.066]
    assert (loss.formula, loss.loss) == ("C6H8N3O+", "C2H3NO") and abs(loss.error_ppm) < 0.1
    assert explained[195.088].loss == "" and explained[195.088].formula == "C8H11N4O2+"
    assert annotate(CAFFEINE, spectrum)[float(spectrum.mz[-1])] == "C8H11N4O2+"


def test_foreign_peaks_stay_unexplained() -> None:
    spectrum = MassSpectrum(np.array([100.5, 138.0663]), np.array([1.0, 0.5]), 195.0877, Adduct.M_H)
    assert [one.formula for one in explain_peaks(CAFFEINE, spectrum)] == ["C6H8N3O+"]
    with pytest.raises(UserError, match="does not know"):
        explain_peaks(CAFFEINE, MassSpectrum(np.array([100.5]), np.array([1.0]), adduct=Adduct.M_K))


def test_shares_follow_the_equations() -> None:
    """One peak after the other by the formulas of the module's head, in plain loops."""
    molecule = fragment_molecule("CCO")
    (prediction,) = molecule.predict(Adduct.M_H, (20.0,))
    c, w = prediction.candidates, molecule.model.weights
    context = describe_context(float(c.mz[c.precursor]), 3, Adduct.M_H, 20.0)
    sums = np.zeros(len(c.mz))
    for fragment, shift, peak in zip(c.fragment, c.shift, c.peak, strict=True):
        hidden = np.maximum(molecule.embedded[fragment] + context @ w["U1"][0], 0)
        hidden = np.maximum(hidden @ w["W2"][0] + context @ w["U2"][0], 0)
        sums[peak] += np.exp(float(hidden @ w["W3"][0][:, shift] + w["b3"][0][shift]))
    for peak in range(len(sums)):
        ion = molecule.model.ions.get(write_ion_formulas(molecule.skeleton, c)[peak], 0)
        loss = molecule.model.losses.get(write_loss_formulas(molecule.skeleton, c)[peak], 0)
        sums[peak] *= np.exp(float((w["B_ion"][0][ion] + w["B_loss"][0][loss]) @ context[list(BASIS)]))
    assert prediction.shares == pytest.approx(sums / sums.sum(), rel=1e-4, abs=1e-9)


def test_the_shipped_model_is_small_and_says_where_it_comes_from(tmp_path: Path) -> None:
    model = load_intensity_model()
    assert WEIGHTS_FILE.stat().st_size <= 300_000
    assert model.weights["W3"].shape[-1] == len(SHIFTS)
    assert model.provenance["split"].startswith("train")
    assert set(model.provenance["spectra_by_licence"]) <= set(model.provenance["licences"]) == SHIPPABLE
    write_model(tmp_path / "copy.npz", model)
    again = read_model(tmp_path / "copy.npz")
    assert all((again.weights[name] == model.weights[name]).all() for name in model.weights)
    assert again.ions == model.ions and again.provenance == model.provenance


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK nothing")
    for name in ("bad.npz", "missing.npz"):
        with pytest.raises(CheckpointError):
            read_model(tmp_path / name)


def test_energies_convert() -> None:
    assert convert_energy(CollisionEnergy(30, EnergyUnit.NCE), 250.0) == CollisionEnergy(15.0)
    assert convert_energy(CollisionEnergy(30), 250.0) == CollisionEnergy(30)
    assert convert_energy(CollisionEnergy(30, EnergyUnit.UNKNOWN), 250.0) is None


@pytest.mark.parametrize(
    ("smiles", "adduct"),
    [(CAFFEINE, Adduct.M_H), (ASPIRIN, Adduct.M_NA), ("FC(F)(F)c1ccc(Cl)cc1S(N)(=O)=O", Adduct.M_NEG_H),
     ("[2H]C([2H])([2H])Oc1ccccc1", Adduct.M_H)],
)  # fmt: skip
def test_known_formulas_are_found_as_if_written(smiles: str, adduct: Adduct) -> None:
    molecule = fragment_molecule(smiles)
    (prediction,) = molecule.predict(adduct, (20.0,))
    c, model = prediction.candidates, molecule.model
    ions, losses = model.find_rows(molecule.skeleton, c)
    assert ions.tolist() == [model.ions.get(text, 0) for text in write_ion_formulas(molecule.skeleton, c)]
    assert losses.tolist() == [model.losses.get(text, 0) for text in write_loss_formulas(molecule.skeleton, c)]
    assert losses.any()
