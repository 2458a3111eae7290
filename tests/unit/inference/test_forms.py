"""The forms in which a question gives its molecule, and the question without some of them."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.inference.forms import list_forms
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

PICTURE = RecordPart(Modality.IMAGE, MoleculeImage(np.full((4, 4, 3), 255, np.uint8)))
SPECTRUM = RecordPart(Modality.MS2, MassSpectrum(np.array([50.0]), np.array([1.0])))
GRAPH = RecordPart(Modality.GRAPH, smiles="CCO")
WATER = RecordPart(Modality.CONFORMER, Conformer(np.array([8, 1, 1], np.uint8), np.eye(3)))


def ask(*parts: RecordPart, slot: Slot = Slot.MOLECULE, **written: str) -> TaskInput:
    return TaskInput(
        records={slot: parts}, files={slot: tuple(f"file {place}" for place in range(len(parts)))}, **written
    )


def test_every_form_has_a_name() -> None:
    forms = list_forms(ask(SPECTRUM, PICTURE, SPECTRUM, WATER, molecule="CCN", formula="C2H7N"))
    assert [form.name for form in forms.listed] == ["molecule", "formula", "ms2", "image", "ms2 2", "conformer"]
    assert [form.title for form in forms.listed[2:5]] == ["the MS/MS spectrum 1", "the drawing", "the MS/MS spectrum 2"]
    assert forms.listed[-1].formula == "H2O"
    assert forms.find_part(forms.listed[3]) is PICTURE and forms.find_part(forms.listed[0]) is None


def test_what_a_record_states_is_not_written_besides() -> None:
    forms = list_forms(ask(GRAPH, SPECTRUM, molecule="OCC"))
    assert [form.name for form in forms.listed] == ["graph", "ms2"]
    assert forms.keep(["ms2"]).molecule is None
    assert forms.keep(["graph"]).molecule == "OCC"


def test_the_parts_of_a_mixture_are_one_form() -> None:
    forms = list_forms(ask(GRAPH, RecordPart(Modality.GRAPH, smiles="O"), SPECTRUM))
    assert [form.smiles for form in forms.listed] == ["CCO.O", None]
    assert forms.keep(["graph"]).records[Slot.MOLECULE] == (GRAPH, RecordPart(Modality.GRAPH, smiles="O"))


@pytest.mark.parametrize("slot", [Slot.MOLECULE, Slot.PRODUCTS])
def test_forms_are_left_out(slot: Slot) -> None:
    forms = list_forms(ask(PICTURE, SPECTRUM, slot=slot, formula="C2H6O", text="why"))
    kept = forms.keep(["ms2"])
    assert kept.records == {slot: (SPECTRUM,)} and kept.files[slot] == ("file 1",)
    assert kept.formula is None and kept.text == "why"
    assert forms.keep(["formula", "image"]).formula == "C2H6O"
    assert forms.keep([form.name for form in forms.listed]) == forms.task_input


def test_each_of_several_reactants_may_be_shown() -> None:
    assert list_forms(ask(PICTURE, PICTURE, slot=Slot.REACTANTS, reactants="CCO")).listed == ()
