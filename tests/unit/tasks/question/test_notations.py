"""Notations in a running text."""

from __future__ import annotations

import pytest

from anymol.tasks.question.notations import (
    ADDUCT,
    AMOUNT,
    CAS,
    CONCENTRATION,
    is_broken_smiles,
    is_formula,
    is_notation,
    is_reaction_word,
)


@pytest.mark.parametrize(
    "word", ["CCO", "c1ccccc1", "CC(=O)O", "[Na+].[Cl-]", "InChI=1S/CH4/h1H4", "[C][C][O]", "CCO>>CC=O", "C/C=C/C"]
)
def test_notations_are_told(word: str) -> None:
    assert is_notation(word)


@pytest.mark.parametrize(
    "word", ["CNS", "BBB", "COSY", "on", "In", "C9H8O4", "NaBH4", "aspirin", "I", "HBAs", "a>b", "e.g.", "pH", "10-20"]
)
def test_words_and_formulas_are_not_notations(word: str) -> None:
    assert not is_notation(word)


@pytest.mark.parametrize("word", ["C9H8O4", "NaBH4", "K2CO3", "PhMgBr", "NaOH", "Fe2(SO4)3", "H2O", "MeI", "C6H6"])
def test_formulas_are_told(word: str) -> None:
    assert is_formula(word)


@pytest.mark.parametrize(
    "word", ["It", "Is", "Who", "HBA", "HBAs", "PAINS", "USA", "Carbon", "C", "TPSA", "SN2", "V2000"]
)
def test_words_and_abbreviations_are_not_formulas(word: str) -> None:
    assert not is_formula(word)


def test_a_slip_in_a_notation_is_told_from_a_word() -> None:
    assert is_broken_smiles("CC(C)c1ccc(") and is_broken_smiles("c1ccc(C(=O)Oc1")
    assert not is_broken_smiles("CC(=O)O") and not is_broken_smiles("(E)") and not is_broken_smiles("Cinnamon")


def test_reactions_have_two_arrow_heads_and_molecules_between_them() -> None:
    assert is_reaction_word("CCO>>CC=O") and is_reaction_word("CCO>[Na+]>CC=O") and is_reaction_word("CCO>>")
    assert not is_reaction_word(">>") and not is_reaction_word("a>>b") and not is_reaction_word("CCO>CC=O")


@pytest.mark.parametrize("text", ["[M+H]+", "[M-H]-", "[M+Na]+", "[2M+H]+", "M+H", "[M+NH4]+"])
def test_adducts_are_found(text: str) -> None:
    assert ADDUCT.search(f"the {text} of caffeine") is not None


def test_amounts_have_a_unit_and_concentrations_one_of_their_own() -> None:
    assert [match.group() for match in AMOUNT.finditer("2.5 g, 10 mL and 3 mmol of 4 things")] == [
        "2.5 g",
        "10 mL",
        "3 mmol",
    ]
    assert [match.group() for match in CONCENTRATION.finditer("12 M HCl to 0.5 mM")] == ["12 M", "0.5 mM"]
    assert AMOUNT.search("2-methyl 3M-tape") is None


def test_registry_numbers_are_found_by_their_form() -> None:
    assert CAS.findall("CAS 50-78-2, not 1-2-3") == ["50-78-2"]
