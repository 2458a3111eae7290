"""Decimal points, decimal commas and parted thousands."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidFileError
from anymol.readers.numbers import COMMA, POINT, NumberStyle, find_style, is_numeric, read_lone_number


@pytest.mark.parametrize(
    ("columns", "style"),
    [
        ([["4000", "3998"], ["1", "2"]], POINT),
        ([["4000.5"], ["1e-3"]], POINT),
        ([["4000,0", "3998,0"], ["0,02", "1"]], COMMA),
        ([["121,0284"], ["1000,0"]], COMMA),
        ([["4,000"], ["0,95"]], COMMA),  # 0,95 cannot part thousands
        ([["4000"], ["1,5E-3"]], COMMA),
        ([["4,000.5", "12.0"], ["1"]], NumberStyle(".", ",")),
        ([["4.000,5"], ["95,1"]], NumberStyle(",", ".")),
        ([["121.02"], ["1,234,567.0", "12"]], NumberStyle(".", ",")),
        ([["121"], ["1,234,567"]], NumberStyle(".", ",")),
        ([["121"], ["1.234.567"]], NumberStyle(",", ".")),
        ([["nan"], ["2.5"]], POINT),
    ],
)
def test_all_numbers_of_a_table_tell_how_they_are_written(columns: list[list[str]], style: NumberStyle) -> None:
    assert find_style(columns) == style


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([["4,000", "3,998"], ["95", "94"]], "may be 4000 or 4.000"),
        ([["121"], ["1,000"]], "may be 1000 or 1.000"),
        ([["121.0284"], ["1,000"]], "both commas and points"),
        ([["4000.0"], ["95,3"]], "both commas and points"),
        ([["4,000.5"], ["0,3"]], "contradict"),
        ([["1,2,3"], ["4"]], "contradict"),
    ],
)
def test_what_stays_open_is_refused_with_a_hint(columns: list[list[str]], words: str) -> None:
    with pytest.raises(InvalidFileError, match=words) as error:
        find_style(columns)
    assert error.value.hint


def test_a_reading_that_is_impossible_is_none() -> None:
    assert find_style([["121,028"], ["1000"]], [20_000]) is COMMA  # no ion of m/z 121028
    with pytest.raises(InvalidFileError):
        find_style([["12,028"], ["1000"]], [20_000])


@pytest.mark.parametrize(
    ("style", "word", "value"),
    [
        (POINT, "121.0284", 121.0284), (POINT, "1e3", 1000.0), (POINT, ".5", 0.5), (POINT, "5.", 5.0),
        (POINT, "121,0284", None), (POINT, "abc", None), (POINT, "", None),
        (COMMA, "121,0284", 121.0284), (COMMA, "121.0284", None), (COMMA, ",5", 0.5), (COMMA, "1,2,3", None),
        (NumberStyle(".", ","), "1,234.5", 1234.5), (NumberStyle(",", "."), "1.234,5", 1234.5),
    ],
)  # fmt: skip
def test_reading_one_number(style: NumberStyle, word: str, value: float | None) -> None:
    assert style.read(word) == value


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("181.0495", None, 181.0495), ("181,0495", None, 181.0495), (" 181 ", None, 181.0), ("N/A", None, None),
        ("181,049", COMMA, 181.049), ("181.0495", COMMA, 181.0495), ("1.234,5", None, 1234.5), ("1E-0003", None, 0.001),
    ],
)  # fmt: skip
def test_lone_numbers(text: str, style: NumberStyle | None, value: float | None) -> None:
    assert read_lone_number(text, style) == value


def test_a_lone_number_may_stay_open() -> None:
    with pytest.raises(InvalidFileError, match="may be 181049 or"):
        read_lone_number("181,049")
    with pytest.raises(InvalidFileError, match="may be 181049 or"):
        read_lone_number("181,049", POINT)


@pytest.mark.parametrize(
    ("word", "answer"), [("1", True), ("-1,5e3", True), ("nan", True), ("-", False), ("1a", False)]
)
def test_what_is_a_number_in_some_style(word: str, answer: bool) -> None:
    assert is_numeric(word) is answer
