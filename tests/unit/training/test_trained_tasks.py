"""What a finished run says of the tasks that its model knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anymol.models.manifest import read_manifest, write_manifest
from anymol.recipe import parse_recipe
from anymol.training.plan import TrainingPlan
from anymol.training.start import list_trained_tasks

COUNTS = {"logp": {"train": 9, "val": 1}, "tpsa": {"val": 3}, "pretrain": {"train": 50}}


def make_plan(**model: Any) -> TrainingPlan:
    fields = {
        "name": "small",
        "data": {"components": [{"kind": "properties", "builtin": True}]},
        "stages": [{"stage": "instruct", "steps": 3}],
        "model": model,
    }
    plan = parse_recipe(fields)
    assert isinstance(plan, TrainingPlan)
    return plan


def test_tasks_with_training_examples_are_learnt() -> None:
    assert list_trained_tasks(make_plan(), COUNTS, is_continued=False) == ["logp"]


def test_what_came_before_a_continued_run_is_not_known() -> None:
    assert list_trained_tasks(make_plan(), COUNTS, is_continued=True) is None


def test_a_trained_model_keeps_what_it_knew(tmp_path: Path) -> None:
    write_manifest(tmp_path, provenance={"tasks": ["captioning"]})
    plan = make_plan(decoder={"kind": "trained", "path": str(tmp_path)})
    for name in ("config.json", "tokenizer.json", "processor_config.json"):
        (tmp_path / name).write_text("{}")
    assert read_manifest(tmp_path).tasks == {"captioning"}
    assert list_trained_tasks(plan, COUNTS, is_continued=False) == ["captioning", "logp"]
    write_manifest(tmp_path, provenance={"tasks": None})
    assert list_trained_tasks(plan, COUNTS, is_continued=False) is None
