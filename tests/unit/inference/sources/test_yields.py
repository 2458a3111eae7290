"""Questions for yields: measured, predicted with an interval, or declined with the reason."""

from __future__ import annotations

import pytest

from anymol.errors import AnyMolError, InvalidTaskInputError
from anymol.inference.answers import Answer, Interval, Method
from anymol.inference.assistant import Assistant
from anymol.inference.sources.source import Found, Question
from anymol.inference.sources.yields import RecordedYields, YieldPredictors
from anymol.retrieval.yield_screens.predictor import find_yields
from anymol.retrieval.yield_screens.screens import list_screens
from anymol.tasks.conditions import BUCHWALD_HARTWIG, NOTEBOOK, PATENT_SUZUKI, SUZUKI_MIYAURA, YIELD_PREDICTION
from anymol.tasks.task import TaskInput

XPHOS = "CC(C)c1cc(C(C)C)c(-c2ccccc2P(C2CCCCC2)C2CCCCC2)c(C(C)C)c1"
MTBD = "CN1CCCN2CCCN=C12"
PRODUCT = "Cc1ccc(Nc2ccccn2)cc1"
REACTANTS = "Brc1ccccn1.Cc1ccc(N)cc1"
MEASURED, TESTED = f"{XPHOS}.{MTBD}.Cc1ccon1", f"{XPHOS}.{MTBD}.Cc1ccno1"
"""Reagents of a train row, 65.3 %, and of a test row, 50.1 %."""


def make(
    reagents: str, *, reactants: str = REACTANTS, products: str = PRODUCT, text: str = BUCHWALD_HARTWIG
) -> Question:
    return Question(YIELD_PREDICTION, TaskInput(reactants=reactants, reagents=reagents, products=products, text=text))


def predict(question: Question) -> tuple[Answer, Interval]:
    found = YieldPredictors().try_answer(question)
    assert found is not None and found.settled
    (answer,) = found.answers
    assert answer.interval is not None
    return answer, answer.interval


def width_of(question: Question) -> float:
    _, interval = predict(question)
    return interval.high - interval.low


def test_what_was_measured_is_told_and_never_a_test_row() -> None:
    source = RecordedYields()
    found = source.try_answer(make(MEASURED))
    assert isinstance(found, Found) and found.settled
    (answer,) = found.answers
    assert answer.value == pytest.approx(65.28, abs=0.01)
    assert "Ahneman et al., Science 2018" in answer.origin
    assert source.try_answer(make(TESTED)) is None
    assert source.try_answer(make(MEASURED, text=NOTEBOOK)) is None


def test_stated_in_full_it_is_measured_and_what_is_left_out_is_told() -> None:
    catalyst = list_screens()[0].always[1]
    sure, told = (RecordedYields().try_answer(make(one)) for one in (f"{MEASURED}.{catalyst}", MEASURED))
    assert sure is not None and told is not None
    assert (sure.answers[0].certainty, sure.notes) == ("measured", ())
    assert told.answers[0].certainty == "doubtful" and catalyst in told.notes[0]


def test_another_combination_has_an_interval_and_its_nearest_reactions() -> None:
    answer, interval = predict(make(f"{TESTED}.{list_screens()[0].always[1]}"))
    assert (answer.method, answer.doubts, interval.level) == (Method.PREDICTED, (), 0.9)
    assert 0 <= interval.low < float(answer.value) < interval.high <= 100
    assert interval.low < 50.1 < interval.high
    nearest = [one.to_json() for one in answer.evidence][1:]
    # All but one of four components are the same.
    assert len(nearest) == 3 and {one["similarity"] for one in nearest} == {0.75}


def test_roles_and_order_change_nothing() -> None:
    mixed = make("", reactants=".".join(reversed(f"{REACTANTS}.{TESTED}".split("."))))
    assert predict(mixed) == predict(make(TESTED))


def test_a_component_that_was_never_measured_widens_the_interval_and_is_told() -> None:
    new = make(f"{XPHOS}.{MTBD}.CCc1ccno1")
    answer, _ = predict(new)
    assert answer.certainty.endswith("(doubtful)") and "CCc1ccno1 was never measured" in answer.doubts[0]
    bands = find_yields()[0].card
    assert all(min(card.bands.widths) >= min(bands.seen.widths) for card in bands.unseen.values())
    assert width_of(new) > width_of(make(TESTED))


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (make("CCN(CC)CC", reactants="Clc1ccccc1.NC1CCCCC1", products="c1ccc(NC2CCCCC2)cc1"), "not a reaction of"),
        (
            make("", reactants="Brc1ccccc1.OB(O)c1ccccc1", products="c1ccc(-c2ccccc2)cc1", text=SUZUKI_MIYAURA),
            "no solvent",
        ),
        (make(MEASURED, products="Cc1ccc(Nc2cccnc2)cc1"), "it makes"),
        (make(MEASURED.replace(MTBD, "CCN(CC)CC")), "no base of its is stated"),
    ],
)
def test_what_is_none_of_the_screen_is_declined_and_nobody_else_is_asked(question: Question, reason: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=reason) as caught:
        YieldPredictors().try_answer(question)
    assert "couplings" in (caught.value.hint or "")


@pytest.mark.parametrize("text", [PATENT_SUZUKI, NOTEBOOK])
def test_other_sets_are_left_to_a_model_that_learnt_them(text: str) -> None:
    question = make(MEASURED, text=text)
    assert RecordedYields().try_answer(question) is None
    assert YieldPredictors().try_answer(question) is None


@pytest.mark.parametrize(
    ("question", "method"),
    [
        (f"What yield does this Buchwald-Hartwig coupling give: {REACTANTS}.{TESTED}>>{PRODUCT}?", Method.PREDICTED),
        (f"Predict the yield of the Buchwald-Hartwig amination {REACTANTS}>{MEASURED}>{PRODUCT}", Method.SEARCHED),
    ],
)
def test_questions_in_words_find_it(question: str, method: Method) -> None:
    prediction = Assistant.load(lazy=True).ask(question)
    (answer,) = prediction.answers
    assert (prediction.task, answer.method) == ("yield_prediction", method)
    # The palladium source is not stated.
    assert "doubtful" in answer.certainty


@pytest.mark.parametrize(
    "question",
    [
        "Estimate the yield of Clc1ccccc1.NC1CCCCC1>>c1ccc(NC2CCCCC2)cc1",
        "What yield does this Suzuki coupling give: Brc1ccccc1.OB(O)c1ccccc1>>c1ccc(-c2ccccc2)cc1?",
        "What is the quantum yield of fluorescein?",
    ],
)
def test_no_number_is_said_of_any_other_reaction(question: str) -> None:
    with pytest.raises(AnyMolError):
        Assistant.load(lazy=True).ask(question)
