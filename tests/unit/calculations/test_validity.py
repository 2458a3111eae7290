"""Whether a text is a SMILES or another identifier."""

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
        ("Is 00-00-0 a valid CAS number?", "no", "begins with 0"),
        ("Is 64-17-6 a valid CAS number?", "no", "is 5, and not 6"),  # (7 + 2*1 + 3*4 + 4*6) mod 10
        ("Is 64-17-5 valid?", "yes", "check digit"),
        ("CAS number 7732-18-5 valid?", "yes", "check digit"),
        ("check the CAS number 50-00-1", "no", "is 0, and not 1"),
        ("what is the check digit of 64-17-?", "5", "64-17-5"),
        ("is BSYNRYMUTXBXSQ-UHFFFAOYSA-N a valid InChIKey", "yes", "form"),
        ("is BSYNRYMUTXBXSQ-UHFFFAOYSX-N a valid InChIKey", "no", "second block"),
        ("Is BSYNRYMUTXBXSQ a valid InChIKey?", "no", "14, 10 and 1"),
        ("Is InChI=1S/CH4/h1H4 valid?", "yes", "of C."),
        ("is InChI=1S/CH4/h1H5 a valid InChI", "no", "does not parse"),
        ("Is CCO a valid InChI?", "no", "begins with InChI="),
        ("is [C][C][O] a valid SELFIES", "yes", "CCO"),
        ("is [C][C][Q] a valid SELFIES", "no", "[Q]"),
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
        "Is 64-17-5 the correct CAS number for ethanol?",
        "Is 64-17-5 valid for ethanol?",
        "Is 64-17-5 not a valid CAS number?",
        "Is this a valid CAS number?",
        "Is benzene a valid InChIKey?",
        "Is 64-17-5 a valid SMILES?",
        "Is 12-34-5 a valid phone number?",
        "Is CCO invalid?",
        "Is CCO>>CC=O valid?",
    ],
)
def test_words_are_no_notation(question: str) -> None:
    assert not asks_for_validity(question)
    with pytest.raises(InvalidTaskInputError):
        calculate("validity", text=question)
