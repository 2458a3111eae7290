"""``anymol train`` with the recipe of a tokenizer, on the texts of the package."""

from __future__ import annotations

from pathlib import Path

RECIPE = Path(__file__).parents[2] / "recipes" / "tokenizer.yaml"
TINY = (
    "vocab_size=450", "compared_sizes=[]", "characters=20000", "min_symbol_count=5",
    "texts_at_hand=[{kind: prompts}, {kind: numbers, count: 40, val_count: 5}]",
)  # fmt: skip


def test_from_recipe_to_tokenizer(run, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ANYMOL_DATA", raising=False)
    settings = [text for one in TINY for text in ("--set", one)]
    done = run("train", RECIPE, *settings, "--output", tmp_path / "tokenizer", "--json")
    assert done.code == 0, done.err
    assert done.json["finished"] is True and done.json["vocabulary"] == 450
    assert (Path(done.json["tokenizer"]) / "fertility.json").is_file()
    again = run("train", RECIPE, *settings, "--output", tmp_path / "tokenizer")
    assert again.code == 2 and "already holds" in again.err
    resumed = run("train", RECIPE, *settings, "--output", tmp_path / "tokenizer", "--resume")
    assert resumed.code == 0 and "kind: trained" in resumed.err


def test_what_does_not_suit_a_tokenizer_is_said(run, tmp_path: Path) -> None:
    assert "are timed" in run("train", RECIPE, "--estimate").err
    assert "not on shards" in run("train", RECIPE, "--shards", tmp_path, "--output", tmp_path / "x").err
    assert "builds no shards" in run("data", "build", RECIPE, "--output", tmp_path / "x").err
