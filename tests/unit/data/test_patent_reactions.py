"""Recorded reactions of the data folder: training rows of sources that may be shipped, each with what helps parted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.data.patent_reactions import list_licences, read_patent_reactions
from anymol.errors import DataError

SOURCES = """file,source_value,origin,licence,weights_allowed,reason
reactions,"good, bad",somewhere,CC0,yes,
conditions,ord_uspto,ORD,CC BY-SA 4.0,yes,
"""


def _reaction(**fields: Any) -> dict[str, Any]:
    usual = {
        "products": "CCOC(C)=O", "reactants": "CC(=O)O.CCO", "reagents": "ClCCl.O=S(=O)(O)O.[Pd]",
        "solvents_guess": "ClCCl", "catalysts_guess": "[Pd]", "official_splits": "good/train", "reaction_class": "",
        "yield_percent": 70.0, "split": "train",
    }  # fmt: skip
    return usual | fields


def _write(folder: Path, reactions: Sequence[dict[str, Any]], *, sources: str = SOURCES) -> Path:
    (folder / "sources.csv").write_text(sources)
    pq.write_table(pa.Table.from_pylist(list(reactions)), folder / "reactions.parquet")
    row = {
        "reaction_id": "ord-1", "dataset": "uspto-grants-2001_07", "patent": "US1", "reactants": "CC(=O)Cl.NCC",
        "reagents": None, "solvents": "ClCCl", "catalysts": None, "products": "CCNC(C)=O", "yield_percent": 81.0,
        "temperature_c": 20.0, "split": "train",
    }  # fmt: skip
    rows = [row, row | {"split": "val"}, row | {"products": None}]
    pq.write_table(pa.Table.from_pylist(rows), folder / "conditions.parquet")
    return folder


def test_only_training_rows_of_one_product_whose_terms_allow_it(tmp_path: Path) -> None:
    rows = [
        _reaction(),
        _reaction(split="val", products="CC=O"),
        _reaction(split="test_50k", products="CC=O"),
        _reaction(official_splits="unknown/train", products="CC=O"),
        _reaction(products="CCO.O"),
        _reaction(solvents_guess=None, catalysts_guess=None, reagents=None, official_splits="bad/test"),
    ]
    first, *others = read_patent_reactions(_write(tmp_path, rows))
    assert (first.id, first.year, first.source, first.temperature_c) == ("US1", 2001, "ord_uspto", 20.0)
    assert [one.products for one in others] == ["CCOC(C)=O"] * 2
    assert (others[0].reagents, others[0].solvents, others[0].catalysts) == ("O=S(=O)(O)O", "ClCCl", "[Pd]")
    assert others[1].helping == ""


def test_conditions_that_may_not_be_shipped_are_left_out(tmp_path: Path) -> None:
    closed = SOURCES.replace("CC BY-SA 4.0,yes", "CC BY-NC 4.0,no")
    found = list(read_patent_reactions(_write(tmp_path, [_reaction()], sources=closed)))
    assert [one.source for one in found] == ["good"]


def test_each_source_has_its_licence(tmp_path: Path) -> None:
    licences = list_licences(_write(tmp_path, [_reaction()]))
    assert licences == {"ord_uspto": "CC BY-SA 4.0", "good": "CC0", "bad": "CC0"}


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        list(read_patent_reactions(tmp_path))


def test_no_product_of_a_held_out_row_is_there(data_dir: Path) -> None:
    table = pq.read_table(data_dir / "reactions.parquet", columns=["products", "split"])
    held = {row["products"] for row in table.to_pylist() if row["split"] != "train"}
    products = {one.products for one in read_patent_reactions(data_dir)}
    assert len(products) > 300_000
    assert not products & held
