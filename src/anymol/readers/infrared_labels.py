"""What the labels of an infrared file say: the words for axes and quantities, compared as wholes, never searched for.

A label is a short text that names an axis or a quantity, its unit, or both: ``1/CM``, ``Wavenumber (cm-1)``,
``Durchlässigkeit [%]``, ``%T``. A title such as "Fourier transform spectrum" is not a label, though it holds "trans"
and "um".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from anymol.errors import InvalidFileError


class Axis(StrEnum):
    """What the abscissa counts."""

    WAVENUMBER = "cm^-1"
    MICROMETRE = "micrometres"
    NANOMETRE = "nanometres"


class Ordinate(StrEnum):
    """What the values are."""

    ABSORBANCE = "absorbance"
    LOG_REFLECTANCE = "log(1/R)"
    TRANSMITTANCE = "transmittance"
    PERCENT = "% transmittance"


@dataclass(frozen=True)
class AxisLabel:
    """What a label says of the abscissa.

    Attributes:
        unit: None where it names none, as "wavelength" does.
        is_wavelength: Whether it names a wavelength, in whatever unit.
    """

    unit: Axis | None = None
    is_wavelength: bool = False

    def __bool__(self) -> bool:
        return self.unit is not None or self.is_wavelength


_UNITS: dict[str, Axis] = (
    dict.fromkeys(("cm-1", "/cm", "percm", "inversecm", "reciprocalcm", "kayser", "kaysers"), Axis.WAVENUMBER)
    | dict.fromkeys(
        (
            "um", "μm", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres", "mikrometer",
            "mikron", "micromètre", "micromètres", "micrometro", "micrómetro", "micrómetros", "micrômetro",
            "micrometri", "микрон", "мкм", "微米",
        ),
        Axis.MICROMETRE,
    )
    | dict.fromkeys(
        (
            "nm", "nanometer", "nanometers", "nanometre", "nanometres", "nanomètre", "nanomètres", "nanómetro",
            "nanómetros", "nanômetro", "nanometri", "нм", "纳米",
        ),
        Axis.NANOMETRE,
    )
)  # fmt: skip

_WAVENUMBERS = (
    "wavenumber", "wavenumbers", "wave number", "wave numbers", "wellenzahl", "wellenzahlen", "nombre d'onde",
    "nombre d onde", "nombres d'onde", "número de onda", "numero de onda", "número de ondas", "numero d'onda",
    "numero d onda", "golfgetal", "vågtal", "bølgetall", "bølgetal", "aaltoluku", "vlnočet", "hullámszám",
    "liczba falowa", "волновое число", "波数", "파수", "inverse centimeters", "inverse centimetres",
    "reciprocal centimeters", "reciprocal centimetres",
)  # fmt: skip
_WAVELENGTHS = (
    "wavelength", "wave length", "wellenlänge", "wellenlaenge", "longueur d'onde", "longueur d onde",
    "longitud de onda", "lunghezza d'onda", "comprimento de onda", "golflengte", "våglängd", "bølgelængde",
    "aallonpituus", "vlnová délka", "długość fali", "длина волны", "波长", "波長", "파장",
)  # fmt: skip
_TRANSMITTANCE = (
    "transmittance", "transmission", "transmitance", "durchlässigkeit", "durchlaessigkeit", "transmissionsgrad",
    "transmissie", "transmittans", "transmitancia", "transmitância", "transmisión", "transmissão", "transmittanza",
    "trasmittanza", "trasmissione", "transmitancja", "transmisja", "transmittanssi", "propustnost", "transzmittancia",
    "пропускание", "透过率", "透過率", "투과율", "transm",
)  # fmt: skip
_ABSORBANCE = (
    "absorbance", "absorbances", "absorbancy", "absorption", "absorptions", "extinktion", "extinction", "absorbanz",
    "absorbancia", "absorbância", "absorción", "assorbanza", "assorbimento", "absorptie", "absorbans",
    "absorbancja", "absorbanssi", "abs", "optical density", "od", "mau",
    "поглощение", "оптическая плотность", "吸光度", "흡광도", "logreciprocal t",
)  # fmt: skip
_PERCENT = ("percent", "per cent", "prozent", "pourcent", "por ciento", "prozentuale")
_LOG_REFLECTANCE = "logreciprocal r"

_OTHER_AXES = (
    "hz", "khz", "mhz", "ghz", "thz", "ev", "mev", "ppm", "m/z", "mz", "å", "ångström", "angstrom", "angstroms", "s",
    "sec", "seconds", "min", "minutes", "2theta", "2-theta", "°2θ", "retention time", "mass/charge", "pm",
)  # fmt: skip
_OTHER_ORDINATES = (
    "reflectance", "reflection", "reflectivity", "reflexion", "reflexionsgrad", "reflectancia", "réflectance",
    "remission", "reflektans", "riflettanza", "r", "%r", "r%", "kubelka-munk", "kubelka munk", "kubelkamunk", "k-m",
    "km", "f(r)", "photoacoustic", "photoacoustic signal", "single beam", "single-beam", "singlebeam", "einkanal",
    "interferogram", "interferogramm", "emission", "emittance", "emissivity", "absorptance", "%absorption",
    "%absorptance", "%absorbance", "%a", "km/mol", "km mol-1", "km mol^-1", "km·mol-1", "oscillator strength",
)  # fmt: skip
_BRACKETS = re.compile(r"[()\[\]{}]|,|;|\s/\s|/\s*(?=cm-1|um|μm|nm|%)|(?<=\w)\s*:\s*")


def read_axis(text: str) -> AxisLabel:
    """Return what a label says of the abscissa; a false value where it is not such a label.

    Raises:
        InvalidFileError: It names the axis of something else than an infrared spectrum, or two units.

    >>> read_axis("Wellenzahl [1/cm]").unit
    <Axis.WAVENUMBER: 'cm^-1'>
    >>> bool(read_axis("IR spectrum of sample 7"))
    False
    """
    pieces = _split(text)
    _refuse_raman(text, pieces)
    if _find_any(pieces, _OTHER_AXES):
        raise InvalidFileError(
            f"'{_show(text)}' is not an axis of an infrared spectrum",
            hint="wavenumbers (cm-1), micrometres and nanometres are read",
        )
    units = {axis for piece in pieces for axis in [_find_unit(piece)] if axis}
    is_wavenumber, is_wavelength = _names(pieces, _WAVENUMBERS), _names(pieces, _WAVELENGTHS)
    if len(units) > 1 or (is_wavenumber and units - {Axis.WAVENUMBER}):
        raise InvalidFileError(f"the label '{_show(text)}' says two things", hint="name one axis and its unit")
    return AxisLabel(next(iter(units), Axis.WAVENUMBER if is_wavenumber else None), is_wavelength)


def read_ordinate(text: str) -> Ordinate | None:
    """Return the quantity that a label names; None where it names none, or one of no fixed meaning ("intensity").

    Raises:
        InvalidFileError: It names a quantity that is neither absorbance nor transmittance, or both of them.

    >>> read_ordinate("Transmittance %"), read_ordinate("Fourier transform infrared")
    (<Ordinate.PERCENT: '% transmittance'>, None)
    """
    pieces = _split(text)
    _refuse_raman(text, pieces)
    is_percent = any(_has_percent(piece) for piece in pieces)
    transmits = _names(pieces, _TRANSMITTANCE) or _find_any(pieces, ("t", "%t", "t%", "percent t"))
    # The coefficients of NIST, "(micromol/mol)-1m-1 (base 10)", are absorbance of a known amount.
    absorbs = _names(pieces, _ABSORBANCE) or _find_any(pieces, ("a", "base 10", "base e"))
    if _find_any(pieces, _OTHER_ORDINATES) or (absorbs and is_percent):
        raise InvalidFileError(
            f"'{_show(text)}' is neither absorbance nor transmittance, and does not convert into them",
            hint="export the spectrum as absorbance or transmittance",
        )
    if absorbs and transmits:
        raise InvalidFileError(f"the label '{_show(text)}' says two things", hint="name one quantity")
    if _find_any(pieces, (_LOG_REFLECTANCE,)):
        return Ordinate.LOG_REFLECTANCE
    if transmits:
        return Ordinate.PERCENT if is_percent else Ordinate.TRANSMITTANCE
    return Ordinate.ABSORBANCE if absorbs else None


def agree_axes(labels: Sequence[AxisLabel]) -> AxisLabel:
    """Return what all labels say together.

    Raises:
        InvalidFileError: They name different units.
    """
    units = {label.unit for label in labels if label.unit}
    if len(units) > 1:
        raise InvalidFileError(f"the file names two units of its axis: {' and '.join(sorted(units))}", hint="keep one")
    return AxisLabel(next(iter(units), None), any(label.is_wavelength for label in labels))


def agree_ordinates(ordinates: Sequence[Ordinate | None]) -> Ordinate | None:
    """Return what all labels say together; % transmittance is transmittance, said more exactly.

    Raises:
        InvalidFileError: They name different quantities.
    """
    said = {ordinate for ordinate in ordinates if ordinate}
    if Ordinate.PERCENT in said:
        said -= {Ordinate.TRANSMITTANCE}
    if len(said) > 1:
        raise InvalidFileError(f"the file names its values twice: {' and '.join(sorted(said))}", hint="keep one")
    return next(iter(said), None)


def is_unit_line(text: str) -> bool:
    """Whether a line by itself is a unit, as PerkinElmer writes them above its numbers: ``cm-1``, ``%T``."""
    plain = _normalise(text)
    return plain.replace(" ", "") in _UNITS or plain.replace(" ", "") in ("%t", "t%")


def find_technique(text: str) -> str | None:
    """Return which technique other than infrared a field such as ``##DATA TYPE=`` names; None where it names none.

    >>> find_technique("RAMAN SPECTRUM"), find_technique("FT-IR spectrum")
    ('Raman', None)
    """
    words = set(re.findall(r"[a-z]+", _normalise(text)))
    for name, signs in (_NEVER_INFRARED if names_infrared(text) else _TECHNIQUES).items():
        if words & signs:
            return name
    return None


def names_infrared(text: str) -> bool:
    """Whether a field such as ``##DATA TYPE=`` names infrared spectroscopy."""
    return bool(set(re.findall(r"[a-z]+", _normalise(text))) & _INFRARED)


