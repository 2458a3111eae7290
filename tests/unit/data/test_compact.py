from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anymol.data.compact import count_points, pack_record, require_packable, unpack_record
from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RECORDS, RecordPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum
from anymol.modalities.modality import Modality

WATER = Conformer(
    np.array([8, 1, 1], np.uint8),
    np.array([[0.0, 0.0, 0.1173], [0.0, 0.7572, -0.4692], [0.0, -0.7572, -0.4692]]),
    smiles="O",
    energy=-0.5,
    method="ETKDGv3+MMFF94",
)
SPECTRUM = MassSpectrum(
    np.array([138.06619, 195.08765]),
    np.array([0.25, 1.0]),
    195.08765,
    Adduct.M_H,
    CollisionEnergy(20.0, EnergyUnit.NCE),
    IonMode.POSITIVE,
    "caffeine",
)
CURVE = InfraredSpectrum(np.array([400.0, 402.0, 404.0]), np.array([0.0, 1e6, np.nan]), "molar", "x")
LINES = np.full((20, 30, 3), 255, np.uint8)
LINES[5:7] = 0
NOISE = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
ETHANE = MolecularGraph(
    np.array([[5, 0], [5, 0]], np.uint8), np.array([[0, 1], [1, 0]], np.int32), np.zeros((2, 2), np.uint8)
)
RECORDS_HERE = (WATER, MoleculeImage(LINES, "PNG"), SPECTRUM, CURVE)


def name(record: Any) -> Modality:
    return next(modality for modality, kind in RECORDS.items() if isinstance(record, kind))


def unpack(record: Any) -> Any:
    return unpack_record(name(record), pack_record(record))


def test_a_record_without_a_compact_form_of_its_own_is_kept_whole() -> None:
    assert unpack(ETHANE) == ETHANE


def test_geometries_keep_a_thousandth_of_an_angstrom() -> None:
    again = unpack(WATER)
    np.testing.assert_allclose(again.coordinates, WATER.coordinates, atol=5.1e-4)
    assert replace(again, coordinates=WATER.coordinates) == WATER


def test_drawings_of_few_colours_are_exact_and_photographs_are_not() -> None:
    lines = MoleculeImage(LINES, "PNG")
    assert unpack(lines) == lines
    photo = MoleculeImage(NOISE, "photo")
    again = unpack(photo)
    assert again.pixels.shape == NOISE.shape
    assert again.source == "photo"


def test_spectra_keep_their_masses_and_how_they_were_measured() -> None:
    again = unpack(SPECTRUM)
    np.testing.assert_allclose(again.mz, SPECTRUM.mz, atol=5.1e-6)
    np.testing.assert_allclose(again.intensity, SPECTRUM.intensity, atol=1e-5)
    assert replace(again, mz=SPECTRUM.mz, intensity=SPECTRUM.intensity) == SPECTRUM
    bare = MassSpectrum(np.array([50.0]), np.array([1.0]))
    assert unpack(bare) == bare


def test_curves_keep_their_scale_and_their_gaps() -> None:
    again = unpack(CURVE)
    assert again.absorbance[1] == 1e6
    assert np.isnan(again.absorbance[2])
    assert again.measured_as == "molar"


@pytest.mark.parametrize("data", [b"", b"{}", b"{}\nx", b"\xff\n", b'{"source": 1}\nno picture'])
@pytest.mark.parametrize("modality", ["conformer", "image", "ms2", "ir", "smell"])
def test_damaged_bytes_are_refused(modality: str, data: bytes) -> None:
    with pytest.raises(DataError):
        unpack_record(modality, data)


@pytest.mark.parametrize("mz", [21_474.5, 42_949.0])
def test_heavy_ions_keep_their_mass(mz: float) -> None:
    again = unpack(MassSpectrum(np.array([100.0, mz]), np.array([0.5, 1.0])))
    np.testing.assert_allclose(again.mz, [100.0, mz], atol=5.1e-6)


def test_what_does_not_fit_is_refused() -> None:
    heavy = MassSpectrum(np.array([43_000.0]), np.array([1.0]))
    with pytest.raises(DataError, match="m/z up to 42,949"):
        pack_record(heavy)
    with pytest.raises(DataError, match="m/z up to 42,949"):
        require_packable(RecordPart(Modality.MS2, heavy))


def test_tokens_of_records_are_counted_where_the_record_decides_them() -> None:
    counted = {name(one): count_points(name(one), pack_record(one)) for one in RECORDS_HERE}
    assert counted == {"conformer": 1, "image": None, "ms2": 3, "ir": None}
    hydrogen = Conformer(np.array([1, 1], np.uint8), np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.74]]))
    assert count_points("conformer", pack_record(hydrogen)) == 2
