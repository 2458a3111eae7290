"""Infrared spectra as text columns: separated by comma, semicolon, tab or space, decimal comma allowed."""

from __future__ import annotations

import re
from typing import TextIO

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.infrared import MAX_POINTS, build_infrared, recognise_axis, recognise_ordinate
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?|nan", re.IGNORECASE)


def read_infrared_csv(stream: TextIO) -> RecordRow[InfraredSpectrum]:
    """Return the spectrum of a table's first two columns; the lines above the numbers may name axis and quantity."""
    heads: list[str] = []
    points: list[tuple[float, float]] = []
    try:
        for line in read_lines(stream):
            if not line:
                continue
            words = _split(line)
            if len(words) >= 2 and _NUMBER.fullmatch(words[0]) and _NUMBER.fullmatch(words[1]):
                points.append((float(words[0]), float(words[1])))
            elif points:
                raise InvalidFileError("a line below the first numbers holds no pair of numbers", value=line[:80])
            elif len(heads) < 100:
                heads.append(line[:1000])
            if len(points) > MAX_POINTS:
                raise InvalidFileError(f"the table has more than {MAX_POINTS:,} points")
        if not points:
            raise InvalidFileError("the table has no line of two numbers", hint="columns: wavenumber, absorbance")
        table = np.array(points, np.float64)
        head = " ".join(heads)
        return RecordRow(
            0, None, build_infrared(table[:, 0], table[:, 1], recognise_axis(head), recognise_ordinate(head))
        )
    except InvalidFileError as error:
        return RecordRow(0, None, None, str(error))


def _split(line: str) -> list[str]:
    for separator in (";", "\t"):
        if separator in line:
            return [word.strip().replace(",", ".") for word in line.split(separator)]
    return [word.strip() for word in line.split(",")] if "," in line else line.split()
