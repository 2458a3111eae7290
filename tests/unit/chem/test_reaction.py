"""Reactions in every form that people write."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anymol.chem.reaction import Reaction, canonicalize_reaction, parse_reaction
from anymol.errors import InvalidReactionError

ESTER = ("CCO", "CC(=O)O"), ("CCOC(C)=O",)


@pytest.mark.parametrize(
    ("text", "reaction"),
    [
        ("CCO.CC(=O)O>>CCOC(C)=O", Reaction(ESTER[0], (), ESTER[1])),
        ("CCO.CC(=O)O>OS(=O)(=O)O>CCOC(C)=O", Reaction(ESTER[0], ("O=S(=O)(O)O",), ESTER[1])),
        ("CCO.CC(=O)O>CCOC(C)=O", Reaction(ESTER[0], (), ESTER[1])),
        ("CCO.CC(=O)O", Reaction(ESTER[0], is_mixture=True)),
        ("CCO.CC(=O)O>>", Reaction(ESTER[0])),
        (">>CCO", Reaction((), (), ("CCO",))),
        ("CC>[Pd]>", Reaction(("CC",), ("[Pd]",))),
        (" CC >> CC ", Reaction(("CC",), (), ("CC",))),
        ("[CH3:1][OH:2].[K+].[Br:3][CH3:4]>>[CH3:1][O:2][CH3:4]", Reaction(("CO", "CBr"), ("[K+]",), ("COC",))),
        ("C1.C1>>CC", Reaction(("CC",), (), ("CC",))),
    ],
)
def test_forms(text: str, reaction: Reaction) -> None:
    assert parse_reaction(text) == reaction


def test_dative_arrow_is_no_reaction_arrow() -> None:
    reaction = parse_reaction("[NH3]->[Pt](Cl)Cl>>N")
    assert len(reaction.reactants) == 1
    assert reaction.products == ("N",)


def test_canonical_form_sorts_within_parts() -> None:
    assert canonicalize_reaction("OCC.CC(O)=O>>O(CC)C(C)=O") == "CC(=O)O.CCO>>CCOC(C)=O"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (">>", "no molecules"),
        ("C>C>C>C", "two '>'"),
        ("C.C(>>C", "in the reactants, 'C(' is wrong"),
        ("C>Q>C", "in the reagents"),
        ("C>>C1CC", "in the products"),
        ("C..C>>C", "in the reactants"),
        ("C" * 10_001, "10,001"),
    ],
)
def test_faults_name_part_and_molecule(text: str, words: str) -> None:
    with pytest.raises(InvalidReactionError) as error:
        parse_reaction(text)
    assert words in str(error.value)


def test_example_file(examples_dir) -> None:
    with (examples_dir / "reactions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    broken = []
    for row in rows:
        try:
            parse_reaction(row["smiles"])
        except InvalidReactionError:
            broken.append(row["id"])
    assert broken == ["8", "10"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="CNO>.()[]:1=-+ ", max_size=30))
def test_any_text_is_a_reaction_or_an_error(text: str) -> None:
    try:
        reaction = parse_reaction(text)
    except InvalidReactionError:
        return
    assert parse_reaction(reaction.smiles).smiles == reaction.smiles or reaction.is_mixture


@pytest.mark.parametrize(
    ("text", "reaction"),
    [
        ("[Na+].[OH-].CC(=O)OC>>CC(=O)[O-].[Na+].CO |f:0.1,3.4|", "COC(C)=O.[Na+].[OH-]>>CC(=O)[O-].[Na+].CO"),
        ("CC.[OH-].[Na+]>ClCCl>CCO |f:1.2| a name", "CC.[Na+].[OH-]>ClCCl>CCO"),
        ("CC.CC>>CCCC |^1:0,2|", "[CH2]C.[CH2]C>>CCCC"),
    ],
)
def test_extensions_are_read(text: str, reaction: str) -> None:
    assert parse_reaction(text).smiles == canonicalize_reaction(reaction)


def test_ions_that_belong_together_are_one_molecule() -> None:
    reaction = parse_reaction("[Na+].[OH-].CC(=O)OC>>CC(=O)[O-].[Na+].CO |f:0.1,3.4|")
    assert reaction.reactants == ("[Na+].[OH-]", "COC(C)=O")
    assert reaction.products == ("CC(=O)[O-].[Na+]", "CO")


def test_racemates_of_a_reaction_are_said() -> None:
    assert "a racemate" in parse_reaction("C[C@H](O)Cl>>C[C@H](O)F |&1:1,5|").notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CC>>CC |f:0.1|", "do not stand together"),
        ("CC>>CC |f:0.7|", "do not stand together"),
        ("CC>>CC |junk|", "extension of the SMILES cannot be read"),
        ("CCO->CC=O", "'->' is a dative bond in SMILES"),
        ("CCO -> CC=O", "an arrow"),
        ("CCO\u2192CC=O", "an arrow"),
        ("CCO.O=O->CC=O.O", "'->' is a dative bond in SMILES"),
    ],
)
def test_extensions_and_arrows_that_are_wrong(text: str, words: str) -> None:
    with pytest.raises(InvalidReactionError, match=words):
        parse_reaction(text)


@pytest.mark.parametrize("text", ["N->[Fe]", "CCN->B", "CS(C)->[Pd](Cl)Cl"])
def test_dative_bonds_to_metals_and_boron_are_bonds(text: str) -> None:
    assert parse_reaction(text).is_mixture
