"""Mass spectra as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.modality import Modality
from anymol.readers.formats import read_mass_spectra
from anymol.readers.parts import find_modality
from anymol.readers.spectrum_json import read_spectrum_json

PEAKS = [[121.0284, 1000.0], [139.0390, 500.0], [163.0390, 250.0]]
MZS, INTENSITIES = [peak[0] for peak in PEAKS], [peak[1] for peak in PEAKS]
SPECTRA: dict[str, Any] = {
    "gnps": [
        {"spectrum_id": "CCMSLIB1", "ms_level": "2", "peaks_json": json.dumps(PEAKS), "Compound_Name": "aspirin",
         "Precursor_MZ": "181.0495", "Adduct": "M+H", "Ion_Mode": "Positive", "Charge": "1"},
    ],
    "gnps page": {
        "spectruminfo": {"ms_level": "2", "peaks_json": json.dumps(PEAKS)},
        "annotations": [{"Precursor_MZ": "181.0495", "Adduct": "M+H", "Ion_Mode": "Positive"}],
    },
    "matchms": [
        {"precursor_mz": 181.0495, "adduct": "[M+H]+", "charge": 1, "ionmode": "positive", "peaks_json": PEAKS},
    ],
    "mona": [
        {"spectrum": " ".join(f"{mz}:{height}" for mz, height in PEAKS), "compound": [{"names": [{"name": "aspirin"}]}],
         "metaData": [{"name": "precursor m/z", "value": 181.0495}, {"name": "precursor type", "value": "[M+H]+"},
                      {"name": "ms level", "value": "MS2"}, {"name": "exact mass", "value": 180.0423}]},
    ],
    "proxi": [
        {"usi": "mzspec:a", "mzs": MZS, "intensities": INTENSITIES,
         "attributes": [{"accession": "MS:1000744", "name": "selected ion m/z", "value": "181.0495"},
                        {"accession": "MS:1000511", "name": "ms level", "value": "2"},
                        {"name": "adduct", "value": "[M+H]+"}]},
    ],
    "usi": {"usi": "mzspec:a", "precursor_mz": 181.0495, "adduct": "[M+H]+", "n_peaks": 3, "peaks": PEAKS},
    "objects": {"precursorMz": 181.0495, "adduct": "M+H",
                "peaks": [{"mz": mz, "intensity": height} for mz, height in PEAKS]},
    "arrays": {"precursor": 181.0495, "adduct": "M+H", "peaks": {"mz": MZS, "intensity": INTENSITIES}},
    "within": {"spectra": [{"precursor_mz": "181,0495", "adduct": "M+H", "peaks": PEAKS}]},
}  # fmt: skip


@pytest.mark.parametrize("name", SPECTRA)
def test_services_and_programs(name: str, tmp_path: Path) -> None:
    path = tmp_path / "spectrum.json"
    path.write_text(json.dumps(SPECTRA[name]))
    assert find_modality(path) is Modality.MS2
    (row,) = read_mass_spectra(path)
    assert row.error is None
    assert row.record is not None
    np.testing.assert_allclose(row.record.mz, MZS)
    np.testing.assert_allclose(row.record.intensity, [1.0, 0.5, 0.25])
    assert row.record.precursor_mz == 181.0495
    assert (row.record.adduct, row.record.ion_mode) == (Adduct.M_H, IonMode.POSITIVE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1], "not an object"),
        ({"precursor_mz": 181.05}, "has no peaks"),
        ({"precursor_mz": 181.05, "peaks": [[1.0]]}, "not a pair of numbers"),
        ({"precursor_mz": 181.05, "peaks": [["a", "b"]]}, "not a pair of numbers"),
        ({"precursor_mz": 181.05, "peaks": 5}, "not a list"),
        ({"precursor_mz": 181.05, "mzs": [1.0, 2.0], "intensities": [1.0]}, "not a pair of numbers"),
        ({"peaks": PEAKS}, "names no precursor"),
        ({"peaks": PEAKS, "ms_level": 1, "precursor_mz": 181.05}, "survey scan"),
        ({"peaks": PEAKS, "instrument_type": "GC-EI-TOF"}, "electron ionisation"),
        ({"peaks": PEAKS, "precursor_mz": 181.05, "adduct": "[M+H]+", "ion_mode": "negative"}, "contradict"),
    ],
)
def test_bad_entries(content: Any, words: str) -> None:
    (row,) = read_spectrum_json(io.StringIO(json.dumps(content)))
    assert words in (row.error or ""), row.error


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(InvalidFileError, match="not JSON"):
        list(read_spectrum_json(io.StringIO(text)))


def test_other_json_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"molecules": ["CCO"]}))
    assert find_modality(path) is None
