"""The fit of the rankers: rows are asked, kept, taken up again, and judged by a fit that had not seen them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import CheckpointError
from anymol.evaluation.proposal_rankers import Way, fit_rows, list_reactions, run
from anymol.inference.proposals.fitted import (
    load_precursors_ranker,
    load_products_ranker,
)
from anymol.inference.proposals.ranking import PRECURSORS_LISTED, PRECURSORS_SCORED, SCORED, STORE_FEATURES
from anymol.retrieval.reactions.building import build_store
from anymol.training.specialists.plan import ProposalRankersPlan

ACIDS = ("CC(=O)Cl", "CCC(=O)Cl", "O=C(Cl)c1ccccc1", "O=C(Cl)C1CC1")
AMINES = ("NCc1ccccc1", "CCN", "NC1CCCC1")
AMIDES = {
    ("CC(=O)Cl", "NCc1ccccc1"): "CC(=O)NCc1ccccc1", ("CCC(=O)Cl", "NCc1ccccc1"): "CCC(=O)NCc1ccccc1",
    ("CC(=O)Cl", "CCN"): "CCNC(C)=O", ("O=C(Cl)c1ccccc1", "CCN"): "CCNC(=O)c1ccccc1",
    ("O=C(Cl)C1CC1", "NC1CCCC1"): "O=C(NC1CCCC1)C1CC1", ("CC(=O)Cl", "NC1CCCC1"): "CC(=O)NC1CCCC1",
    ("CCC(=O)Cl", "CCN"): "CCNC(=O)CC", ("O=C(Cl)c1ccccc1", "NCc1ccccc1"): "O=C(NCc1ccccc1)c1ccccc1",
    ("O=C(Cl)C1CC1", "CCN"): "CCNC(=O)C1CC1", ("CCC(=O)Cl", "NC1CCCC1"): "CCC(=O)NC1CCCC1",
    ("O=C(Cl)C1CC1", "NCc1ccccc1"): "O=C(NCc1ccccc1)C1CC1", ("O=C(Cl)c1ccccc1", "NC1CCCC1"): "O=C(NC1CCCC1)c1ccccc1",
}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve validation reactions, one of them with its reagents among the reactants."""
    rows = [
        {
            "products": product,
            "reactants": ".".join(sorted(pair)),
            "reagents": None,
            "reagents_state": "mixed" if number == 0 else "dropped",
            "solvents_guess": None,
            "catalysts_guess": None,
            "split": "val",
        }
        for number, (pair, product) in enumerate(AMIDES.items())
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "reactions.parquet")
    return tmp_path


def test_reactions_whose_reactants_stand_apart_are_asked_backwards(data: Path) -> None:
    assert len(list_reactions(data, Way.PRECURSORS, "val", None, 0)) == 11
    assert len(list_reactions(data, Way.PRODUCTS, "val", None, 0)) == 12
    assert list_reactions(data, Way.PRODUCTS, "val", 3, 5) == list_reactions(data, Way.PRODUCTS, "val", None, 5)[:3]
    assert list_reactions(data, Way.PRODUCTS, "test_50k", None, 0) == []


def _read_rows(lines: str) -> list[tuple[list[str], list[list[float]]]]:
    """Return the proposals of each row, and their features."""
    rows = [json.loads(line)["proposals"] for line in lines.splitlines()]
    return [([one["smiles"] for one in row], [one["features"] for one in row]) for row in rows]


def test_a_run_goes_on_and_gives_all_rankers(data: Path, tmp_path: Path) -> None:
    store, _ = build_store(
        "s", [RecordedReaction("CCCNC(C)=O", "CC(=O)Cl.CCCN", "", "ClCCl"), RecordedReaction("CCO", "CCBr.O")]
    )
    store.save(tmp_path / "store", {})
    plan = ProposalRankersPlan(name="tiny", rows=10, store=tmp_path / "store")
    output = tmp_path / "run"
    done = run(plan, output, data_dir=data)
    assert done.finished
    assert done.tokens == 20
    first = (output / "precursors.jsonl").read_text()
    (output / "precursors.jsonl").write_text("".join(f"{line}\n" for line in first.splitlines()[:4]))
    with pytest.raises(CheckpointError, match="already holds"):
        run(plan, output, data_dir=data)
    run(plan, output, data_dir=data, resume=True)
    before, after = map(_read_rows, (first, (output / "precursors.jsonl").read_text()))
    assert [smiles for smiles, _ in after] == [smiles for smiles, _ in before]
    # What is decoded together changes the last digits of a surprise.
    for (_, one), (_, other) in zip(before, after, strict=True):
        assert np.allclose(one, other, atol=1e-3)
    place = output / "rankers.json"
    alone = load_precursors_ranker(asks_model=False, place=place)
    assert alone.second is None
    for ranker in (load_precursors_ranker(asks_model=True, place=place), load_products_ranker(place), alone):
        fit = ranker.last.fit
        assert fit["rows"] == 10
        assert 0 <= fit["top 1"] <= fit["top 50"] <= fit["listed"] <= 1
    record = json.loads(first.splitlines()[0])
    assert {len(one["features"]) for one in record["proposals"]} == {len(PRECURSORS_SCORED)}


def test_each_row_is_judged_by_a_fit_that_had_not_seen_it() -> None:
    rng = np.random.default_rng(0)
    records = []
    for number in range(300):
        features = rng.normal(size=(3, len(PRECURSORS_SCORED)))
        features[0, 0] += 6.0  # the right one is known by its first feature
        proposals = [
            {"smiles": name, "by_store": name != "C", "features": row.tolist()}
            for name, row in zip(("CC", "C", "CCC"), features, strict=True)
        ]
        records.append({"product": f"P{number}", "right": "CC" if number % 4 else "N", "proposals": proposals})
    records.append({"product": "X", "error": "too long"})
    fit = fit_rows(records, PRECURSORS_SCORED).fit
    assert fit["rows"] == 300
    assert fit["listed"] == 0.75
    assert fit["top 1"] == pytest.approx(0.75, abs=0.06)
    alone = fit_rows(records, STORE_FEATURES)
    assert alone.features == STORE_FEATURES
    assert alone.fit["top 3"] == 0.75


def test_the_second_look_is_fitted_to_the_best_of_the_first() -> None:
    """At the first look the right one of every second question is the last of all, so that it is never scored."""
    rng = np.random.default_rng(0)
    records = []
    for number in range(100):
        features = rng.normal(size=(SCORED + 4, len(PRECURSORS_SCORED)))
        features[:, 0] = 9.0 * np.arange(SCORED + 4)  # the first look goes by this alone
        right = SCORED + 3 if number % 2 else 0
        features[right, -1] = 9.0  # and the model knows
        proposals = [
            {"smiles": "C" * (place + 1), "by_store": True, "features": row.tolist()}
            for place, row in enumerate(features)
        ]
        records.append({"product": f"P{number}", "right": "C" * (right + 1), "proposals": proposals})
    first = fit_rows([one for one in records if len(one["right"]) > 1], PRECURSORS_LISTED)
    second = fit_rows(records, PRECURSORS_SCORED, first)
    assert first.fit["top 1"] > 0.8
    assert (second.fit["listed"], second.fit["top 1"]) == (0.5, 0.5)
