"""What a page is told of an answer beside what ``--json`` prints."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.errors import InvalidSmilesError
from anymol.inference.answers import Answer, FailedPrediction, Interval, Method, Prediction
from anymol.modalities.adduct import Adduct
from anymol.modalities.content import RecordPart
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.serve.shown import assign_peaks, write_prediction
from anymol.tasks.task import AnswerKind, Slot, TaskInput

ESTER = Answer("CCOC(C)=O", "CCOC(C)=O", AnswerKind.MOLECULE, Method.MODEL, probability=0.61)
NUMBER = Answer(
    -1.5, "-1.5", AnswerKind.NUMBER, Method.PREDICTED, unit="log mol/L", interval=Interval(-2, -1), calibrated=True
)


def test_a_product_stands_in_its_reaction() -> None:
    asked = TaskInput(reactants="CC(=O)O.CCO", reagents="O=S(=O)(O)O")
    (shown,) = write_prediction(Prediction("forward_reaction", "x", (ESTER,), "nano", asked))["answers"]
    assert shown["reaction"] == "CC(=O)O.CCO>O=S(=O)(O)O>CCOC(C)=O"
    assert shown["kind"] == "molecule" and shown["certainty"] == "0.61 (not calibrated)"


def test_a_number_says_its_unit_and_where_it_lies() -> None:
    found = write_prediction(Prediction("solubility", "x", (NUMBER,), "nano", TaskInput(molecule="c1ccccc1")))
    assert found["about"] == ["c1ccccc1"]
    assert found["answers"][0]["shown"] == "-1.50 log mol/L"
    assert found["answers"][0]["certainty"] == "-2.00 to -1.00"
    assert "reaction" not in found["answers"][0]


@pytest.mark.parametrize("answer", [ESTER, NUMBER])
def test_nothing_of_the_json_form_changes(answer: Answer) -> None:
    found = Prediction("logp", "x", (answer,), "nano", TaskInput(molecule="C"))
    (written,), (shown,) = found.to_json()["answers"], write_prediction(found)["answers"]
    assert written.items() <= shown.items()


def test_a_row_without_an_answer_is_as_it_is() -> None:
    failed = FailedPrediction("logp", "C1CC", InvalidSmilesError("wrong", value="C1CC"))
    assert write_prediction(failed) == failed.to_json()


CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
SPECTRUM = MassSpectrum(np.array([100.0, 138.0662, 195.0877]), np.array([0.1, 1.0, 0.4]), 195.0877, Adduct.M_H)


def test_peaks_of_a_spectrum_are_assigned_to_each_structure_that_answers() -> None:
    """Caffeine loses methyl isocyanate, C2H3NO; nothing of it weighs 100.0000."""
    named = Answer(CAFFEINE, "caffeine", AnswerKind.MOLECULE, Method.SEARCHED)
    asked = TaskInput(records={Slot.MOLECULE: (RecordPart(Modality.MS2, SPECTRUM),)})
    (shown,) = write_prediction(Prediction("molecule_recognition", "x", (named,), "nano", asked))["answers"]
    assert [(one["mz"], one["formula"], one["loss"]) for one in shown["peaks"]] == [
        (138.0662, "C6H8N3O+", "C2H3NO"),
        (195.0877, "C8H11N4O2+", ""),
    ]


def test_what_the_fragmenter_does_not_know_is_not_assigned() -> None:
    assert assign_peaks("[Na+].[Cl-]", SPECTRUM) == []
    assert "peaks" not in write_prediction(Prediction("logp", "x", (NUMBER,), "nano", TaskInput()))["answers"][0]
