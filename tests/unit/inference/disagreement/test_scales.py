"""The scales that ship, and how much a doubtful reading takes from them."""

from __future__ import annotations

import pytest

from anymol.inference.disagreement import infrared_spectra, mass_spectra
from anymol.inference.disagreement.comparison import PairKind
from anymol.inference.disagreement.scales import Scale, discount_reading, load_scales

FIGURES = {
    PairKind.STRUCTURE_MS2: mass_spectra.STRUCTURE_FEATURES,
    PairKind.FORMULA_MS2: mass_spectra.FORMULA_FEATURES,
    PairKind.MS2_MS2: mass_spectra.SPECTRA_FEATURES,
    PairKind.STRUCTURE_IR: infrared_spectra.STRUCTURE_FEATURES,
}
WORSE = (
    "mass off",
    "another mass",
    "unexplained by formula",
    "unexplained by fragments",
    "misfit",
    "behind",
    "unlikeness",
)


@pytest.mark.parametrize("kind", list(PairKind))
def test_each_kind_of_pair_has_a_scale_of_its_own_figures(kind: PairKind) -> None:
    scale = load_scales()[kind]
    assert set(scale.weights) <= set(FIGURES[kind])
    assert scale.conflicts * 2 == pytest.approx(scale.n, abs=2)


@pytest.mark.parametrize("kind", list(PairKind))
def test_worse_evidence_never_speaks_for_agreement(kind: PairKind) -> None:
    scale = load_scales()[kind]
    assert all(scale.weights.get(name, 0.0) >= 0 for name in WORSE)
    assert scale.weights.get("ahead", 0.0) <= 0


def test_a_scale_is_a_logistic_curve() -> None:
    scale = Scale(bias=-1.0, weights={"misfit": 2.0}, n=0, conflicts=0, ece=0.0)
    assert scale.judge({"misfit": 0.5}) == pytest.approx(0.5)
    assert scale.judge({"misfit": 1.0}) == pytest.approx(1 / (1 + 2.718281828**-1))


def test_a_sure_reading_changes_nothing_and_a_wrong_one_tells_nothing() -> None:
    assert discount_reading(0.8, 1.0, decided=False) == pytest.approx(0.8)
    assert discount_reading(0.8, 0.0, decided=False) == pytest.approx(0.5)
    assert discount_reading(1.0, 1.0, decided=True) == 1.0
    # Read as another molecule, surely wrongly: of the given one as well as of a third.
    assert discount_reading(1.0, 0.0, decided=True) == pytest.approx(0.5)
    assert discount_reading(0.0, 0.3, decided=True) == 0.0
