"""Predictions as a reader sees them: printed, and as HTML in a notebook."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidSmilesError
from anymol.inference.answers import Answer, FailedPrediction, Interval, Method, Prediction
from anymol.inference.page import write_reaction
from anymol.readers.resolve import Molecule
from anymol.tasks.evidence import ModelEvidence
from anymol.tasks.task import AnswerKind, Check, TaskInput

CHECKS = (Check("parses", True, "1 molecule"), Check("round_trip", False, "gives <b> instead"))


def make(value: str, kind: AnswerKind = AnswerKind.MOLECULE) -> Answer:
    return Answer(
        value, value, kind, Method.MODEL, probability=0.5, calibrated=True, checks=CHECKS,
        evidence=(ModelEvidence("nano"),),
    )  # fmt: skip


ROUTE = Prediction(
    "retrosynthesis", "CCOC(C)=O", (make("CC(=O)O.CCO", AnswerKind.MIXTURE),), "nano", TaskInput(products="CCOC(C)=O"),
    notes=("an <i>odd</i> note",),
)  # fmt: skip


def test_a_prediction_is_printed_for_a_reader() -> None:
    assert str(ROUTE).splitlines() == [
        "retrosynthesis  CCOC(C)=O",
        "  an <i>odd</i> note",
        "  CC(=O)O.CCO  (0.50; nano)",
        "     ok parses: 1 molecule",
        "     FAILED round_trip: gives <b> instead",
    ]
    number = Answer(1.5, "1.50", AnswerKind.NUMBER, Method.MODEL, "g/mol", interval=Interval(1.0, 2.0), calibrated=True)
    assert str(number) == "1.50 g/mol  (1.00 to 2.00; model)"
    failed = FailedPrediction("logp", {"molecule": "C1CC"}, InvalidSmilesError("ring 1 is open", value="C1CC"))
    assert str(failed) == "logp  molecule: C1CC\n  ring 1 is open (in 'C1CC')"


def test_a_prediction_is_drawn_in_a_notebook() -> None:
    page = ROUTE._repr_html_()
    assert page.count("<svg") == 1 and "<?xml" not in page
    assert "&lt;i&gt;odd&lt;/i&gt;" in page and "gives &lt;b&gt; instead" in page and "0.50; nano" in page
    assert "<svg" in make("CCO")._repr_html_()
    assert "<svg" not in make("a drug", AnswerKind.TEXT)._repr_html_()
    assert "<svg" not in make("C" * 500)._repr_html_(), "too large to draw"
    assert "ring 1" in FailedPrediction("logp", "x", InvalidSmilesError("ring 1 <is> open"))._repr_html_()


@pytest.mark.parametrize(
    ("task", "asked", "answer", "drawn"),
    [
        ("retrosynthesis", TaskInput(products="CCO"), make("C=C.O", AnswerKind.MIXTURE), "C=C.O>>CCO"),
        ("forward_reaction", TaskInput(reactants="C=C", reagents="O"), make("CCO"), "C=C>O>CCO"),
        ("reagent_prediction", TaskInput(reactants="C", products="CO"), make("O=O", AnswerKind.MIXTURE), "C>O=O>CO"),
        ("solvent_prediction", TaskInput(reactants="C", products="CO"), make("O", AnswerKind.MIXTURE), "C>O>CO"),
        ("bbbp", TaskInput(molecule="C"), make("Yes", AnswerKind.CLASS), None),
        ("reaction_completion", TaskInput(reactants="C", products="CO"), make("O", AnswerKind.MIXTURE), "C>O>CO"),
        ("reaction_recognition", TaskInput(), make("C>>CO", AnswerKind.REACTION), "C>>CO"),
        ("molecule_editing", TaskInput(molecule="C"), make("CC"), None),
        ("captioning", TaskInput(molecule="C"), make("a gas", AnswerKind.TEXT), None),
    ],
)
def test_a_step_is_drawn_with_its_arrow(task: str, asked: TaskInput, answer: Answer, drawn: str | None) -> None:
    assert write_reaction(task, asked, answer.kind, answer.value) == drawn


def test_a_molecule_shows_itself() -> None:
    aspirin = Molecule.parse("aspirin")
    assert str(aspirin) == "CC(=O)Oc1ccccc1C(=O)O (dictionary: aspirin)"
    assert str(Molecule.parse("CCO")) == "CCO"
    page = aspirin._repr_html_()
    assert "<svg" in page and "dictionary" in page
