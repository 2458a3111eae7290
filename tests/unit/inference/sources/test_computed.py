"""Questions for orbital energies, total energies and dipole moments: recorded by QM9, or predicted, or declined."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.answers import Answer, Method
from anymol.inference.assistant import Assistant
from anymol.inference.sources.predicted import PropertyPredictors
from anymol.inference.sources.recorded import RecordedProperties
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.computed_properties.known import find_computed
from anymol.tasks.quantum import B3LYP, PUBCHEM_DFT
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput


def ask(question: str) -> Answer:
    return Assistant.load(lazy=True).ask(question).answers[0]


def predict(task: str, smiles: str, method: str = B3LYP) -> Found | None:
    question = Question(TASKS[task], TaskInput(molecule=smiles, text=method))
    return PropertyPredictors(find_computed).try_answer(question)


def value_of(task: str, smiles: str) -> float:
    found = predict(task, smiles)
    assert found is not None
    return float(found.answers[0].value)


@pytest.mark.parametrize(
    ("question", "shown", "value"),
    [
        ("HOMO-LUMO gap of ethanol", "0.3417 Hartree", 0.3417),
        ("dipole moment of acetonitrile", "3.83 Debye", 3.8266),
        ("LUMO energy of benzene", "0.0029 Hartree", 0.0029),
        ("What is the total energy of water?", "-76.4047 Hartree", -76.4047),
    ],
)
def test_everyday_questions_are_answered_with_method_and_geometry(question: str, shown: str, value: float) -> None:
    answer = ask(question)
    assert (answer.shown, answer.value, answer.certainty) == (shown, value, "recorded")
    assert f"computed; QM9 (Ramakrishnan et al.), 2014: {B3LYP}, optimised geometry, gas phase" in answer.origin


def test_orbital_energies_are_told_in_electronvolts_too() -> None:
    """0.3417 Hartree of 27.2114 eV each; nobody tells total energies or dipoles so."""
    source = RecordedProperties(find_computed)
    notes = {}
    for task in ("homo_lumo_gap", "total_energy", "dipole_moment"):
        found = source.try_answer(Question(TASKS[task], TaskInput(molecule="CCO", text=B3LYP)))
        assert found is not None and found.settled
        notes[task] = found.notes
    assert notes == {"homo_lumo_gap": ("0.3417 Hartree is 9.30 eV",), "total_energy": (), "dipole_moment": ()}


def test_values_of_one_method_answer_no_question_for_another() -> None:
    question = Question(TASKS["homo_lumo_gap"], TaskInput(molecule="CCO", text=PUBCHEM_DFT))
    assert RecordedProperties(find_computed).try_answer(question) is None
    assert predict("homo_lumo_gap", "CCO", PUBCHEM_DFT) is None


def test_what_is_not_recorded_is_predicted_with_an_interval() -> None:
    found = predict("homo_lumo_gap", "CC(F)C(=O)OCC#C")
    assert found is not None and found.settled
    (answer,) = found.answers
    assert answer.method is Method.PREDICTED and answer.interval is not None and answer.interval.level == 0.9
    assert answer.interval.low < answer.value < answer.interval.high
    assert f"{B3LYP}, optimised geometry, gas phase" in answer.origin
    assert "eV" in found.notes[0] and "the nearest computed" in found.notes[-1]


def test_conjugation_closes_the_gap() -> None:
    gaps = [value_of("homo_lumo_gap", smiles) for smiles in ("CCCCCCCC", "CCCC=CCCC", "CCC=CC=CCC", "CC=CC=CC=CC")]
    assert gaps == sorted(gaps, reverse=True) and gaps[0] - gaps[-1] > 0.1


def test_a_methylene_costs_what_it_weighs() -> None:
    """Half of ethane's U0 beside propane's less ethane's: a CH2 is 39.288 Hartree."""
    step = (value_of("total_energy", "CCCCCCCCC") - value_of("total_energy", "CCCCCC")) / 3
    assert step == pytest.approx(-39.288, abs=0.02)


def test_amides_are_more_polar_than_alkanes() -> None:
    assert value_of("dipole_moment", "CCCCCC(=O)NC") > 2.5 > 1.0 > value_of("dipole_moment", "CCCCC(C)CC")


def test_no_dipole_moment_is_negative() -> None:
    found = predict("dipole_moment", "CCCCC(C)CC")
    assert found is not None and found.answers[0].interval is not None
    assert found.answers[0].interval.low == 0.0 <= float(found.answers[0].value)


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("c1ccc2ccccc2c1", "10 heavy atoms, and those molecules have up to 9"),
        ("CC(=O)[O-]", "charged"),
        ("CC(=O)[O-].[Na+]", "holds Na"),
        ("Clc1ccccc1", "holds Cl"),
        ("C[CH2]", "radical"),
        ("[2H]C", "labelled"),
    ],
    ids=["naphthalene", "acetate", "its sodium salt", "chlorobenzene", "ethyl", "deuteromethane"],
)
def test_what_is_unlike_qm9_is_declined_with_the_reason(smiles: str, said: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=said) as caught:
        predict("homo", smiles)
    assert "far from everything that QM9 (Ramakrishnan et al.) computed" in str(caught.value)
    assert "quantum chemistry" in (caught.value.hint or "")
