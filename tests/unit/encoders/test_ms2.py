"""What the MS/MS encoder reads of a spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.encoders.ms2 import ADDUCTS, NEGATIVE, POSITIVE, UNKNOWN, Ms2EncoderConfig
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum

CONFIG = Ms2EncoderConfig(max_peaks=2)
MZ, INTENSITY = np.array([50.0, 77.0391, 105.0335]), np.array([0.2, 0.1, 1.0])


def test_every_adduct_has_its_embedding() -> None:
    assert tuple(Adduct) == ADDUCTS
    rows = [CONFIG.read(MassSpectrum(MZ, INTENSITY, adduct=adduct))["ion"][0, 0] for adduct in Adduct]
    assert rows == list(range(1, len(Adduct) + 1))


def test_the_highest_peaks_are_read_by_rising_mass_with_all_decimals() -> None:
    features = CONFIG.read(MassSpectrum(MZ, INTENSITY, 123.0441))
    assert features["peaks"].tolist() == [[50.0, 0.2], [105.0335, 1.0]]
    assert (features["peaks"].dtype, features["precursor"].tolist()) == (np.float64, [123.0441])
    assert CONFIG.count_states(features) == 3


@pytest.mark.parametrize(
    ("adduct", "mode", "row"),
    [
        (None, None, UNKNOWN),
        (None, IonMode.NEGATIVE, NEGATIVE),
        (Adduct.M_NA, None, POSITIVE),
        (Adduct.M_NEG_2H, None, NEGATIVE),
        (Adduct.M_H, IonMode.POSITIVE, POSITIVE),
    ],
)
def test_the_ion_mode_is_the_adducts_where_it_is_not_given(
    adduct: Adduct | None, mode: IonMode | None, row: int
) -> None:
    assert CONFIG.read(MassSpectrum(MZ, INTENSITY, adduct=adduct, ion_mode=mode))["ion"][0, 1] == row


def test_only_electronvolts_are_read_as_energy() -> None:
    def read(energy: CollisionEnergy | None) -> float:
        return float(CONFIG.read(MassSpectrum(MZ, INTENSITY, collision_energy=energy))["energy"][0])

    assert read(CollisionEnergy(20.0)) == 20.0
    assert np.isnan(read(CollisionEnergy(35.0, EnergyUnit.NCE)))
    assert np.isnan(read(None))
