"""``anymol train`` with the recipes of what ships beside the language model."""

from __future__ import annotations

from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "recipes"
TINY = ("fit.steps=2", "fit.validate_every=1", "architecture.message_width=8", "architecture.hidden_width=8")


@pytest.mark.parametrize(
    "name",
    [
        "drawing_detector",
        "label_reader",
        "ms2_intensities",
        "ms2_intensities_cosine",
        "ir_surrogate",
        "reaction_roles",
        "measured_properties",
        "descriptions",
        "computed_properties",
        "yield_screens",
    ],
)
def test_what_does_not_suit_a_specialist_is_said(name: str, run, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANYMOL_DATA", raising=False)
    recipe, output = RECIPES / f"{name}.yaml", tmp_path / "x"
    assert "are timed" in run("train", recipe, "--estimate").err
    assert "leave --shards" in run("train", recipe, "--shards", tmp_path, "--output", output).err
    assert "builds no shards" in run("data", "build", recipe, "--output", output).err
    assert "give --data-dir" in run("train", recipe, "--output", output).err
    empty = run("train", recipe, "--data-dir", tmp_path, "--output", output)
    assert empty.code not in (0, 1) and ".parquet is not there" in empty.err


def test_from_recipe_to_the_weights_of_an_engine(run, data_dir: Path, tmp_path: Path) -> None:
    pytest.importorskip("chemprop")
    settings = [text for one in TINY for text in ("--set", one)]
    command = ["train", RECIPES / "ir_surrogate.yaml", *settings, "--data-dir", data_dir, "--output", tmp_path / "ir"]
    done = run(*command, "--json")
    assert done.code == 0, done.err
    assert done.json["finished"] is True and Path(done.json["weights"]).name == "ir_surrogate.safetensors"
    again = run(*command)
    assert again.code == 2 and "already holds" in again.err
