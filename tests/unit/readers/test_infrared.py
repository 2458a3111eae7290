"""Infrared files: axes, quantities and the compressed forms of JCAMP-DX."""

from __future__ import annotations

import io

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.readers.infrared import Axis, Ordinate, build_infrared, recognise_axis, recognise_ordinate
from anymol.readers.infrared_csv import read_infrared_csv
from anymol.readers.jcamp import decode_line


@pytest.mark.parametrize(
    ("line", "values", "differs"),
    [  # one row of values, written in every form
        ("400 1 2 3 3 2 1 0 -1 -2 -3", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400+1+2+3+3+2+1+0-1-2-3", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400ABCCBA@abc", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400ABCTBA@abc", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400AJJ%jjjjjj", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], True),
        ("400AJT%jX", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], True),
        ("400 ? 2", [np.nan, 2], False),
    ],
)
def test_compressed_forms(line: str, values: list[float], differs: bool) -> None:
    found, ends_in_difference = decode_line(line)
    np.testing.assert_array_equal(found, values)
    assert ends_in_difference is differs


@pytest.mark.parametrize("line", ["400 T", "400 J", "400 A!", "400 A" + "S9999999" * 3])
def test_impossible_lines(line: str) -> None:
    with pytest.raises(InvalidFileError):
        decode_line(line)


@pytest.mark.parametrize(
    ("x", "axis"), [([400, 2000, 4000], None), ([25, 5, 2.5], None), ([25000, 5000, 2500], Axis.NANOMETRE)]
)
def test_axes_agree(x: list[float], axis: Axis | None) -> None:
    spectrum = build_infrared(np.array(x, float), np.array([0.1, 0.2, 1.0]), axis, Ordinate.ABSORBANCE)
    np.testing.assert_allclose(spectrum.wavenumbers, [400, 2000, 4000])
    np.testing.assert_allclose(spectrum.absorbance, [0.1, 0.2, 1.0])


def test_labels() -> None:
    assert [recognise_axis(text) for text in ("1/CM", "Wellenzahl cm⁻¹", "MICROMETERS", "nm", "x")] == [
        Axis.WAVENUMBER, Axis.WAVENUMBER, Axis.MICROMETRE, Axis.NANOMETRE, None,
    ]  # fmt: skip
    assert [recognise_ordinate(text) for text in ("TRANSMITTANCE", "% T", "Absorbance", "y")] == [
        Ordinate.TRANSMITTANCE, Ordinate.PERCENT, Ordinate.ABSORBANCE, None,
    ]  # fmt: skip


def test_decimal_comma_and_resampling() -> None:
    row = read_infrared_csv(io.StringIO("cm-1;%T\n1000,0;100\n1010,0;10\n1020,0;1\n"))
    assert row.record is not None
    np.testing.assert_allclose(row.record.absorbance, [0, 1, 2])
    even = row.record.resample(990, 1030, 5)
    assert even.span == (990, 1030)
    np.testing.assert_allclose(even.absorbance, [np.nan, np.nan, 0, 0.5, 1, 1.5, 2, np.nan, np.nan])
