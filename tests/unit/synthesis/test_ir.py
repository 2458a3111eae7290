"""The GFN2-xTB engine."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.errors import ConformerError, InvalidSmilesError, MissingDependencyError, TimeLimitError, UserError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.synthesis import ir
from anymol.synthesis.ir import XtbInfraredEngine, XtbInfraredSettings


@pytest.fixture
def with_tblite(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library computes, whether or not the program is here."""
    pytest.importorskip("tblite", reason="the library tblite is not installed")
    monkeypatch.setattr(ir, "find_xtb", lambda: None)


@pytest.mark.usefixtures("with_tblite")
def test_formaldehyde_shows_its_carbonyl() -> None:
    made = XtbInfraredEngine().synthesize("C=O", 1)
    (spectrum,) = made.records
    assert isinstance(spectrum, InfraredSpectrum)
    assert spectrum.span == (400.0, 4000.0)
    assert "L mol^-1 cm^-1" in spectrum.measured_as
    middle = (spectrum.wavenumbers > 1600) & (spectrum.wavenumbers < 2000)
    top = spectrum.wavenumbers[middle][spectrum.absorbance[middle].argmax()]
    assert 1720 < top < 1830
    assert str(made.notes["implementation"]).startswith("tblite")
    assert (made.notes["n_imaginary"], made.notes["scaling"], made.notes["width"]) == (0, 1.0, 24.0)
    assert made == XtbInfraredEngine().synthesize("C=O", 1)


@pytest.mark.usefixtures("with_tblite")
def test_scaling_and_axis_are_settings() -> None:
    settings = XtbInfraredSettings(scaling=0.9, start=500, stop=3900, step=2)
    (spectrum,) = XtbInfraredEngine(settings).synthesize("O", 1).records
    assert isinstance(spectrum, InfraredSpectrum)
    assert spectrum.n_points == 1701
    assert spectrum.wavenumbers[np.argmax(spectrum.absorbance)] == pytest.approx(1539.5 * 0.9, abs=3)


@pytest.mark.usefixtures("with_tblite")
@pytest.mark.parametrize(
    ("smiles", "error"),
    [
        ("C(C", InvalidSmilesError),
        ("*C", ConformerError),
        ("[Fe+2]", UserError),
        ("C" * 3000, UserError),
        ("C" * 60, UserError),
        ("F[Pt](F)(Cl)Cl", UserError),
    ],
)
def test_what_it_cannot_do_is_said(smiles: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        XtbInfraredEngine().synthesize(smiles, 1)


@pytest.mark.usefixtures("with_tblite")
def test_the_time_limit_holds() -> None:
    settings = XtbInfraredSettings(seconds=0.3, n_embedded=1)
    with pytest.raises(TimeLimitError):
        XtbInfraredEngine(settings).synthesize("CCCCCCCCCCCCCCCCCCCC", 1)


def test_without_program_and_library_both_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ir, "find_xtb", lambda: None)
    monkeypatch.setattr(ir.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"xtb.*tblite"):
        XtbInfraredEngine().synthesize("O", 1)


@pytest.mark.usefixtures("with_tblite")
@pytest.mark.parametrize(
    ("light", "heavy", "window", "ratio"),
    [
        ("O", "[2H]O[2H]", (1000, 2000), 0.73),  # the bend of water: 1595 and 1178 cm^-1 measured
        ("ClC(Cl)Cl", "[2H]C(Cl)(Cl)Cl", (1900, 3300), 0.74),  # the C-H stretch of chloroform: 3034 and 2265
        ("C=O", "[13CH2]=O", (1600, 2000), 0.975),
    ],
)
def test_a_heavier_isotope_lowers_its_lines(light: str, heavy: str, window: tuple[int, int], ratio: float) -> None:
    def find_top(smiles: str) -> float:
        (curve,) = XtbInfraredEngine(XtbInfraredSettings(width=8, step=1)).synthesize(smiles, 1).records
        assert isinstance(curve, InfraredSpectrum)
        seen = (curve.wavenumbers > window[0]) & (curve.wavenumbers < window[1])
        return float(curve.wavenumbers[seen][curve.absorbance[seen].argmax()])

    assert find_top(heavy) / find_top(light) == pytest.approx(ratio, abs=0.015)


def test_an_isotope_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match="no known mass"):
        ir.read_isotopes(Chem.MolFromSmiles("[100CH4]"))
