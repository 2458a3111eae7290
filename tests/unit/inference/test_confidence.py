"""Merging of candidates and the fits, on synthetic data with known answers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import CheckpointError, UnreadableAnswerError
from anymol.inference.confidence import (
    Calibration,
    Candidate,
    fit_intervals,
    fit_probabilities,
    measure_spread,
    merge_candidates,
    share,
)


def parse(text: str) -> str:
    if text == "?":
        raise UnreadableAnswerError("unreadable", value=text)
    return text.lower()


def test_spellings_of_one_answer_are_merged() -> None:
    chances = {"A": 0.3, "b": 0.25, "a": 0.1, "?": 0.2, "B": 0.2}
    written = [(text, math.log(chance)) for text, chance in chances.items()]
    candidates, unreadable = merge_candidates(written, parse)
    assert unreadable == 1
    assert [one.value for one in candidates] == ["b", "a"]
    assert [math.exp(one.log_prob) for one in candidates] == pytest.approx([0.45, 0.4])
    assert candidates[0].text == "b" and candidates[1].text == "A"
    assert candidates[0].lead == pytest.approx(math.log(0.45 / 0.4))
    assert candidates[1].lead == pytest.approx(-candidates[0].lead)
    assert share(candidates) == pytest.approx([0.45 / 0.85, 0.4 / 0.85])


def test_variants_are_averaged() -> None:
    candidates, _ = merge_candidates([("a", math.log(0.5)), ("a", math.log(0.3))], parse, variants=2)
    assert math.exp(candidates[0].log_prob) == pytest.approx(0.4)
    assert candidates[0].lead == 12.0


def test_nothing_readable() -> None:
    assert merge_candidates([("?", -1.0)], parse) == ([], 1)
    assert share([]) == []


def test_probabilities_recover_a_known_law() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(3000):
        log_prob = -rng.exponential(2.0)
        lead = rng.uniform(0, 6)
        chance = 1 / (1 + math.exp(-(0.5 + 0.8 * log_prob + 0.4 * lead)))
        rows.append([(Candidate("a", "a", log_prob, lead), bool(rng.random() < chance))])
    scale = fit_probabilities(rows)
    assert scale.n == 3000
    assert (scale.bias, *scale.weights) == pytest.approx((0.5, 0.8, 0.4), abs=0.15)
    assert scale.ece < 0.03
    assert scale.apply(Candidate("a", "a", -1.0, 2.0)) == pytest.approx(1 / (1 + math.exp(-0.5)), abs=0.05)


def test_probabilities_of_hopeless_and_perfect_tasks() -> None:
    hopeless = fit_probabilities([[(Candidate("a", "a", -3.0 - i % 5, 1.0), False)] for i in range(200)])
    assert hopeless.apply(Candidate("a", "a", -3.0, 1.0)) < 0.02 and hopeless.accuracy == 0
    perfect = fit_probabilities([[(Candidate("a", "a", -3.0 - i % 5, 1.0), True)] for i in range(200)])
    assert perfect.apply(Candidate("a", "a", -3.0, 1.0)) > 0.98 and perfect.accuracy == 1


def test_a_more_probable_answer_is_never_said_less_likely_right() -> None:
    rng = np.random.default_rng(1)
    rows = [[(Candidate("a", "a", -x, 1.0), bool(rng.random() < x / 5))] for x in rng.uniform(0, 5, 400)]
    scale = fit_probabilities(rows)
    assert min(scale.weights) >= 0


def test_rows_without_candidates_count_as_wrong() -> None:
    scale = fit_probabilities([[(Candidate("a", "a", -1.0, 1.0), True)], []] * 20)
    assert scale.n == 40 and scale.accuracy == 0.5


def test_intervals_cover() -> None:
    rng = np.random.default_rng(2)
    spread = rng.uniform(0.5, 5.0, 2000)
    truth = rng.normal(100, 20, 2000)
    values = truth + spread * rng.standard_normal(2000)
    scale = fit_intervals(list(values), list(spread), list(truth))
    assert scale.coverage == pytest.approx(0.9, abs=0.02)
    assert scale.scale == pytest.approx(1.645, abs=0.1)  # the 90 % quantile of |N(0, 1)|
    interval = scale.apply(10.0, 2.0)
    assert interval.level == 0.9
    assert (interval.low, interval.high) == pytest.approx((10 - 2 * scale.scale, 10 + 2 * scale.scale))
    assert scale.apply(10.0, 0.0).high > 10.0  # equal draws do not prove certainty


def test_spread_of_draws() -> None:
    assert measure_spread([5.0] * 9) == 0
    assert measure_spread(list(range(101))) == pytest.approx(45.0)


def test_calibration_file(tmp_path: Path) -> None:
    assert Calibration.load(tmp_path) == Calibration()
    rows = [[(Candidate("a", "a", -1.0 - i, 1.0), i < 10)] for i in range(20)]
    intervals = fit_intervals([1.0, 2.0], [0.1, 0.2], [1.1, 1.8])
    written = Calibration({"forward_reaction": fit_probabilities(rows)}, {"logp": intervals}, "val")
    written.save(tmp_path)
    assert Calibration.load(tmp_path) == written
    raw = json.loads((tmp_path / "calibration.json").read_text())
    assert raw["probabilities"]["forward_reaction"]["n"] == 20
    (tmp_path / "calibration.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        Calibration.load(tmp_path)
    (tmp_path / "calibration.json").write_text('{"schema_version": 99}')
    with pytest.raises(CheckpointError, match="schema 99"):
        Calibration.load(tmp_path)


@pytest.mark.parametrize(("n", "rank"), [(5, 5), (9, 9), (10, 10), (19, 18), (99, 90)])
def test_the_conformal_factor_is_the_residual_of_its_rank(n: int, rank: int) -> None:
    fitted = fit_intervals([0.0] * n, [1e4] * n, [1000.0 * place for place in range(n, 0, -1)])
    assert fitted.scale * max(1e4, fitted.floor) == pytest.approx(1000.0 * rank)
