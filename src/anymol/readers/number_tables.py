"""What a table of numbers shows: an infrared spectrum, or peaks of a mass spectrum."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.modality import Modality
from anymol.readers.columns import Columns, split_columns
from anymol.readers.content import open_text
from anymol.readers.infrared_csv import names_axis
from anymol.readers.lines import read_lines
from anymol.readers.peak_table import names_masses

_MIN_CURVE = 50
"""Least points of a curve that is known by its even axis alone."""


def find_table_modality(path: Path) -> Modality | None:
    """Return what a table shows, by its headings, else by its axis: that of a curve is even, peaks stand anywhere.

    Returns:
        None where the file holds no table of numbers.

    Raises:
        InvalidFileError: It holds one that says nothing of itself and may be either.
    """
    try:
        with open_text(path) as stream:
            columns = split_columns(read_lines(stream))
    except InvalidFileError:
        return None
    if names_masses(columns):
        return Modality.MS2
    if names_axis(columns) or _is_even(columns):
        return Modality.IR
    raise InvalidFileError(
        f"'{path.name}' is a table of numbers that does not say what they are",
        value=path,
        hint="name its columns, as in 'm/z,intensity' or 'cm-1,absorbance', or give the file as 'ms2' or 'ir'",
    )


def _is_even(columns: Columns) -> bool:
    """Whether the first column runs in steps of one length."""
    if len(columns.rows) < _MIN_CURVE:
        return False
    try:
        steps = np.diff(columns.read_numbers(columns.find_style())[:, 0])
    except InvalidFileError:
        return False
    return bool((np.abs(steps - np.median(steps)) <= 0.2 * np.abs(np.median(steps))).mean() > 0.95)
