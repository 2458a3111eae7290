"""The loop of the parts: a stopped run goes on to the same weights, and the best ones are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from anymol.errors import CheckpointError
from anymol.locks import LockedError, lock_folder
from anymol.recipe import load_recipe
from anymol.training.optimisation import DivergedError
from anymol.training.specialists import detector, intensities, label_reader, reaction_roles, surrogate
from anymol.training.specialists.fit import FitConfig, fit_network

CONFIG = FitConfig(steps=12, lr=0.05, averaging=0.5, validate_every=4, checkpoint_every=3, threads=1)


class Line:
    """A line with dropout through drawn points; it is judged by how far it is from where it was."""

    def __init__(self, *, scored: bool, stop_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self._scored, self._stop_at, self.judged = scored, stop_at, list[float]()

    def decay(self, name: str) -> float:
        return 0.1 if name.endswith("weight") else 0.0

    def losses(self, step: int) -> Mapping[str, Tensor]:
        if step == self._stop_at:
            raise KeyboardInterrupt
        points = torch.randn(16, 2, generator=torch.Generator().manual_seed(step))
        return {"square": (self.network(points)[:, 0] - points.sum(1)).square().mean()}

    def validate(self) -> dict[str, float]:
        self.judged.append(float(sum(p.detach().abs().sum() for p in self.network.parameters())))
        return {"size": self.judged[-1]}

    def score(self, figures: Mapping[str, float]) -> float | None:
        return -figures["size"] if self._scored else None


@pytest.mark.parametrize("scored", [False, True])
def test_a_resumed_run_repeats_one_never_stopped(tmp_path: Path, scored: bool) -> None:
    whole = Line(scored=scored)
    assert fit_network(whole, CONFIG, tmp_path / "whole", name="line", key="k", resume=False)
    with pytest.raises(KeyboardInterrupt):
        fit_network(Line(scored=scored, stop_at=7), CONFIG, tmp_path / "cut", name="line", key="k", resume=False)
    with pytest.raises(CheckpointError, match="already holds a run"):
        fit_network(Line(scored=scored), CONFIG, tmp_path / "cut", name="line", key="k", resume=False)
    with pytest.raises(CheckpointError, match="another recipe"):
        fit_network(Line(scored=scored), CONFIG, tmp_path / "cut", name="line", key="other", resume=True)
    resumed = Line(scored=scored)
    assert fit_network(resumed, CONFIG, tmp_path / "cut", name="line", key="k", resume=True)
    for one, other in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(one, other)
    again = Line(scored=scored)
    assert fit_network(again, CONFIG, tmp_path / "cut", name="line", key="k", resume=True)  # finished: nothing is done
    assert all(map(torch.equal, whole.network.parameters(), again.network.parameters()))
    lines = [json.loads(line) for line in (tmp_path / "cut" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 13))
    assert [line["step"] for line in lines if "val/size" in line] == [4, 8, 12]


def test_the_weights_with_the_best_score_are_kept(tmp_path: Path) -> None:
    trained = Line(scored=True)
    fit_network(trained, CONFIG, tmp_path, name="line", key="k", resume=False)
    best = min(trained.judged)
    trained.validate()
    assert trained.judged[-1] == pytest.approx(best)
    assert not trained.network.training


@pytest.mark.parametrize(
    ("run", "recipe"),
    [
        (detector.run, "drawing_detector"),
        (label_reader.run, "label_reader"),
        (intensities.run, "ms2_intensities"),
        (surrogate.run, "ir_surrogate"),
        (reaction_roles.run, "reaction_roles"),
    ],
)
def test_two_runs_do_not_share_a_folder(tmp_path: Path, run: Any, recipe: str) -> None:
    """Drawings and weights are written before and after the fit: the folder is held for all of it."""
    plan = load_recipe(Path(__file__).parents[4] / "recipes" / f"{recipe}.yaml", [])
    with lock_folder(tmp_path / "run", hint="wait"), pytest.raises(LockedError, match="another run"):
        run(plan, tmp_path / "run", data_dir=tmp_path, resume=True)
    assert not list((tmp_path / "run").iterdir())


def test_a_score_below_all_others_is_a_score(tmp_path: Path) -> None:
    """Weights that all strayed have -1 each: the first of them are kept, rather than none or the last."""

    class Strayed(Line):
        def score(self, figures: Mapping[str, float]) -> float | None:
            return -1.0

    trained = Strayed(scored=True)
    fit_network(trained, CONFIG, tmp_path, name="line", key="k", resume=False)
    first = trained.judged[0]
    trained.validate()
    assert trained.judged[-1] == pytest.approx(first)


def test_a_loss_that_is_no_number_ends_it_before_it_reaches_the_weights(tmp_path: Path) -> None:
    class Diverging(Line):
        def losses(self, step: int) -> Mapping[str, Tensor]:
            return {name: loss * (float("inf") if step == 5 else 1) for name, loss in super().losses(step).items()}

    line = Diverging(scored=False)
    with pytest.raises(DivergedError, match="at step 6"):
        fit_network(line, CONFIG, tmp_path, name="line", key="k", resume=False)
    assert all(parameter.isfinite().all() for parameter in line.network.parameters())
