"""Facts of a written reaction: names, by-products and atom economy of textbooks."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.calculations.reaction_facts import choose_reaction_calculation
from anymol.errors import InvalidReactionError, UserError


@pytest.mark.parametrize(
    ("reaction", "name"),
    [
        ("CC(=O)O.CCO>>CC(=O)OCC", "esterification"),
        ("Brc1ccccc1.OB(O)c1ccccc1>>c1ccc(-c2ccccc2)cc1", "Suzuki"),
        ("O=Cc1ccccc1.CN>>CNCc1ccccc1", "reductive amination"),
        ("C=CC=C.C=CC=O>>O=CC1CC=CCC1", "Diels-Alder"),
    ],
)
def test_names(reaction: str, name: str) -> None:
    assert name in str(calculate("reaction_name", text=f"Name the reaction {reaction}").value)


def test_a_change_without_a_name() -> None:
    with pytest.raises(UserError, match="no name"):
        calculate("reaction_name", text="Which reaction is C1CC1.BrC#N>>N#CC1CC1?")


@pytest.mark.parametrize(
    ("reaction", "left"),
    [
        ("CC(=O)Cl.NCC>>CC(=O)NCC", "HCl"),
        ("CC(=O)O.CCO>>CC(=O)OCC", "water"),
        ("C=CC=C.C=CC=O>>O=CC1CC=CCC1", "nothing"),
        ("O=S(Cl)Cl.CO>>CCl", "HCl and SO2"),
    ],
)
def test_by_products(reaction: str, left: str) -> None:
    assert left in str(calculate("left_over", text=f"What is the by-product of {reaction}?").value)


def test_atom_economy() -> None:
    # Acetyl chloride 78.50 and ethylamine 45.08 give 87.12 g/mol of amide.
    assert calculate("atom_economy", text="atom economy of CC(=O)Cl.NCC>>CC(=O)NCC").value == pytest.approx(
        70.5, abs=0.05
    )
    assert calculate("atom_economy", text="atom economy of C=CC=C.C=CC=O>>O=CC1CC=CCC1").value == 100.0


def test_what_is_wanted_is_the_only_product_with_carbon() -> None:
    # Methanol 32.04 of methyl bromide 94.94 and sodium hydroxide 40.00.
    assert calculate("atom_economy", text="atom economy of CBr.[Na+].[OH-]>>CO.[Na+].[Br-]").value == pytest.approx(
        23.7, abs=0.1
    )
    assert calculate("atom_economy", text="atom economy of CC(=O)OC(C)=O.O>>CC(=O)O.CC(=O)O").value == 100.0
    with pytest.raises(UserError, match="several products"):
        calculate("atom_economy", text="atom economy of CCOC(C)=O.O>>CC(=O)O.CCO")


def test_hydrogen_that_nothing_brings_is_no_by_products_explanation() -> None:
    with pytest.raises(UserError, match="does not follow"):
        calculate("left_over", text="by-product of CC(=O)OC(C)=O.CCO>>CC(=O)OCC")


def test_a_whole_equation_leaves_nothing() -> None:
    assert calculate("left_over", text="by-product of C=C.[H][H]>>CC").value == "nothing"


def test_atom_economy_counts_no_reactant_that_is_not_written() -> None:
    with pytest.raises(UserError, match="more H comes out"):
        calculate("atom_economy", text="atom economy of CC=O>>CCO")


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What type of reaction is CCO>>CC=O?", "reaction_name"),
        ("by-product of CCO>>CC=O", "left_over"),
        ("atom economy of CCO>>CC=O", "atom_economy"),
        ("Which reagents for CCO>>CC=O", None),
        ("name the reaction of ethanol", None),
    ],
)
def test_which_question_asks_for_which(question: str, name: str | None) -> None:
    assert choose_reaction_calculation(question) == name


def test_a_reaction_without_product() -> None:
    with pytest.raises(InvalidReactionError):
        calculate("reaction_name", text="name the reaction CCO")
