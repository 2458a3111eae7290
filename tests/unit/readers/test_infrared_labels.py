"""Words for axes and quantities."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidFileError
from anymol.readers.infrared_labels import (
    Axis,
    AxisLabel,
    Ordinate,
    agree_axes,
    agree_ordinates,
    find_technique,
    is_unit_line,
    names_infrared,
    read_axis,
    read_ordinate,
)

TITLES = (
    "IR spectrum of sample 7", "Fourier transform infrared measurement", "Instrument: scan mode", "trans-stilbene",
    "transmitter 4", "maximum", "vacuum", "Spectrum", "momentum", "Aluminum foil", "Tanmay", "polystyrene film",
    "number of scans", "gum arabic", "album 3", "columns", "cm", "x", "",
)  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_words_that_hold_a_unit_inside_say_nothing(title: str) -> None:
    assert not read_axis(title)
    assert read_ordinate(title) is None
    assert not is_unit_line(title)


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("1/CM", Axis.WAVENUMBER), ("cm-1", Axis.WAVENUMBER), ("cm^-1", Axis.WAVENUMBER), ("cm⁻¹", Axis.WAVENUMBER),
        ("cm−1", Axis.WAVENUMBER), ("cm**-1", Axis.WAVENUMBER), ("cm^{-1}", Axis.WAVENUMBER),
        ("CM(-1)", Axis.WAVENUMBER),
        ("Wavenumber (cm-1)", Axis.WAVENUMBER), ("Wavenumber / cm-1", Axis.WAVENUMBER),
        ("Wavenumbers", Axis.WAVENUMBER),
        ("Wavenumber [1/cm]", Axis.WAVENUMBER), ("wavenumber cm-1", Axis.WAVENUMBER),
        ("Frequency (cm-1)", Axis.WAVENUMBER),
        ("Wellenzahl [1/cm]", Axis.WAVENUMBER), ("Wellenzahl cm⁻¹", Axis.WAVENUMBER),
        ("Nombre d’onde (cm-1)", Axis.WAVENUMBER), ("Número de onda (cm-1)", Axis.WAVENUMBER),
        ("Numero d'onda", Axis.WAVENUMBER), ("Волновое число, см-1", Axis.WAVENUMBER), ("波数 (cm-1)", Axis.WAVENUMBER),
        ("um", Axis.MICROMETRE), ("µm", Axis.MICROMETRE), ("μm", Axis.MICROMETRE), ("MICROMETERS", Axis.MICROMETRE),
        ("Wavelength (micron)", Axis.MICROMETRE), ("wavelength um", Axis.MICROMETRE),
        ("Wellenlänge [µm]", Axis.MICROMETRE),
        ("nm", Axis.NANOMETRE), ("Wavelength, nm", Axis.NANOMETRE), ("NANOMETERS", Axis.NANOMETRE),
        ("Longueur d'onde (nm)", Axis.NANOMETRE),
    ],
)  # fmt: skip
def test_axes(label: str, unit: Axis) -> None:
    assert read_axis(label).unit is unit


def test_a_wavelength_may_have_no_unit_or_a_wrong_one() -> None:
    assert read_axis("Wavelength") == AxisLabel(None, True)
    assert read_axis("Wavelength (cm-1)") == AxisLabel(Axis.WAVENUMBER, True)


@pytest.mark.parametrize(
    "label",
    ["Raman shift (cm-1)", "Raman-Verschiebung [cm-1]", "m/z", "Frequency (THz)", "ppm", "Energy (eV)", "HZ",
     "Retention time", "Wavenumber (nm)", "cm-1 / um"],
)  # fmt: skip
def test_other_axes_are_refused(label: str) -> None:
    with pytest.raises(InvalidFileError):
        read_axis(label)


@pytest.mark.parametrize(
    ("label", "quantity"),
    [
        ("%T", Ordinate.PERCENT), ("T (%)", Ordinate.PERCENT), ("% Transmittance", Ordinate.PERCENT),
        ("Transmittance %", Ordinate.PERCENT), ("Transmittance (%)", Ordinate.PERCENT),
        ("Transmission [%]", Ordinate.PERCENT),
        ("PERCENT TRANSMITTANCE", Ordinate.PERCENT), ("Durchlässigkeit [%]", Ordinate.PERCENT),
        ("Transmitancia, %", Ordinate.PERCENT), ("Пропускание, %", Ordinate.PERCENT), ("透過率 (%)", Ordinate.PERCENT),
        ("TRANSMITTANCE", Ordinate.TRANSMITTANCE), ("T", Ordinate.TRANSMITTANCE),
        ("Transmittance (a.u.)", Ordinate.TRANSMITTANCE),
        ("Absorbance", Ordinate.ABSORBANCE), ("Absorbance (a.u.)", Ordinate.ABSORBANCE), ("A", Ordinate.ABSORBANCE),
        ("Abs.", Ordinate.ABSORBANCE), ("Extinktion", Ordinate.ABSORBANCE), ("Absorbanz", Ordinate.ABSORBANCE),
        ("Assorbanza", Ordinate.ABSORBANCE), ("吸光度", Ordinate.ABSORBANCE), ("log(1/T)", Ordinate.ABSORBANCE),
        ("ATR absorbance", Ordinate.ABSORBANCE), ("(micromol/mol)-1m-1 (base 10)", Ordinate.ABSORBANCE),
        ("log(1/R)", Ordinate.LOG_REFLECTANCE), ("Log 1/R", Ordinate.LOG_REFLECTANCE),
        ("Intensity", None), ("ARBITRARY UNITS", None), ("y", None),
    ],
)  # fmt: skip
def test_quantities(label: str, quantity: Ordinate | None) -> None:
    assert read_ordinate(label) is quantity


@pytest.mark.parametrize(
    "label",
    ["Kubelka-Munk", "K-M", "F(R)", "REFLECTANCE", "%R", "diffuse reflectance", "Single beam", "% absorption",
     "Absorption (%)", "Photoacoustic", "Absorbance/Transmittance", "Raman intensity"],
)  # fmt: skip
def test_quantities_that_do_not_convert_are_refused(label: str) -> None:
    with pytest.raises(InvalidFileError):
        read_ordinate(label)


@pytest.mark.parametrize(
    ("field", "technique"),
    [
        ("INFRARED SPECTRUM", None), ("FT-IR SPECTRUM", None), ("IR", None), ("GC/FTIR SPECTRUM", None), ("", None),
        ("RAMAN SPECTRUM", "Raman"), ("FT-RAMAN", "Raman"), ("NMR SPECTRUM", "NMR"),
        ("MASS SPECTRUM", "mass spectrometry"),
        ("UV/VIS SPECTRUM", "UV/Vis"), ("UV-VISIBLE SPECTRUM", "UV/Vis"),
        ("INFRARED INTERFEROGRAM", "an interferogram"), ("ION MOBILITY SPECTRUM", "ion mobility"),
    ],
)  # fmt: skip
def test_techniques(field: str, technique: str | None) -> None:
    assert find_technique(field) == technique


def test_infrared_is_a_word_of_its_own() -> None:
    assert names_infrared("Infrared spectrum")
    assert names_infrared("FT-IR")
    assert not names_infrared("Circular dichroism")


def test_lines_that_are_a_unit() -> None:
    assert all(map(is_unit_line, ("CM-1", "%T", "um", "nm")))
    assert not any(map(is_unit_line, ("A", "T", "sample %T", "4 cm-1")))


def test_labels_agree_or_are_refused() -> None:
    assert agree_axes([AxisLabel(), AxisLabel(Axis.MICROMETRE), AxisLabel(None, True)]) == AxisLabel(
        Axis.MICROMETRE, True
    )
    with pytest.raises(InvalidFileError, match="two units"):
        agree_axes([AxisLabel(Axis.MICROMETRE), AxisLabel(Axis.WAVENUMBER)])
    assert agree_ordinates([None, Ordinate.TRANSMITTANCE, Ordinate.PERCENT]) is Ordinate.PERCENT
    with pytest.raises(InvalidFileError, match="twice"):
        agree_ordinates([Ordinate.ABSORBANCE, Ordinate.PERCENT])
