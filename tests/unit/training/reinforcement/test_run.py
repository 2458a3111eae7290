"""A run on verifiable rewards: who chooses the weights does not judge them, and one process alone writes the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import CheckpointError, DataError
from anymol.locks import LockedError, lock_folder
from anymol.modalities.content import Message, MoleculePart, Speaker, TextPart
from anymol.training.reinforcement.plan import PolicyPlan
from anymol.training.reinforcement.policy import Policy, Questions, Verdict
from anymol.training.reinforcement.run import run


def never(example: InstructionExample, answer: str) -> Verdict:
    return Verdict(is_right=False, is_copy=False, said=None)


def make_question(split: str, place: int) -> InstructionExample:
    smiles = "C" * (place + 1) + "O"
    asked = (Message(Speaker.USER, (TextPart("Add a bromine to "), MoleculePart(smiles))),)
    return InstructionExample(
        f"{split}/{place}", "molecule_editing", asked, (MoleculePart(f"Br{smiles}"),), "hand", "CC0", split
    )


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three questions to learn from and seven that are held out."""
    directory = tmp_path_factory.mktemp("data") / "shards"
    questions = [make_question(split, place) for split, many in (("train", 3), ("val", 7)) for place in range(many)]
    write_shards(questions, directory, name="hand")
    return directory


def make_plan(model: Path, **changes: Any) -> PolicyPlan:
    fields = {
        "name": "tiny", "data": {"components": [{"kind": "edits", "builtin": True}]}, "model": str(model),
        "questions": 1, "answers": 2, "held": 5, "most_kl": 1000.0,
        "fit": {"steps": 2, "lr": 1e-4, "validate_every": 1},
        **changes,
    }  # fmt: skip
    return PolicyPlan.model_validate(fields)


def test_what_chooses_the_weights_does_not_judge_them(
    tiny_smiles_model_dir: Path, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five held-out questions the first, third and fifth are asked after each step, the others before and after."""
    asked: list[list[str]] = []
    measure = Policy.measure

    def watch(policy: Policy, questions: Questions) -> tuple[dict[str, float], list[bool]]:
        asked.append(sorted(one.id for one in questions.examples))
        return measure(policy, questions)

    monkeypatch.setattr(Policy, "measure", watch)
    done = run(make_plan(tiny_smiles_model_dir), tmp_path / "run", judge=never, shards=shards)
    assert done.finished
    judging = asked[0]
    assert asked == [judging, asked[1], asked[1], judging]
    assert len(judging) == 2 and len(asked[1]) == 3 and set(judging).isdisjoint(asked[1])
    gain = json.loads((tmp_path / "run" / "gain.json").read_text())
    assert gain["before"]["n"] == gain["after"]["n"] == 2


def test_a_folder_of_another_run_is_left_as_it_is(tiny_smiles_model_dir: Path, shards: Path, tmp_path: Path) -> None:
    plan, output = make_plan(tiny_smiles_model_dir), tmp_path / "run"
    with lock_folder(output, hint="wait"), pytest.raises(LockedError, match="another run"):
        run(plan, output, judge=never, shards=shards)
    assert not list(output.iterdir())

    assert run(plan, output, judge=never, shards=shards).finished
    before = (output / "before.json").read_bytes()
    with pytest.raises(CheckpointError, match="already holds a run"):
        run(make_plan(tiny_smiles_model_dir, seed=1), output, judge=never, shards=shards)
    assert (output / "before.json").read_bytes() == before


def test_one_held_out_question_cannot_choose_and_judge(tiny_smiles_model_dir: Path, tmp_path: Path) -> None:
    write_shards([make_question("train", 0), make_question("val", 0)], tmp_path / "shards", name="hand")
    with pytest.raises(DataError, match="val split has fewer than 2 questions"):
        run(make_plan(tiny_smiles_model_dir), tmp_path / "run", judge=never, shards=tmp_path / "shards")
