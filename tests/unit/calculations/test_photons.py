"""Light: E = h c / lambda, with values that textbooks tabulate."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        # 1239.84 eV nm / 500 nm
        ("What is the energy of a photon of 500 nm?", 2.480, "eV"),
        ("What is the energy in J of a photon of 500 nm?", 3.973e-19, "J"),
        ("What is the energy in kJ/mol of a 254 nm photon?", 471.0, "kJ/mol"),
        ("What's the wavelength of the HOMO-LUMO transition of 2.5 eV?", 495.9, "nm"),
        ("convert 2.5 eV to nm", 495.9, "nm"),
        # h c / 500 nm = 3.97289e-19 J, times how many there are
        ("energy of 3 photons of 500 nm", 1.1919e-18, "J"),
        ("energy of 10^20 photons of 500 nm", 39.73, "J"),
        ("energy of 2 x 10^20 photons of 500 nm", 79.46, "J"),
        ("energy in kJ of a mol of photons of 500 nm", 239.25, "kJ"),
        ("energy in kJ/mol of one mole of photons of 500 nm", 239.25, "kJ/mol"),
        ("energy of 2 moles of photons of 500 nm in kJ", 478.5, "kJ"),
        ("wavelength of an electron transition of 10.2 eV", 121.55, "nm"),
        ("frequency of 532 nm light", 5.635e14, "Hz"),
        ("Convert 1715 cm-1 to kJ/mol", 20.52, "kJ/mol"),
        ("What is the wavenumber of 3.4 \u00b5m radiation?", 2941.0, "cm-1"),
        ("What is the wavelength of light of frequency 6 x 10^14 Hz?", 499.7, "nm"),
        ("Convert 0.25 hartree to eV", 6.803, "eV"),
        ("What is the energy of a photon of 100 MHz radiation in J?", 6.626e-26, "J"),
    ],
)
def test_one_from_another(question: str, value: float, unit: str) -> None:
    assert choose_text_calculation(question) == "photon"
    found = calculate("photon", text=question)
    assert (float(found.text), found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    "question",
    [
        "What is the absorbance at 500 nm of a dye?",
        "What is the HOMO energy of benzene in eV?",
        "The C=O band of acetone is at 1715 cm-1",
        "What is the wavelength of light?",
    ],
)
def test_what_asks_for_no_conversion(question: str) -> None:
    assert choose_text_calculation(question) != "photon"


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("wavelength of an electron with an energy of 100 eV", "not a photon"),
        ("wavelength of a neutron of 0.025 eV", "not a photon"),
        ("de Broglie wavelength of a proton of 1 keV", "not a photon"),
        ("energy of three photons of 500 nm", "not a number"),
        ("wavelength of 3 photons of 2 eV", "only the energy"),
        ("energy in kJ/mol of 3 photons of 500 nm", "not one in"),
    ],
)
def test_what_is_not_one_photon_is_refused(question: str, why: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=why):
        calculate("photon", text=question)
