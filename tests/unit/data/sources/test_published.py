from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.build import build
from anymol.data.config import DataConfig, PublishedConfig, PublishedName
from anymol.data.licences import Licences
from anymol.data.published.chebi20 import CHEBI20
from anymol.data.shards import ShardReader
from anymol.data.sources import published
from anymol.data.sources.published import PublishedSource
from anymol.data.sources.source import DataOrigin
from anymol.errors import DataError
from anymol.modalities.content import MoleculePart

HEAD = "CID\tSMILES\tdescription\n"
TRAIN = {"CCO": "An alcohol.", "CCN": "An amine.", "CC=O": "An aldehyde.", "SCC": "A thiol, again.", "C(C": "Broken."}
VAL = {"CC=O": "Ethanal."}
TEST = {"c1": "Broken too.", "CCS": "A thiol."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in (("train", TRAIN), ("validation", VAL), ("test", TEST)):
        lines = [f"{number}\t{smiles}\t{text}\n" for number, (smiles, text) in enumerate(rows.items())]
        (tmp_path / f"{name}.txt").write_text(HEAD + "".join(lines), encoding="utf-8")
    return tmp_path


def make_config(folder: Path, **fields: object) -> DataConfig:
    component = {"kind": "published", "set": "chebi20", "path": str(folder), **fields}
    return DataConfig.model_validate({"components": [component]})


def test_a_set_is_built_without_what_is_evaluated(folder: Path, tmp_path: Path) -> None:
    manifest = build(make_config(folder), None, tmp_path / "shards", quiet=True)
    assert manifest.counts == {"captioning": {"train": 2, "val": 1}, "text_guided_design": {"train": 2, "val": 1}}
    # Ethanal is a molecule of val, in caption and design, as the thiol is one of test; one row is broken.
    assert dict(manifest.refused) == {
        "train chebi20: held out (published_test)": 2,
        "train chebi20: held out (val_of_this_build)": 2,
        "train chebi20: published_row": 1,
    }
    licences = {example.licence for example in ShardReader(tmp_path / "shards", split="train")}
    assert licences == {"ChEBI: CC BY 4.0"}


def test_only_the_tasks_that_are_named(folder: Path, tmp_path: Path) -> None:
    manifest = build(make_config(folder, tasks=["captioning"]), None, tmp_path / "shards", quiet=True)
    assert set(manifest.counts) == {"captioning"}


def test_a_set_of_unclear_terms_is_not_built_for_shipping(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="may not be shipped"):
        build(make_config(tmp_path, set="mol_instructions"), None, tmp_path / "shards", quiet=True)


def test_reactions_are_written_in_random_order_and_mean_the_same(tmp_path: Path) -> None:
    (tmp_path / "raw_train.csv").write_text(
        "id,class,reactants>reagents>production\nA,2,CC(=O)O.CCO>CN(C)C=O>CCOC(C)=O\n", encoding="utf-8"
    )
    config = make_config(tmp_path, set="uspto_50k", randomized=1.0)
    manifest = build(config, None, tmp_path / "shards", quiet=True)
    tasks = ("forward_reaction", "retrosynthesis", "retrosynthesis_by_class", "reagent_prediction")
    assert manifest.counts == {task: {"train": 1} for task in tasks}
    for example in ShardReader(tmp_path / "shards"):
        written = [part.smiles for part in example.messages[0].parts if isinstance(part, MoleculePart)]
        joined = canonicalize_smiles(".".join(written))
        assert joined in {"CC(=O)O.CCO.CN(C)C=O", "CCOC(C)=O", "CC(=O)O.CCO.CCOC(C)=O"}


@pytest.mark.parametrize("window", [1, 3, 10, 50, None])
def test_rows_too_large_to_be_held_are_shuffled_within_a_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int | None
) -> None:
    texts = "".join(f"{number}\t{'C' * (number + 1)}\tText {number}.\n" for number in range(20))
    (tmp_path / "train.txt").write_text(HEAD + texts, encoding="utf-8")
    sets = {PublishedName.CHEBI20: replace(CHEBI20, window=window)}
    monkeypatch.setattr(published, "PUBLISHED_SETS", sets)
    source = PublishedSource(PublishedConfig(set=PublishedName.CHEBI20, path=str(tmp_path)))
    origin = DataOrigin(None, Licences({}), False, 0)
    places = [int(row[3]["CID"]) for row in source.rows("train", origin)]
    assert sorted(places) == list(range(20))
    assert places == [int(row[3]["CID"]) for row in source.rows("train", origin)]
    assert (places == list(range(20))) == (window == 1)
    # Nothing comes before it has been read: the n-th row that is given is one of the first n + window.
    assert all(place <= at + (window or 20) for at, place in enumerate(places))
