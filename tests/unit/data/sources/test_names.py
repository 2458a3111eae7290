"""Names whose structure says more than they do are not training answers."""

from __future__ import annotations

import random

import pytest

from anymol.data.config import NamesConfig, NameTask
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences, SourceLicence
from anymol.data.sources.names import NamesSource, states_less_than_name, states_more_than_name


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("CCC[C@@H](C)O", "pentan-2-ol"),
        ("CC/C=C/C", "2-pentene"),
        ("C[C@H](C(=O)O)c1ccc(cc1)F", "flurbiprofen analogue"),
    ],
)
def test_a_stereoisomer_that_the_name_leaves_open(smiles: str, name: str) -> None:
    assert states_more_than_name(smiles, name)


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("CCC[C@@H](C)O", "(2R)-pentan-2-ol"),
        ("CCC[C@@H](C)O", "(R)-pentan-2-ol"),
        ("CC/C=C/C", "(2E)-2-pentene"),
        ("CC/C=C/C", "trans-2-pentene"),
        ("N[C@@H](C)C(=O)O", "L-alanine"),
        ("CC1(C)[C@@H]2CC=C(C)[C@H]1C2", "(+)-alpha-pinene"),
        ("CCCC(C)O", "pentan-2-ol"),
    ],
)
def test_what_name_and_structure_agree_on(smiles: str, name: str) -> None:
    assert not states_more_than_name(smiles, name)


def test_a_name_that_says_what_the_structure_leaves_open() -> None:
    assert states_less_than_name("CCCC(C)O", "(2R)-pentan-2-ol")
    assert not states_less_than_name("CCCC(C)O", "pentan-2-ol")


@pytest.mark.parametrize(
    ("smiles", "name", "systematic", "tasks"),
    [
        ("CCCC(C)O", "pentan-2-ol", True, ["name_to_molecule", "molecule_to_name"]),
        ("CCCC(C)O", "sec-amyl alcohol", False, ["name_to_molecule"]),
        ("CCC[C@@H](C)O", "pentan-2-ol", True, ["name_to_molecule"]),
        ("CCCC(C)O", "(2R)-pentan-2-ol", True, ["name_to_molecule"]),
    ],
)
def test_molecules_are_asked_for_systematic_names_that_say_as_much(
    smiles: str, name: str, systematic: bool, tasks: list[str]
) -> None:
    licences = Licences({("names", "open"): SourceLicence("MIT", weights_allowed=True)})
    source = NamesSource(NamesConfig(tasks=tuple(NameTask)), licences)
    made = source.examples((0, name, smiles, "open", systematic), "train", random.Random(0), Heldout.empty())
    assert [example.task for example in made] == tasks
    assert len({example.id for example in made}) == len(made)
