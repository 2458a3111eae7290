"""Peaks as text."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidFileError
from anymol.readers.numbers import COMMA
from anymol.readers.peak_lists import read_peak_list

ASPIRIN = ((121.0284, 1000.0), (139.039, 500.0), (163.039, 250.0))


@pytest.mark.parametrize(
    ("lines", "announced"),
    [
        (["121.0284 1000", "139.0390 500", "163.0390 250"], None),
        (["121.0284\t1000.0", "139.0390\t500.0", "163.0390\t250.0"], 3),
        (["121.0284,1000", "139.0390,500", "163.0390,250"], None),
        (["121.0284, 1000", "139.0390, 500", "163.0390, 250"], None),
        (["121,0284 1000,0", "139,0390 500,0", "163,0390 250,0"], None),
        (["121,0284\t1000", "139,0390\t500", "163,0390\t250"], 3),
        (["121,0284; 1000", "139,0390; 500", "163,0390; 250"], 3),
        (["121.0284 1000; 139.0390 500; 163.0390 250;"], 3),
        (["121,0284 1000; 139,0390 500; 163,0390 250;"], 3),
        (["121.0284:1000 139.0390:500", "163.0390:250"], 3),
        (["121.0284 : 1000", "139.0390 : 500", "163.0390 : 250"], None),
        (["(121.0284,1000) (139.0390,500) (163.0390,250)"], 3),
        (["121.0284 1000 139.0390 500", "163.0390 250"], 3),
        (['121.0284 1000 "C7H5O2+ 1,2 ppm"', '139.0390 500 "a; b"', "163.0390 250"], 3),
        (["121.0284 1000 999", "139.0390 500 499", "163.0390 250 249"], 3),  # MassBank: and relative intensity
        (["121.0284 1000 1+", "139.0390 500 1+", "163.0390 250 1+"], None),  # and charge
        (["121.0284 1,000.0", "139.0390 500.0", "163.0390 250.0"], None),  # two marks in one number leave no choice
        (["121.0284 1.0e3", "139.0390 5e+2", "163.0390 2.5E02"], None),
        (["121.0284 1000 0 0", "139.0390 500 0 0", "163.0390 250 0 0"], 3),
    ],
)
def test_ways_to_write_the_same_peaks(lines: list[str], announced: int | None) -> None:
    assert read_peak_list(lines, announced).peaks == ASPIRIN


def test_nominal_masses_and_commas_are_told_by_the_number_announced() -> None:
    assert read_peak_list(["43,999; 120,850"], 2).peaks == ((43.0, 999.0), (120.0, 850.0))
    assert read_peak_list(["43,999; 120,850"], 1).peaks == ((43.999, 120.85),)


def test_a_mass_beyond_all_ions_has_a_fraction() -> None:
    found = read_peak_list(["121,028 1000", "139,039 500"])
    assert found.peaks == ((121.028, 1000.0), (139.039, 500.0))
    assert found.style is COMMA


@pytest.mark.parametrize(
    ("lines", "announced"),
    [
        (["43,999", "120,850"], None),  # pairs, or m/z without intensity
        (["121 1,000", "139 2,500"], None),  # 1 or 1000
        (["121.0284 1,000"], None),  # two marks
        (["121.0284 0,5"], None),
        (["121,0284,1000"], None),
        (["10,028 1,000"], None),
        (["121.0284"], None),
        (["foo"], None),
        (["foo bar"], None),
        (["121.0284 50 1+ x", "139.0390"], None),
        (["121.0284 1000", "139.0390 500"], 3),
        (["121.0284 1000", "139.0390 500"], 1),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(lines: list[str], announced: int | None) -> None:
    with pytest.raises(InvalidFileError):
        read_peak_list(lines, announced)


def test_no_peaks() -> None:
    assert read_peak_list([], 0).peaks == ()
