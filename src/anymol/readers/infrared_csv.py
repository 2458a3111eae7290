"""Infrared spectra as text columns: what the lines above the numbers and the headings of the columns say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.columns import Columns, Heading, split_columns
from anymol.readers.infrared import build_infrared
from anymol.readers.infrared_labels import (
    AxisLabel,
    Ordinate,
    agree_axes,
    agree_ordinates,
    find_technique,
    is_unit_line,
    read_axis,
    read_ordinate,
)
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow

_X_KEYS = frozenset(
    {
        "xunits", "xunit", "xaxis", "xaxisunit", "xaxisunits", "xlabel", "xaxislabel", "xaxistitle", "xaxistype",
        "unitx", "unitsx", "abscissa", "abscissaunit", "abscissaunits", "horizontalaxis", "xachse", "einheitx",
        "abszisse", "axexunits", "axex", "unitédex", "ejex", "assex", "xaxisname",
    }
)  # fmt: skip
_Y_KEYS = frozenset(
    {
        "yunits", "yunit", "yaxis", "yaxisunit", "yaxisunits", "ylabel", "yaxislabel", "yaxistitle", "yaxistype",
        "unity", "unitsy", "ordinate", "ordinateunit", "ordinateunits", "ordinatemode", "verticalaxis", "yachse",
        "einheity", "axey", "unitédey", "ejey", "assey", "yaxisname", "scanmode", "mode", "measurementmode",
        "measuringmode", "photometricmode", "displaymode", "messmodus", "messmode", "quantity", "signal",
        "spectrumtype", "format", "finalformat", "plotmode",
    }
)  # fmt: skip
_TECHNIQUE_KEYS = frozenset({"datatype", "technique", "measurementtype", "spectrumtype", "messart"})
_TITLE_KEYS = frozenset({"title", "name", "sample", "samplename", "sampleid", "probe", "titel", "probenname"})

_MAX_WAVENUMBER = 50_000.0
"""A number of the first column beyond this is none: its comma parts a fraction, not thousands."""

_MAX_VALUE = 1_000.0
"""The same for absorbance and transmittance."""


def read_infrared_csv(stream: TextIO) -> Iterator[RecordRow[InfraredSpectrum]]:
    """Yield the spectra of a table: one for each column of values beside the axis.

    Which column is which is said by the headings of the columns; where none does, the first one is the axis. Fields
    above the numbers (``XUNITS``, ``y-axis: %T``, ``scan mode: absorbance``) say it too.
    """
    try:
        columns = split_columns(read_lines(stream))
        said = _read_fields(columns.headings)
        doubts = _list_doubts(columns.headings)
        layout = _choose_columns(columns, said)
        values = columns.read_numbers(columns.find_style(layout.list_limits(columns.width)))
        curves = _list_measured(layout, values)
    except InvalidFileError as error:
        yield RecordRow(0, None, None, str(error))
        return
    for index, curve in enumerate(curves):
        title = (curve.title if len(curves) > 1 else "") or said.title
        try:
            spectrum, notes = build_infrared(
                values[:, layout.place], values[:, curve.place], layout.axis, curve.ordinate, title
            )
            yield RecordRow(index, title or None, spectrum, notes=(*notes, *doubts))
        except InvalidFileError as error:
            yield RecordRow(index, title or None, None, str(error))


def names_axis(columns: Columns) -> bool:
    """Whether what stands above a table names an axis or values, of an infrared spectrum or of another curve."""
    try:
        said = _read_fields(columns.headings)
        names = [name for above in _stack_names(columns.headings, columns.width) for name in above]
        return bool(said.axis or said.ordinate or any(read_axis(name) or read_ordinate(name) for name in names))
    except InvalidFileError:  # of Raman, or reflectance: the reader says so
        return True


@dataclass(frozen=True)
class _Said:
    """What the fields above the numbers say."""

    axis: AxisLabel
    ordinate: Ordinate | None
    title: str


@dataclass(frozen=True)
class _Curve:
    """A column of values; its title is what stands above it."""

    place: int
    ordinate: Ordinate | None
    title: str


@dataclass(frozen=True)
class _Layout:
    """Which column is the axis, and which are values."""

    place: int
    axis: AxisLabel
    curves: tuple[_Curve, ...]
    is_named: bool

    def list_limits(self, width: int) -> list[float | None]:
        """Return the largest possible number of each column."""
        limits: list[float | None] = [None] * width
        limits[self.place] = _MAX_WAVENUMBER
        for curve in self.curves:
            limits[curve.place] = _MAX_VALUE if curve.ordinate else None
        return limits


def _read_fields(headings: Sequence[Heading]) -> _Said:
    """Read the fields above the numbers, and lines that are nothing but a unit.

    Raises:
        InvalidFileError: They name another technique, axis or quantity, or contradict each other.
    """
    axes: list[AxisLabel] = []
    ordinates: list[Ordinate] = []
    title = ""
    for heading in headings:
        if is_unit_line(heading.text):
            axes.append(read_axis(heading.text) if "%" not in heading.text else AxisLabel())
            ordinates += [found for found in [read_ordinate(heading.text)] if found]
        if heading.field is None:
            continue
        key, value = re.sub(r"[\W_]", "", heading.field[0].lower()), heading.field[1]
        if key in _TECHNIQUE_KEYS and (technique := find_technique(value)):
            raise InvalidFileError(f"the file is of {technique}: '{value[:60]}'", hint="give an infrared spectrum")
        if key in _X_KEYS:
            axes.append(read_axis(value))
        if key in _Y_KEYS and (ordinate := read_ordinate(value)):
            ordinates.append(ordinate)
        if key in _TITLE_KEYS:
            title = title or value[:200]
    return _Said(agree_axes(axes), agree_ordinates(ordinates), title)


def _list_doubts(headings: Sequence[Heading]) -> tuple[str, ...]:
    """Return a note where a title speaks of Raman: it may name the spectrum, or a facility."""
    spoken = [heading.text for heading in headings if re.search(r"\braman\b", heading.text, re.IGNORECASE)]
    return (f"'{spoken[0][:60]}' speaks of Raman; the numbers are read as an infrared spectrum",) if spoken else ()


def _choose_columns(columns: Columns, said: _Said) -> _Layout:
    """Return which column is which.

    Raises:
        InvalidFileError: The headings name another axis or quantity, or contradict the fields.
    """
    names = _stack_names(columns.headings, columns.width)
    found = [place for place, above in enumerate(names) if any(_try_axis(name) for name in above)]
    if len(found) > 1:
        shown = ", ".join(" ".join(names[place]) for place in found)
        raise InvalidFileError(f"several columns are an axis: {shown[:80]}", hint="give a table of one axis")
    place = found[0] if found else 0
    axis = agree_axes([*(read_axis(name) for name in names[place]), said.axis])
    curves: list[_Curve] = []
    refused: InvalidFileError | None = None
    for other in range(columns.width):
        if other == place:
            continue
        try:
            # "A" and "T" name a quantity beside an axis; elsewhere they may be the name of a sample.
            read = [read_ordinate(name) for name in names[other] if found or len(name) > 1]
            curves.append(_Curve(other, agree_ordinates(read), " ".join(names[other])))
        except InvalidFileError as error:
            refused = error
    if refused is not None and not any(curve.ordinate for curve in curves):
        raise refused
    named = [curve for curve in curves if curve.ordinate]
    if len(curves) == 1:
        curves = [replace(curves[0], ordinate=agree_ordinates([curves[0].ordinate, said.ordinate]))]
    elif named:
        curves = named
    else:
        curves = [replace(curve, ordinate=said.ordinate) for curve in curves]
    return _Layout(place, axis, tuple(curves), bool(found or named))


def _list_measured(layout: _Layout, values: NDArray[np.float64]) -> list[_Curve]:
    """Return the columns that hold numbers.

    Raises:
        InvalidFileError: There are none, or several and nothing tells what they are.
    """
    curves = [curve for curve in layout.curves if not np.isnan(values[:, curve.place]).all()]
    if not curves:
        raise InvalidFileError("the table has no column of values")
    if len(curves) > 1 and not layout.is_named:
        # One of them may count the rows, or pairs may stand side by side.
        raise InvalidFileError(
            f"the table has {len(curves) + 1} columns without a name", hint="name them in a line above the numbers"
        )
    return curves


def _stack_names(headings: Sequence[Heading], width: int) -> list[list[str]]:
    """Return what stands above each column: names, and units below them, in lines right above the numbers."""
    names: list[list[str]] = [[] for _ in range(width)]
    for heading in reversed(headings[-3:]):
        if not heading.cells or (heading.field and re.sub(r"[\W_]", "", heading.field[0].lower()) in _X_KEYS | _Y_KEYS):
            break
        for place, cell in enumerate(heading.cells):
            if cell and not cell.replace(".", "").isdigit():
                names[place].insert(0, cell)
    return names


def _try_axis(name: str) -> AxisLabel | None:
    try:
        return read_axis(name) or None
    except InvalidFileError:
        return None  # an axis of something else; said where no column is one of infrared
