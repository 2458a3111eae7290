"""Notebooks of the user: added, listed, opened, removed; a damaged one costs nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import UserError
from anymol.retrieval.reactions import notebooks
from anymol.retrieval.reactions.building import build_store

ONE = RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", id="page 1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(notebooks.DATA_HOME, str(tmp_path))
    return tmp_path


def _keep(name: str) -> Path:
    place = notebooks.locate_notebook(name)
    build_store(name, [ONE])[0].save(place, {})
    return place


def test_there_is_none_at_first() -> None:
    assert notebooks.list_notebooks() == []
    assert notebooks.open_notebooks() == ((), ())
    assert notebooks.open_notebook("ELN") is None


def test_they_are_kept_in_the_users_folder_and_listed_by_name(home: Path) -> None:
    assert home in _keep("b").parents
    _keep("A 2.1")
    assert [(one.name, one.reactions) for one in notebooks.list_notebooks()] == [("A 2.1", 1), ("b", 1)]
    opened, faults = notebooks.open_notebooks()
    assert ([store.name for store in opened], faults) == (["A 2.1", "b"], ())
    notebooks.remove_notebook("b")
    assert [one.name for one in notebooks.list_notebooks()] == ["A 2.1"]


def test_one_that_was_written_anew_is_read_anew() -> None:
    place = _keep("ELN")
    assert len(notebooks.open_notebooks()[0][0]) == 1
    build_store("ELN", [ONE, RecordedReaction("CCO", "CCBr.O", id="page 2")])[0].save(place, {})
    assert len(notebooks.open_notebooks()[0][0]) == 2


def test_a_damaged_one_is_left_out_and_said() -> None:
    content = _keep("bad") / "reactions.safetensors"
    content.write_bytes(content.read_bytes()[:-20])
    _keep("good")
    opened, (fault,) = notebooks.open_notebooks()
    assert [store.name for store in opened] == ["good"]
    assert "bad is left out" in fault


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a" * 70, "x ", "\u0000"])
def test_a_name_that_is_not_one_of_a_folder_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="not a name of a notebook"):
        notebooks.locate_notebook(name)


def test_only_what_is_there_is_removed() -> None:
    _keep("ELN")
    with pytest.raises(UserError, match="no such notebook"):
        notebooks.remove_notebook("other")
