"""``anymol train`` with a recipe that pre-trains an encoder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "recipes" / "encoder_graph.yaml"
TINY = ("steps=2", "batch_molecules=4", "objective.encoder.width=8", "objective.encoder.n_layers=1", "threads=1")


@pytest.fixture(scope="module")
def settings() -> list[str]:
    return [text for one in TINY for text in ("--set", one)]


def test_from_recipe_to_encoder(run, settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMOL_DATA", raising=False)
    few = ("--set", "data_at_hand.components.0.count=8", "--set", "data_at_hand.components.0.val_count=3")
    done = run("train", RECIPE, *settings, *few, "--output", tmp_path / "run", "--json")
    assert done.code == 0, done.err
    assert done.json["finished"] is True and done.json["atoms"] > 0
    assert (Path(done.json["encoder"]) / "encoder.json").is_file()
    again = run("train", RECIPE, *settings, *few, "--output", tmp_path / "run")
    assert again.code == 2 and "--resume" in again.err
    resumed = run("train", RECIPE, *settings, *few, "--output", tmp_path / "run", "--resume")
    assert resumed.code == 0 and "encoder_weights: {graph:" in resumed.err


def test_the_cost_is_estimated(run, settings: list[str]) -> None:
    found = run("train", RECIPE, *settings, "--estimate", "--json").json
    assert found["steps"] == 2 and found["stages"][0]["name"] == "masked_atoms" and found["hours"] > 0
    shown = run("train", RECIPE, *settings, "--estimate").out
    assert "atoms/s" in shown and "tokens" not in shown
