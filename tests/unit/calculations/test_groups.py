"""Functional groups and scaffolds of molecules that a chemist knows by heart."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.groups import find_groups
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("smiles", "text"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "carboxylic acid, ester"),
        ("CC(=O)Nc1ccc(O)cc1", "phenol, amide"),
        ("CN1CCC[C@H]1c1cccnc1", "tertiary amine"),
        ("CCOCC", "ether"),
        ("O=C1CCCO1", "ester, lactone"),
        ("OCC1OC(O)C(O)C(O)C1O", "alcohol ×5, ether, hemiacetal"),
        ("CC(OC)OC", "ether ×2, acetal"),
        ("CC(=O)SC", "thioester"),
        ("ClC(Cl)Cl", "chloro ×3"),
        ("CC", "none"),
        ("[O-][n+]1ccccc1", "N-oxide"),
    ],
)
def test_groups(smiles: str, text: str) -> None:
    assert calculate("functional_groups", smiles).text == text


@pytest.mark.parametrize(
    ("smiles", "text", "count"),
    [
        ("OCC1OC(O)C(O)C(O)C1O", "how many hydroxyl groups has ¤", 5),
        ("CC(=O)Oc1ccccc1C(=O)O", "how many benzene rings", 1),
        ("c1ccc2ccccc2c1", "how many benzene rings", 2),
        ("CCO", "how many carboxylic acids", 0),
    ],
)
def test_one_group_is_counted(smiles: str, text: str, count: int) -> None:
    assert calculate("functional_groups", smiles, text=text).value == count


def test_groups_show_where_they_are() -> None:
    found = calculate("functional_groups", "CC(=O)Oc1ccccc1C(=O)O")
    assert {part.label: set(part.atoms) for part in found.parts}["carboxylic acid"] == {10, 11, 12}


def test_groups_are_found_in_words() -> None:
    assert [group.name for group in find_groups("two nitro groups and an acid chloride")] == ["nitro", "acyl halide"]
    assert find_groups("nothing of the kind") == ()


@pytest.mark.parametrize(
    ("smiles", "scaffold", "framework"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1", "C1CCCCC1"),
        ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", "c1ccccc1", "C1CCCCC1"),
        ("O=C(c1ccccc1)c1ccncc1", "O=C(c1ccccc1)c1ccncc1", "C1CCC(CC2CCCCC2)CC1"),
    ],
)
def test_scaffolds(smiles: str, scaffold: str, framework: str) -> None:
    found = calculate("scaffold", smiles)
    assert found.value == scaffold and {part.label: part.value for part in found.parts}["framework"] == framework
    assert calculate("scaffold", smiles, text="generic scaffold").value == framework


def test_without_a_ring_there_is_no_scaffold() -> None:
    with pytest.raises(UserError, match="acyclic"):
        calculate("scaffold", "CCO")


@pytest.mark.parametrize(
    ("smiles", "named"),
    [
        ("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "aromatic lactam"),  # caffeine
        ("O=c1cc[nH]c(=O)[nH]1", "aromatic lactam"),  # uracil
        ("C1CCCCC1N=C=NC1CCCCC1", "carbodiimide"),
        ("C[Si](C)(C)OCC", "silyl ether"),
    ],
)
def test_groups_of_aromatic_rings_and_rarer_ones_are_named(smiles: str, named: str) -> None:
    assert named in calculate("functional_groups", smiles).text


def test_where_none_is_known_that_is_what_is_said() -> None:
    found = calculate("functional_groups", "c1ccc2[nH]ccc2c1")
    assert "none of the" in found.statement and "known here" in found.statement
    assert any("indole" in note for note in found.notes)


def test_families_are_counted_where_they_are_asked_for() -> None:
    def count(question: str) -> object:
        return calculate("functional_groups", "CC(=O)Nc1ccc(CN)cc1C(=O)O", text=question).value

    assert count("how many carbonyl groups?") == 2
    assert count("how many amines?") == 1
    assert count("does it have an NH?") == 2  # of the amide and of the amine
    assert "carbonyl" not in calculate("functional_groups", "CC(=O)C").text
