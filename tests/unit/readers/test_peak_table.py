"""Mass spectra as tables, and which tables are infrared spectra."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit
from anymol.modalities.modality import Modality
from anymol.readers.number_tables import find_table_modality
from anymol.readers.parts import find_modality, read_shown
from anymol.readers.peak_table import read_peak_table

PEAKS = "121.0284 1000\n139.0390 500\n163.0390 250\n"
FILTER = "FTMS + p ESI d Full ms2 181.0495@hcd30.00 [50.0000-200.0000]"


def part(separator: str, text: str = PEAKS) -> str:
    return text.replace(" ", separator)


@pytest.mark.parametrize(
    ("text", "precursor", "mode"),
    [
        (PEAKS, None, None),
        (part("\t"), None, None),
        ("m/z,intensity\n" + part(","), None, None),
        ('"m/z","Intensity"\n' + part(","), None, None),
        ("Masse;Intensität\n" + part(";").replace(".", ","), None, None),
        (part("\t").replace(".", ","), None, None),
        ("Relative Intensity\tm/z\n100\t121.0284\n50\t139.0390\n25\t163.0390\n", None, None),
        ("#;m/z;z;Intensity;Relative\n1;121.0284;1;1000;100\n2;139.0390;1;500;50\n3;163.0390;;250;25\n", None, None),
        ("precursor m/z: 181.0495\nm/z intensity\n" + PEAKS, 181.0495, None),
        ("# PEPMASS=181.0495\n# polarity: positive\n" + PEAKS, 181.0495, IonMode.POSITIVE),
        ("Precursor;181,0495\nPolarity;negative\nm/z;Int.\n" + part(";").replace(".", ","), 181.0495, IonMode.NEGATIVE),
        (f"SPECTRUM - MS\na.raw\n{FILTER}\nScan #: 1\nMass\tIntensity\n" + part("\t"), 181.0495, IonMode.POSITIVE),
        (FILTER.replace("+ p", "- p") + "\nm/z\tIntensity\n" + part("\t"), 181.0495, IonMode.NEGATIVE),
    ],
)
def test_tables_of_many_programs(text: str, precursor: float | None, mode: IonMode | None) -> None:
    (row,) = read_peak_table(io.StringIO(text))
    assert row.error is None
    assert row.record is not None
    np.testing.assert_allclose(row.record.mz, [121.0284, 139.0390, 163.0390])
    np.testing.assert_allclose(row.record.intensity, [1.0, 0.5, 0.25])
    assert (row.record.precursor_mz, row.record.ion_mode) == (precursor, mode)
    assert bool(row.notes) is (precursor is None)


def test_fields_above_the_numbers() -> None:
    head = "# precursor m/z: 181.0495\n# adduct: [M+H]+\n# collision energy: 20 eV\n"
    (row,) = read_peak_table(io.StringIO(head + PEAKS))
    assert row.record is not None
    assert row.record.adduct is Adduct.M_H
    assert row.record.collision_energy == CollisionEnergy(20.0)
    (row,) = read_peak_table(io.StringIO(f"{FILTER}\n{PEAKS}"))
    assert row.record is not None
    assert row.record.collision_energy == CollisionEnergy(30.0, EnergyUnit.NCE)  # Orbitraps count in per cent


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FTMS + p ESI Full ms [50.00-200.00]\n" + PEAKS, "survey scan"),
        ("ms level: 1\n" + PEAKS, "survey scan"),
        ("instrument type: GC-EI-TOF\n" + PEAKS, "electron ionisation"),
        ("precursor: 181.0495\nadduct: [M+H]+\npolarity: negative\n" + PEAKS, "contradict each other"),
        ("m/z,charge,name\n1,2,3\n4,5,6\n7,8,9\n", "only one of m/z and intensity"),
        ("43 999\n58 300\n71 20\n85 50\n100 80\n", "whole numbers"),
        ("121,0284,1000\n139,0390,500\n", "or the fractions"),
        ("121.0284 1,000\n139.0390 500\n", "both commas and points"),
        ("m/z;intensity;note\n121.0284;;5\n139.0390;500;6\n", "is not a pair of numbers"),
    ],
)
def test_what_is_not_an_ms2_spectrum_or_not_clear_is_refused(text: str, words: str) -> None:
    (row,) = read_peak_table(io.StringIO(text))
    assert row.record is None
    assert words in (row.error or ""), row.error


EVEN = "".join(f"{4000 - 4 * n} {0.02 + 0.01 * (n % 7)}\n" for n in range(200))


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("m/z,intensity\n" + part(","), Modality.MS2),
        ("Precursor: 181.05\n" + PEAKS, Modality.MS2),
        (f"filter: {FILTER}\n" + PEAKS, Modality.MS2),
        ("cm-1,absorbance\n" + part(",", EVEN), Modality.IR),
        ("Raman shift (cm-1),intensity\n" + part(",", EVEN), Modality.IR),  # whose reader says what is wrong
        ("XUNITS=1/CM\n" + EVEN, Modality.IR),
        (EVEN, Modality.IR),
        ("a,b\nc,d\n", None),
        ("name,smiles\nethanol,CCO\n", None),
    ],
)
def test_what_a_table_shows(tmp_path: Path, text: str, modality: Modality | None) -> None:
    for name in ("table.csv", "table.txt", "table"):
        path = tmp_path / name
        path.write_text(text)
        assert find_modality(path) is modality
        assert find_table_modality(path) is modality


def test_a_table_that_may_be_either_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "peaks.txt"
    path.write_text(PEAKS)
    with pytest.raises(InvalidFileError, match=r"does not say what they are.*'ms2' or 'ir'"):
        find_modality(path)
    shown = read_shown(path, Modality.MS2)
    assert "neither precursor nor adduct" in " ".join(shown.parts[0].notes)
