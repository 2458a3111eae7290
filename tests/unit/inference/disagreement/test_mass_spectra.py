"""Measured spectra beside structures: caffeine's and aspirin's ions are those of their published fragmentation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anymol.inference.disagreement import mass_spectra
from anymol.inference.disagreement.comparison import Measured, NotCompared, PairKind
from anymol.inference.disagreement.scales import load_scales
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.formats import read_mass_spectra

ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
# MassBank MSBNK-Eawag-EA030305, CC BY.
OF_CAFFEINE = MassSpectrum(
    np.array([69.0447, 83.0603, 110.0712, 138.0662, 195.0877]),
    np.array([0.027, 0.032, 0.110, 1.0, 0.444]),
    195.0877,
    Adduct.M_H,
)


@pytest.fixture(scope="module")
def of_aspirin(examples_dir: Path) -> MassSpectrum:
    """[M-H]- of aspirin: 137 is salicylate, 93 phenolate."""
    return [row.record for row in read_mass_spectra(examples_dir / "aspirin.mgf")][2]


def judge(found: object) -> float:
    assert isinstance(found, Measured)
    return load_scales()[found.kind].judge(found.figures)


def test_a_spectrum_is_of_its_molecule_and_of_no_other(of_aspirin: MassSpectrum) -> None:
    for smiles, own, other in ((ASPIRIN, of_aspirin, OF_CAFFEINE), (CAFFEINE, OF_CAFFEINE, of_aspirin)):
        assert judge(mass_spectra.compare_structure(smiles, own)) < 0.5
        assert judge(mass_spectra.compare_structure(smiles, other)) > 0.9


def test_positional_isomers_are_not_told_apart(of_aspirin: MassSpectrum) -> None:
    """The acetoxybenzoic acids lose the same ketene: the spectrum neither proves nor refutes the other places."""
    for isomer in ("CC(=O)Oc1cccc(C(=O)O)c1", "CC(=O)Oc1ccc(C(=O)O)cc1"):
        found = mass_spectra.compare_structure(isomer, of_aspirin)
        assert isinstance(found, Measured) and found.figures["mass off"] < 0.2
        assert 0.1 < judge(found) < 0.9


def test_peaks_of_what_was_selected_with_it_are_noticed(examples_dir: Path) -> None:
    """149.0231 is the ion of phthalates, which no bond of aspirin leaves so abundantly; see examples/README.md."""
    contaminated = next(read_mass_spectra(examples_dir / "aspirin.mgf")).record
    aspirin = judge(mass_spectra.compare_structure(ASPIRIN, contaminated))
    phthalate = judge(mass_spectra.compare_structure("COC(=O)c1ccccc1C(=O)O", contaminated))
    assert phthalate < 0.5 < aspirin


def test_a_formula_explains_the_peaks_of_its_molecule(of_aspirin: MassSpectrum) -> None:
    own = mass_spectra.compare_formula("C8H10N4O2", OF_CAFFEINE)
    assert isinstance(own, Measured) and own.kind is PairKind.FORMULA_MS2
    assert own.figures["unexplained by formula"] == pytest.approx(0.0, abs=1e-9)
    assert judge(own) < 0.5
    # C9H10N2O3, 194.0691 Da, has the same nominal mass and lies 96 ppm off.
    assert judge(mass_spectra.compare_formula("C9H10N2O3", OF_CAFFEINE)) > 0.9
    assert judge(mass_spectra.compare_formula("C9H8O4", OF_CAFFEINE)) > 0.9
    assert judge(mass_spectra.compare_formula("C9H8O4", of_aspirin)) < 0.5


def test_an_adduct_that_is_not_fragmented_is_compared_by_formula() -> None:
    potassium = replace(OF_CAFFEINE, precursor_mz=233.0435, adduct=Adduct.M_K)
    found = mass_spectra.compare_structure(CAFFEINE, potassium)
    assert isinstance(found, Measured) and found.kind is PairKind.FORMULA_MS2


def test_the_ion_of_81br_is_no_other_molecule() -> None:
    bromacil = "CCC(C)n1c(=O)[nH]c(C)c(Br)c1=O"  # [M+H]+ 261.0233 with 79Br, 263.0213 with 81Br
    light = MassSpectrum(np.array([204.9607]), np.array([1.0]), 261.0233, Adduct.M_H)
    heavy = MassSpectrum(np.array([206.9587]), np.array([1.0]), 263.0213, Adduct.M_H)
    for spectrum in (light, heavy):
        found = mass_spectra.compare_structure(bromacil, spectrum)
        assert isinstance(found, Measured)
        assert found.figures["mass off"] < 0.5 and not found.figures["another mass"]


def test_of_a_salt_the_organic_part_is_compared() -> None:
    # Metformin hydrochloride: [M+H]+ of C4H11N5 is 130.1087.
    spectrum = MassSpectrum(np.array([60.0556, 71.0604]), np.array([0.6, 1.0]), 130.1087, Adduct.M_H)
    found = mass_spectra.compare_structure("CN(C)C(=N)NC(N)=N.Cl", spectrum)
    assert isinstance(found, Measured) and found.figures["mass off"] < 0.5


def test_two_spectra_are_of_one_mass_or_of_two(of_aspirin: MassSpectrum) -> None:
    positive = MassSpectrum(np.array([121.0284, 163.0390]), np.array([1.0, 0.5]), 181.0495, Adduct.M_H)
    assert judge(mass_spectra.compare_spectra(of_aspirin, positive)) < 0.5  # 180.0423 Da both
    assert judge(mass_spectra.compare_spectra(of_aspirin, OF_CAFFEINE)) > 0.9
    assert judge(mass_spectra.compare_spectra(OF_CAFFEINE, OF_CAFFEINE)) < 0.1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mz": np.array([69.0, 83.1, 110.1, 138.1, 195.1])}, "precise"),
        ({"precursor_mz": None}, "no precursor"),
        ({"adduct": Adduct.M_2H, "precursor_mz": 98.0475}, "several charges"),
    ],
)
def test_what_cannot_be_compared_says_why(change: dict[str, object], words: str) -> None:
    found = mass_spectra.compare_structure(CAFFEINE, replace(OF_CAFFEINE, **change))
    assert isinstance(found, NotCompared) and words in found.said


def test_without_a_mass_two_spectra_are_not_compared() -> None:
    found = mass_spectra.compare_spectra(OF_CAFFEINE, replace(OF_CAFFEINE, precursor_mz=None))
    assert isinstance(found, NotCompared)


def test_peaks_that_no_part_of_a_formula_explains_are_counted() -> None:
    own, other = (mass_spectra.compare_formula(formula, OF_CAFFEINE) for formula in ("C8H10N4O2", "C9H8O4"))
    assert isinstance(own, Measured) and isinstance(other, Measured)
    assert own.figures["unexplained by formula"] < 0.01
    # C8H10O2+, 138.0675, is near the highest peak, which is C6H8N3O+; of those below the precursor 69.0447 is C3H5N2+.
    assert other.figures["unexplained by formula"] > 0.01
