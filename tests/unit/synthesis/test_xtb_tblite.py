"""GFN2-xTB lines against the published ones of small molecules, and the mode analysis against a spring."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anymol.errors import UserError
from anymol.synthesis.xtb_tblite import analyse_modes, compute_lines_tblite

WATER = ([8, 1, 1], [[0.0, 0.0, 0.1], [0.0, 0.8, -0.5], [0.0, -0.8, -0.5]])


def test_two_atoms_on_a_spring_by_hand() -> None:
    places = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    masses = np.array([1.0, 4.0])
    hessian = np.zeros((6, 6))
    hessian[2, 2] = hessian[5, 5] = 0.5
    hessian[2, 5] = hessian[5, 2] = -0.5
    slopes = np.zeros((6, 3))
    slopes[2, 2], slopes[5, 2] = -0.3, 0.3
    wavenumbers, intensities, moves = analyse_modes(places, masses, hessian, slopes)
    reduced = 1.0 * 4.0 / 5.0
    assert wavenumbers == pytest.approx([219474.6313632 * math.sqrt(0.5 / (reduced * 1822.888486209))])
    # d mu / dQ = charge / sqrt(reduced mass): 0.3 e = 1.44096 D/angstrom
    assert intensities == pytest.approx([42.2561 * 1.440961**2 / reduced], rel=1e-5)
    assert moves.shape == (6, 1)


def test_an_imaginary_mode_is_negative() -> None:
    places = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    hessian = np.zeros((6, 6))
    hessian[2, 2] = hessian[5, 5] = -0.5
    hessian[2, 5] = hessian[5, 2] = 0.5
    wavenumbers, _, _ = analyse_modes(places, np.ones(2), hessian, np.zeros((6, 3)))
    assert wavenumbers[0] < 0


def test_water() -> None:
    pytest.importorskip("tblite", reason="the library tblite is not installed")
    lines = compute_lines_tblite("O", *WATER)
    assert lines.wavenumbers == pytest.approx([1539, 3643, 3651], abs=8)
    assert lines.energy == pytest.approx(-5.070544, abs=1e-5)  # xtb 6: -5.070544 Eh
    assert lines.intensities[0] > lines.intensities[2] > lines.intensities[1] > 0
    assert lines.n_imaginary == 0
    assert lines.program.startswith("tblite ")


def test_it_repeats_exactly() -> None:
    pytest.importorskip("tblite", reason="the library tblite is not installed")
    assert compute_lines_tblite("O", *WATER) == compute_lines_tblite("O", *WATER)


def test_a_linear_molecule_has_one_mode_more() -> None:
    pytest.importorskip("tblite", reason="the library tblite is not installed")
    lines = compute_lines_tblite("O=C=O", [8, 6, 8], [[0, 0, -1.16], [0, 0, 0], [0, 0, 1.16]])
    assert len(lines.wavenumbers) == 4
    assert lines.intensities[2] == pytest.approx(0, abs=0.5)  # the symmetric stretch does not move the dipole


def test_a_planar_start_of_ammonia_leaves_the_saddle() -> None:
    pytest.importorskip("tblite", reason="the library tblite is not installed")
    angles = np.deg2rad([0, 120, 240])
    places = [[0.0, 0.0, 0.0], *([math.cos(a), math.sin(a), 0.0] for a in angles)]
    assert compute_lines_tblite("N", [7, 1, 1, 1], places).n_imaginary == 0


@pytest.mark.parametrize("numbers", [[118, 1], [26]])
def test_what_it_cannot_take_is_refused(numbers: list[int]) -> None:
    pytest.importorskip("tblite", reason="the library tblite is not installed")
    with pytest.raises(UserError):
        compute_lines_tblite("?", numbers, [[0.0, 0.0, float(i)] for i in range(len(numbers))])
