"""Kinds of text from a small data directory and from the package itself."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.naming import is_namer_available
from anymol.data.heldout import Heldout, compute_blocks, hash_reserved
from anymol.data.licences import Licences
from anymol.data.sources.source import DataOrigin
from anymol.data.texts.collect import collect_texts
from anymol.data.texts.config import (
    Actions,
    Captions,
    Conditions,
    GeneratedNames,
    Numbers,
    Procedures,
    Prompts,
    Questions,
    RecordedNames,
    Requests,
)
from anymol.data.texts.written import read_written_molecules
from anymol.tasks.edit_words import parse_edit
from anymol.tasks.specification_words import parse_specification

HELD = "CC(=O)Oc1ccccc1C(=O)O"
SOURCES = """file,source_value,origin,licence,weights_allowed,reason
names,open,somewhere,MIT,yes,
names,closed,somewhere,none stated,no,
captions,open,somewhere,CC BY 4.0,yes,
molecule_qa,open,somewhere,BSD,yes,
conditions,ord_uspto,somewhere,CC BY-SA 4.0,yes,
molecules,,everywhere,bare structures,yes,
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> DataOrigin:
    folder = tmp_path_factory.mktemp("data")
    (folder / "sources.csv").write_text(SOURCES)

    def write(file: str, **columns: list[object]) -> None:
        pq.write_table(pa.table(columns), folder / f"{file}.parquet")

    keys = [hash_reserved(block) for block in compute_blocks(HELD)]
    write("heldout_keys", key_sha256=keys, scope=["named_molecule"])
    split = ["train", "train", "val"]
    write(
        "names", name=["ethanol", "aspirin", "methanol"], smiles=["CCO", HELD, "CO"], source=["open"] * 3, split=split,
        ambiguous=[False] * 3,
    )  # fmt: skip
    write(
        "captions", smiles=["CCO", HELD, "CO"], description=["An alcohol.", "A drug.", "A spirit."],
        source=["open"] * 3, split=split, kind=["sentences"] * 3,
    )  # fmt: skip
    write(
        "molecule_qa", smiles=["CCO", HELD, "CO"], question=["Is it wet?", "Is it a drug?", "Is it toxic?"],
        answer=["Yes", "Yes", "Yes"], source=["open"] * 3, split=split,
    )  # fmt: skip
    write(
        "conditions", products=["CCO", HELD, "CO"], procedure=["Stir  it.", "Make aspirin.", "Distil."],
        actions=[json.dumps([{"type": "stirring", "details": "stirred", "duration_h": 2.0}])] * 3,
        components=[json.dumps([{"role": "solvent", "amount": "5 milliliter"}])] * 3,
        temperature_c=[80.0] * 3, time_h=[None, 2.0, 1.0], yield_percent=[None, None, 50.0], split=split,
    )  # fmt: skip
    write(
        "reactions", reactants=["CCBr", "CCI"], reagents=["", "[Na+].[OH-]"], products=["CCO", "CCN"],
        split=["train", "val"],
    )  # fmt: skip
    write("molecules", smiles=["CCO", "CCC", "c1ccccc1O"])
    return DataOrigin(folder, Licences.read(folder), True, 0)


@pytest.mark.parametrize(
    ("config", "train", "val"),
    [
        (RecordedNames(), "ethanol", "methanol"),
        (Captions(), "An alcohol.", "A spirit."),
        (Questions(), "Is it wet? Yes", "Is it toxic? Yes"),
        (Procedures(), "Stir it.", "Distil."),
        (Actions(), "stirring: stirred (2 h)", "stirring: stirred (2 h)"),
        (Conditions(), "solvent 5 mL; temperature 80 °C", "solvent 5 mL; temperature 80 °C; time 1 h; yield 50 %"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_recorded_texts_are_split_and_free_of_what_is_held_out(
    origin: DataOrigin, config: RecordedNames, train: str, val: str
) -> None:
    assert origin.data_dir is not None
    found = collect_texts(config, origin, Heldout.read(origin.data_dir))
    assert (found.train, found.val) == ([train], [val])
    assert found.refused == {"held out (named_molecule)": 1}


def test_closed_sources_stay_out(origin: DataOrigin) -> None:
    closed = Licences({("conditions", "ord_uspto"): origin.licences.find("names", "closed")})
    assert collect_texts(Procedures(), DataOrigin(origin.data_dir, closed, True, 0), Heldout.empty()).train == []


def test_symbols_come_from_reactions_of_the_split_and_from_molecules(origin: DataOrigin) -> None:
    assert set(read_written_molecules(origin, "train")) == {"CCBr", "CCO", "CCC", "c1ccccc1O"}
    assert set(read_written_molecules(origin, "val")) == {"CCI", "[Na+].[OH-]", "CCN"}


BUILTIN = DataOrigin(None, Licences({}), True, 0)


def test_prompts_have_no_holes() -> None:
    texts = collect_texts(Prompts(), BUILTIN, Heldout.empty()).train
    assert "What is the IUPAC name of ?" in texts and "g/mol" in texts
    assert not [text for text in texts if "{" in text]
    assert len(set(texts)) == len(texts) > 80


def test_requests_can_be_read_back() -> None:
    found = collect_texts(Requests(builtin=True, count=200), BUILTIN, Heldout.empty())
    assert len(found.train) == 400 and 0 < len(found.val) < 60
    assert all(parse_specification(text) for text in found.train[::2])
    assert all(parse_edit(text) for text in found.train[1::2])


def test_a_mixture_with_a_held_out_part_is_not_described(tmp_path: Path) -> None:
    pq.write_table(pa.table({"smiles": ["CCCCCCCCCO", f"{HELD}.CCN"]}), tmp_path / "molecules.parquet")
    (tmp_path / "sources.csv").write_text(SOURCES)
    heldout = Heldout({}, dict.fromkeys(compute_blocks(HELD), "named_molecule"))
    found = collect_texts(Requests(val_count=0), DataOrigin(tmp_path, Licences.read(tmp_path), True, 0), heldout)
    assert len(found.train) == 2  # of decanol alone


def test_numbers_of_the_splits_differ_and_repeat() -> None:
    found = collect_texts(Numbers(count=50, val_count=10), BUILTIN, Heldout.empty())
    assert (len(set(found.train)), len(set(found.val))) == (50, 10)
    assert not set(found.train) & set(found.val)
    assert collect_texts(Numbers(count=50, val_count=10), BUILTIN, Heldout.empty()) == found


@pytest.mark.skipif(not is_namer_available(), reason="needs openclatura")
def test_names_are_the_same_whatever_the_workers() -> None:
    config = GeneratedNames(builtin=True, count=40, max_smiles=40)
    alone = collect_texts(config, BUILTIN, Heldout.empty())
    assert len(alone.train) + alone.refused.total() >= 40
    assert collect_texts(config, BUILTIN, Heldout.empty(), workers=2) == alone
