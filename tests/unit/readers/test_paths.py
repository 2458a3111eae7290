"""Texts that may be the path of a file, and the scope in which none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import UserError
from anymol.readers.paths import is_directory, is_file, texts_name_no_files
from anymol.readers.resolve import Molecule, resolve_molecule


@pytest.fixture
def benzene_called_ethanol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file named ``CCO`` that holds benzene, in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "CCO"
    path.write_text("c1ccccc1\n", encoding="utf-8")
    return path


def test_a_text_names_no_file_in_the_scope(benzene_called_ethanol: Path) -> None:
    assert resolve_molecule("CCO").smiles == "c1ccccc1"
    with texts_name_no_files():
        assert not is_file("CCO") and not is_file(str(benzene_called_ethanol))
        assert not is_directory(str(benzene_called_ethanol.parent))
        assert resolve_molecule("CCO").smiles == "CCO"
    assert is_file("CCO")


def test_a_path_of_our_own_is_still_a_file(benzene_called_ethanol: Path) -> None:
    with texts_name_no_files():
        assert is_file(benzene_called_ethanol)
        assert Molecule.parse(benzene_called_ethanol).smiles == "c1ccccc1"


def test_a_directory_is_not_told_from_nothing(tmp_path: Path) -> None:
    """An error that differs says what there is on the disk."""
    there, missing = f"{tmp_path}/", f"{tmp_path}-missing/"

    def kind_of(text: str) -> str:
        with texts_name_no_files(), pytest.raises(UserError) as raised:
            resolve_molecule(text)
        return raised.value.message.replace(text, "")

    assert kind_of(there) == kind_of(missing)
