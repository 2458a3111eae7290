"""Pictures of records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anymol.errors import UserError
from anymol.modalities.adduct import Adduct
from anymol.modalities.conformer import Conformer
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.pictures import plot

RECORDS = {
    "mass": MassSpectrum(np.array([50.1, 77.0391]), np.array([0.1, 1.0]), 181.0495, Adduct.M_H, title="a $ sign"),
    "infrared": InfraredSpectrum(np.array([400.0, 500.0, 600.0]), np.array([0.1, np.nan, 0.3])),
    "conformer": Conformer(
        np.array([8, 1, 1], np.uint8), np.array([[0.0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])
    ),
    "image": MoleculeImage(np.zeros((20, 30, 3), np.uint8)),
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_every_record_has_a_picture(record, tmp_path: Path) -> None:
    assert plot(record, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in plot(record, tmp_path / "a.svg").read_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.png", "a.svg"]


def test_annotations_stand_at_the_nearest_peak(tmp_path: Path) -> None:
    bare = plot(RECORDS["mass"], tmp_path / "a.png").read_bytes()
    assert plot(RECORDS["mass"], tmp_path / "b.png", annotations={77.04: "C6H5+"}).read_bytes() != bare


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.svg or \.png"):
        plot(RECORDS["image"], tmp_path / "a.gif")
