"""JCAMP-DX: forms of tables, their checks, other techniques, link blocks."""

from __future__ import annotations

import io

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.jcamp import read_jcamp
from anymol.readers.jcamp_tables import decode_line
from anymol.readers.rows import RecordRow

VALUES = [100, 200, 350, 350, 350, 120, 90, -10, -10, 45, 46, 47]
"""Along 1000 to 1011 cm^-1."""

AFFN = "1000 100 200 350 350\n1004 350 120 90 -10\n1008 -10 45 46 47\n"


def write(table: str = AFFN, form: str = "XYDATA=(X++(Y..Y))", **labels: object) -> str:
    """Return a block; a label given as None is left out."""
    known: dict[str, object] = {
        "TITLE": "a", "JCAMP-DX": 4.24, "DATA TYPE": "INFRARED SPECTRUM", "XUNITS": "1/CM", "YUNITS": "ABSORBANCE",
        "FIRSTX": 1000, "LASTX": 1011, "NPOINTS": 12, "XFACTOR": 1.0, "YFACTOR": 0.01,
    }  # fmt: skip
    known |= {name.replace("_", " "): value for name, value in labels.items()}
    head = "".join(f"##{name}={value}\n" for name, value in known.items() if value is not None)
    return f"{head}##{form}\n{table}##END=\n"


def read(text: str) -> list[RecordRow[InfraredSpectrum]]:
    return list(read_jcamp(io.StringIO(text)))


def require_right(text: str) -> None:
    (row,) = read(text)
    assert row.error is None
    assert row.record is not None
    np.testing.assert_allclose(row.record.wavenumbers, np.arange(1000, 1012))
    np.testing.assert_allclose(row.record.absorbance, np.array(VALUES) / 100)


def require_refused(text: str, words: str) -> None:
    (row,) = read(text)
    assert row.record is None
    assert words in (row.error or ""), row.error


@pytest.mark.parametrize(
    ("line", "values", "differs"),
    [  # one row of values, written in every form of the standard
        ("400 1 2 3 3 2 1 0 -1 -2 -3", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400+1+2+3+3+2+1+0-1-2-3", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400ABCCBA@abc", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400ABCTBA@abc", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], False),
        ("400AJJ%jjjjjj", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], True),
        ("400AJT%jX", [1, 2, 3, 3, 2, 1, 0, -1, -2, -3], True),
        ("400 ? 2", [np.nan, 2], False),
        ("400 1.5E+02 2E-0001", [150, 0.2], False),
        ("400 15E2", [15, 52], False),  # E is +5 in SQZ: an exponent has a sign
    ],
)
def test_forms_of_a_line(line: str, values: list[float], differs: bool) -> None:
    found = decode_line(line)
    assert found.x == 400
    np.testing.assert_array_equal(found.values, values)
    assert found.differs is differs


