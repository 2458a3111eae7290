"""Specifications: reading, drawing, checking."""

from __future__ import annotations

import random

import pytest

from anymol.tasks.specification_words import parse_specification
from anymol.tasks.specifications import (
    FEATURES,
    Constraint,
    check_specification,
    describe_specification,
    draw_specification,
)

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
MOLECULES = (
    ASPIRIN, "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C[C@H](N)C(=O)O", "[Na+].[Cl-]", "C[N+](C)(C)CCO", "C", "O=S(=O)(O)O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
)  # fmt: skip


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
