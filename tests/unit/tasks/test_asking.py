"""What a question asks of the table of calculations."""

from __future__ import annotations

import pytest

from anymol.calculations.asking import HERE, Request
from anymol.calculations.mentions import MentionKind
from anymol.tasks.asking import make_request
from anymol.tasks.question.reading import read_question


def ask(question: str, *calculations: str, beside: bool = False) -> Request:
    return make_request(read_question(question, given=beside), calculations, beside=beside)


def test_molecules_are_listed_with_their_places_and_blanked_in_the_text() -> None:
    found = ask("logP of CCO and of aspirin", "logp")
    assert [(one.text, one.kind) for one in found.mentions] == [
        ("CCO", MentionKind.NOTATION),
        ("aspirin", MentionKind.NAME),
    ]
    assert found.text == f"logP of {HERE} and of {HERE}"


def test_words_that_point_are_mentions_and_stay_in_the_text() -> None:
    found = ask("logP of this compound", "logp", beside=True)
    assert [(one.text, one.kind) for one in found.mentions] == [("this compound", MentionKind.REFERENT)]
    assert "this compound" in found.text


@pytest.mark.parametrize(
    ("question", "kind"),
    [("mass of NaCl", MentionKind.NAME), ("mass of C17H19NO3", MentionKind.FORMULA)],
)
def test_a_formula_that_is_a_name_too_is_one_molecule(question: str, kind: MentionKind) -> None:
    assert [one.kind for one in ask(question, "average_mass").mentions] == [kind]


def test_parts_of_a_molecule_are_no_molecules_where_parts_are_looked_for() -> None:
    assert [one.text for one in ask("Is there an indole in tryptophan?", "substructure").mentions][-1] == "tryptophan"
    assert [one.text for one in ask("Does aspirin contain benzene?", "similarity").mentions] == ["aspirin", "benzene"]


def test_amounts_are_read_from_the_whole_question() -> None:
    found = ask("How many grams are 2 mol of aspirin?", "stoichiometry")
    assert found.text == "How many grams are 2 mol of aspirin?"
    assert found.mentions == ()
