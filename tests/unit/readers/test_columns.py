"""Tables of numbers in text files."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.readers.columns import Columns, split_columns

EXPECTED = [[4000.5, 0.25], [3998.5, 1.5], [3996.5, 12.75]]


def split(text: str) -> Columns:
    return split_columns(text.splitlines())


def read(text: str) -> np.ndarray:
    columns = split(text)
    return columns.read_numbers(columns.find_style())


@pytest.mark.parametrize(
    "text",
    [
        "4000.5,0.25\n3998.5,1.5\n3996.5,12.75",
        "4000.5, 0.25\n3998.5, 1.5\n3996.5, 12.75",
        "4000.5\t0.25\n3998.5\t1.5\n3996.5\t12.75",
        "4000.5;0.25\n3998.5;1.5\n3996.5;12.75",
        " 4000.5   0.25 \n 3998.5   1.5\n 3996.5  12.75",
        "4000.5 | 0.25\n3998.5 | 1.5\n3996.5 | 12.75",
        "4000,5;0,25\n3998,5;1,5\n3996,5;12,75",
        "4000,5\t0,25\n3998,5\t1,5\n3996,5\t12,75",
        "4000,5 0,25\n3998,5 1,5\n3996,5 12,75",
        '"4000,5","0,25"\n"3998,5","1,5"\n"3996,5","12,75"',
        '"4000.5";"0.25"\n"3998.5";"1.5"\n"3996.5";"12.75"',
        "4.000,5;0,25\n3.998,5;1,5\n3.996,5;12,75",
        '"4,000.5","0.25"\n"3,998.5","1.5"\n"3,996.5","12.75"',
        "4000.5,0.25,\n3998.5,1.5,\n3996.5,12.75,",
        "# a comment\n4000.5 0.25\n\n# another\n3998.5 1.5\n3996.5 1.275e1",
        "a title\nwavenumber absorbance\n4000.5 0.25\n3998.5 1.5\n3996.5 12.75\n\n##### footer\nsample x",
    ],
)
def test_separators_and_fractions(text: str) -> None:
    columns = split(text)
    np.testing.assert_allclose(columns.read_numbers(columns.find_style())[:, :2], EXPECTED)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4000,12,0,95\n3998,12,0,94\n3996,12,0,93", "or the fractions"),
        ("4000,0,95\n3998,0,94\n3996,1", "or the fractions"),
        ("wavenumber,transmittance\n4000,0,95\n3998,0,94\n3996,0,93", "or the fractions"),
        ("no numbers\nat all", "no line of two numbers"),
        ("4000\n3998\n", "no line of two numbers"),
        ("", "no line of two numbers"),
        ("4000 1\n3998 2\n3996 3\nx y\n4000 1\n3998 2\n3996 3", "below the first numbers"),
        ("4000 1\n3998 2\n3996 3\n3994 x", "below the first numbers"),
        ("4000 1\n3998 2\n3996 3\n3994", "below the first numbers"),
    ],
)
def test_what_is_not_a_table_or_is_two_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words):
        split(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4,000\t95\n3,998\t94", "may be 4000 or 4.000"),
        ("4000.5 95,3\n3998.5 94,1", "both commas and points"),
    ],
)
def test_numbers_that_cannot_be_told_are_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words):
        split(text).find_style()


def test_semicolons_tell_that_commas_part_fractions() -> None:
    np.testing.assert_allclose(read("4000;95,123\n3998;94,117"), [[4000, 95.123], [3998, 94.117]])


def test_a_limit_excludes_a_reading() -> None:
    columns = split("4000\t95,123\n3998\t94,117")
    with pytest.raises(InvalidFileError, match="may be 95123"):
        columns.find_style()
    np.testing.assert_allclose(columns.read_numbers(columns.find_style([None, 1000.0]))[:, 1], [95.123, 94.117])


def test_headings_and_fields() -> None:
    columns = split(
        '# Sample: aspirin\nXUNITS=1/CM\n"Name","x"\nWavenumber (cm-1) Transmittance (%)\n4000 95\n3998 94\n'
    )
    assert [heading.field for heading in columns.headings[:3]] == [
        ("Sample", "aspirin"),
        ("XUNITS", "1/CM"),
        ("Name", "x"),
    ]
    assert columns.headings[-1].cells == ("Wavenumber (cm-1)", "Transmittance (%)")


def test_a_pair_of_numbers_may_stand_in_the_head() -> None:
    columns = split("range\n4000 400\npoints\n4000.5 0.25\n3998.5 1.5\n3996.5 12.75\n3994.5 1")
    assert columns.rows[0] == ("4000.5", "0.25")


def test_cells_without_a_number_are_nan() -> None:
    values = read("121.0284;1000;C7H5O2\n163.0390;250;")
    np.testing.assert_array_equal(np.isnan(values), [[False, False, True], [False, False, True]])
