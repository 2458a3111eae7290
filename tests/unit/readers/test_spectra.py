"""MS/MS files: MGF, MSP, MassBank, mzML, and the spellings inside them."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.mass_spectrum import EnergyUnit
from anymol.readers.formats import read_mass_spectra
from anymol.readers.ion_fields import read_adduct, read_collision_energy
from anymol.readers.massbank import read_massbank
from anymol.readers.mgf import read_mgf
from anymol.readers.msp import read_msp
from anymol.readers.mzml import read_mzml

MGF = """BEGIN IONS
TITLE=aspirin
PEPMASS=181.0495 1000
CHARGE=1+
ADDUCT=[M+H]+
COLLISION_ENERGY=20 eV
121.0284 50
163.0390 100
END IONS
"""
MSP = """Name: aspirin
PrecursorMZ: 181.0495
Precursor_type: [M+H]+
Ion_mode: P
Collision_energy: 20 eV
Num Peaks: 2
163.0390 100
121.0284 50 "C7H5O2+"

"""
MASSBANK = """ACCESSION: aspirin
AC$MASS_SPECTROMETRY: ION_MODE POSITIVE
AC$MASS_SPECTROMETRY: COLLISION_ENERGY 20 eV
MS$FOCUSED_ION: PRECURSOR_M/Z 181.0495
MS$FOCUSED_ION: PRECURSOR_TYPE [M+H]+
PK$NUM_PEAK: 2
PK$PEAK: m/z int. rel.int.
  121.0284 50 499
  163.0390 100 999
//
"""


def encode(values: list[float], packed: bool) -> str:
    raw = struct.pack(f"<{len(values)}d", *values)
    return base64.b64encode(zlib.compress(raw) if packed else raw).decode()


def make_mzml(packed: bool = True, level: int = 2, n: int = 1) -> str:
    def term(accession: str, value: object = "") -> str:
        return f'<cvParam cvRef="MS" accession="{accession}" name="" value="{value}"/>'

    def array(kind: str, values: list[float]) -> str:
        way = term("MS:1000574" if packed else "MS:1000576")
        body = f"{term(kind)}{term('MS:1000523')}{way}<binary>{encode(values, packed)}</binary>"
        return f"<binaryDataArray>{body}</binaryDataArray>"

    head = term("MS:1000511", level) + term("MS:1000130") + term("MS:1000744", 181.0495) + term("MS:1000045", 20.0)
    arrays = array("MS:1000514", [121.0284, 163.0390]) + array("MS:1000515", [50.0, 100.0])
    spectrum = f'<spectrum id="aspirin">{head}<binaryDataArrayList>{arrays}</binaryDataArrayList></spectrum>'
    run = f"<run><spectrumList>{spectrum * n}</spectrumList></run>"
    return f'<?xml version="1.0"?><mzML xmlns="http://psi.hupo.org/ms/mzml">{run}</mzML>'


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(lambda: read_mgf(io.StringIO(MGF)), id="mgf"),
        pytest.param(lambda: read_msp(io.StringIO(MSP)), id="msp"),
        pytest.param(lambda: read_massbank(io.StringIO(MASSBANK)), id="massbank"),
        pytest.param(lambda: read_mzml(io.BytesIO(make_mzml().encode())), id="mzml"),
        pytest.param(lambda: read_mzml(io.BytesIO(make_mzml(packed=False).encode())), id="mzml-plain"),
    ],
)
def test_every_format_gives_the_same_spectrum(rows) -> None:
    (row,) = rows()
    assert row.error is None
    spectrum = row.record
    np.testing.assert_allclose(spectrum.mz, [121.0284, 163.0390])
    np.testing.assert_allclose(spectrum.intensity, [0.5, 1.0])
    assert (spectrum.precursor_mz, spectrum.ion_mode, spectrum.title) == (181.0495, IonMode.POSITIVE, "aspirin")
    assert (spectrum.collision_energy.value, spectrum.collision_energy.unit) == (20.0, EnergyUnit.EV)


def test_mzml_leaves_out_survey_scans_and_refuses_entities() -> None:
    assert list(read_mzml(io.BytesIO(make_mzml(level=1).encode()))) == []
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><mzML>&b;</mzML>'
    with pytest.raises(InvalidFileError, match="entities"):
        list(read_mzml(io.BytesIO(bomb)))
    assert len(list(read_mzml(io.BytesIO(make_mzml(n=50).encode())))) == 50


def test_a_compressed_bomb_is_a_bad_row() -> None:
    packed = base64.b64encode(zlib.compress(bytes(20_000_000))).decode()
    text = make_mzml().replace(encode([121.0284, 163.0390], True), packed)
    (row,) = read_mzml(io.BytesIO(text.encode()))
    assert "more than 200,000" in row.error


def test_broken_blocks_keep_their_places() -> None:
    rows = list(read_mgf(io.StringIO("BEGIN IONS\nTITLE=open\n" + MGF + "BEGIN IONS\nfoo\nEND IONS\n" + MGF)))
    assert [(row.index, row.record is None) for row in rows] == [(0, True), (1, False), (2, True), (3, False)]
    short = list(read_msp(io.StringIO(MSP.replace("Peaks: 2", "Peaks: 3") + MSP)))
    assert "announces 3 peaks and has 2" in short[0].error
    assert short[1].record is not None
    assert "closing line" in next(iter(read_massbank(io.StringIO(MASSBANK[:-3])))).error


@pytest.mark.parametrize(
    ("text", "adduct"),
    [
        ("[M+H]+", Adduct.M_H), ("M+H", Adduct.M_H), ("[M+H]1+", Adduct.M_H), ("(M+H)+", Adduct.M_H),
        ("[M-H2O+H]+", Adduct.M_H_H2O), ("[M+FA-H]-", Adduct.M_FORMATE), ("M-H", Adduct.M_NEG_H),
        ("[M+H]+*", Adduct.M_H),

        ("[M]+.", Adduct.M_CATION), ("M+", Adduct.M_CATION), ("[M+2H]++", Adduct.M_2H), ("[M+H]-", None),
        ("", None),
        ("[M+2H]2+", Adduct.M_2H), ("[2M+H]+", Adduct.M2_H), ("junk", None), ("[M+Xx]+", None),
    ],
)  # fmt: skip
def test_adduct_spellings(text: str, adduct: Adduct | None) -> None:
    assert read_adduct(text) is adduct


@pytest.mark.parametrize("adduct", Adduct)
def test_every_adduct_reads_itself(adduct: Adduct) -> None:
    assert read_adduct(str(adduct)) is adduct


@pytest.mark.parametrize(
    ("text", "shown"),
    [("20 eV", "20 eV"), ("35 % (nominal)", "35 NCE"), ("30 NCE", "30 NCE"), ("15 (nominal)", "15 NCE"),
     ("HCD 15eV", "15 eV"), ("40", "40 unknown"),
     ("10 V", "10 V"), ("10-40 eV", "None"), ("Ramp 5", "None"), ("", "None")],
)  # fmt: skip
def test_collision_energies(text: str, shown: str) -> None:
    assert str(read_collision_energy(text)) == shown


def test_compressed_mzml_is_read_like_plain(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.mzML", tmp_path / "a.mzML.gz"
    plain.write_text(make_mzml())
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [row.record for row in read_mass_spectra(packed)] == [row.record for row in read_mass_spectra(plain)]
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-9])
    with pytest.raises(InvalidFileError):
        list(read_mass_spectra(packed))
