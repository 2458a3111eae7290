from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.hashed_split import assign_hashed_split
from anymol.data.published.massbank import MASSBANK
from anymol.data.published.published_set import PublishedRowError, Question
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import EnergyUnit, MassSpectrum
from anymol.tasks.task import Slot

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
KEY = "RYYVLZVUVIJVGH"
RECORD = """\
ACCESSION: MSBNK-Nobody-XX000001
RECORD_TITLE: Caffeine; LC-ESI-QFT; MS2; CE: 30 eV; R=17500; [M+H]+
LICENSE: CC BY
CH$NAME: Caffeine
CH$FORMULA: C8H10N4O2
CH$EXACT_MASS: 194.0804
CH$SMILES: CN1C=NC2=C1C(=O)N(C)C(=O)N2C
CH$LINK: INCHIKEY RYYVLZVUVIJVGH-UHFFFAOYSA-N
AC$INSTRUMENT_TYPE: LC-ESI-QFT
AC$MASS_SPECTROMETRY: MS_TYPE MS2
AC$MASS_SPECTROMETRY: ION_MODE POSITIVE
AC$MASS_SPECTROMETRY: COLLISION_ENERGY 30 eV
MS$FOCUSED_ION: PRECURSOR_M/Z 195.0877
MS$FOCUSED_ION: PRECURSOR_TYPE [M+H]+
PK$NUM_PEAK: 2
PK$PEAK: m/z int. rel.int.
  138.0662 500.0 499
  195.0877 1000.0 999
//
"""
ENTRY = """\
Name: Caffeine
DB#: MSBNK-Nobody-XX000001
InChIKey: RYYVLZVUVIJVGH-UHFFFAOYSA-N
SMILES: CN1C=NC2=C1C(=O)N(C)C(=O)N2C
Precursor_type: [M+H]+
Spectrum_type: MS2
PrecursorMZ: 195.0877
Instrument_type: LC-ESI-QFT
Ion_mode: POSITIVE
Collision_energy: 30 eV
Comments: Parent=195.0877
Num Peaks: 2
138.0662 500.0
195.0877 1000.0

"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def check(split: str, question: Question, licence: str | None) -> None:
    assert (question.task, question.answer, question.licence) == ("molecule_recognition", CAFFEINE, licence)
    assert split == assign_hashed_split(KEY, "massbank")
    (part,) = question.asked.records[Slot.MOLECULE]
    spectrum = part.record
    assert isinstance(spectrum, MassSpectrum)
    np.testing.assert_allclose(spectrum.mz, [138.0662, 195.0877])
    np.testing.assert_allclose(spectrum.intensity, [0.5, 1.0])
    assert spectrum.precursor_mz == pytest.approx(195.0877) and spectrum.adduct is Adduct.M_H
    energy = spectrum.collision_energy
    assert energy is not None and (energy.value, energy.unit) == (30.0, EnergyUnit.EV)


def test_a_record(tmp_path: Path) -> None:
    write(tmp_path / "Nobody/MSBNK-Nobody-XX000001.txt", RECORD)
    write(tmp_path / "README.txt", "no record")
    ((split, question),) = ask_all(MASSBANK, tmp_path)
    check(split, question, "MassBank: CC BY")


@pytest.mark.parametrize("name", ["MassBank_NISTformat.msp", "MassBank_NIST.msp"])
def test_records_in_one_file(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, f"{ENTRY}\n{ENTRY.rstrip()}\n")
    rows = list(MASSBANK.read_rows(tmp_path))
    assert [row.line for row in rows] == [1, 17]
    for split, question in ask_all(MASSBANK, tmp_path):
        check(split, question, None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("MS_TYPE MS2", "MS_TYPE MS3", "MS2"),
        ("CH$SMILES: CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CH$SMILES: N/A", "no structure"),
        ("CH$SMILES: CN1", "CH$SMILES: CN(1", "CN\\(1"),
        ("PRECURSOR_M/Z 195.0877", "PRECURSOR_M/Z 295.0877", "require_"),
        ("PK$NUM_PEAK: 2", "PK$NUM_PEAK: 3", "3"),
        ("//\n", "", "no closing line"),
    ],
)
def test_a_record_that_cannot_be_used_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in RECORD
    path = write(tmp_path / "MSBNK-Nobody-XX000001.txt", RECORD.replace(old, new))
    with pytest.raises(PublishedRowError, match=f"MSBNK-Nobody-XX000001.txt, line 1: .*{said}"):
        ask_all(MASSBANK, path)
