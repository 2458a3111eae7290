from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from anymol.data.config import DataConfig
from anymol.errors import ConfigError, InvalidFileError
from anymol.recipe import load_recipe, parse_recipe
from anymol.training.optimisation import Optimiser
from anymol.training.reinforcement.plan import PolicyPlan
from anymol.training.stages import Component

DATA_RECIPES = sorted((Path(__file__).parents[2] / "recipes" / "data").glob("*.yaml"))
RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))


def fields() -> dict[str, Any]:
    return {
        "name": "small",
        "data": {"name": "small", "components": [{"kind": "properties", "builtin": True}]},
        "stages": [{"stage": "pretrain", "steps": 3}, {"stage": "instruct", "tokens": 10_000}],
    }


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_valid_and_says_what_it_costs(path: Path) -> None:
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    header = path.read_text().split("name:")[0]
    assert all(word in header for word in ("Trains", "Needs", "Costs", "Command"))


@pytest.mark.parametrize("path", DATA_RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_data_is_valid_and_says_what_it_gives(path: Path) -> None:
    recipe = load_recipe(path, ["seed=3"])
    assert isinstance(recipe, DataConfig) and (recipe.name, recipe.seed) == (path.stem, 3)
    header = path.read_text().split("name:")[0]
    assert all(word in header for word in ("Gives", "Needs", "Command"))


def test_a_wrong_key_of_a_recipe_of_data_is_named() -> None:
    with pytest.raises(ConfigError, match="components"):
        parse_recipe({"components": [{"kind": "quantum", "task": ["homo"]}]})


def test_defaults() -> None:
    recipe = parse_recipe(fields())
    assert recipe.stages[0].parts(adapted=False) == (Component.DECODER, Component.NEW_TOKENS)
    assert recipe.stages[1].total_steps == 3
    assert recipe.stages[0].only_modal is False


def test_overrides() -> None:
    overrides = ["seed=7", "stages.1.optimiser.kind=muon", "stages.1.optimiser.lr=1e-3", "tokenizer.vocab_size=1_000"]
    recipe = parse_recipe(fields(), overrides)
    assert recipe.seed == 7
    assert recipe.stages[1].optimiser.kind is Optimiser.MUON
    assert recipe.stages[1].optimiser.lr == 1e-3
    assert recipe.stages[0].optimiser.kind is Optimiser.ADAMW
    assert recipe.tokenizer.vocab_size == 1000


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sed=1", "no key sed.*did you mean seed"),
        ("stages.0.optimser.lr=1", r"no key stages\.0\.optimser.*optimiser"),
        ("stages.0.optimiser.lr=-1", r"stages\.0\.optimiser\.lr: .*greater than 0"),
        ("stages.9.steps=1", "entries 0 to 1"),
        ("data.components.0.foo=1", r"no key data\.components\.0\.foo.*known here"),
        (
            "model.decoder={kind: fresh, size: {hiden_size: 3}}",
            r"no key model\.decoder\.size\.hiden_size; did you mean hidden_size",
        ),
        ("stages.0.stage=pretran", r"stages\.0\.stage"),
        ("stages.0.tokens=4", "exactly one of tokens and steps"),
        ("stages.0.row_length=100", "whole rows"),
        ("stages.0.micro_batch_tokens=3000", "multiple of micro_batch_tokens"),
        ("stages.0.mixture.weights.logp=0", "must be positive"),
        ("stages.0.trains=[encoder]", "the model has no modality"),
        ("model.modalities.smell={}", "no modality smell; known: graph"),
        ("tokenizer.notation=selfies", r"data\.selfies must be true"),
        ("data_at_hand={components: [{kind: names}]}", "built in"),
        ("stages=[]", "stages"),
        ("name.x=1", "plain value"),
        ("seed", "key=value"),
        ("seed={", "not valid YAML"),
        ("stages.0.optimiser.lr=.inf", r"stages\.0\.optimiser\.lr: .*less than or equal to 1"),
        ("stages.0.optimiser.lr=inf", r"stages\.0\.optimiser\.lr: .*less than or equal to 1"),
        ("stages.0.optimiser.clip=.nan", r"stages\.0\.optimiser\.clip"),
        ("stages.0.mixture.weights.logp=.inf", r"weights\.logp must be a finite number"),
        ("stages.0.steps=yes", r"stages\.0\.steps must be a number, not true"),
        ("validate_examples=on", "validate_examples must be a number, not true"),
        ("stages.0.optimiser.lr=true", r"lr must be a number, not true"),
        ("seed=99999999999999999999999999", "seed: .*less than or equal to 4294967295"),
        ("seed=-1", "seed: .*greater than or equal to 0"),
        ("data.seed=4294967296", r"data\.seed"),
        ("stages.0.steps=1000000000000000000", "at most 1,000,000,000,000,000"),
        ("model.decoder={kind: fresh, size: {n_layers: 3000}}", r"n_layers is 3,000; at most 1,000 is built"),
        ("tokenizer.vocab_size=100000000", "vocab_size is 100,000,000; at most 4,194,304"),
        ("name=../..", "name: a name is 1 to 100 letters"),
        ("name=/etc", "name: a name"),
        ("name=''", "name: a name"),
        ("data.name=a/b", r"data\.name: a name"),
        ("seed={a: 1, a: 2}", "not valid YAML"),
    ],
)
def test_bad_overrides_say_what_would_be_right(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_recipe(fields(), [override])


@pytest.mark.parametrize(
    ("overrides", "without"),
    [
        (["stages.1={stage: align, steps: 3, precision: bf16_weights}"], None),  # which trains no decoder
        (["stages.1.precision=bf16_weights", "model.adapters=[{kind: lora}]"], None),
        (["model.weights=bf16_weights"], None),
        (["steps=3", "objective={kind: masked_atoms}", "precision=bf16_weights"], "stages"),
    ],
    ids=["decoder frozen", "adapters", "storage", "encoder alone"],
)
def test_bf16_weights_are_refused_where_nothing_would_have_them(overrides: list[str], without: str | None) -> None:
    given = {key: value for key, value in fields().items() if key != without}
    with pytest.raises(ConfigError, match="bf16_weights is"):
        parse_recipe(given, overrides)


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="cannot be read"):
        load_recipe(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(InvalidFileError, match="mapping"):
        load_recipe(tmp_path / "list.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(InvalidFileError, match="not valid YAML"):
        load_recipe(tmp_path / "broken.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name: x\nseed: 1\nseed: 2\n", "the key 'seed' stands twice"),
        (b"name: x\ndata:\n  seed: 1\n  seed: 1\n", "the key 'seed' stands twice"),
        (b"name: \xff\xfe", "not text in UTF-8"),
        ("name: x\n".encode("utf-16"), "not text in UTF-8"),
        (b"name: \x00", "not valid YAML"),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 10)) for c in b"bcdefghi"
        ), "more than 100,000 values"),
        (b"name: !!python/object/apply:os.system [ls]\n", "not valid YAML"),
        (b"#" * (1 << 21), "cannot be read"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidFileError, match=said):
        load_recipe(path)


def test_what_is_not_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero"), tmp_path, tmp_path / "loop.yaml"):
        with pytest.raises(InvalidFileError, match="cannot be read"):
            load_recipe(path)


def test_a_dump_reads_back(tmp_path: Path) -> None:
    recipe = parse_recipe(fields())
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe.model_dump(mode="json")))
    assert load_recipe(path) == recipe


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["stages.0.precision=bf16_weights"], "bf16_weights and fsdp2 do not go together"),
        (["stages.0.compile=true"], "compile and fsdp2 do not go together"),
        (
            [
                "model.decoder={kind: pretrained, path: smollm2, quantised: nf4}", "model.adapters=[{kind: lora}]",
                "stages.0.trains=[adapter]",
            ],
            "nf4 is not sharded",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_sharded_is_refused(changes: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_recipe(fields(), ["sharding=fsdp2", *changes])


def test_a_policy_is_a_recipe() -> None:
    plan = parse_recipe({"trains": "policy", "name": "p", "data": fields()["data"], "fit": {"steps": 1, "lr": 1e-4}})
    assert isinstance(plan, PolicyPlan)
    with pytest.raises(ConfigError, match="policy"):
        parse_recipe({"trains": "polcy", "name": "p"})