_INFRARED = {"infrared", "infrarot", "ir", "ftir", "nir", "mir", "fir", "atr"}
_NEVER_INFRARED = {
    "Raman": {"raman"},
    "an interferogram": {"interferogram", "interferogramm"},
    "circular dichroism": {"dichroism", "vcd"},
    "emission": {"emission", "emittance"},
}
_TECHNIQUES = _NEVER_INFRARED | {
    "NMR": {"nmr", "fid"},
    "mass spectrometry": {"mass", "ms", "gcms", "lcms"},
    "UV/Vis": {"uv", "vis", "uvvis", "ultraviolet", "visible"},
    "fluorescence": {"fluorescence", "luminescence"},
    "X-ray diffraction": {"xrd", "diffraction"},
    "ion mobility": {"ims", "mobility"},
    "chromatography": {"chromatogram", "chromatography", "gc", "hplc"},
}


def _normalise(text: str) -> str:
    """Return a label in lower case, with one way of writing what has many."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("µ", "μ").replace("см", "cm")
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"[’`´]", "'", plain)
    plain = re.sub(r"</?su[pb]>|[\"_]", " ", plain)
    plain = re.sub(r"log\w*\s*\(?\s*1\s*/\s*([rt])\b\s*\)?", r"logreciprocal \1", plain)
    plain = re.sub(r"\bc\s*m\s*(?:\*\*|\^|\s)*[({]*\s*-\s*1(?:\s*[)}])?", "cm-1", plain)
    plain = re.sub(r"\b1\s*/\s*cm\b", "cm-1", plain)
    return " ".join(plain.split())


def _split(text: str) -> list[str]:
    """Return the pieces of a label that brackets, commas and strokes part."""
    return [piece for piece in (piece.strip(" .:") for piece in _BRACKETS.split(_normalise(text))) if piece]


def _show(text: str) -> str:
    return " ".join(text.split())[:60]


def _find_any(pieces: list[str], words: tuple[str, ...]) -> bool:
    """Whether a piece is one of these words, blanks aside, or ends in one of more than two letters."""
    return any(
        piece in words or piece.replace(" ", "") in words or (len(last := piece.split()[-1]) > 2 and last in words)
        for piece in pieces
    )


def _names(pieces: list[str], names: tuple[str, ...]) -> bool:
    """Whether a piece names this, alone or among words that describe it."""
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", piece) for piece in pieces for name in names)


def _find_unit(piece: str) -> Axis | None:
    """Return the unit that a piece is, or ends with after the name of an axis."""
    compact = piece.replace(" ", "").replace(".", "")
    if compact in _UNITS:
        return _UNITS[compact]
    name, _, last = piece.rpartition(" ")
    return _UNITS.get(last) if name in (*_WAVENUMBERS, *_WAVELENGTHS, "in", "x", "frequency") else None


def _has_percent(piece: str) -> bool:
    return piece.startswith("%") or piece.endswith("%") or any(re.match(rf"{word}\b", piece) for word in _PERCENT)


def _refuse_raman(text: str, pieces: list[str]) -> None:
    """Refuse a label of Raman spectra.

    Raises:
        InvalidFileError: It is one.
    """
    if any(re.search(r"\braman|拉曼", piece) for piece in pieces):
        raise InvalidFileError(
            f"'{_show(text)}' is of a Raman spectrum, not of an infrared one", hint="give an infrared spectrum"
        )
