"""Whether a text is a SMILES."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.calculations.validity import asks_for_validity
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "expected", "says"),
    [
        ("Is C1CC a valid SMILES?", "no", "never closed"),
        ("is CC(C)(C)(C)C valid?", "no", "valence"),
        ("What's wrong with c1cccc1", "no", "aromatic"),
        ("check the SMILES O=C(O for errors", "no", "never closed"),
        ("Is CCO a valid SMILES?", "yes", "canonical"),
        ("validate CC(=O)N", "yes", "CC(N)=O"),
    ],
)
def test_validity(question: str, expected: str, says: str) -> None:
    assert asks_for_validity(question)
    found = calculate("validity", text=question)
    assert found.value == expected
    assert says in found.statement


@pytest.mark.parametrize(
    "question",
    [
        "Is benzene valid?",
        "Is this correct?",
        "What is wrong with my yield?",
        "Is CCC a valid SMILES for ethanol?",
        "Is C6H12O6 correct?",
        "Is 50-00-0 valid?",
        "Is CCO invalid?",
        "Is CCO>>CC=O valid?",
        "Is InChI=1S/CH4/h1H4 valid?",
    ],
)
def test_words_are_no_notation(question: str) -> None:
    assert not asks_for_validity(question)
    with pytest.raises(InvalidTaskInputError):
        calculate("validity", text=question)
