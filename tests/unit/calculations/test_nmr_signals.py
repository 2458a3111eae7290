"""Signals of spectra: counted, shown by the atoms that bear the hydrogens."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import UserError


def test_hydrogens_unless_carbon_is_asked_for() -> None:
    protons = calculate("nmr_signals", "ethyl acetate", text="How many signals in the 1H NMR?")
    assert protons.value == 3 and "C1 (3 H), C2 (2 H)" in protons.statement
    assert calculate("nmr_signals", "ethyl acetate", text="signals in the 13C NMR").value == 4
    assert calculate("nmr_signals", "p-xylene", text="how many types of carbon").value == 3


def test_the_name_of_a_molecule_asks_for_no_carbon() -> None:
    assert calculate("nmr_signals", "diethyl carbonate", text="proton signals of diethyl carbonate").value == 2


def test_diastereotopic_hydrogens_are_told() -> None:
    found = calculate("nmr_signals", "CCC(C)O")
    assert found.value == 6 and any("diastereotopic" in note for note in found.notes)
    assert not any("diastereotopic" in note for note in calculate("nmr_signals", "CCO").notes)


def test_without_hydrogen_there_is_no_signal() -> None:
    with pytest.raises(UserError, match="no hydrogen"):
        calculate("nmr_signals", "FC(F)(F)F")
