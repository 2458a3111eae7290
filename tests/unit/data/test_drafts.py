import random
from dataclasses import replace

import pytest

from anymol.data.config import Component
from anymol.data.drafts import Draft, format_number, make_document, phrase_draft
from anymol.data.featurize import MAX_GRAPH_ATOMS
from anymol.modalities.content import MoleculePart, RecordPart, Role, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.task import ReagentsState, TaskInput


def draft(task, task_input, answer):
    return Draft("x/0", task, task_input, answer, "source", "CC0", "train")


def parts(example):
    return [part for message in example.messages for part in message.parts]


@pytest.mark.parametrize(("value", "text"), [(180.159, "180.16"), (-0.001, "0.00"), (-0.35, "-0.35"), (5, "5.00")])
def test_numbers_have_two_decimals_and_no_negative_zero(value, text):
    assert format_number(value) == text


def test_answers_take_the_role_of_their_task():
    forward = draft("forward_reaction", TaskInput(reactants="CCO", reagents_state=ReagentsState.DROPPED), "CC=O")
    example = phrase_draft(forward, random.Random(0))
    assert example.answer == (MoleculePart("CC=O", Role.PRODUCT),)
    assert MoleculePart("CCO", Role.REACTANT) in parts(example)
    number = phrase_draft(draft("logp", TaskInput(molecule="CCO"), "-0.00"), random.Random(0))
    assert number.answer == (TextPart("-0.00"),)


def test_phrasings_are_drawn():
    weight = draft("molecular_weight", TaskInput(molecule="CCO"), "46.07")
    assert len({parts(phrase_draft(weight, random.Random(seed)))[0] for seed in range(40)}) >= 5


def test_graph_stands_beside_or_instead_of_the_notation():
    weight = draft("molecular_weight", TaskInput(molecule="CCO"), "46.07")
    beside = parts(phrase_draft(weight, random.Random(0), Component(graph_fraction=1.0)))
    alone = parts(phrase_draft(weight, random.Random(0), Component(graph_fraction=1.0), graph_alone=1.0))
    assert [type(part) for part in beside if not isinstance(part, TextPart)] == [MoleculePart, RecordPart]
    (only,) = [part for part in alone if not isinstance(part, TextPart)]
    assert isinstance(only, RecordPart) and only.modality is Modality.GRAPH and only.record.n_atoms == 3


def test_mixtures_have_a_graph_per_molecule():
    forward = draft("forward_reaction", TaskInput(reactants="CCO.CC(=O)O", reagents_state=ReagentsState.MIXED), "C")
    graphs = [
        p
        for p in parts(phrase_draft(forward, random.Random(0), Component(graph_fraction=1.0)))
        if isinstance(p, RecordPart) and p.modality is Modality.GRAPH
    ]
    assert [(graph.smiles, graph.role) for graph in graphs] == [("CCO", Role.REACTANT), ("CC(=O)O", Role.REACTANT)]


def test_large_molecules_are_not_given_as_graphs():
    smiles = "C" * (MAX_GRAPH_ATOMS + 1)
    example = phrase_draft(
        draft("logp", TaskInput(molecule=smiles), "1.00"),
        random.Random(0),
        Component(graph_fraction=1.0),
        graph_alone=1.0,
    )
    assert MoleculePart(smiles) in parts(example)
    assert not any(isinstance(part, RecordPart) and part.modality is Modality.GRAPH for part in parts(example))


@pytest.mark.parametrize("modality", [Modality.CONFORMER, Modality.IMAGE])
def test_records_stand_beside_or_instead_of_the_notation(modality):
    weight = draft("molecular_weight", TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O"), "180.16")
    component = Component(record_fraction=1.0, records=(modality,))
    made = [parts(phrase_draft(weight, random.Random(seed), component)) for seed in range(8)]
    shown = [[part for part in one if isinstance(part, RecordPart)] for one in made]
    assert all([part.modality for part in one] == [modality] for one in shown)
    beside = [any(isinstance(part, MoleculePart) for part in one) for one in made]
    assert any(beside) and not all(beside)
    assert {part.smiles for one in shown for part in one} == {"CC(=O)Oc1ccccc1C(=O)O"}


def test_a_molecule_without_a_record_is_written():
    weight = draft("molecular_weight", TaskInput(molecule="*CC"), "29.06")
    for seed in range(4):
        component = Component(record_fraction=1.0, records=(Modality.CONFORMER,))
        assert MoleculePart("*CC") in parts(phrase_draft(weight, random.Random(seed), component))


def test_validation_rows_may_show_everything_at_once():
    component = Component(val_shows_all=True, records=(Modality.CONFORMER, Modality.IMAGE))
    weight = draft("molecular_weight", TaskInput(molecule="CCO"), "46.07")
    shown = parts(phrase_draft(replace(weight, split="val"), random.Random(0), component))
    assert any(isinstance(part, MoleculePart) for part in shown)
    modalities = [part.modality for part in shown if isinstance(part, RecordPart)]
    assert modalities == [Modality.GRAPH, Modality.CONFORMER, Modality.IMAGE]
    trained = [type(part) for part in parts(phrase_draft(replace(weight, split="train"), random.Random(0), component))]
    assert {MoleculePart, TextPart} == set(trained)


def test_documents_have_no_question():
    document = make_document("p/0", (MoleculePart("CCO"),), "molecules", "bare structures", "train")
    assert document.task == "pretrain" and document.messages == ()


def test_completed_parts_play_their_own_role():
    for missing, role in (("reactants", Role.REACTANT), ("reagents", Role.REAGENT), ("products", Role.PRODUCT)):
        whole = {"reactants": "CCO", "reagents": "Cl", "products": "CCCl"}
        answer = whole.pop(missing)
        example = phrase_draft(draft("reaction_completion", TaskInput(**whole), answer), random.Random(0))
        assert example.answer == (MoleculePart(answer, role),)


def test_a_charged_molecule_has_no_spectrum_of_its_parent():
    weight = draft("molecular_weight", TaskInput(molecule="CC(=O)[O-]"), "59.04")
    component = Component(record_fraction=1.0, records=(Modality.MS2,))
    assert all(
        MoleculePart("CC(=O)[O-]") in parts(phrase_draft(weight, random.Random(seed), component)) for seed in range(4)
    )
