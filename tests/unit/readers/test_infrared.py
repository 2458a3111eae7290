"""Infrared spectra as numbers and as text columns: axes, quantities, and what contradicts them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.infrared import build_infrared
from anymol.readers.infrared_csv import read_infrared_csv
from anymol.readers.infrared_labels import Axis, AxisLabel, Ordinate
from anymol.readers.rows import RecordRow

WAVENUMBERS = np.linspace(4000, 400, 61)
ABSORBANCE = 0.02 + np.exp(-(((WAVENUMBERS - 1700) / 100) ** 2))  # one band, near 1700 cm^-1
PERCENT = 100 * 10**-ABSORBANCE


def write_table(
    head: str, x: np.ndarray = WAVENUMBERS, y: np.ndarray = ABSORBANCE, separator: str = ",", comma: bool = False
) -> str:
    rows = (f"{one:.4f}{separator}{other:.6f}" for one, other in zip(x, y, strict=True))
    return head + "".join(f"{row.replace('.', ',') if comma else row}\n" for row in rows)


def read(text: str) -> list[RecordRow[InfraredSpectrum]]:
    return list(read_infrared_csv(io.StringIO(text)))


def require_right(text: str, notes: Sequence[str] = ()) -> None:
    (row,) = read(text)
    assert row.error is None
    assert row.record is not None
    np.testing.assert_allclose(row.record.wavenumbers, WAVENUMBERS[::-1], rtol=1e-4)
    np.testing.assert_allclose(row.record.absorbance, ABSORBANCE[::-1], atol=1e-4)
    assert len(row.notes) == len(notes)
    for note, words in zip(row.notes, notes, strict=True):
        assert words in note


EXPORTS = {
    "opus dpt": (write_table("", separator="\t"), ("unit of its axis", "read as absorbance")),
    "omnic csv": (write_table(""), ("unit of its axis", "read as absorbance")),
    "omnic csv, rising": (
        write_table("", WAVENUMBERS[::-1], PERCENT[::-1]), ("unit of its axis", "read as % transmittance"),
    ),
    "headings": (write_table("Wavenumber (cm-1),Absorbance\n"), ()),
    "headings in quotes": (write_table('"cm-1","%T"\n', y=PERCENT), ()),
    "fraction": (write_table("cm-1,T\n", y=PERCENT / 100), ()),
    "german csv": (write_table("Wellenzahl [1/cm];Durchlässigkeit [%]\n", y=PERCENT, separator=";", comma=True), ()),
    "german tabs": (
        write_table("Wellenzahl (cm-1)\tExtinktion\n", separator="\t", comma=True), (),
    ),
    "french csv": (write_table("Nombre d'onde (cm⁻¹);Transmittance (%)\n", y=PERCENT, separator=";", comma=True), ()),
    "spanish csv": (write_table("Número de onda (cm-1);Absorbancia\n", separator=";", comma=True), ()),
    "russian csv": (write_table("Волновое число, см-1;Пропускание, %\n", y=PERCENT, separator=";", comma=True), ()),
    "perkinelmer asc": (
        write_table(
            "PE IR       SUBTECH     SPECTRUM    ASCII       PEDS        4.00        -1\n-1.000000\nsample.sp\n"
            "#HDR\n-1\n-1\n#GR\nCM-1\n%T\n1.000000\n0.000000\n4000.000000\n-60.000000\n61\n4\n#DATA\n",
            y=PERCENT, separator="\t",
        ), (),
    ),
    "jasco text": (
        write_table(
            "TITLE\tpolystyrene\nDATA TYPE\tINFRARED SPECTRUM\nORIGIN\tJASCO\nDELTAX\t-60\nXUNITS\t1/CM\nYUNITS\t%T\n"
            "FIRSTX\t4000.0\nLASTX\t400.0\nNPOINTS\t61\nXYDATA\n", y=PERCENT, separator="\t",
        ) + "\n##### Extended Information\n[Comments]\nSample name\tpolystyrene\n", (),
    ),
    "shimadzu text": (write_table('"Title: 2um film"\n\ncm-1\t%T\n', y=PERCENT, separator="\t"), ()),
    "origin": (write_table("Wavenumber\tAbsorbance\ncm-1\ta.u.\n", separator="\t"), ()),
    "fields": (write_table("# x-axis: wavenumber (cm-1)\n# scan mode: transmittance\n", y=PERCENT / 100), ()),
    "fields of a program": (write_table("XUNITS=1/CM\nYUNITS=ABSORBANCE\nNPOINTS=61\n"), ()),
    "blanks": (write_table("Wavenumber (cm-1) Transmittance (%)\n", y=PERCENT, separator=" "), ()),
    "nanometres": (write_table("Wavelength (nm),A\n", 1e7 / WAVENUMBERS), ()),
    "micrometres": (write_table("wavelength um,A\n", 1e4 / WAVENUMBERS), ()),
    "micrometres, unnamed": (write_table("x,Absorbance\n", 1e4 / WAVENUMBERS), ("read as micrometres",)),
    "a wavelength without a unit": (write_table("Wavelength,Absorbance\n", 1e4 / WAVENUMBERS), ("micrometres",)),
    "wrongly called a wavelength": (write_table("Wavelength (cm-1),Absorbance\n"), ("called a wavelength",)),
    "title with um": (
        write_table("IR spectrum of sample 7\n"), ("unit of its axis", "read as absorbance"),
    ),
    "title with trans": (write_table("Fourier transform infrared measurement\nWavenumber (cm-1),Absorbance\n"), ()),
    "title with nm": (write_table("# instrument: scan mode, trans\ncm-1,Absorbance\n"), ()),
    "log(1/R)": (write_table("cm-1,log(1/R)\n"), ("reflection",)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_programs_are_read_alike(name: str) -> None:
    require_right(*EXPORTS[name])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (write_table("wavelength um,absorbance\n"), "as micrometres is 2.5 to 25 cm\\^-1.*as cm\\^-1 it would"),
        (write_table("XUNITS=MICROMETERS\n"), "as micrometres is 2.5 to 25"),
        (write_table("nm,absorbance\n"), "as nanometres is 2500 to 2.5e\\+04.*as cm\\^-1 it would run from 400"),
        (write_table("cm-1,absorbance\n", 1e4 / WAVENUMBERS), "as cm\\^-1 is 2.5 to 25.*as micrometres it would"),
        (write_table("cm-1,absorbance\n", 1e7 / WAVENUMBERS), "as nanometres it would run from 400"),
        (write_table("x-axis: um\nWavenumber (cm-1),A\n"), "two units"),
        (write_table("y-axis: absorbance\ncm-1,%T\n", y=PERCENT), "twice"),
        (write_table("cm-1,Absorbance\n", y=PERCENT), "look like % transmittance"),
        (write_table("cm-1,%T\n", y=PERCENT / 100), "from 0 to 1"),
        (write_table("cm-1,%T\n", y=PERCENT * 100), "100 % at most"),
        (write_table("cm-1,Kubelka-Munk\n"), "neither absorbance nor transmittance"),
        (write_table("cm-1,%R\n", y=PERCENT), "neither absorbance nor transmittance"),
        (write_table("Raman shift (cm-1),Intensity\n"), "Raman"),
        (write_table("DATA TYPE: RAMAN SPECTRUM\n"), "Raman"),
        (write_table("m/z,intensity\n"), "not an axis of an infrared spectrum"),
        (write_table("", np.linspace(800, 190, 61)), "does not name its unit"),
        (write_table("x,y\n", y=40 * ABSORBANCE), "does not name its values"),
        (write_table("cm-1,A\n", np.random.default_rng(0).permutation(WAVENUMBERS)), "goes up"),
        (write_table("", comma=True), "or the fractions"),
    ],
)  # fmt: skip
def test_contradictions_and_other_spectra_are_refused(text: str, words: str) -> None:
    (row,) = read(text)
    assert row.record is None
    assert re.search(words, row.error or ""), row.error


def test_where_two_scans_join_the_axis_may_step_back() -> None:
    x = np.insert(WAVENUMBERS, 31, WAVENUMBERS[28:30])
    (row,) = read(write_table("cm-1,Absorbance\n", x, np.interp(-x, -WAVENUMBERS, ABSORBANCE)))
    assert row.record is not None
    assert row.record.n_points == 61


def test_columns_are_found_by_their_names() -> None:
    rows = zip(range(1, 62), WAVENUMBERS, ABSORBANCE, strict=True)
    text = "Point;Wavenumber (cm-1);Absorbance\n" + "".join(f"{n};{x:.4f};{y:.6f}\n" for n, x, y in rows)
    require_right(text)
    (row,) = read(text.partition("\n")[2])
    assert row.error is not None
    assert "3 columns without a name" in row.error


def test_each_column_of_values_is_a_spectrum() -> None:
    text = "cm-1,sample A,sample B\n" + "".join(
        f"{x:.4f},{y:.6f},{2 * y:.6f}\n" for x, y in zip(WAVENUMBERS, ABSORBANCE, strict=True)
    )
    one, other = read(text)
    assert (one.name, other.name) == ("sample A", "sample B")
    assert one.record is not None
    assert other.record is not None
    np.testing.assert_allclose(other.record.absorbance, 2 * one.record.absorbance, atol=1e-5)


@pytest.mark.parametrize(
    ("x", "axis"), [([400, 2000, 4000], None), ([25, 5, 2.5], None), ([25000, 5000, 2500], Axis.NANOMETRE)]
)
def test_axes_agree(x: list[float], axis: Axis | None) -> None:
    spectrum, _ = build_infrared(np.array(x, float), np.array([0.1, 0.2, 1.0]), AxisLabel(axis), Ordinate.ABSORBANCE)
    np.testing.assert_allclose(spectrum.wavenumbers, [400, 2000, 4000])
    np.testing.assert_allclose(spectrum.absorbance, [0.1, 0.2, 1.0])


def test_transmittance_becomes_absorbance() -> None:
    x, percent = np.array([1000.0, 1010, 1020, 1030]), np.array([100.0, 10, 1, 0])
    for y, ordinate in ((percent, Ordinate.PERCENT), (percent / 100, Ordinate.TRANSMITTANCE)):
        spectrum, notes = build_infrared(x, y, AxisLabel(Axis.WAVENUMBER), ordinate)
        np.testing.assert_allclose(spectrum.absorbance, [0, 1, 2, 4])  # nothing is measured beyond 4
        assert notes == ()


@pytest.mark.parametrize("x", [[1000.0], [0.0, 1000.0], [1000.0, np.nan], [1000.0, 1000.0], [-5.0, 5.0]])
def test_impossible_axes(x: list[float]) -> None:
    with pytest.raises(InvalidFileError):
        build_infrared(np.array(x), np.ones(len(x)), AxisLabel(Axis.WAVENUMBER), Ordinate.ABSORBANCE)


def test_heights_beyond_absorbance_are_noted() -> None:
    x = np.array([1000.0, 1100, 1200])
    _, notes = build_infrared(x, np.array([1.0, 500, 1]), AxisLabel(Axis.WAVENUMBER), Ordinate.ABSORBANCE)
    assert "arbitrary units" in notes[0]


def test_a_list_of_bands_is_noted_and_pairs_side_by_side_are_refused() -> None:
    (row,) = read("cm-1,Absorbance\n3350,0.4\n2960,0.9\n2870,0.6\n1715,1.0\n1460,0.5\n1375,0.4\n720,0.2\n600,0.1\n")
    assert "taken for a curve" in row.notes[0]
    (row,) = read("3079 81 1959 81\n3029 49 1801 81\n2926 23 1746 79\n")
    assert "4 columns without a name" in (row.error or "")


def test_a_title_that_speaks_of_raman_is_noted() -> None:
    (row,) = read(write_table("Raman spectrum of calcite\ncm-1,Absorbance\n"))
    assert "speaks of Raman" in row.notes[0]


def test_resampling() -> None:
    (row,) = read("cm-1;%T\n1000,0;100\n1010,0;10\n1020,0;1\n")
    assert row.record is not None
    even = row.record.resample(990, 1030, 5)
    assert even.span == (990, 1030)
    np.testing.assert_allclose(even.absorbance, [np.nan, np.nan, 0, 0.5, 1, 1.5, 2, np.nan, np.nan])


def test_absorbance_that_looks_like_transmittance_is_doubted() -> None:
    _, notes = build_infrared(WAVENUMBERS, 10**-ABSORBANCE, Axis.WAVENUMBER, Ordinate.ABSORBANCE)
    assert "or they are transmittance" in notes[0]
    _, notes = build_infrared(WAVENUMBERS, ABSORBANCE, Axis.WAVENUMBER, Ordinate.ABSORBANCE)
    assert notes == ()


@pytest.mark.parametrize("ordinate", [Ordinate.TRANSMITTANCE, Ordinate.PERCENT])
def test_transmittance_that_looks_like_absorbance_is_doubted(ordinate: Ordinate) -> None:
    scale = 1 if ordinate is Ordinate.TRANSMITTANCE else 100
    _, notes = build_infrared(WAVENUMBERS, ABSORBANCE * scale, Axis.WAVENUMBER, ordinate)
    assert "or they are absorbance" in notes[0]
    _, notes = build_infrared(WAVENUMBERS, 10**-ABSORBANCE * scale, Axis.WAVENUMBER, ordinate)
    assert notes == ()


@pytest.mark.parametrize(
    ("ordinate", "y", "words"),
    [
        (Ordinate.PERCENT, ABSORBANCE, "they look like absorbance"),
        (Ordinate.ABSORBANCE, -ABSORBANCE, "the bands point down"),
        (None, -ABSORBANCE, "the bands point down"),
    ],
)
def test_values_that_cannot_be_what_they_are_called(ordinate: Ordinate | None, y: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words):
        build_infrared(WAVENUMBERS, y, Axis.WAVENUMBER, ordinate)


def test_a_baseline_may_lie_below_zero() -> None:
    spectrum, notes = build_infrared(WAVENUMBERS, ABSORBANCE - 0.2, Axis.WAVENUMBER, Ordinate.ABSORBANCE)
    assert notes == () and spectrum.absorbance.max() > 0.7


def test_calculated_intensities_are_refused() -> None:
    text = "frequency (cm-1),intensity (km/mol)\n" + "".join(
        f"{x},{y}\n" for x, y in [(1700, 320), (1200, 50), (2900, 9)]
    )
    assert "neither absorbance nor transmittance" in (read(text)[0].error or "")
