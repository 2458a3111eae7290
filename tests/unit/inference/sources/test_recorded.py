from __future__ import annotations

import pytest

from anymol.inference.answers import Method
from anymol.inference.sources.recorded import RecordedProperties
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.measured_properties.building import Measurement, build_store
from anymol.retrieval.measured_properties.known import KnownProperties
from anymol.retrieval.measured_properties.store import MeasuredProperty, PropertyStore, ValueKind
from anymol.tasks.evidence import PrecedentEvidence
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput

SOLUBILITY = MeasuredProperty(
    task="solubility", unit="log10(mol/L)", source="Delaney", licence="MIT", conditions="in water", year=2004
)
BARRIER = MeasuredProperty(task="bbbp", kind=ValueKind.CLASS, source="Martins", licence="MIT", year=2012)
STORE = build_store(
    (SOLUBILITY, BARRIER),
    (
        Measurement("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "solubility", -0.876),
        Measurement("CCO", "solubility", 1.10),
        Measurement("CCO", "solubility", 1.20),
        Measurement("C[C@H](N)C(=O)O", "solubility", 0.27),
        Measurement("CCCCO", "solubility", 0.0),
        Measurement("CCCCO", "solubility", -1.0),
        Measurement("CC(C)NCC(O)COc1cccc2ccccc12", "bbbp", 0.0),
        Measurement("CC(C)NCC(O)COc1cccc2ccccc12.Cl", "bbbp", 1.0),
        Measurement("CN1CCCC1c1cccnc1", "bbbp", 1.0),
        Measurement("CCO", "bbbp", 1.0),
        Measurement("CCO", "bbbp", 0.0),
    ),
).store


class Small(KnownProperties):
    """The small store."""

    @property
    def store(self) -> PropertyStore:  # type: ignore[override]
        return STORE


def ask(task: str, smiles: str) -> Found | None:
    return RecordedProperties(Small).try_answer(Question(TASKS[task], TaskInput(molecule=smiles)))


def test_a_measured_molecule_is_answered_with_value_source_and_licence() -> None:
    found = ask("solubility", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C")
    assert found is not None and found.settled
    (answer,) = found.answers
    assert (answer.value, answer.unit, answer.method, answer.exact) == (-0.876, "log10(mol/L)", Method.SEARCHED, True)
    assert answer.certainty == "measured" and "Delaney, 2004: in water" in answer.origin
    (near,) = answer.evidence
    assert isinstance(near, PrecedentEvidence)
    assert (near.similarity, near.source, near.year, near.value) == (1.0, "Delaney; MIT", 2004, "-0.88 log10(mol/L)")


def test_a_solubility_is_told_in_grams_too() -> None:
    """10^-0.876 mol/L of caffeine, 194.19 g/mol, are 25.8 g/L."""
    found = ask("solubility", "Cn1c(=O)c2c(ncn2C)n(C)c1=O")
    assert found is not None and "26 g/L" in " ".join(found.notes)


def test_several_measurements_give_their_median_and_their_range() -> None:
    found = ask("solubility", "CCO")
    assert found is not None and found.answers[0].value == pytest.approx(1.15) and not found.answers[0].doubts
    assert "2 measurements, 1.1 to 1.2" in " ".join(found.notes)


def test_measurements_far_apart_are_doubtful() -> None:
    found = ask("solubility", "CCCCO")
    assert found is not None and found.answers[0].certainty == "doubtful"
    assert "1.00 apart" in found.answers[0].doubts[0]


def test_records_of_a_class_that_disagree_are_no_answer_but_are_said() -> None:
    found = ask("bbbp", "CCO")
    assert found is not None and not found.answers and not found.settled
    assert "do not agree: yes 1 times, no 1 times" in found.notes[0]


def test_open_stereochemistry_is_said_and_not_doubted() -> None:
    found = ask("solubility", "CC(N)C(=O)O")
    assert found is not None and found.answers[0].certainty == "measured"
    assert "leaves the stereochemistry open: C[C@H](N)C(=O)O" in found.notes[0]


@pytest.mark.parametrize(
    ("task", "smiles", "said"),
    [
        ("solubility", "C[C@@H](N)C(=O)O", "another stereoisomer"),
        ("solubility", "C[C@H]([NH3+])C(=O)O", "another protonation state"),
        ("bbbp", "CN1CCCC1c1cccnc1.Cl", "neutral parent"),
        ("bbbp", "CC(C)NCC(O)COc1cccc2ccccc12", "the opposite of a relative: measured of a salt"),
    ],
)
def test_what_is_not_the_very_molecule_is_doubtful(task: str, smiles: str, said: str) -> None:
    found = ask(task, smiles)
    assert found is not None and found.answers[0].certainty == "doubtful"
    assert said in " ".join(found.answers[0].doubts)


def test_what_was_not_measured_is_left_to_others() -> None:
    assert ask("solubility", "CCCCCCCO") is None
    assert ask("hiv", "CCO") is None
    source = RecordedProperties(Small)
    assert source.can_answer(TASKS["bbbp"]) and not source.can_answer(TASKS["logp"])