@pytest.mark.parametrize("line", ["400 T", "400 J", "400 A!", "A 1 2", "? 1", "400 A" + "S9999999" * 3])
def test_impossible_lines(line: str) -> None:
    with pytest.raises(InvalidFileError):
        decode_line(line)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(write(), id="affn"),
        pytest.param(write("1000+100+200+350+350+350+120\n1006+90-10-10+45+46+47\n"), id="pac"),
        pytest.param(write("1000A00B00C50C50C50A20I0\n1007a0a0D5D6D7\n"), id="sqz"),
        pytest.param(write("1000A00B00C50UA20I0a0T\n1009D5D6D7\n"), id="sqz and dup"),
        pytest.param(write("1000A00J00J50%%k30\n1005A20l0\n1006I0j00%N5\n1009D5JJ\n1011D7\n"), id="dif, checked"),
        pytest.param(write("1000A00J00J50%Tk30l0\n1006I0j00%N5JJ\n1011D7\n"), id="dif and dup, checked"),
        pytest.param(write("1000 1.00E2 2.00E2 350 350\n1004 350 1.2E2 90 -10\n1008 -10 45 46 47\n"), id="exponents"),
        pytest.param(write("1000 1,0 2,0 3,5 3,5\n1004 3,5 1,2 0,9 -0,1\n1008 -0,1 0,45 0,46 0,47\n", YFACTOR=1),
                     id="decimal commas"),
        pytest.param(write("1000,100,200,350,350\n1004,350,120,90,-10\n1008,-10,45,46,47\n"), id="commas between"),
        pytest.param(write(AFFN.replace("\n", " $$ a comment\n").replace("1004", "##= another\n1004")), id="comments"),
        pytest.param(write("2000 100 200 350 350\n2008 350 120 90 -10\n2016 -10 45 46 47\n", XFACTOR=0.5), id="factor"),
        pytest.param(write(XFACTOR=0.5), id="xfactor counted already"),
        pytest.param(write(XUNITS="CM-1", YUNITS="Absorbance", FIRSTX="1000,0", YFACTOR="0,01"), id="commas in labels"),
        pytest.param(write(DELTAX=1.0, FIRSTY=1.0), id="all labels"),
        pytest.param(write(DELTAX=-1.0), id="step without its sign"),
        pytest.param(write(LASTX=None, DELTAX=1), id="no last x"),
        pytest.param(write(FIRSTX=None, LASTX=None, NPOINTS=None), id="no axis but the lines"),
        pytest.param(write(FIRSTY=100), id="first y unscaled"),
        pytest.param(write(AFFN.replace("\n", "\r\n"), DATA_TYPE="FT-IR SPECTRUM"), id="ftir"),
        pytest.param(write("".join(f"{x}, {y}\n" for x, y in zip(range(1000, 1012), VALUES, strict=True)),
                           "XYPOINTS=(XY..XY)"), id="pairs"),
        pytest.param(write(" ".join(f"{x},{y};" for x, y in zip(range(1000, 1012), VALUES, strict=True)) + "\n",
                           "XYDATA=(XY..XY)"), id="pairs on a line"),
        pytest.param(write("".join(f"{x},0 {y / 100:.2f}\n".replace(".", ",")
                                   for x, y in zip(range(1000, 1012), VALUES, strict=True)),
                           "XYPOINTS=(XY..XY)", YFACTOR=None), id="pairs with decimal commas"),
    ],
)  # fmt: skip
def test_every_form_gives_the_same_spectrum(text: str) -> None:
    require_right(text)


def test_decimal_commas_are_told_without_a_number_of_points() -> None:
    pairs = "".join(f"{4000 - 2 * n},0 0,0{n}\n" for n in range(10, 60))
    (row,) = read(write(pairs, "XYPOINTS=(XY..XY)", FIRSTX=None, LASTX=None, NPOINTS=None, YFACTOR=None))
    assert row.record is not None
    assert row.record.span == (3882, 3980)
    assert row.record.absorbance[-1] == pytest.approx(0.010)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (write(FIRSTX=1011, LASTX=1000), "begins at 1000 where ##FIRSTX= and ##LASTX= put it at 1011"),
        (write(FIRSTX=2000, LASTX=2011), "put it at 2008"),
        (write(FIRSTX=1000, LASTX=1044), "begins at 1008"),
        (write(FIRSTX=2.5, LASTX=25, XUNITS="MICROMETERS"), "begins at 1000"),
        (write(DELTAX=4), "##DELTAX= is 4, and from ##FIRSTX= to ##LASTX= the step is 1"),
        (write(NPOINTS=13), "##NPOINTS= announces 13 points and the table has 12"),
        (write(FIRSTY=3), "##FIRSTY= is 3 and the first value 1"),
        (write(YFACTOR=None, FIRSTY=1.0), "##FIRSTY= is 1 and the first value 100"),
        (write("1000A00J00J50%%k30\n1005A30l0\n1006I0j00%N5\n1009D5JJ\n1011D7\n"), "a check value is 130 where 120"),
        (write(FIRSTX="about 1000"), "is not a number"),
        (write("1000 5\n1001 6\n", "PEAK TABLE=(XY..XY)", NPOINTS=2), "peaks, which are not a curve"),
        (write("1000 5\n1001 6\n", "XYDATA=(XYW)", NPOINTS=2), "of a form that is not read"),
        (write("1000 5\n", NPOINTS=1), "1 points"),
        (write("".join(f"{x} {y}\n" for x, y in zip(range(1000, 1012), VALUES, strict=True)), "XYPOINTS=(XY..XY)",
               FIRSTX=4000), "##FIRSTX= is 4000 where the table has 1000"),
        (write("1000 5\n1001 x\n", "XYPOINTS=(XY..XY)", NPOINTS=2), "something other than numbers"),
        (write(DATA_TYPE=None, XUNITS=None), "neither its ##DATA TYPE="),
        (write(XUNITS="MICROMETERS"), "as micrometres is 9.891 to 10 cm^-1"),
        (write(XUNITS="HZ"), "not an axis of an infrared spectrum"),
        (write(YUNITS="KUBELKA-MUNK"), "neither absorbance nor transmittance"),
        (write(YUNITS="REFLECTANCE"), "neither absorbance nor transmittance"),
        (write(XLABEL="Raman shift"), "Raman"),
        (write("##VAR_NAME=A\n", "NTUPLES=INFRARED SPECTRUM"), "NTUPLES"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(text: str, words: str) -> None:
    require_refused(text, words)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("RAMAN SPECTRUM", "of Raman"), ("NMR SPECTRUM", "of NMR"), ("UV/VIS SPECTRUM", "of UV/Vis"),
        ("UV-VISIBLE SPECTRUM", "of UV/Vis"), ("MASS SPECTRUM", "of mass spectrometry"),
        ("INFRARED INTERFEROGRAM", "an interferogram"), ("INELASTIC NEUTRON SCATTERING", "another technique"),
        ("GAS CHROMATOGRAPH", "another technique"), ("FLUORESCENCE", "of fluorescence"),
    ],
)  # fmt: skip
def test_other_techniques_are_named(kind: str, words: str) -> None:
    require_refused(write(DATA_TYPE=kind), words)


