"""Whether formula, structure and mass of an ion can be of one molecule; masses worked out from the isotopes by hand."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.agreement import find_odd_masses
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.content import RecordPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

GRAPH = RecordPart(Modality.GRAPH, smiles="CC(=O)Oc1ccccc1C(=O)O")


def ask(
    precursor: float | None,
    adduct: Adduct | None = Adduct.M_H,
    formula: str | None = None,
    mode: IonMode | None = None,
    *others: RecordPart,
) -> TaskInput:
    spectrum = MassSpectrum(np.array([50.0]), np.array([1.0]), precursor, adduct, ion_mode=mode)
    return TaskInput(formula=formula, records={Slot.MOLECULE: (RecordPart(Modality.MS2, spectrum), *others)})


@pytest.mark.parametrize(
    ("precursor", "adduct", "formula"),
    [
        (181.0495, Adduct.M_H, "C9H8O4"),
        (203.0315, Adduct.M_NA, "C9H8O4"),
        (179.0350, Adduct.M_NEG_H, "C9H8O4"),
        (361.0918, Adduct.M2_H, "C9H8O4"),
        (91.0284, Adduct.M_2H, "C9H8O4"),
        (104.1070, Adduct.M_CATION, "C5H14NO"),
        (181.0495, None, "C9H8O4"),
        (None, Adduct.M_H, "C9H8O4"),
        (181.0495, Adduct.M_H, None),
    ],
)
def test_what_agrees_is_not_spoken_of(precursor: float | None, adduct: Adduct | None, formula: str | None) -> None:
    assert find_odd_masses(ask(precursor, adduct, formula)) == ()


@pytest.mark.parametrize(
    ("precursor", "adduct", "formula"),
    [
        (231.1016, Adduct.M_H, "C20H30O2"),
        (181.0495, Adduct.M_NA, "C9H8O4"),
        (91.5284, Adduct.M_2H, "C9H8O4"),
        (500.0, None, "C9H8O4"),
    ],
)
def test_an_ion_of_another_mass_is_refused(precursor: float, adduct: Adduct | None, formula: str) -> None:
    with pytest.raises(InvalidTaskInputError, match="spectrum is not of C"):
        find_odd_masses(ask(precursor, adduct, formula))


def test_the_ion_of_a_heavier_isotope_is_a_doubt() -> None:
    # Bromacil with 81Br: 1.99795 above the ion with 79Br, and as frequent.
    assert find_odd_masses(ask(261.0233, Adduct.M_H, "C9H13BrN2O2")) == ()
    (doubt,) = find_odd_masses(ask(263.0213, Adduct.M_H, "C9H13BrN2O2"))
    assert "another isotopologue" in doubt
    with pytest.raises(InvalidTaskInputError):
        find_odd_masses(ask(265.0193, Adduct.M_H, "C9H13BrN2O2"))


def test_the_sign_decides_which_ions_are_tried() -> None:
    # 179.0350 is [M-H]-; nothing positive of C9H8O4 has that mass.
    assert find_odd_masses(ask(179.0350, None, "C9H8O4", IonMode.NEGATIVE)) == ()
    with pytest.raises(InvalidTaskInputError):
        find_odd_masses(ask(179.0350, None, "C9H8O4", IonMode.POSITIVE))


def test_another_formula_of_the_same_nominal_mass_is_doubted() -> None:
    # C10H12O3 has 180.0786 Da, C9H8O4 180.0423: no precise instrument takes one for the other.
    (said,) = find_odd_masses(ask(181.0495, Adduct.M_H, "C10H12O3"))
    assert "181.0859" in said and "ppm" in said


def test_a_structure_beside_the_spectrum_counts_like_a_formula() -> None:
    assert find_odd_masses(ask(181.0495, Adduct.M_H, None, None, GRAPH)) == ()
    with pytest.raises(InvalidTaskInputError, match="not of CC"):
        find_odd_masses(ask(231.1016, Adduct.M_H, None, None, GRAPH))
    with pytest.raises(InvalidTaskInputError, match="the record shows"):
        find_odd_masses(ask(None, None, "C9H10O3", None, GRAPH))


def test_of_a_salt_the_ion_is_one_part() -> None:
    salt = RecordPart(Modality.GRAPH, smiles="C[NH+](C)CCO.[Cl-]")
    assert find_odd_masses(ask(90.0913, Adduct.M_CATION, None, None, salt)) == ()
