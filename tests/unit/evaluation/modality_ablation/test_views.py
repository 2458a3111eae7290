from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.errors import ConfigError
from anymol.evaluation.baselines import answer_baselines
from anymol.evaluation.modality_ablation.views import ModalityView, lend_records, name_shown, show_as
from anymol.evaluation.questions import recover_input
from anymol.modalities.adduct import Adduct, compute_mass, compute_precursor
from anymol.modalities.content import MoleculePart, RecordPart, Role, TextPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Baseline, Slot, TaskInput

RECOGNITION = TASKS["molecule_recognition"]
CAFFEINE, ASPIRIN, PHENOL = "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC(=O)Oc1ccccc1C(=O)O", "Oc1ccccc1"
PICTURE = RecordPart(Modality.IMAGE, MoleculeImage(np.zeros((4, 4, 3), np.uint8)), smiles=CAFFEINE)


def spectrum(precursor: float) -> RecordPart:
    return RecordPart(
        Modality.MS2, MassSpectrum(np.array([50.0]), np.array([1.0]), precursor, Adduct.M_H), smiles=CAFFEINE
    )


def ask(*parts: RecordPart, formula: str | None = None) -> TaskInput:
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
        (ask(RecordPart(Modality.GRAPH, smiles="C"), RecordPart(Modality.GRAPH, smiles="N")), "graph"),
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
    precursor = compute_precursor(180.0, Adduct.M_H, charge=0)
    asked = [ask(spectrum(precursor)), ask(spectrum(precursor), formula="C6H6O"), ask(PICTURE)]
    found = {one.baseline: one.answers for one in answer_baselines(RECOGNITION, training, asked)}
    assert found[Baseline.MASS] == (ASPIRIN, PHENOL, PHENOL)
    assert found[Baseline.MOST_FREQUENT] == (PHENOL, PHENOL, PHENOL)


@pytest.mark.parametrize("adduct", list(Adduct))
def test_masses_come_back_from_precursors(adduct: Adduct) -> None:
    assert compute_mass(compute_precursor(194.0804, adduct, charge=0), adduct) == pytest.approx(194.0804)


# ------------------------------------------------------------------------------------------------ showing less of it

FORWARD = TASKS["forward_reaction"]


def react(*records: RecordPart, reactants: str = "CCO.CN", **how: bool) -> InstructionExample:
    """A reaction of two molecules with a reagent, its reactants shown in further ways."""
    asked = TaskInput(reactants=reactants, reagents="Cl", records={Slot.REACTANTS: records})
    messages = render_prompt(FORWARD, asked, 0, **how)
    return InstructionExample("x", "forward_reaction", messages, (MoleculePart("CCNC"),), "hand", "CC0", "val")


def both(modality: Modality, *smiles: str) -> tuple[RecordPart, ...]:
    record = None if modality is Modality.GRAPH else PICTURE.record
    return tuple(RecordPart(modality, record, Role.REACTANT, one) for one in smiles)


def kinds(example: InstructionExample | None) -> list[str]:
    assert example is not None
    parts = (part for message in example.messages for part in message.parts if not isinstance(part, TextPart))
    return [part.modality if isinstance(part, RecordPart) else "smiles" for part in parts]


def texts(example: InstructionExample) -> list[str]:
    return [part.text for message in example.messages for part in message.parts if isinstance(part, TextPart)]


@pytest.mark.parametrize(
    ("said", "name", "left"),
    [
        ("smiles", "smiles", ["smiles"]),
        ("smiles,image", "smiles + image", ["smiles", "image", "image"]),
        ("image, graph", "graph + image", ["graph", "graph", "image", "image"]),
    ],
)
def test_only_what_is_named_is_shown_and_every_word_stays(said: str, name: str, left: list[str]) -> None:
    whole = react(*both(Modality.GRAPH, "CCO", "CN"), *both(Modality.IMAGE, "CCO", "CN"))
    shown = ModalityView.parse(said)
    less = show_as(whole, FORWARD, shown)
    assert shown.name == name
    assert kinds(less) == [*left, "smiles"], "the reagent stays written"
    assert less is not None and texts(less) == texts(whole)
    assert less.answer == whole.answer


def test_a_molecule_without_a_record_leaves_its_row_out() -> None:
    one_of_two = react(*both(Modality.IMAGE, "CCO"))
    assert show_as(one_of_two, FORWARD, ModalityView.parse("smiles,image")) is None
    assert show_as(one_of_two, FORWARD, ModalityView.parse("image")) is None
    assert show_as(one_of_two, FORWARD, ModalityView.parse("smiles")) is not None
    drawn_only = react(*both(Modality.IMAGE, "CCO", "CN"), beside_text=False)
    assert show_as(drawn_only, FORWARD, ModalityView.parse("smiles,image")) is None
    assert kinds(show_as(drawn_only, FORWARD, ModalityView.parse("image"))) == ["image", "image", "smiles"]


def test_the_answer_of_a_recognition_is_never_shown() -> None:
    assert show_as(make_example(ask(PICTURE)), RECOGNITION, ModalityView.parse("smiles,image")) is None


@pytest.mark.parametrize("said", ["", "taste", "smiles,smiles", "others", "smiles,others"])
def test_what_cannot_be_shown_is_refused(said: str) -> None:
    with pytest.raises(ConfigError):
        ModalityView.parse(said)


def test_records_of_others_come_from_rows_that_show_as_many() -> None:
    way = ModalityView.parse("smiles,image,others")
    assert way.name == "smiles + image of others"
    rows = [
        react(*both(Modality.IMAGE, "CCO", "CN")),
        react(*both(Modality.IMAGE, "CCC"), reactants="CCC"),
        react(*both(Modality.IMAGE, "CO", "CS"), reactants="CO.CS"),
    ]
    first, alone, third = lend_records([show_as(row, FORWARD, way) for row in rows], FORWARD)
    assert alone is None, "nobody else shows one molecule"
    assert first is not None and third is not None
    assert [
        part.smiles
        for part in first.messages[0].parts
        if isinstance(part, RecordPart) and part.modality is Modality.IMAGE
    ] == ["CO", "CS"]
    assert [
        part.smiles
        for part in third.messages[0].parts
        if isinstance(part, RecordPart) and part.modality is Modality.IMAGE
    ] == ["CCO", "CN"]
    assert [part.smiles for part in first.messages[0].parts if isinstance(part, MoleculePart)] == ["CCO.CN", "Cl"]


def test_several_molecules_shown_by_records_are_all_recovered() -> None:
    mixed = react(*both(Modality.IMAGE, "CCO", "CN"), replace(spectrum(100.0), role=Role.REACTANT), beside_text=False)
    assert recover_input(FORWARD, mixed).reactants == "CCO.CN"