def test_transmittance_of_either_scale_and_absorbance_agree() -> None:
    """A value of 50 % is an absorbance of log10 2."""
    for units, factor in (
        ("TRANSMITTANCE", 0.01),
        ("TRANSMITTANCE", 1.0),
        ("% TRANSMITTANCE", 1.0),
        ("PERCENT T", 1.0),
    ):
        (row,) = read(write("1000 100 50 10\n1003 100 50 10\n", LASTX=1005, NPOINTS=6, YUNITS=units, YFACTOR=factor))
        assert row.record is not None
        np.testing.assert_allclose(row.record.absorbance[:3], [0, np.log10(2), 1])


def test_micrometres() -> None:
    (row,) = read(write("5 10 20 30\n8 40 50 60\n", XUNITS="MICROMETERS", FIRSTX=5, LASTX=10, NPOINTS=6))
    assert row.record is not None
    np.testing.assert_allclose(row.record.wavenumbers, 1e4 / np.arange(10, 4, -1))
    np.testing.assert_allclose(row.record.absorbance, np.arange(6, 0, -1) / 10)


def test_of_linked_blocks_the_infrared_ones_come_first_and_none_is_dropped() -> None:
    link = "##TITLE=all\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n##BLOCKS=3\n"
    rows = read(link + write(DATA_TYPE="NMR SPECTRUM") + write() + write(DATA_TYPE="RAMAN SPECTRUM") + "##END=\n")
    assert [(row.index, row.error is None) for row in rows] == [(1, True), (0, False), (2, False)]


def test_the_two_readings_of_a_table_must_not_both_fit() -> None:
    """Without a number of points both 1.5 and 52, and 150, fit the abscissae of one line after another."""
    table = "1000 1.5E2 3 3\n1003 1 2 3\n"
    assert "two ways" in (read(write(table, NPOINTS=None, LASTX=1005))[0].error or "")
    (row,) = read(write(table, NPOINTS=6, LASTX=1005))
    assert row.record is not None
    np.testing.assert_allclose(row.record.absorbance, [1.5, 0.03, 0.03, 0.01, 0.02, 0.03])


def test_of_linked_blocks_lists_of_peaks_come_last() -> None:
    peaks = write("1000 1; 1005 2\n", "PEAK TABLE=(XY..XY)", NPOINTS=2)
    curve, listed = read(peaks + write(TITLE="b"))
    assert curve.name == "b" and curve.error is None
    assert "lists peaks" in (listed.error or "")


def test_a_damaged_compressed_table_is_told_by_its_check() -> None:
    """And not by how exponents are written: E is a digit there."""
    table = "1000A00J00E0J5T\n1004C45%\n"
    (row,) = read(write(table, NPOINTS=None, LASTX=1005))
    assert "check value" in (row.error or "") and "exponents" not in (row.error or "")
