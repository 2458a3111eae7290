"""Specifications: reading, drawing, checking."""

from __future__ import annotations

import random

import pytest

from anymol.tasks.specifications import (
    FEATURES,
    Constraint,
    check_specification,
    describe_specification,
    draw_specification,
    parse_specification,
    verify_specification,
)

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
MOLECULES = (
    ASPIRIN, "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C[C@H](N)C(=O)O", "[Na+].[Cl-]", "C[N+](C)(C)CCO", "C", "O=S(=O)(O)O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
)  # fmt: skip


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


@pytest.mark.parametrize("smiles", MOLECULES)
def test_drawn_specifications_are_true_and_read_back(smiles: str) -> None:
    for seed in range(40):
        specification = draw_specification(smiles, random.Random(seed))
        assert 1 <= len(specification.constraints) + (specification.formula is not None) <= 4
        assert parse_specification(str(specification)) == specification
        assert all(check.passed for check in check_specification(smiles, specification))
        assert describe_specification(smiles, random.Random(seed)) == str(specification)


def test_drawn_specifications_vary() -> None:
    assert len({describe_specification(ASPIRIN, random.Random(seed)) for seed in range(50)}) > 40


def test_number_of_constraints_can_be_set() -> None:
    counts = {len(draw_specification(ASPIRIN, random.Random(seed), count=3).constraints) for seed in range(30)}
    assert counts <= {0, 3}  # 0: the formula instead


def test_checks_say_what_the_molecule_has() -> None:
    (check,) = verify_specification("CCO", "2 rings")
    assert (check.name, check.passed, check.detail) == ("rings", False, "2 rings: the molecule has 0")


@pytest.mark.parametrize(
    ("feature", "smiles", "value"),
    [
        ("rings", "c1ccc2ccccc2c1", 2),
        ("hydroxyl", "OCCO", 2),
        ("carboxylic_acid", ASPIRIN, 1),
        ("ester", ASPIRIN, 1),
        ("halogen_atoms", "FC(Cl)Br", 3),
        ("nitrogen_atoms", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", 4),
        ("molecular_weight", ASPIRIN, 180.159),
        ("logp", ASPIRIN, 1.3101),
        ("tpsa", ASPIRIN, 63.6),
        ("stereocentres", "C[C@H](N)C(=O)O", 1),
    ],
)
def test_features_measure(feature: str, smiles: str, value: float) -> None:
    from anymol.chem.parsing import parse_smiles

    assert FEATURES[feature].measure(parse_smiles(smiles)) == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize("bounds", [("rings", None, None), ("rings", 3, 2), ("colour", 1, 1)])
def test_contradictions_are_refused(bounds: tuple[str, float | None, float | None]) -> None:
    with pytest.raises(ValueError, match=r"bound|unknown"):
        Constraint(*bounds)
