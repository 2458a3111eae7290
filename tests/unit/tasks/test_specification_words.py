"""Specifications as a person writes them."""

from __future__ import annotations

import pytest

from anymol.tasks.specification_words import is_request, parse_specification, verify_specification
from anymol.tasks.specifications import check_specification

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "2 rings, 1 carboxylic acid, molecular weight 180 to 220, no halogen",
            "2 rings, 1 carboxylic acid, molecular weight 180 to 220, no halogen atoms",
        ),
        (
            "two rings, a carboxylic acid, MW between 180 and 220 and no halogen",
            "2 rings, at least 1 carboxylic acid, molecular weight 180 to 220, no halogen atoms",
        ),
        ("LogP above 2 and below 4", "LogP at least 2, LogP at most 4"),
        ("LogP \u22121.5 to 0.5", "LogP -1.5 to 0.5"),
        ("more than 3 rings", "at least 4 rings"),
        ("fewer than 3 rings", "at most 2 rings"),
        ("TPSA under 90 \u00c5\u00b2", "TPSA at most 90"),
        ("MW 1,000 to 2,000, 2 rings", "molecular weight 1000 to 2000, 2 rings"),
        ("TPSA < 90, MW about 300", "TPSA at most 90, molecular weight 270 to 330"),
        ("a molecule with formula C2H6O and one hydroxyl group", "formula C2H6O, 1 hydroxyl group"),
        ("without nitrogen", "no nitrogen atoms"),
        ("1 to 3 nitrogen atoms", "1 to 3 nitrogen atoms"),
        ("it contains sulfur", "at least 1 sulfur atom"),
        ("not more than five hydrogen bond donors", "at most 5 hydrogen bond donors"),
        ("molecular formula H2O", "formula H2O"),
        ("no aromatic rings", "no aromatic rings"),
        ("a dozen carbons and exactly one bromine", "12 carbon atoms, 1 bromine atom"),
        ("14 C, 2 N and 1 Cl", "14 carbon atoms, 2 nitrogen atoms, 1 chlorine atom"),
        ("a single rotatable bond and 2 double bonds", "1 rotatable bond, 2 double bonds"),
        ("no double bonds, but twelve aromatic ones", "no double bonds, 12 aromatic bonds"),
        (
            "only single bonds, ten of them",
            "no double bonds, no triple bonds, no aromatic bonds, at least 1 single bond, 10 single bonds",
        ),
        ("a dicarboxylic acid", "2 carboxylic acids"),
        ("a triol", "3 hydroxyl groups"),
        ("three carbons, eight hydrogens, one oxygen and that's it", "formula C3H8O"),
        ("C8H10O, whichever isomer", "formula C8H10O"),
        ("C x 5, F x 3", "5 carbon atoms, 3 fluorine atoms"),
        ("12 heavy atoms, three of which are N", "12 heavy atoms, 3 nitrogen atoms"),
        ("a thiol and a ketone, each once", "1 thiol, 1 ketone"),
        ("two sulphur atoms and halogens forbidden", "2 sulfur atoms, no halogen atoms"),
        ("rotatable bonds: none / double bonds: 2", "no rotatable bonds, 2 double bonds"),
        ("a triazole", "at least 1 triazole ring"),
        ("a nitro compound with two methoxy groups", "at least 1 nitro group, 2 methoxy groups"),
        ("Draw up a molecule of formula C12H16N2", "formula C12H16N2"),
    ],
)
def test_specifications_are_read(text: str, read: str) -> None:
    assert str(parse_specification(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "The molecule is a member of the class of benzoic acids. It has a role as a plant metabolite.",
        "An ester obtained by formal condensation of phosphoric acid with an alcohol.",
        "something nice",
        "",
    ],
)
def test_descriptions_ask_for_nothing_that_can_be_counted(text: str) -> None:
    specification = parse_specification(text)
    assert not specification
    checks = verify_specification(ASPIRIN, text)
    assert [check.passed for check in checks] == [None]


def test_clauses_not_understood_are_kept_and_undecided() -> None:
    specification = parse_specification("a kinase inhibitor with 1 aromatic ring")
    assert specification.unread == ("a kinase inhibitor",)
    checks = check_specification(ASPIRIN, specification)
    assert [(check.name, check.passed) for check in checks] == [("aromatic_rings", True), ("specification", None)]


def test_checks_say_what_the_molecule_has() -> None:
    (check,) = verify_specification("CCO", "2 rings")
    assert (check.name, check.passed, check.detail) == ("rings", False, "2 rings: the molecule has 0")


@pytest.mark.parametrize(
    ("text", "fits", "misses"),
    [
        ("hydrocarbon with 6 carbons", "c1ccccc1", "c1ccncc1"),
        ("only carbon, hydrogen and oxygen", "CCO", "CCCl"),
        ("2 oxygen atoms and nothing else but hydrogen", "OCCO", "NC(=O)CO"),
    ],
)
def test_elements_that_are_not_spoken_of_may_be_excluded(text: str, fits: str, misses: str) -> None:
    specification = parse_specification(text)
    assert not specification.unread
    assert all(check.passed for check in check_specification(fits, specification))
    assert not all(check.passed for check in check_specification(misses, specification))


@pytest.mark.parametrize(
    "text", ["1 hydroxyl group and nothing else", "a halogenated hydrocarbon", "a hydrocarbon chain"]
)
def test_what_would_exclude_what_is_wanted_does_not(text: str) -> None:
    specification = parse_specification(text)
    assert all(one.high != 0 for one in specification.constraints)
    assert specification.unread


def test_a_request_is_read_to_its_last_word() -> None:
    assert is_request("please build me something with 3 rings, one of them aromatic") is False
    assert is_request("please build me something with 3 rings and one aromatic ring") is True
