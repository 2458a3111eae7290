"""Rankers of conditions are fitted on what validation reactions used, as far as the question does not name it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import CheckpointError
from anymol.evaluation.condition_rankers import (
    CONDITIONS_FILE,
    REACTIONS_FILE,
    collect_conditions,
    count_company,
    fit_conditions,
    list_conditions,
    run,
)
from anymol.inference.proposals.conditions import read_ranker
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.conditions import Asked
from anymol.retrieval.reactions.store import ReactionStore
from anymol.training.specialists.plan import ConditionRankersPlan, TreesConfig

TREES = TreesConfig(trees=5, leaves=3, fewest=1)
CHAINS = ["C" * length for length in range(2, 14)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Acylations in dichloromethane with triethylamine, once of each file; one names its base among the reactants."""
    recorded = [
        {
            "reactants": f"CC(=O)Cl.{chain}N" + (".CCN(CC)CC" if chain == "CC" else ""),
            "products": f"{chain}NC(C)=O",
            "reagents": "" if chain == "CC" else "CCN(CC)CC",
            "solvents": "ClCCl",
            "catalysts": "",
            "split": "val" if len(chain) % 2 else "train",
        }
        for chain in CHAINS
    ]
    pq.write_table(pa.Table.from_pylist(recorded), tmp_path / CONDITIONS_FILE)
    separated = [
        {
            "reactants": row["reactants"],
            "products": row["products"],
            "reagents": "CCN(CC)CC.ClCCl",
            "reagents_state": "separated",
            "solvents_guess": "ClCCl",
            "catalysts_guess": None,
            "split": row["split"],
        }
        for row in recorded
    ]
    pq.write_table(pa.Table.from_pylist(separated), tmp_path / REACTIONS_FILE)
    return tmp_path


def test_both_files_are_read_and_only_what_is_recorded_is_asked(data: Path) -> None:
    rows = list_conditions(data, "val", None, 0)
    assert [row.file for row in rows].count(CONDITIONS_FILE) == [row.file for row in rows].count(REACTIONS_FILE) == 6
    for row in rows:
        assert row.right == {Asked.HELPING: ("CCN(CC)CC", "ClCCl"), Asked.SOLVENTS: ("ClCCl",)}
    assert len(list_conditions(data, "val", 2, 0, separated=3)) == 5


def test_fitted_rankers_put_first_what_was_used(data: Path) -> None:
    store, _ = build_store(
        "s",
        [
            RecordedReaction(f"{chain}NC(C)=O", f"CC(=O)Cl.{chain}N", "CCN(CC)CC", "ClCCl" if number % 3 else "C1CCOC1")
            for number, chain in enumerate(CHAINS)
        ],
    )
    collected = list(collect_conditions(list_conditions(data, "val", None, 0), [store]))
    rankers = fit_conditions(collected, count_company(data), TREES)
    assert set(rankers) == {Asked.HELPING, Asked.SOLVENTS}  # no record names a catalyst
    for asked, ranker in rankers.items():
        of = [one for one in collected if one.asked is asked and not one.is_cut]
        # Of the file that names bases among the reactants, rows that name none say nothing of all that helps.
        assert ranker.choice.fit["rows"] == len(of) == (6 if asked is Asked.HELPING else 12)
        first = [ranker.rank(one.proposals)[0][0].molecules for one in of]
        assert sum(found == one.right for found, one in zip(first, of, strict=True)) >= len(of) - 1


def test_what_the_question_names_is_not_to_be_answered(data: Path) -> None:
    store, _ = build_store("s", [RecordedReaction("CC(=O)NCCC", "CC(=O)Cl.CCCN", "CCN(CC)CC", "ClCCl")])
    told = [one for one in list_conditions(data, "train", None, 0) if "CCN(CC)CC" in one.reactants]
    assert told
    for one in collect_conditions(told, [store]):
        assert one.right == ("ClCCl",)
        _, right = one.describe(dict.fromkeys(one.proposals[0].uses, 0.0))
        assert right is not None


def test_a_run_writes_rankers_that_name_their_store(data: Path, tmp_path: Path) -> None:
    rows = [RecordedReaction(f"{chain}NC(C)=O", f"CC(=O)Cl.{chain}N", "CCN(CC)CC", "ClCCl", "[Pd]") for chain in CHAINS]
    build_store("s", rows)[0].save(tmp_path / "store", {})
    plan = ConditionRankersPlan(name="tiny", store=tmp_path / "store", trees=TREES)
    result = run(plan, tmp_path / "run", data_dir=data)
    assert result.model is not None
    assert result.tokens == 12
    ranker = read_ranker(Asked.SOLVENTS, result.model)
    assert ranker.choice.fit["store"] == ReactionStore.open(tmp_path / "store").digest
    with pytest.raises(CheckpointError):
        run(plan, tmp_path / "run", data_dir=data)
    assert run(plan, tmp_path / "run", data_dir=data, resume=True).model == result.model
