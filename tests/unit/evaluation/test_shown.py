from __future__ import annotations

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.evaluation.baselines import Baseline, answer_baselines
from anymol.evaluation.questions import recover_input
from anymol.evaluation.shown import name_shown
from anymol.modalities.cleaning import compute_mass, compute_precursor
from anymol.modalities.content import GraphPart, ImagePart, MoleculePart, Ms2Part, RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import Adduct, MassSpectrum
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput

RECOGNITION = TASKS["molecule_recognition"]
CAFFEINE, ASPIRIN, PHENOL = "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC(=O)Oc1ccccc1C(=O)O", "Oc1ccccc1"
PICTURE = ImagePart(MoleculeImage(np.zeros((4, 4, 3), np.uint8)), smiles=CAFFEINE)


def spectrum(precursor: float) -> Ms2Part:
    return Ms2Part(MassSpectrum(np.array([50.0]), np.array([1.0]), precursor, Adduct.M_H), smiles=CAFFEINE)


def ask(*parts: GraphPart | RecordPart, formula: str | None = None) -> TaskInput:
    return TaskInput(formula=formula, records={Slot.MOLECULE: parts})


def make_example(task_input: TaskInput, task: str = "molecule_recognition", **how: bool) -> InstructionExample:
    messages = render_prompt(TASKS[task], task_input, 0, **how)
    return InstructionExample("x", task, messages, (MoleculePart(CAFFEINE),), "hand", "CC0", "val")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (ask(PICTURE), "image"),
        (ask(PICTURE, spectrum(195.0)), "image + ms2"),
        (ask(spectrum(195.0), formula="C8H10N4O2"), "ms2 + formula"),
        (ask(GraphPart("C"), GraphPart("N")), "graph"),
    ],
)
def test_what_is_shown_has_a_name(asked: TaskInput, name: str) -> None:
    assert name_shown(make_example(asked), asked) == name


def test_a_record_beside_the_notation_is_told_from_one_instead() -> None:
    asked = TaskInput(molecule=CAFFEINE, records={Slot.MOLECULE: (PICTURE,)})
    assert name_shown(make_example(asked, "logp"), asked) == "notation + image"
    assert name_shown(make_example(asked, "logp", beside_text=False), asked) == "image"


def test_the_answer_of_a_recognition_is_no_part_of_what_is_asked() -> None:
    recovered = recover_input(RECOGNITION, make_example(ask(PICTURE, formula="C8H10N4O2")))
    assert recovered.molecule is None
    assert recovered.formula == "C8H10N4O2"
    assert recovered.records == {Slot.MOLECULE: (PICTURE,)}
    alone = make_example(TaskInput(molecule=CAFFEINE, records={Slot.MOLECULE: (PICTURE,)}), "logp", beside_text=False)
    assert recover_input(TASKS["logp"], alone).molecule == CAFFEINE


def test_masses_and_formulas_point_at_training_molecules() -> None:
    training = [(ask(PICTURE), smiles) for smiles in (ASPIRIN, PHENOL, PHENOL)]
    precursor = compute_precursor(180.0, Adduct.M_H)
    asked = [ask(spectrum(precursor)), ask(spectrum(precursor), formula="C6H6O"), ask(PICTURE)]
    found = {one.baseline: one.answers for one in answer_baselines(RECOGNITION, training, asked)}
    assert found[Baseline.MASS] == (ASPIRIN, PHENOL, PHENOL)
    assert found[Baseline.MOST_FREQUENT] == (PHENOL, PHENOL, PHENOL)


@pytest.mark.parametrize("adduct", list(Adduct))
def test_masses_come_back_from_precursors(adduct: Adduct) -> None:
    assert compute_mass(compute_precursor(194.0804, adduct), adduct) == pytest.approx(194.0804)
