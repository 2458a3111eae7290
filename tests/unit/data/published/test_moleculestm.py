from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.moleculestm import MOLECULESTM
from anymol.data.published.published_set import PublishedRowError, Question
from anymol.errors import DataError
from anymol.tasks.task import TaskInput

STRUCTURES = ",CID,SMILES\n0,702,OCC\n1,2519,Cn1c(=O)c2c(ncn2C)n(C)c1=O\n"


def write(folder: Path, texts: object) -> Path:
    (folder / "raw").mkdir()
    (folder / "raw/CID2SMILES.csv").write_text(STRUCTURES, encoding="utf-8")
    path = folder / "raw/CID2text.json"
    path.write_text(json.dumps(texts), encoding="utf-8")
    return path


def test_every_text_of_a_molecule_is_a_caption(tmp_path: Path) -> None:
    write(
        tmp_path, {"702": ["This molecule is an alcohol.", "This molecule  burns."], "2519": ["These are alkaloids."]}
    )
    caffeine = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
    assert ask_all(MOLECULESTM, tmp_path) == [
        ("train", Question("captioning", TaskInput(molecule="CCO"), "This molecule is an alcohol.")),
        ("train", Question("captioning", TaskInput(molecule="CCO"), "This molecule burns.")),
        ("train", Question("captioning", TaskInput(molecule=caffeine), "These are alkaloids.")),
    ]


def test_a_text_without_structure_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"702": ["An alcohol."], "241": ["Benzene."]})
    with pytest.raises(PublishedRowError, match=r"CID2text.json, line 2: .*no structure.*'241'"):
        ask_all(MOLECULESTM, tmp_path)


@pytest.mark.parametrize(("texts", "said"), [([], "not an object"), ({"702": "An alcohol."}, "CID 702")])
def test_another_format_is_refused(tmp_path: Path, texts: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        ask_all(MOLECULESTM, write(tmp_path, texts))


def test_the_structures_must_stand_beside_the_texts(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    path.with_name("CID2SMILES.csv").unlink()
    with pytest.raises(DataError, match=r"CID2SMILES\.csv is not there"):
        ask_all(MOLECULESTM, path)
