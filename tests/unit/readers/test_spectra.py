"""MS/MS files: MGF, MSP, MassBank, mzML, and the spellings inside them."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.mass_spectrum import EnergyUnit, MassSpectrum
from anymol.readers.formats import read_mass_spectra
from anymol.readers.ion_fields import (
    Charge,
    contradicts_itself,
    read_adduct,
    read_charge,
    read_collision_energy,
    read_ion_mode,
)
from anymol.readers.massbank import read_massbank
from anymol.readers.mgf import read_mgf
from anymol.readers.msp import read_msp
from anymol.readers.mzml import read_mzml
from anymol.readers.rows import RecordRow

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

    ion = f"<selectedIonList><selectedIon>{term('MS:1000744', 181.0495)}</selectedIon></selectedIonList>"
    precursor = f"<precursor>{ion}<activation>{term('MS:1000045', 20.0)}</activation></precursor>"
    head = term("MS:1000511", level) + term("MS:1000130") + f"<precursorList>{precursor}</precursorList>"
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
        ("", None), ("[M]2+", None), ("[M]++", None), ("[M+H]⁺", Adduct.M_H), ("[M−H]−", Adduct.M_NEG_H),
        ("[M+HCOOH-H]-", Adduct.M_FORMATE), ("[M-H+CH2O2]-", Adduct.M_FORMATE), ("[M+CH3COOH-H]-", Adduct.M_ACETATE),
        ("[M+2H]2+", Adduct.M_2H), ("[2M+H]+", Adduct.M2_H), ("junk", None), ("[M+Xx]+", None),
    ],
)  # fmt: skip
def test_adduct_spellings(text: str, adduct: Adduct | None) -> None:
    assert read_adduct(text) is adduct


@pytest.mark.parametrize("adduct", Adduct)
def test_every_adduct_reads_itself(adduct: Adduct) -> None:
    assert read_adduct(str(adduct)) is adduct


@pytest.mark.parametrize("text", ["[M+H]-", "[M-H]+", "[M+2H]+", "[M+Na]2+", "[M+Cl]+"])
def test_adducts_that_contradict_themselves(text: str) -> None:
    assert read_adduct(text) is None
    assert contradicts_itself(text)


@pytest.mark.parametrize(
    ("text", "charge"),
    [
        ("1+", Charge(IonMode.POSITIVE, 1)), ("+1", Charge(IonMode.POSITIVE, 1)), ("2-", Charge(IonMode.NEGATIVE, 2)),
        ("-2", Charge(IonMode.NEGATIVE, 2)), ("(3-)", Charge(IonMode.NEGATIVE, 3)), ("2", Charge(None, 2)),
        ("2+ and 3+", Charge(IonMode.POSITIVE, None)), ("2+,3+", Charge(IonMode.POSITIVE, None)),
        ("−1", Charge(IonMode.NEGATIVE, 1)), ("1.0", Charge(None, 1)),
        ("0", None), ("", None), ("n/a", None), ("1+,1-", None), ("many", None),
    ],
)  # fmt: skip
def test_charges(text: str, charge: Charge | None) -> None:
    assert read_charge(text) == charge


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("Positive", IonMode.POSITIVE), ("P", IonMode.POSITIVE), ("pos", IonMode.POSITIVE), ("+", IonMode.POSITIVE),
        ("ESI+", IonMode.POSITIVE), ("1+", IonMode.POSITIVE), ("2+", IonMode.POSITIVE), ("1", IonMode.POSITIVE),
        ("negative", IonMode.NEGATIVE), ("N", IonMode.NEGATIVE), ("-", IonMode.NEGATIVE), ("-1", IonMode.NEGATIVE),
        ("ESI-", IonMode.NEGATIVE), ("esi (-)", IonMode.NEGATIVE), ("2-", IonMode.NEGATIVE),
        ("N/A", None), ("n/a", None), ("none", None), ("unknown", None), ("both", None), ("", None),
    ],
)  # fmt: skip
def test_ion_modes(text: str, mode: IonMode | None) -> None:
    assert read_ion_mode(text) is mode


@pytest.mark.parametrize(
    ("text", "shown"),
    [("20 eV", "20 eV"), ("35 % (nominal)", "35 NCE"), ("30 NCE", "30 NCE"), ("15 (nominal)", "15 NCE"),
     ("HCD 15eV", "15 eV"), ("40", "40 unknown"),
     ("10 V", "10 V"), ("10-40 eV", "None"), ("Ramp 5", "None"), ("", "None"), ("NCE=35% 20eV", "20 eV"),
     ("HCD (NCE 20-30-40%)", "None"), ("20, 30 eV", "None"), ("20,5 eV", "None"), ("20 eV 30 eV", "None"),
     ("30(NCE)", "30 NCE"), ("35%", "35 NCE"), ("9e999", "None")],
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


def require_aspirin(rows: Iterable[RecordRow[MassSpectrum]]) -> None:
    """All rows hold the three peaks and the precursor of aspirin."""
    found = list(rows)
    assert found
    for row in found:
        assert row.error is None
        assert row.record is not None
        np.testing.assert_allclose(row.record.mz, [121.0284, 139.0390, 163.0390])
        np.testing.assert_allclose(row.record.intensity, [1.0, 0.5, 0.25])
        assert row.record.precursor_mz == 181.0495
        assert row.record.adduct is Adduct.M_H
        assert row.notes == ()


PEAKS = "121.0284 1000\n139.0390 500\n163.0390 250\n"
IONS = "BEGIN IONS\n{head}{peaks}END IONS\n"
MGF_HEAD = "TITLE=a\nPEPMASS=181.0495\nCHARGE=1+\nADDUCT=[M+H]+\n"


@pytest.mark.parametrize(
    "text",
    [
        IONS.format(head=MGF_HEAD, peaks=PEAKS),
        IONS.format(head=MGF_HEAD, peaks=PEAKS).replace(".", ","),
        IONS.format(head=MGF_HEAD, peaks=PEAKS.replace(" ", "\t").replace("\n", "\t1+\n")),
        IONS.format(head=MGF_HEAD, peaks=PEAKS.replace(" ", ",")),
        IONS.format(head=MGF_HEAD.replace("181.0495", "181.0495 12345.6"), peaks=f"# comment\n{PEAKS}\n"),
        IONS.format(head=MGF_HEAD.replace("=", ": "), peaks=PEAKS),
        IONS.format(head=MGF_HEAD.replace("PEPMASS", "PRECURSOR_MZ").lower(), peaks=PEAKS).replace("[m+h]+", "[M+H]+"),
        "COM=a run\nCHARGE=1+\n\n" + IONS.format(head="PEPMASS=181.0495\nADDUCT=M+H\n", peaks=PEAKS) * 2,
        IONS.format(head=MGF_HEAD.replace("1+", "0") + "IONMODE=Positive\nMSLEVEL=2\n", peaks=PEAKS),
        IONS.format(head=MGF_HEAD.replace("1+", "1"), peaks=PEAKS),
    ],
)
def test_mgf_of_many_programs(text: str) -> None:
    require_aspirin(read_mgf(io.StringIO(text)))


MSP_HEAD = "Name: a\nPrecursorMZ: 181.0495\nPrecursor_type: [M+H]+\nIon_mode: P\nSpectrum_type: MS2\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{MSP_HEAD}Num Peaks: 3\n{PEAKS}",
        f"{MSP_HEAD}Num peaks: 3\n{PEAKS}\n\n{MSP_HEAD}Num peaks: 3\n{PEAKS}",
        f"{MSP_HEAD}Num Peaks: 3\n{PEAKS}{MSP_HEAD}Num Peaks: 3\n{PEAKS}",
        f"{MSP_HEAD}Num Peaks: 3\n121.0284 1000; 139.0390 500; 163.0390 250;\n",
        f"{MSP_HEAD}Num Peaks: 3\n121.0284:1000 139.0390:500 163.0390:250\n",
        f"{MSP_HEAD}Num Peaks: 3\n121.0284 1000 139.0390 500\n163.0390 250\n",
        f"{MSP_HEAD}Num Peaks: 3\n{PEAKS}".replace(".", ","),
        f"{MSP_HEAD}NUM PEAKS: 3\n{PEAKS}".replace("PrecursorMZ", "PEPMASS").replace("Precursor_type", "ADDUCT"),
        # MS-DIAL writes the name behind other fields
        f"INCHIKEY: BSYNRYMUTXBXSQ-UHFFFAOYSA-N\nSMILES: CC(=O)Oc1ccccc1C(=O)O\n{MSP_HEAD}Num Peaks: 3\n{PEAKS}\n" * 2,
        'Name: a\nComments: "ms level=MS2" "precursor m/z=181.0495" "ionization mode=positive" "precursor type=[M+H]+" '
        f'"exact mass=180.0423"\nNum Peaks: 3\n{PEAKS}',
    ],
)
def test_msp_of_many_programs(text: str) -> None:
    require_aspirin(read_msp(io.StringIO(text)))


MASSBANK_HEAD = (
    "ACCESSION: MSBNK-a\nAC$INSTRUMENT_TYPE: LC-ESI-QFT\nAC$MASS_SPECTROMETRY: MS_TYPE MS2\n"
    "AC$MASS_SPECTROMETRY: ION_MODE POSITIVE\nAC$MASS_SPECTROMETRY: IONIZATION ESI\n"
    "AC$MASS_SPECTROMETRY: IONIZATION_ENERGY 5 kV\nMS$FOCUSED_ION: BASE_PEAK 121.0284\n"
    "MS$FOCUSED_ION: PRECURSOR_M/Z 181.0495\nMS$FOCUSED_ION: PRECURSOR_TYPE [M+H]+\nPK$NUM_PEAK: 3\n"
)
MASSBANK_PEAKS = "PK$PEAK: m/z int. rel.int.\n  121.0284 1000 999\n  139.0390 500 499\n  163.0390 250 249\n//\n"


@pytest.mark.parametrize(
    "text",
    [
        MASSBANK_HEAD + MASSBANK_PEAKS,
        (MASSBANK_HEAD + MASSBANK_PEAKS) * 2,
        MASSBANK_HEAD + MASSBANK_PEAKS.replace(".0", ",0"),
        MASSBANK_HEAD.replace("AC$MASS_SPECTROMETRY: ION_MODE", "AC$ANALYTICAL_CONDITION: MODE") + MASSBANK_PEAKS,
        MASSBANK_HEAD.replace("PRECURSOR_TYPE", "ION_TYPE") + MASSBANK_PEAKS,
    ],
)
def test_massbank_of_many_years(text: str) -> None:
    require_aspirin(read_massbank(io.StringIO(text)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("MS_TYPE MS2", "MS_TYPE MS", "survey scan"),
        ("LC-ESI-QFT\nAC$MASS_SPECTROMETRY: MS_TYPE MS2", "EI-B\nAC$MASS_SPECTROMETRY: MS_TYPE MS", "survey scan"),
        ("LC-ESI-QFT\nAC$MASS_SPECTROMETRY: MS_TYPE MS2\n", "EI-B\n", "electron ionisation"),
        ("IONIZATION ESI", "IONIZATION EI", None),  # GC-EI-QQ: of an ion of EI, MS/MS
        ("POSITIVE", "NEGATIVE", "contradict each other"),
        ("PK$NUM_PEAK: 3", "PK$NUM_PEAK: 4", "announces 4 peaks and has 3"),
    ],
)
def test_massbank_records_of_something_else(old: str, new: str, words: str | None) -> None:
    (row,) = read_massbank(io.StringIO((MASSBANK_HEAD + MASSBANK_PEAKS).replace(old, new)))
    assert (row.error is None) is (words is None)
    assert (words or "") in (row.error or "")


@pytest.mark.parametrize(
    "text",
    [
        "Name: benzene\nFormula: C6H6\nMW: 78\nCASNO: 71432\nNum Peaks: 3\n50 150; 77 200; 78 999;\n",
        "Name: a\nInstrument_type: GC-EI-TOF\nIon_mode: P\nNum Peaks: 1\n78 999\n",
        "Name: a\nSpectrum_type: MS1\nPrecursorMZ: 78.1\nNum Peaks: 1\n78 999\n",
        'Name: a\nComments: "instrument type=EI-B" "ms level=MS1"\nNum Peaks: 1\n78 999\n',
        "Name: a\nIonization: EI\nCollision_energy: 70 eV\nNum Peaks: 1\n78 999\n",
    ],
)
def test_msp_libraries_of_electron_ionisation_are_not_ms2(text: str) -> None:
    (row,) = read_msp(io.StringIO(text))
    assert "not of MS/MS" in (row.error or "") or "whether it is MS/MS" in (row.error or "")


def test_mgf_of_survey_scans_and_without_precursor_are_not_ms2() -> None:
    for head in ("PEPMASS=181.05\nMSLEVEL=1\n", "PEPMASS=0.0\nCHARGE=0\n", "TITLE=a\n"):
        (row,) = read_mgf(io.StringIO(IONS.format(head=head, peaks=PEAKS)))
        assert "MS/MS" in (row.error or "")


def test_much_above_the_precursor_is_noted() -> None:
    head = "PEPMASS=130.0\nADDUCT=[M+H]+\n"
    (row,) = read_mgf(io.StringIO(IONS.format(head=head, peaks=PEAKS)))
    assert "43% of the intensity stands above the precursor" in row.notes[0]
    for charge in ("2+", "2+ and 3+"):
        (row,) = read_mgf(io.StringIO(IONS.format(head=f"PEPMASS=130.0\nCHARGE={charge}\n", peaks=PEAKS)))
        assert not any("stands above" in note for note in row.notes)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_encodings_and_line_ends_of_text_formats(tmp_path: Path, encoding: str, line_end: str) -> None:
    texts = {
        "a.mgf": IONS.format(head=MGF_HEAD.replace("=a\n", "=Säure\n"), peaks=PEAKS),
        "a.msp": f"{MSP_HEAD}Num Peaks: 3\n{PEAKS}".replace("Name: a\n", "Name: Säure\n"),
        "a.txt": (MASSBANK_HEAD + MASSBANK_PEAKS).replace("MSBNK-a\n", "Säure\n"),
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.write_bytes(text.replace("\n", line_end).encode(encoding))
        rows = list(read_mass_spectra(path))
        require_aspirin(rows)
        assert [row.name for row in rows] == ["Säure"]
