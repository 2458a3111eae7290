"""Drawings are files of the right kind."""

from __future__ import annotations

import pytest

from anymol.chem.depiction import draw_molecule, draw_reaction
from anymol.errors import InvalidReactionError, InvalidSmilesError, UserError

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("name", ["aspirin", "caffeine", "charged", "chiral", "salt", "metal"])
def test_molecules(known_molecules, tmp_path, name: str) -> None:
    svg = draw_molecule(known_molecules[name], tmp_path / "deep" / "one.svg", legend=name)
    assert "</svg>" in svg.read_text()
    assert draw_molecule(known_molecules[name], tmp_path / "one.PNG").read_bytes().startswith(PNG)
    assert not list(tmp_path.rglob("*.part"))


def test_reaction(tmp_path) -> None:
    reaction = draw_reaction("CCO.CC(=O)O>OS(=O)(=O)O>CCOC(C)=O", tmp_path / "reaction.svg")
    assert "</svg>" in reaction.read_text()
    assert draw_reaction("CCO.CC(=O)O", tmp_path / "mixture.png").read_bytes().startswith(PNG)


def test_refusals(tmp_path) -> None:
    with pytest.raises(UserError, match=r"\.svg or \.png"):
        draw_molecule("CCO", tmp_path / "one.jpg")
    with pytest.raises(InvalidSmilesError):
        draw_molecule("C1CC", tmp_path / "one.svg")
    with pytest.raises(InvalidReactionError):
        draw_reaction("C>C>C>C", tmp_path / "one.svg")
    with pytest.raises(UserError, match="2,000 atoms"):
        draw_molecule("C" * 2_000, tmp_path / "one.svg")
