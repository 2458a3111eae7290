"""Computed infrared spectra beside structures."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.inference.disagreement.comparison import Measured, NotCompared, PairKind
from anymol.inference.disagreement.infrared_spectra import compare_structure
from anymol.inference.disagreement.scales import load_scales
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.formats import read_infrared_spectra

pytest.importorskip("chemprop", reason="infrared spectra are predicted with chemprop")

OWN = "CCCC(O)(C(=O)O)c1ccccc1"
"""What examples/computed_ir.jdx was computed of."""


@pytest.fixture(scope="module")
def spectrum(examples_dir: Path) -> InfraredSpectrum:
    return next(read_infrared_spectra(examples_dir / "computed_ir.jdx")).record


def judge(smiles: str, spectrum: InfraredSpectrum) -> float:
    found = compare_structure(smiles, spectrum)
    assert isinstance(found, Measured) and found.kind is PairKind.STRUCTURE_IR
    return load_scales()[found.kind].judge(found.figures)


def test_bands_that_a_structure_cannot_have_speak_against_it(spectrum: InfraredSpectrum) -> None:
    assert judge(OWN, spectrum) < 0.5
    assert judge("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", spectrum) > 0.9  # caffeine has no OH


def test_a_neighbour_with_the_same_groups_is_not_told_apart(spectrum: InfraredSpectrum) -> None:
    assert 0.1 < judge("CCC(O)(CC(=O)O)c1ccccc1", spectrum) < 0.9


def test_sizes_that_no_spectrum_was_learnt_of_are_not_compared(spectrum: InfraredSpectrum) -> None:
    for smiles in ("CCO", "CCCCCCCCCCCCCCCCCC(=O)O", "CC(=O)[O-].[Na+]"):
        found = compare_structure(smiles, spectrum)
        assert isinstance(found, NotCompared) and "heavy atoms" in found.said
