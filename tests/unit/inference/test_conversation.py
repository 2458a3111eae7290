"""What 'it', 'these' and 'the product' point to."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from anymol.errors import InvalidTaskInputError, UnknownTaskError
from anymol.inference.assistant import Assistant
from anymol.inference.conversation import Conversation
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.tasks.task import AnswerKind, Task

pytestmark = pytest.mark.usefixtures("without_stores")

ESTER, BROMIDE = "CCOC(C)=O", "Brc1ccccc1"


class FixedModel:
    """Gives ethyl acetate as every molecule, its makers as every mixture, and a sentence as every text."""

    def __init__(self) -> None:
        config = SimpleNamespace(modalities={})
        self.generator = SimpleNamespace(
            model=SimpleNamespace(config=config), processor=SimpleNamespace(encode=lambda messages: [0]), positions=2048
        )

    def choose_decoding(self, task: Task, top_k: int = 1) -> Any:
        return SimpleNamespace(max_new_tokens=8)

    def answer(self, task: Task, questions: Sequence[Any], *, top_k: int = 1, seed: int = 0) -> list[AnsweredRow]:
        value = {AnswerKind.MOLECULE: ESTER, AnswerKind.MIXTURE: "CCO.CC(=O)O"}.get(task.answer, "It smells of pears.")
        return [AnsweredRow((ScoredAnswer(value, value, -0.1, 0.9),), (), 0) for _ in questions]


@pytest.fixture
def talk() -> Conversation:
    return Assistant(FixedModel, "fixed").chat()  # type: ignore[arg-type]


def value(talk: Conversation, question: str, *molecules: str) -> object:
    return talk.ask(question, molecules, verify=False).answers[0].value


def test_it_is_the_molecule_of_the_last_question(talk: Conversation) -> None:
    assert value(talk, "What is the formula of caffeine?") == "C8H10N4O2"
    assert value(talk, "And its LogP?") == -1.03
    assert value(talk, "How many rings?") == 2
    assert value(talk, "draw it") == "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_it_stays_what_it_was_through_a_comparison(talk: Conversation) -> None:
    value(talk, "What is the formula of caffeine?")
    assert "Yes." in str(talk.ask("Is it heavier than aspirin?"))
    assert value(talk, "Does it contain an imidazole?") == "yes"
    assert value(talk, "What is its formula?") == "C8H10N4O2"
    assert value(talk, "Does it contain benzene?") == "no"


def test_they_are_all_of_the_last_question(talk: Conversation) -> None:
    value(talk, "Compare the LogP of aspirin and ibuprofen")
    assert str(value(talk, "Which of these has the higher TPSA?")).startswith("aspirin 63.60")
    assert 0 < float(str(value(talk, "How similar are they?"))) < 1
    assert value(talk, "Are they the same?") == "no"


def test_another_molecule_is_asked_the_last_question(talk: Conversation) -> None:
    value(talk, "What is the formula of caffeine?")
    assert value(talk, "And aspirin?") == "C9H8O4"
    assert value(talk, "What about CCO?") == "C2H6O"
    value(talk, "What is its LogP?")
    assert value(talk, "And benzene?") == 1.69


def test_a_molecule_named_afresh_is_talked_of_from_then_on(talk: Conversation) -> None:
    value(talk, "formula of caffeine")
    value(talk, "formula of benzene")
    assert value(talk, "What is its molecular weight?") == 78.11


def test_the_product_is_what_a_reaction_gave(talk: Conversation) -> None:
    assert value(talk, "What is the product of CCO and CC(=O)O?") == ESTER
    assert value(talk, "formula of the product?") == "C4H8O2"
    assert value(talk, "What is its molecular weight?") == 88.11


@pytest.mark.parametrize("earlier", ["What is the LogP of caffeine?", "What is the product of CCO and CC(=O)O?"])
@pytest.mark.parametrize(
    ("question", "reactants"),
    [
        ("What is the product of CCN and CC(=O)Cl?", {"CCN", "CC(=O)Cl"}),
        ("What is the product of ethylamine and acetyl chloride?", {"CCN", "CC(=O)Cl"}),
        ("Give me the product of aniline and acetic anhydride.", {"Nc1ccccc1", "CC(=O)OC(C)=O"}),
        ("What is the product when aniline reacts with acetyl chloride?", {"Nc1ccccc1", "CC(=O)Cl"}),
        ("Give me the product formed from aniline and acetyl chloride", {"Nc1ccccc1", "CC(=O)Cl"}),
        ("What about the product of CCN and CC(=O)Cl?", {"CCN", "CC(=O)Cl"}),
    ],
)
def test_a_product_of_named_molecules_is_of_those_alone(
    talk: Conversation, earlier: str, question: str, reactants: set[str]
) -> None:
    talk.ask(earlier, verify=False)
    found = talk.ask(question, verify=False)
    assert found.task == "forward_reaction"
    assert set((found.asked.reactants or "").split(".")) == reactants
    assert found.asked.reagents is None


@pytest.mark.parametrize(
    ("question", "molecule"),
    [
        ("What are the reactants of CC(=O)Nc1ccccc1?", "CC(=O)Nc1ccccc1"),
        ("What are the starting materials for aspirin?", "CC(=O)Oc1ccccc1C(=O)O"),
        ("How do I make the drug paracetamol?", "CC(=O)Nc1ccc(O)cc1"),
        ("How is this made: aspirin?", "CC(=O)Oc1ccccc1C(=O)O"),
        ("Describe the compound aspirin.", "CC(=O)Oc1ccccc1C(=O)O"),
    ],
)
@pytest.mark.parametrize("earlier", ["What is the LogP of caffeine?", f"How can I make {ESTER}?"])
def test_a_task_of_a_named_molecule_is_of_that_alone(
    talk: Conversation, earlier: str, question: str, molecule: str
) -> None:
    talk.ask(earlier, verify=False)
    asked = talk.ask(question, verify=False).asked
    assert (asked.molecule or asked.products) == molecule


def test_a_product_takes_part_in_the_next_reaction_where_it_is_pointed_at(talk: Conversation) -> None:
    for question in (
        "What is the product of it and acetyl chloride?",
        "What happens if the product reacts with acetyl chloride?",
        "What is the product of the product and CC(=O)Cl?",
    ):
        talk.product, talk.molecules = "CC(=O)Nc1ccccc1", ("CC(=O)Nc1ccccc1",)
        found = talk.ask(question, verify=False)
        assert set((found.asked.reactants or "").split(".")) == {"CC(=O)Nc1ccccc1", "CC(=O)Cl"}, question


def test_this_reaction_is_that_of_the_last_reactants(talk: Conversation) -> None:
    with pytest.raises(UnknownTaskError, match="none is given"):
        talk.ask("What is the product of this reaction?")
    value(talk, f"How can I make {ESTER}?")
    found = talk.ask("What is the product of this reaction?", verify=False)
    assert set((found.asked.reactants or "").split(".")) == {"CCO", "CC(=O)O"}


def test_what_is_pointed_at_and_made_of_another_is_not_that_other(talk: Conversation) -> None:
    value(talk, "What is the LogP of caffeine?")
    with pytest.raises(InvalidTaskInputError, match="leave one of them out"):
        talk.ask("How do I make it from CCO?")


def test_the_reactants_of_a_retrosynthesis_are_remembered_beside_its_target(talk: Conversation) -> None:
    assert value(talk, f"How can I make {ESTER}?") == "CCO.CC(=O)O"
    assert value(talk, "What is its formula?") == "C4H8O2"
    assert talk.reactants == "CCO.CC(=O)O"


def test_a_task_is_asked_about_it_too(talk: Conversation) -> None:
    value(talk, f"What is the formula of {BROMIDE}?")
    found = talk.ask("What is this compound used for?")
    assert found.asked.molecule == BROMIDE


def test_what_names_its_own_molecule_is_not_about_the_last(talk: Conversation) -> None:
    value(talk, f"What is the formula of {BROMIDE}?")
    assert talk.ask("What is the LogP of aspirin?").asked.molecule == "CC(=O)Oc1ccccc1C(=O)O"
    assert talk.ask("What is aspirin used for?").asked.molecule == "CC(=O)Oc1ccccc1C(=O)O"


def test_molecules_given_come_before_what_is_remembered(talk: Conversation) -> None:
    value(talk, "What is the formula of caffeine?")
    assert value(talk, "What is its formula?", "CCO") == "C2H6O"


def test_the_history_holds_questions_that_failed(talk: Conversation) -> None:
    with pytest.raises(UnknownTaskError, match="points at a molecule, and none is given"):
        talk.ask("What is its formula?")
    with pytest.raises(UnknownTaskError):
        talk.ask("Who won the football match?")
    value(talk, "formula of CCO")
    assert [turn.prediction is None for turn in talk.history] == [True, True, False]
    assert talk.history[0].error is not None and talk.history[2].error is None


def test_amounts_of_it(talk: Conversation) -> None:
    value(talk, "What is the formula of caffeine?")
    assert value(talk, "How many mmol are 500 mg of it?") == 2.575
    assert value(talk, "How many mmol are 500 mg of aspirin?") == 2.775


def test_molecules_that_had_a_question_each_are_asked_about_together(talk: Conversation) -> None:
    value(talk, "What is the formula of caffeine?")
    value(talk, "How about theobromine?")
    assert "caffeine 194.19" in str(talk.ask("Which of the two is heavier?"))
    value(talk, "formula of L-alanine")
    value(talk, "and D-alanine?")
    assert value(talk, "Are they enantiomers?") == "enantiomers"


def test_molecules_are_pointed_at_by_their_place(talk: Conversation) -> None:
    talk.ask("Compare the logP of hexane and heptane")
    assert [answer.value for answer in talk.ask("and their formulas?").answers] == ["C6H14", "C7H16"]
    assert value(talk, "What is the formula of the second one?") == "C7H16"
    assert value(talk, "and the formula of the first one?") == "C6H14"
    with pytest.raises(InvalidTaskInputError, match="the third one"):
        talk.ask("What is the formula of the third one?")


def test_the_former_and_the_latter(talk: Conversation) -> None:
    value(talk, "How many rings has naphthalene?")
    assert value(talk, "and anthracene?") == 3
    assert value(talk, "Is the former a substructure of the latter?") == "yes"


@pytest.mark.parametrize(
    "words", ["and fructose?", "now for fructose", "same for fructose", "of fructose?", "fructose?"]
)
def test_another_molecule_is_asked_just_what_was_asked(talk: Conversation, words: str) -> None:
    assert value(talk, "How many hydroxyl groups does glycerol have?") == 3
    found = talk.ask(words)
    assert found.answers[0].value == 5 and "hydroxyl" in str(found.answers[0])


def test_an_ion_stays_the_same_ion_for_another_molecule(talk: Conversation) -> None:
    value(talk, "What is the m/z of [M-H]- of aspirin?")
    assert value(talk, "and salicylic acid?") == pytest.approx(137.0244, abs=2e-4)


def test_what_is_not_a_molecule_does_not_repeat_the_last_question(talk: Conversation) -> None:
    value(talk, "formula of caffeine")
    with pytest.raises(UnknownTaskError):
        talk.ask("and before?")


def test_a_talk_that_begins_anew_has_forgotten(talk: Conversation) -> None:
    value(talk, "formula of caffeine")
    talk.forget()
    assert not talk.history and not talk.named
    with pytest.raises(UnknownTaskError):
        talk.ask("What is its formula?")
