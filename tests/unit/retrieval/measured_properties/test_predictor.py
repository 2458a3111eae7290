from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from anymol.chem.parsing import parse_smiles
from anymol.errors import DataError
from anymol.retrieval.measured_properties.features import N_FEATURES, VERSION
from anymol.retrieval.measured_properties.predictor import (
    DistanceSpread,
    Domain,
    LinearPart,
    PlattCurve,
    Predictor,
    PredictorCard,
    PredictorsCard,
    read_predictors,
    write_predictors,
)
from anymol.retrieval.measured_properties.store import ValueKind
from anymol.retrieval.measured_properties.trees import LEAF, BoostedTrees

DOMAIN = Domain(elements=(6, 7, 8, 17), heaviest=30, similarity=0.2)
CARD = PredictorCard(
    name="solubility",
    kind=ValueKind.NUMBER,
    n=2,
    calibrated_on=2,
    trees_weight=0.25,
    domain=DOMAIN,
    figures={"val_mae": 1.0},
)


def make_predictor(weight: float = 0.25) -> Predictor:
    """Return one whose linear part is the first feature, held to 0 and 10, plus 1, and whose tree says 5."""
    weights = np.zeros(N_FEATURES, np.float32)
    weights[0] = 1.0
    linear = LinearPart(np.zeros(N_FEATURES, np.float32), np.full(N_FEATURES, 10.0, np.float32), weights, 1.0)
    tree = BoostedTrees(
        np.array([0], np.uint32),
        np.array([LEAF], np.uint16),
        np.array([5.0], np.float32),
        np.array([0], np.uint16),
        0.0,
    )
    return Predictor(CARD.model_copy(update={"trees_weight": weight}), linear, tree)


def test_the_parts_are_weighed_and_the_line_ends() -> None:
    samples = np.zeros((3, N_FEATURES), np.float32)
    samples[:, 0] = [2.0, 10.0, 1_000.0]
    # 0.75 * (x + 1) + 0.25 * 5, with x at most 10.
    assert make_predictor().predict(samples).tolist() == [3.5, 9.5, 9.5]


def test_predictors_are_read_as_they_were_written(tmp_path: Path) -> None:
    one = make_predictor()
    card = PredictorsCard(trained_on="nothing", command="none", store_sha256="0", predictors=(one.card,))
    path = tmp_path / "predictors.safetensors"
    path.write_bytes(write_predictors(card, [one]))
    again = read_predictors(path)
    found = again.find("solubility")
    assert again.card == card and found is not None and again.find("hiv") is None
    samples = np.arange(2 * N_FEATURES, dtype=np.float32).reshape(2, -1)
    assert np.array_equal(found.predict(samples), one.predict(samples))


def test_what_is_not_a_file_of_predictors_is_said(tmp_path: Path) -> None:
    path = tmp_path / "predictors.safetensors"
    path.write_bytes(b"no")
    with pytest.raises(DataError, match="cannot be read"):
        read_predictors(path)
    one = make_predictor()
    card = PredictorsCard(
        features=VERSION + 1, trained_on="nothing", command="none", store_sha256="0", predictors=(one.card,)
    )
    path.write_bytes(write_predictors(card, [one]))
    with pytest.raises(DataError, match="features of version"):
        read_predictors(path)


def test_intervals_grow_with_the_distance() -> None:
    spread = DistanceSpread(offset=math.log(0.5), slope=1.0, quantile=2.0)
    assert spread.measure(1.0) == pytest.approx(1.0)
    assert spread.measure(0.0) == pytest.approx(math.e)


def test_a_curve_gives_probabilities() -> None:
    curve = PlattCurve(bias=0.0, slope=2.0)
    assert curve.apply(0.0) == 0.5 and curve.apply(math.log(2)) == pytest.approx(0.8)
    assert 0 < curve.apply(-1e9) < curve.apply(1e9) < 1


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("[Na+].[Cl-]", "no carbon"),
        ("O", "no carbon"),
        ("C[Hg]C", "holds Hg"),
        ("[NH3][Pt]([NH3])(Cl)Cl", "no carbon"),
        ("C[Si](C)(C)C", "holds Si"),
    ],
)
def test_what_is_of_another_kind_is_not_predicted(smiles: str, said: str) -> None:
    assert said in (DOMAIN.find_obstacle(parse_smiles(smiles)) or "")


def test_what_is_far_is_doubted() -> None:
    near, far, large = parse_smiles("CCO"), parse_smiles("CCO"), parse_smiles("C" * 40)
    assert DOMAIN.find_obstacle(near) is None and DOMAIN.list_doubts(near, 0.5) == ()
    assert "similarity of 0.10" in DOMAIN.list_doubts(far, 0.1)[0]
    assert "40 heavy atoms" in DOMAIN.list_doubts(large, 0.5)[0]


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("C" * 31, "31 heavy atoms"),
        ("CC(=O)[O-]", "charged"),
        ("C[CH2]", "radical"),
        ("[2H]C", "labelled"),
        ("C[NH2+]CC(=O)[O-]", None),  # neutral as a whole
        ("CCO", None),
    ],
)
def test_a_closed_domain_refuses_what_another_would_doubt(smiles: str, said: str | None) -> None:
    closed, found = DOMAIN.model_copy(update={"is_closed": True}), DOMAIN.find_obstacle(parse_smiles(smiles))
    assert found is None
    obstacle = closed.find_obstacle(parse_smiles(smiles))
    assert obstacle is None if said is None else said in (obstacle or "")
