"""Mass spectra as text columns: m/z and intensity, with what stands above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TextIO

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.columns import Columns, Heading, split_columns
from anymol.readers.ion_statements import NAMES, IonStatement, find_name
from anymol.readers.lines import read_lines
from anymol.readers.peak_lists import MAX_MZ, MAX_PEAKS
from anymol.readers.peaks import build_row
from anymol.readers.rows import RecordRow

_MASSES = frozenset(
    {"m/z", "mz", "m/q", "mass", "masses", "masse", "masa", "massa", "mass/charge", "mass to charge", "centroid mass",
     "ion mass", "exact mass", "m/z meas", "m/z value"}
)  # fmt: skip
_HEIGHTS = (
    ("intensity", "int", "i", "abundance", "counts", "ion counts", "height", "intens", "intensität", "intensité",
     "intensidad", "intensità", "intensiteit", "signal", "response", "ab", "abund"),
    ("relative intensity", "rel int", "rel intensity", "relative abundance", "rel abundance", "relative", "norm",
     "normalized intensity", "intensity rel", "area", "ri"),
)  # fmt: skip
_THERMO_FILTER = re.compile(
    r"\b(?:FT|IT|TQ|Q|TOF)MS\s*\{?.*?(?P<sign>[+-])\s.*?\bms(?P<level>\d?)\b"
    r"(?P<rest>(?:\s+\d+\.\d+(?:@[a-z]+\d+\.?\d*)?)*)",
    re.IGNORECASE,
)
_TELLING = ("precursor_mz", "adduct", "ms_level", "ionization", "instrument_type")
_FEW = 5
"""So many masses do not stand at whole numbers by chance."""

_UNTOLD = "the file names neither precursor nor adduct; it is taken for a spectrum of MS/MS"


def read_peak_table(stream: TextIO) -> Iterator[RecordRow[MassSpectrum]]:
    """Yield the one spectrum of a table.

    Columns are found by their headings; where none is named, the first two are m/z and intensity. Lines above the
    numbers may name precursor, adduct, polarity and energy as fields, or as a scan filter of Thermo.
    """
    try:
        columns = split_columns(read_lines(stream))
        fields = _read_fields(columns.headings)
        mass, height = _choose_columns(columns)
        limits: list[float | None] = [None] * columns.width
        limits[mass] = MAX_MZ
        style = columns.find_style(limits)
        values = columns.read_numbers(style)[:, [mass, height]]
        if len(values) > MAX_PEAKS:
            raise InvalidFileError(f"the table has {len(values):,} rows", hint=f"at most {MAX_PEAKS:,} peaks are read")
        if np.isnan(values).any():
            raise InvalidFileError("a row of the table has no intensity")
    except InvalidFileError as error:
        yield RecordRow(0, None, None, str(error))
        return
    told = any(name in fields for name in _TELLING)
    if not told and len(values) >= _FEW and (values[:, 0] == np.round(values[:, 0])).all():
        reason = (
            "the file names no precursor, and its masses are whole numbers, as those of electron ionisation (EI) are"
        )
        yield RecordRow(0, None, None, f"{reason}; if it is of MS/MS, write 'precursor m/z: ...' above the numbers")
        return
    peaks = [(mz, intensity) for mz, intensity in values.tolist()]
    yield build_row(0, peaks, fields, style=style, ion=None if told else IonStatement(notes=(_UNTOLD,)))


def names_masses(columns: Columns) -> bool:
    """Whether what stands above a table says that it holds m/z."""
    return _find_column(_stack_names(columns), _MASSES) is not None or any(
        find_name(heading.field[0]) in ("precursor_mz", "adduct") or _THERMO_FILTER.search(heading.text)
        for heading in columns.headings
        if heading.field
    )


def _read_fields(headings: Sequence[Heading]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for heading in headings:
        if found := _THERMO_FILTER.search(heading.text):
            for name, value in _read_filter(found).items():
                fields.setdefault(name, value)
        elif heading.field and (name := find_name(heading.field[0])) in NAMES.values() and name != "n_peaks":
            fields.setdefault(name, heading.field[1].strip(' ;,\t"')[:1000])
    return fields


def _read_filter(found: re.Match[str]) -> dict[str, str]:
    """Return what a scan filter says: ``FTMS + p ESI d Full ms2 181.0495@hcd30.00 [50.00-200.00]``."""
    fields = {"ion_mode": found["sign"], "ms_level": f"MS{found['level'] or 1}"}
    steps = re.findall(r"(\d+\.\d+)(?:@([a-z]+)(\d+\.?\d*))?", found["rest"], re.IGNORECASE)
    if steps:
        fields["precursor_mz"] = ", ".join(step[0] for step in steps)
        is_percent = found[0][:2].upper() in ("FT", "IT")
        if steps[-1][2]:
            fields["collision_energy"] = f"{float(steps[-1][2]):g} {'NCE' if is_percent else 'eV'}"
    return fields


def _stack_names(columns: Columns) -> list[list[str]]:
    """Return what stands above each column in the two lines above the numbers, without units and signs."""
    names: list[list[str]] = [[] for _ in range(columns.width)]
    for heading in reversed(columns.headings[-2:]):
        for place, cell in enumerate(heading.cells):
            plain = re.sub(r"[(\[].*?[)\]]", " ", cell.lower()).replace(".", " ").replace("_", " ")
            names[place].append(" ".join(plain.split()))
    return names


def _find_column(names: Sequence[Sequence[str]], wanted: frozenset[str] | tuple[str, ...]) -> int | None:
    return next((place for place, above in enumerate(names) if any(name in wanted for name in above)), None)


def _choose_columns(columns: Columns) -> tuple[int, int]:
    """Return the places of m/z and intensity.

    Raises:
        InvalidFileError: One of them is named and the other is not.
    """
    names = _stack_names(columns)
    mass = _find_column(names, _MASSES)
    height = next((place for group in _HEIGHTS if (place := _find_column(names, group)) is not None), None)
    if mass is not None and height is None and columns.width == 2:
        height = 1 - mass
    if mass is None and height is not None and columns.width == 2:
        mass = 1 - height
    if mass is None and height is None:
        return 0, 1
    if mass is None or height is None:
        raise InvalidFileError(
            "the headings of the table name only one of m/z and intensity",
            value=", ".join(" ".join(above) for above in names)[:80],
            hint="name both, as in 'm/z,intensity'",
        )
    return mass, height
