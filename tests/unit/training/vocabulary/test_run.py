"""A tokenizer from the texts of the package, and models that take it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from anymol.errors import CheckpointError, ConfigError, DataError
from anymol.files import hash_file
from anymol.locks import LockedError, lock_folder
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokens import SPECIAL_TOKENS
from anymol.recipe import parse_recipe
from anymol.training.estimate import estimate
from anymol.training.plan import FittedTokenizer, TrainedTokenizer, TrainingPlan
from anymol.training.preparation import prepare_processor
from anymol.training.train import run as train
from anymol.training.vocabulary.plan import VocabularyPlan
from anymol.training.vocabulary.run import fill_shares, run


def make_plan(**changes: Any) -> VocabularyPlan:
    fields = {
        "name": "small",
        "texts": [{"kind": "prompts"}, {"kind": "numbers", "count": 50, "val_count": 10}],
        "vocab_size": 400,
        "compared_sizes": [360],
        "characters": 20_000,
        "min_symbol_count": 5,
    }
    made = parse_recipe({**fields, **changes})
    assert isinstance(made, VocabularyPlan)
    return made


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = run(make_plan(), tmp_path_factory.mktemp("run") / "tokenizer")
    assert result.finished and result.model is not None
    assert result.tokens == 400
    return result.model


def test_both_classes_load_it(trained: Path) -> None:
    processor = AnyMolProcessor.from_pretrained(trained)
    for tokenizer in (processor.tokenizer, AutoTokenizer.from_pretrained(trained)):
        assert isinstance(tokenizer, PreTrainedTokenizerFast)
        assert tokenizer.convert_tokens_to_ids(list(SPECIAL_TOKENS)) == list(range(len(SPECIAL_TOKENS)))
        assert tokenizer.tokenize("<mol>⌬C⌬O</mol>") == ["<mol>", "⌬C", "⌬O", "</mol>"]
    assert processor.notation == "smiles"


def test_the_report_compares_the_sizes(trained: Path) -> None:
    report = json.loads((trained / "fertility.json").read_text())
    assert report["chosen"] == 400 and list(report["sizes"]) == ["360", "400"]
    small, large = (report["sizes"][size]["kinds"] for size in ("360", "400"))
    assert set(large) == {"prompts", "numbers", "molecules"}
    assert large["prompts"]["train"]["tokens"] < small["prompts"]["train"]["tokens"]
    assert large["numbers"]["val"]["texts"] == 10
    assert large["prompts"]["val"]["characters_per_token"] is None


def test_the_manifest_holds_checksums_licences_and_the_plan(trained: Path) -> None:
    manifest = json.loads((trained / "tokenizer_manifest.json").read_text())
    assert all(hash_file(trained / name) == digest for name, digest in manifest["files"].items())
    assert {"tokenizer.json", "fertility.json"} <= set(manifest["files"])
    assert manifest["licences"] == {"prompts": ["own text"], "numbers": ["own text"]}
    assert VocabularyPlan.model_validate(manifest["config"]) == make_plan()


def test_training_repeats_exactly(trained: Path, tmp_path: Path) -> None:
    run(make_plan(), tmp_path / "again")
    assert (tmp_path / "again" / "tokenizer.json").read_text() == (trained / "tokenizer.json").read_text()


def test_a_finished_folder_is_kept(trained: Path) -> None:
    with pytest.raises(CheckpointError, match="already holds"):
        run(make_plan(), trained)
    assert run(make_plan(), trained, resume=True).tokens == 400


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with lock_folder(tmp_path, hint="wait"), pytest.raises(LockedError, match="another run"):
        run(make_plan(), tmp_path, resume=True)


def test_shares_are_filled_by_characters() -> None:
    texts = {"long": ["a" * 10] * 100, "short": ["b" * 5, "c" * 5], "none": []}
    plan = make_plan(characters=300, repeats=10)
    chosen, filled = fill_shares(texts, {"long": 2.0, "short": 1.0, "none": 1.0}, plan)
    assert filled == {"long": 200, "short": 100, "none": 0}
    assert len(chosen) == 20 + 20
    chosen, filled = fill_shares(texts, {"long": 2.0, "short": 1.0, "none": 1.0}, make_plan(characters=300, repeats=3))
    assert filled["short"] == 30


@pytest.mark.parametrize(
    "changes",
    [
        {"texts": []},
        {"texts": [{"kind": "prompts"}, {"kind": "prompts"}]},
        {"texts": [{"kind": "poems"}]},
        {"texts_at_hand": [{"kind": "captions"}]},
        {"texts": [{"kind": "prompts", "share": 0}]},
    ],
)
def test_plans_that_contradict_themselves_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ConfigError, ValidationError)):
        make_plan(**changes)


def test_texts_of_the_data_directory_need_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="need the data directory"):
        run(make_plan(texts=[{"kind": "captions"}]), tmp_path / "none")


def model_fields(**tokenizer: Any) -> dict[str, Any]:
    return {
        "name": "model",
        "data": {"components": [{"kind": "properties", "builtin": True}]},
        "tokenizer": tokenizer,
        "model": {
            "decoder": {"kind": "fresh", "size": {"hidden_size": 16, "n_layers": 1, "n_heads": 2, "ffn_size": 16}}
        },
        "stages": [{"stage": "pretrain", "steps": 1, "batch_tokens": 512}],
    }


def test_a_model_takes_a_ready_tokenizer(trained: Path, tmp_path: Path) -> None:
    plan = parse_recipe(model_fields(kind="trained", path=str(trained)))
    assert isinstance(plan.tokenizer, TrainedTokenizer)
    processor = prepare_processor(plan, tmp_path / "no shards", tmp_path / "processor")
    assert len(processor.tokenizer) == 400
    assert processor.tokenizer.get_vocab() == AutoTokenizer.from_pretrained(trained).get_vocab()
    assert estimate(plan, seconds=0.0).parameters > 400 * 16


def test_a_run_is_resumed_with_its_own_tokenizer_only(trained: Path, tmp_path: Path) -> None:
    """The recipe knows its tokenizer by its path alone: another one may have been put there, as large as the first."""
    place = tmp_path / "tokenizer"
    shutil.copytree(trained, place)
    component = "{kind: properties, builtin: true, count: 20, val_count: 5, graph_fraction: 0}"
    overrides = ["stages.0.stage=instruct", f"data.components=[{component}]"]
    plan = parse_recipe(model_fields(kind="trained", path=str(place)), overrides)
    assert isinstance(plan, TrainingPlan)
    train(plan, tmp_path / "model")
    assert train(plan, tmp_path / "model", resume=True).finished
    shutil.rmtree(place)
    run(make_plan(texts=[{"kind": "prompts"}]), place)
    with pytest.raises(CheckpointError, match="not that of the run"):
        train(plan, tmp_path / "model", resume=True)


def test_a_tokenizer_is_fitted_where_nothing_else_is_said() -> None:
    plan = parse_recipe(model_fields(vocab_size=700))
    assert plan.tokenizer == FittedTokenizer(vocab_size=700)
    assert parse_recipe(plan.model_dump(mode="json")) == plan
    with pytest.raises(ConfigError, match=r"no key tokenizer\.vocab_sise; did you mean vocab_size"):
        parse_recipe(model_fields(vocab_sise=700))


def test_other_decoders_bring_their_own_tokenizer() -> None:
    fields = model_fields(kind="trained", path="somewhere")
    fields["model"] = {"decoder": {"kind": "trained"}}
    with pytest.raises(ConfigError, match="for a fresh decoder"):
        parse_recipe(fields)


def test_a_folder_without_a_fitting_tokenizer_is_refused(trained: Path, tmp_path: Path) -> None:
    plan = parse_recipe(model_fields(kind="trained", path=str(tmp_path)))
    with pytest.raises(CheckpointError, match="no tokenizer is there"):
        prepare_processor(plan, tmp_path, tmp_path)
    fields = model_fields(kind="trained", path=str(trained), notation="selfies")
    fields["data"]["selfies"] = True
    with pytest.raises(ConfigError, match="made for smiles, not for selfies"):
        prepare_processor(parse_recipe(fields), tmp_path, tmp_path)
