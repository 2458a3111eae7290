from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.ibm_spectra import IBM_SPECTRA
from anymol.data.published.published_set import PublishedRowError
from anymol.errors import DataError
from anymol.modalities.content import RecordPart
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.tasks.task import Slot

ESTER = "CCOC(C)=O"
CARBONYL = [0.0] * 657 + [1.0] + [0.0] * 1142
"""Absorption at the point 657 of 1,800 from 400 to 4,000 cm^-1, where a carbonyl group has it."""

ROW: dict[str, Any] = {
    "smiles": ESTER,
    "molecular_formula": "C4H8O2",
    "ir_spectra": CARBONYL,
    "h_nmr_spectra": [0.0, 1.0],
    "msms_positive_10ev": [[89.0597, 100.0]],
    "msms_positive_20ev": [[61.0284, 100.0], [89.0597, 50.0]],
    "msms_positive_40ev": [[43.0178, 100.0]],
    "msms_negative_10ev": [[87.0452, 100.0]],
}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def show(path: Path) -> list[tuple[RecordPart, ...]]:
    found = [one for _, one in ask_all(IBM_SPECTRA, path)]
    assert {(one.task, one.answer) for one in found} == {("molecule_recognition", ESTER)}
    return [one.asked.records[Slot.MOLECULE] for one in found]


@pytest.mark.parametrize("program", ["", "cfmid_"])
def test_each_kind_of_spectrum_and_both(tmp_path: Path, program: str) -> None:
    row = {name.replace("msms_", f"msms_{program}"): value for name, value in ROW.items()}
    infrared, broken, both = show(write(tmp_path / "aligned_chunk_0.parquet", row))
    (spectrum,) = (part.record for part in infrared)
    assert isinstance(spectrum, InfraredSpectrum) and spectrum.span == (400.0, 4000.0)
    assert spectrum.wavenumbers[np.argmax(spectrum.absorbance)] == pytest.approx(1714.7, abs=0.1)
    records = [part.record for part in broken]
    assert all(isinstance(one, MassSpectrum) for one in records)
    assert [float(one.collision_energy) for one in records] == [10.0, 20.0, 40.0]  # type: ignore[union-attr, arg-type]
    # C4H8O2 weighs 88.0524 Da and the proton 1.0073 Da.
    assert [one.precursor_mz for one in records] == pytest.approx([89.0597] * 3, abs=1e-4)  # type: ignore[union-attr]
    np.testing.assert_allclose(records[1].mz, [61.0284, 89.0597], atol=1e-4)  # type: ignore[union-attr]
    assert both == infrared + broken


def test_what_was_not_computed_is_not_shown(tmp_path: Path) -> None:
    bare = {**ROW, "msms_positive_10ev": None, "msms_positive_20ev": None, "msms_positive_40ev": None}
    (only,) = show(write(tmp_path / "a.parquet", ROW, bare))[3:]
    assert [part.modality for part in only] == ["ir"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ir_spectra": [0.0] * 1799}, "not 1,800 finite points"),
        ({"ir_spectra": [float("nan")] * 1800}, "not 1,800 finite points"),
        ({"smiles": "C(C"}, r"C\(C"),
        ({"msms_positive_10ev": [[89.0597]]}, "not an m/z and an intensity"),
        ({name: None for name in ROW if name.startswith(("msms_positive", "ir"))}, "has no spectrum"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    path = write(tmp_path / "a.parquet", ROW, {**ROW, **changed})
    with pytest.raises(PublishedRowError, match=f"a.parquet, line 2: .*{said}"):
        ask_all(IBM_SPECTRA, path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column ir_spectra"):
        ask_all(IBM_SPECTRA, write(tmp_path / "a.parquet", {"smiles": "C"}))
