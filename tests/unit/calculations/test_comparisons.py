"""Similarity, substructures, differences and rankings."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.errors import InvalidTaskInputError, UserError

ASPIRIN, SALICYLIC, IBUPROFEN = "CC(=O)Oc1ccccc1C(=O)O", "O=C(O)c1ccccc1O", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"


def test_similarity_of_the_same_is_one_and_symmetric() -> None:
    assert calculate("similarity", "CCO", "OCC").value == 1.0
    one, other = calculate("similarity", ASPIRIN, IBUPROFEN), calculate("similarity", IBUPROFEN, ASPIRIN)
    assert one.value == other.value and 0 < float(one.value) < 0.5
    assert "no stereochemistry" in calculate("similarity", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O").notes[0]


@pytest.mark.parametrize(
    ("whole", "text", "verdict"),
    [
        (ASPIRIN, "does it contain a carboxylic acid?", "yes"),
        (ASPIRIN, "does it contain an alcohol?", "no"),
        (ASPIRIN, "has it an amide?", "no"),
        ("ClC(Cl)Cl", "does it contain chlorine?", "yes"),
        ("[Na+].[Cl-]", "does it contain chloride?", "yes"),
        ("CCO", "does it contain nitrogen?", "no"),  # not dinitrogen, and no oxygen taken for it
        ("CCO", "does it contain oxygen?", "yes"),
        ("CCO", "any halogens?", "no"),
        ("CCI", "any halogens?", "yes"),
        ("N#CC(Cl)C", "a nitrile and chlorine?", "yes"),
        ("N#CCC", "a nitrile and chlorine?", "no"),
        ("c1ccncc1", "a pyridine ring?", "yes"),
        ("CC(=O)Cl", "an acyl chloride?", "yes"),
    ],
)
def test_named_parts(whole: str, text: str, verdict: str) -> None:
    assert calculate("substructure", whole, text=text).value == verdict


def test_a_molecule_in_another_and_which_is_which() -> None:
    assert calculate("substructure", ASPIRIN, "c1ccccc1", text="does ¤ contain ¤?").value == "yes"
    assert calculate("substructure", "c1ccccc1", ASPIRIN, text="is ¤ a substructure of ¤?").value == "yes"
    assert calculate("substructure", "c1ccccc1", ASPIRIN, text="does ¤ contain ¤?").value == "no"
    found = calculate("substructure", ASPIRIN, "c1ccccc1", text="does ¤ contain ¤?")
    assert found.parts[0].atoms == (4, 5, 6, 7, 8, 9)


def test_single_atoms_are_looked_for_as_units() -> None:
    assert calculate("substructure", "[Cu+2].[O-]S(=O)(=O)[O-].O", "O", text="contains water?").value == "yes"
    assert calculate("substructure", "CCO", "O", text="contains water?").value == "no"


def test_what_is_not_named_is_asked_for() -> None:
    with pytest.raises(UserError, match="not named"):
        calculate("substructure", "CCO", text="does it contain something?")


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("CCOC(C)=O", "CC(=O)O", ("an ester became a carboxylic acid", "-C2H4", "-28.0313")),
        ("Brc1ccccc1", "N#Cc1ccccc1", ("a bromine became a nitrile", "*Br replaced by *C#N", "+CN -Br")),
        ("CCO", "CC=O", ("an alcohol became an aldehyde", "-H2", "-2.0157")),
        ("CC=O", "CC(=O)O", ("an aldehyde became a carboxylic acid", "+O", "+15.9949")),
        ("O=[N+]([O-])c1ccccc1", "Nc1ccccc1", ("a nitro group became a primary amine", "+H2 -O2", "-29.9742")),
        (ASPIRIN, SALICYLIC, ("an ester became a phenol", "-C2H2O", "-42.0106")),
        ("C=C", "CC", ("lost: alkene", "+H2", "+2.0157")),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", ("enantiomers", "unchanged")),
        ("CC(=O)O", "CC(=O)[O-]", ("charge forms", "-H", "-1.0073")),
    ],
)
def test_what_changed(before: str, after: str, pieces: tuple[str, ...]) -> None:
    statement = calculate("difference", before, after).statement
    for piece in pieces:
        assert piece in statement


def test_nothing_changed() -> None:
    assert calculate("difference", "CCO", "OCC").value == "none"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("which is the heaviest?", "206.28 180.16 46.07"),
        ("which is the lightest", "46.07 180.16 206.28"),
        ("most lipophilic", "3.07 1.31 0.00"),
        ("least lipophilic", "0.00 1.31 3.07"),
        ("most hydrophilic", "0.00 1.31 3.07"),
        ("rank by TPSA", "63.60 37.30 20.23"),
        ("order by increasing TPSA", "20.23 37.30 63.60"),
        ("which has the fewest rotatable bonds?", "0 2 4"),
        ("most carbon atoms", "13 9 2"),
    ],
)
def test_rankings(text: str, order: str) -> None:
    found = calculate("ranking", ASPIRIN, "CCO", IBUPROFEN, text=text)
    assert [float(part.value) for part in found.parts] == pytest.approx([float(one) for one in order.split()])


def test_ties_are_ties() -> None:
    found = calculate("ranking", "CCO", "COC", "C", text="rank by mass")
    assert found.text.startswith("CCO 46.07 g/mol = COC 46.07 g/mol > C")
    assert "CCO and COC have the highest" in found.statement
    assert calculate("ranking", "CCO", "COC", text="rank by mass").statement.startswith("All have the same")


def test_a_comparison_is_answered_with_yes_or_no() -> None:
    assert calculate("ranking", ASPIRIN, IBUPROFEN, text="is ¤ heavier than ¤").statement.startswith("No.")
    assert calculate("ranking", IBUPROFEN, ASPIRIN, text="is ¤ heavier than ¤").statement.startswith("Yes.")
    assert calculate("ranking", ASPIRIN, IBUPROFEN, text="is ¤ lighter than ¤").statement.startswith("Yes.")


def test_a_ranking_needs_one_property() -> None:
    with pytest.raises(InvalidTaskInputError, match="one property"):
        calculate("ranking", "CCO", "C", text="rank them")
    with pytest.raises(InvalidTaskInputError, match="2 are named"):
        calculate("ranking", "CCO", "C", text="rank by logP and TPSA")


def test_what_has_no_value_is_left_out_and_said() -> None:
    found = calculate("ranking", "CCO", "C=C", "O", text="highest Fsp3")
    assert len(found.parts) == 2 and any("left out: O" in note for note in found.notes)


@pytest.mark.parametrize(
    "text",
    [
        "which is heavier, ¤ or ¤, and which is more polar",
        "is ¤ heavier than ¤ and more lipophilic",
        "which is heavier, and which has more rings",
    ],
)
def test_a_ranking_by_two_properties_does_not_answer_one_of_them(text: str) -> None:
    with pytest.raises(UserError, match="one property"):
        calculate("ranking", "c1ccccc1", "Oc1ccccc1", text=text)


def test_less_polar_is_not_read_out_of_non_polar() -> None:
    with pytest.raises(UserError, match="one property"):
        calculate("ranking", "c1ccccc1", "Oc1ccccc1", text="which is more non-polar")


def test_the_second_place() -> None:
    found = calculate("ranking", "C", "O", "N", text="the second heaviest")
    assert found.statement.startswith("N has the second highest average molecular mass")
    assert calculate("ranking", "C", "O", "N", text="third lightest").statement.startswith("O has the third lowest")
    with pytest.raises(UserError, match="only 3 different"):
        calculate("ranking", "C", "O", "N", text="the fourth heaviest")


def test_by_how_much_is_said_where_that_is_asked() -> None:
    found = calculate("ranking", "Cc1ccccc1", "c1ccccc1", text="How much heavier is toluene than benzene?")
    assert "The difference is 14.0 g/mol." in found.statement


def test_what_is_counted_is_named() -> None:
    found = calculate("ranking", "c1ccccc1", "C1CCCCC1", text="Which has more hydrogens?")
    assert "the highest number of hydrogen atoms" in found.statement
    found = calculate("ranking", "OCCO", "CCO", text="Which has more hydroxyl groups?")
    assert "the highest number of hydroxyl groups" in found.statement
