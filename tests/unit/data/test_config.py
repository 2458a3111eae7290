import pytest
from pydantic import ValidationError

from anymol.data.config import (
    DataConfig,
    EditsConfig,
    NamesConfig,
    PretrainConfig,
    PropertiesConfig,
    ReactionsConfig,
    ReactionTask,
)


def test_components_are_told_apart_by_kind():
    config = DataConfig.model_validate(
        {"components": [{"kind": "reactions", "task": "retrosynthesis", "count": 5}, {"kind": "names", "copies": 2}]}
    )
    assert config.components == (
        ReactionsConfig(task=ReactionTask.RETROSYNTHESIS, count=5),
        NamesConfig(copies=2),
    )
    assert DataConfig.model_validate(config.to_json()) == config


@pytest.mark.parametrize(
    "fields",
    [
        {"components": []},
        {"components": [{"kind": "novels"}]},
        {"components": [{"kind": "names", "colour": "red"}]},
        {"components": [{"kind": "reactions", "task": "poetry"}]},
        {"components": [{"kind": "names"}], "sede": 1},
        {"components": [{"kind": "properties", "graph_fraction": 1.5}]},
    ],
)
def test_mistakes_are_refused(fields):
    with pytest.raises(ValidationError):
        DataConfig.model_validate(fields)


def test_configs_are_frozen():
    with pytest.raises(ValidationError):
        NamesConfig().copies = 3


def test_only_builtin_molecules_need_no_data():
    assert not DataConfig(components=(PropertiesConfig(builtin=True), PretrainConfig(builtin=True))).needs_data
    assert DataConfig(components=(EditsConfig(),)).needs_data
    assert DataConfig(components=(PretrainConfig(builtin=True, names=10),)).needs_data
    assert DataConfig(components=(PropertiesConfig(builtin=True), NamesConfig())).needs_data
