"""Engines by name."""

from __future__ import annotations

import pytest

from anymol.errors import ConfigError, UserError
from anymol.modalities.modality import Modality
from anymol.synthesis.table import ENGINES, choose_engines, list_engines


def test_the_bare_name_means_the_first_engine_of_the_modality() -> None:
    engines = choose_engines(",".join(Modality))
    assert [engine.modality for engine in engines] == list(Modality)
    firsts = {kind.modality: kind.name for kind, _ in reversed(ENGINES)}
    assert {engine.modality: engine.name for engine in engines} == firsts


def test_every_engine_is_found_by_its_full_name_alone() -> None:
    assert len(set(list_engines())) == len(ENGINES)
    for name in list_engines():
        (engine,) = choose_engines(name)
        assert f"{engine.modality}:{engine.name}" == name


def test_settings_reach_their_engine() -> None:
    (engine,) = choose_engines(" IMAGE ", {Modality.IMAGE: {"n_images": 3}})
    assert engine.settings.model_dump()["n_images"] == 3


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ("", "graph:rdkit"),
        ("conformers", "did you mean conformer?"),
        ("ms2:oracle", "ms2:fragmenter"),
        ("graph,graph:rdkit", "once"),
    ],
    ids=["none", "near", "no such engine", "twice"],
)
def test_wrong_names_are_answered_with_right_ones(names: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        choose_engines(names)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "match"),
    [({"n_images": 0}, r"image\.n_images"), ({"styles": 1}, r"image\.styles")],
    ids=["out of range", "unknown"],
)
def test_wrong_settings_are_named(settings: dict[str, int], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        choose_engines("image", {Modality.IMAGE: settings})


def test_settings_of_what_is_not_made_are_refused() -> None:
    with pytest.raises(ConfigError, match="'ir', which is not made"):
        choose_engines("graph", {Modality.IR: {"width": 10.0}})
