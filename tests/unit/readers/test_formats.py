"""The example files of every modality, and files that are mistaken for another modality."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import EnergyUnit
from anymol.readers.formats import read_conformers, read_images, read_infrared_spectra, read_mass_spectra

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize("name", ["aspirin.sdf", "aspirin.xyz"])
def test_conformers(examples_dir: Path, name: str) -> None:
    (row,) = read_conformers(examples_dir / name)
    assert row.record is not None
    assert (row.record.n_atoms, row.record.n_heavy_atoms, row.record.smiles) == (21, 13, ASPIRIN)


def test_a_drawing_is_no_conformer(examples_dir: Path) -> None:
    (row,) = read_conformers(examples_dir / "ibuprofen.mol")
    assert "flat drawing" in (row.error or "")


@pytest.mark.parametrize("name", ["aspirin.png", "aspirin.svg"])
def test_images(examples_dir: Path, name: str) -> None:
    (row,) = read_images(examples_dir / name)
    assert row.record is not None
    assert (row.record.width, row.record.height) == (400, 300)
    assert row.record.pixels[0, 0].tolist() == [255, 255, 255]
    assert row.record.pixels.min() < 100


def test_mass_spectra(examples_dir: Path) -> None:
    records = [row.record for row in read_mass_spectra(examples_dir / "aspirin.mgf")]
    assert [record.adduct for record in records if record] == [Adduct.M_H, Adduct.M_H, Adduct.M_NEG_H]
    assert all(
        record and record.collision_energy and record.collision_energy.unit is EnergyUnit.NCE for record in records
    )


def test_transmittance_and_absorbance_of_one_spectrum_agree(examples_dir: Path) -> None:
    (one,) = read_infrared_spectra(examples_dir / "computed_ir.jdx")
    (other,) = read_infrared_spectra(examples_dir / "computed_ir.csv")
    assert one.record is not None
    assert other.record is not None
    assert one.record.measured_as == "absorbance, cm^-1"
    assert other.record.measured_as == "% transmittance, cm^-1"
    np.testing.assert_allclose(one.record.wavenumbers, other.record.wavenumbers)
    np.testing.assert_allclose(one.record.absorbance, other.record.absorbance, atol=3e-4)


def test_bombs_are_bad_rows(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "bomb.png"
    Image.new("1", (8_000, 8_000)).save(path)
    assert "8000 x 8000 pixels" in (next(read_images(path)).error or "")
    path = tmp_path / "bomb.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="1000000" height="1000000"/>')
    assert "at most 8,000" in (next(read_images(path)).error or "")


@pytest.mark.parametrize(
    ("read", "name", "words"),
    [
        (read_images, "aspirin.mgf", "is an MGF spectrum file; pictures are read from"),
        (read_mass_spectra, "aspirin.png", "is a PNG image; MS/MS spectra are read from"),
        (read_infrared_spectra, "aspirin.xyz", "is an XYZ file; infrared spectra are read from"),
        (read_conformers, "computed_ir.jdx", "is a JCAMP-DX spectrum file; coordinates are read from"),
    ],
)
def test_a_wrong_file_says_what_it_is_and_what_was_expected(examples_dir: Path, read, name: str, words: str) -> None:
    with pytest.raises(InvalidFileError) as error:
        read(examples_dir / name)
    assert words in str(error.value).replace(f" (in '{examples_dir / name}')", "")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_infrared_files_of_any_encoding(tmp_path: Path, encoding: str, line_end: str) -> None:
    rows = "".join(f"{2.5 + n / 10:.1f};{n % 7 / 10:.1f}\n".replace(".", ",") for n in range(60))
    label = "##TITLE=Säure\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
    texts = {
        "a.csv": "Wellenlänge [µm];Extinktion\n" + rows,
        "a.jdx": label + "##FIRSTX=1000\n##LASTX=1003\n##NPOINTS=4\n##XYDATA=(X++(Y..Y))\n1000 1 2 3 4\n##END=\n",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.write_bytes(text.replace("\n", line_end).encode(encoding))
        (row,) = read_infrared_spectra(path)
        assert row.error is None
        assert row.record is not None
        assert row.record.span[1] == pytest.approx({"a.csv": 4000, "a.jdx": 1003}[name])
        assert row.notes == ()
        assert row.name == {"a.csv": None, "a.jdx": "Säure"}[name]
