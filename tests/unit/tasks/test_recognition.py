"""What can be checked about a recognised molecule."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.errors import UnreadableAnswerError
from anymol.modalities.adduct import Adduct
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart, TextPart
from anymol.modalities.mass_spectrum import CollisionEnergy, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.parsing import parse_reaction_answer
from anymol.tasks.prompt import write_reaction
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput

RECOGNITION, REACTION = TASKS["molecule_recognition"], TASKS["reaction_recognition"]
CAFFEINE, ASPIRIN, THEOBROMINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)[nH]c(=O)n2C"
MEASURED = MassSpectrum(
    np.array([110.0713, 138.0662, 195.0877]), np.array([0.2, 1.0, 0.6]), 195.0877, Adduct.M_H, CollisionEnergy(20.0)
)
WATER = Conformer(np.array([8, 1, 1], np.uint8), np.eye(3))


def check(value: str, asked: TaskInput) -> dict[str, bool | None]:
    return {one.name: one.passed for one in RECOGNITION.verify(asked, value)}


@pytest.mark.parametrize(
    ("value", "passed"),
    [
        (CAFFEINE, {"parses": True, "precursor_agrees": True, "peaks_explained": True}),
        (ASPIRIN, {"parses": True, "precursor_agrees": False, "peaks_explained": False}),
    ],
)
def test_a_spectrum_tells_its_molecule_from_another(value: str, passed: dict[str, bool]) -> None:
    assert check(value, TaskInput(records={Slot.MOLECULE: (RecordPart(Modality.MS2, MEASURED),)})) == passed


def test_a_spectrum_without_precursor_or_fragments_decides_nothing() -> None:
    bare = MassSpectrum(np.array([195.0877]), np.array([1.0]), 195.0877)
    found = check(CAFFEINE, TaskInput(records={Slot.MOLECULE: (RecordPart(Modality.MS2, bare),)}))
    assert found == {"parses": True, "precursor_agrees": None, "peaks_explained": None}


@pytest.mark.parametrize(
    ("smiles", "adduct", "precursor"),
    [("C[N+](C)(C)CCO", Adduct.M_CATION, 104.10699), ("CC(=O)[O-]", Adduct.M_ANION, 59.01385)],
)
def test_the_electrons_of_a_permanent_ion_are_counted_once(smiles: str, adduct: Adduct, precursor: float) -> None:
    measured = MassSpectrum(np.array([45.0]), np.array([1.0]), precursor, adduct)
    asked = TaskInput(records={Slot.MOLECULE: (RecordPart(Modality.MS2, measured),)})
    found = next(one for one in RECOGNITION.verify(asked, smiles) if one.name == "precursor_agrees")
    assert found.passed
    assert found.detail.endswith((" +0 ppm", " -0 ppm"))


@pytest.mark.parametrize(("formula", "agrees"), [("C8H10N4O2", True), ("O2N4H10C8", True), ("C7H8N4O2", False)])
def test_formulas_agree_in_any_order(formula: str, agrees: bool) -> None:
    assert check(CAFFEINE, TaskInput(formula=formula))["formula_agrees"] is agrees


def test_geometries_count_their_heavy_atoms() -> None:
    asked = TaskInput(records={Slot.MOLECULE: (RecordPart(Modality.CONFORMER, WATER),)})
    assert check("O", asked)["atoms_agree"] is True
    assert check("S", asked)["atoms_agree"] is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<mol>CCO.CC(=O)O</mol>>><mol>CCOC(C)=O</mol>", "CC(=O)O.CCO>>CCOC(C)=O"),
        ("<mol>OCC</mol> > <mol>Cl</mol> > <mol>CCCl</mol>", "CCO>Cl>CCCl"),
    ],
)
def test_reactions_are_read_part_by_part(text: str, value: str) -> None:
    assert parse_reaction_answer(text) == value
    said = (part.text if isinstance(part, TextPart) else f"<mol>{part.smiles}</mol>" for part in write_reaction(value))
    assert parse_reaction_answer("".join(said)) == value


@pytest.mark.parametrize(
    "text", [">>", "<mol>C</mol>>>", "<mol>C</mol> gives <mol>N</mol>", "<mol>C</mol>>x><mol>N</mol>"]
)
def test_what_is_no_reaction_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse_reaction_answer(text)


def test_a_drawn_reaction_is_checked_for_its_atoms() -> None:
    (parses, atoms, copied) = REACTION.verify(TaskInput(), "CC(=O)O.CCO>>CCOC(C)=O")
    assert parses.passed and atoms.passed and copied.passed
    assert REACTION.verify(TaskInput(), "CCO>>CCOC(C)=O")[1].passed is not True
