from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anymol.data.compact import count_points, name_modality, pack_record, unpack_record
from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import ConformerPart, ImagePart, IrPart, Ms2Part, RecordPart, Role
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum

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
PARTS: tuple[RecordPart, ...] = (
    ConformerPart(WATER, Role.PRODUCT, "O"),
    ImagePart(MoleculeImage(LINES, "PNG"), Role.REACTANT),
    Ms2Part(SPECTRUM, Role.MOLECULE, "CN1C=NC2=C1C(=O)N(C)C(=O)N2C"),
    IrPart(CURVE),
)


def unpack(part: RecordPart) -> RecordPart:
    return unpack_record(name_modality(part), pack_record(part), part.role, part.smiles)


@pytest.mark.parametrize("part", PARTS, ids=name_modality)
def test_role_and_molecule_come_back(part: RecordPart) -> None:
    again = unpack(part)
    assert (type(again), again.role, again.smiles) == (type(part), part.role, part.smiles)


def test_geometries_keep_a_thousandth_of_an_angstrom() -> None:
    again = unpack(PARTS[0])
    assert isinstance(again, ConformerPart)
    np.testing.assert_allclose(again.conformer.coordinates, WATER.coordinates, atol=5.1e-4)
    assert replace(again.conformer, coordinates=WATER.coordinates) == WATER


def test_drawings_of_few_colours_are_exact_and_photographs_are_not() -> None:
    assert unpack(PARTS[1]) == PARTS[1]
    photo = ImagePart(MoleculeImage(NOISE, "photo"))
    again = unpack(photo)
    assert isinstance(again, ImagePart)
    assert again.image.pixels.shape == NOISE.shape
    assert again.image.source == "photo"


def test_spectra_keep_their_masses_and_how_they_were_measured() -> None:
    again = unpack(PARTS[2])
    assert isinstance(again, Ms2Part)
    np.testing.assert_allclose(again.spectrum.mz, SPECTRUM.mz, atol=5.1e-6)
    np.testing.assert_allclose(again.spectrum.intensity, SPECTRUM.intensity, atol=1e-5)
    assert replace(again.spectrum, mz=SPECTRUM.mz, intensity=SPECTRUM.intensity) == SPECTRUM
    bare = Ms2Part(MassSpectrum(np.array([50.0]), np.array([1.0])))
    assert unpack(bare) == bare


def test_curves_keep_their_scale_and_their_gaps() -> None:
    again = unpack(PARTS[3])
    assert isinstance(again, IrPart)
    assert again.spectrum.absorbance[1] == 1e6
    assert np.isnan(again.spectrum.absorbance[2])
    assert again.spectrum.measured_as == "molar"


@pytest.mark.parametrize("data", [b"", b"{}", b"{}\nx", b"\xff\n", b'{"source": 1}\nno picture'])
@pytest.mark.parametrize("modality", ["conformer", "image", "ms2", "ir", "smell"])
def test_damaged_bytes_are_refused(modality: str, data: bytes) -> None:
    with pytest.raises(DataError):
        unpack_record(modality, data)


@pytest.mark.parametrize("mz", [21_474.5, 42_949.0])
def test_heavy_ions_keep_their_mass(mz: float) -> None:
    again = unpack(Ms2Part(MassSpectrum(np.array([100.0, mz]), np.array([0.5, 1.0]))))
    assert isinstance(again, Ms2Part)
    np.testing.assert_allclose(again.spectrum.mz, [100.0, mz], atol=5.1e-6)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="m/z up to 42,949"):
        pack_record(Ms2Part(MassSpectrum(np.array([43_000.0]), np.array([1.0]))))


def test_tokens_of_records_are_counted_where_the_record_decides_them() -> None:
    counted = {name_modality(part): count_points(name_modality(part), pack_record(part)) for part in PARTS}
    assert counted == {"conformer": 1, "image": None, "ms2": 3, "ir": None}
    hydrogen = Conformer(np.array([1, 1], np.uint8), np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.74]]))
    assert count_points("conformer", pack_record(ConformerPart(hydrogen))) == 2
