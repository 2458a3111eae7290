"""The trainer of the measured properties: on made-up numbers, and what ships on the real test rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.chem.keys import inchikey
from anymol.data.measured_sets import MEASURED_SETS, keep_apart, keep_training_rows, read_reserved, read_set
from anymol.errors import CheckpointError, DataError
from anymol.retrieval.measured_properties.known import KnownProperties
from anymol.retrieval.measured_properties.matching import find_match
from anymol.retrieval.measured_properties.predictor import PREDICTORS_FILE
from anymol.retrieval.measured_properties.store import MeasuredProperty, Spread
from anymol.training.specialists.measured_properties import fit_spread, run
from anymol.training.specialists.plan import MeasuredPlan, OwnTable, TreesConfig

pytest.importorskip("sklearn")


def test_nine_of_ten_errors_lie_inside_the_spread() -> None:
    rng = np.random.default_rng(1)
    nearest = rng.uniform(0.1, 0.9, 400)
    errors = np.abs(rng.normal(size=400)) * np.exp(1.5 * (1 - nearest))
    spread = fit_spread(errors[:200], nearest[:200])
    assert spread.slope == pytest.approx(1.5, abs=0.6)
    inside = [
        error <= spread.measure(similarity) for error, similarity in zip(errors[200:], nearest[200:], strict=True)
    ]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.06)


def test_errors_that_shrink_with_the_distance_do_not_make_far_molecules_sure() -> None:
    nearest = np.linspace(0, 1, 100)
    assert fit_spread(0.1 + nearest, nearest).slope == 0.0


def write_data(folder: Path) -> None:
    """Write a FreeSolv of linear alcohols and arenes, whose value is minus their number of carbons."""
    chains = ["C" * size + end for size in range(1, 25) for end in ("O", "N", "Cl", "S")]
    rings = [f"c1ccc({'C' * size}{end})cc1" for size in range(1, 12) for end in ("O", "N", "Cl", "S")]
    smiles = [*chains, *rings]
    table = {
        "smiles": smiles,
        "hydration_free_energy_expt": [-float(one.lower().count("c")) for one in smiles],
        "scaffold_split": ["train"] * len(chains) + ["val"] * len(rings),
    }
    pq.write_table(pa.table(table), folder / "moleculenet_freesolv.parquet")
    pq.write_table(pa.table({"key_sha256": ["0"]}), folder / "heldout_keys.parquet")
    (folder / "sources.csv").write_text(
        "file,source_value,origin,licence,weights_allowed,reason\nmoleculenet_*,,x,MIT,yes,\n", encoding="utf-8"
    )


PLAN = MeasuredPlan(name="tiny", sets=("freesolv",), trees=TreesConfig(trees=10, leaves=4))


def test_from_a_table_to_a_store_and_predictors(tmp_path: Path) -> None:
    data, output = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    write_data(data)
    done = run(PLAN, output, data_dir=data)
    assert done.finished and done.model == output / PREDICTORS_FILE and done.tokens == 96
    known = KnownProperties(output)
    predictor = known.predictors.find("hydration_energy")
    assert predictor is not None and (predictor.card.n, predictor.card.calibrated_on) == (96, 44)
    assert known.store.list_measured("hydration_energy")[0].values["hydration_energy"]
    assert known.answerers.prefers_predictor("hydration_energy")
    with pytest.raises(CheckpointError, match="already holds"):
        run(PLAN, output, data_dir=data)
    before = (output / PREDICTORS_FILE).read_bytes()
    assert run(PLAN, output, data_dir=data, resume=True).finished
    (output / PREDICTORS_FILE).unlink()
    run(PLAN, output, data_dir=data)
    assert (output / PREDICTORS_FILE).read_bytes() == before


def test_too_few_molecules_are_stored_but_not_fitted_to(tmp_path: Path) -> None:
    write_data(tmp_path)
    table = tmp_path / "mine.csv"
    table.write_text("smiles,logS\nCCO,1.1\nCCCO,0.6\n", encoding="utf-8")
    measured = MeasuredProperty(task="solubility", source="our lab", licence="private")
    plan = MeasuredPlan(name="own", sets=(), tables=(OwnTable(path=table, columns={"logS": measured}),))
    run(plan, tmp_path / "run", data_dir=tmp_path)
    known = KnownProperties(tmp_path / "run")
    assert known.predictors.find("solubility") is None
    match = find_match(known.store, "solubility", "OCC")
    assert match is not None and match.spread == Spread((1.1,))


def test_a_property_comes_from_one_source(tmp_path: Path) -> None:
    write_data(tmp_path)
    table = tmp_path / "mine.csv"
    table.write_text("smiles,dG\nCCO,-5\n", encoding="utf-8")
    measured = MeasuredProperty(task="hydration_energy", unit="kcal/mol", source="our lab", licence="private")
    plan = PLAN.model_copy(update={"tables": (OwnTable(path=table, columns={"dG": measured}),)})
    with pytest.raises(DataError, match="comes from one source"):
        run(plan, tmp_path / "run", data_dir=tmp_path)


def test_nothing_that_ships_is_evaluated_on_or_reserved(data_dir: Path) -> None:
    store, is_reserved = KnownProperties().store, read_reserved(data_dir)
    for one in MEASURED_SETS:
        if one.name == "hiv":  # forty thousand InChIKeys
            continue
        rows = read_set(one, data_dir)
        kept = {row.smiles for row in keep_training_rows(rows, is_reserved)}
        keys = {smiles: inchikey(smiles) for smiles in kept}
        for measured in one.columns.values():
            # Two sets may write one molecule as two tautomers: it is known by its key.
            having = {keys[row.smiles] for row in rows if row.smiles in kept and measured.name in row.values}
            stored = {molecule.inchikey for molecule in store.list_measured(measured.name)}
            assert stored <= having, measured.name


@pytest.mark.parametrize("name", ["solubility", "lipophilicity", "hydration_energy", "human_microsomal_clearance"])
def test_intervals_hold_nine_of_ten_measured_numbers_of_other_scaffolds(name: str, data_dir: Path) -> None:
    from anymol.retrieval.measured_properties.features import describe_molecules
    from anymol.retrieval.measured_properties.neighbours import find_neighbours

    known = KnownProperties()
    predictor = known.predictors.find(name)
    assert predictor is not None and predictor.card.spread is not None
    one = next(one for one in MEASURED_SETS if any(two.name == name for two in one.columns.values()))
    rows = [row for row in keep_apart(read_set(one, data_dir), "test") if name in row.values]
    said = predictor.predict(describe_molecules([row.smiles for row in rows]))
    inside = []
    for row, value in zip(rows, said, strict=True):
        (near,) = find_neighbours(known.store, name, row.smiles, 1)
        inside.append(abs(row.values[name] - value) <= predictor.card.spread.measure(near.similarity))
    # The scaffolds of test are not those that the intervals were fitted on, so that the share is not exactly kept.
    assert 0.8 <= np.mean(inside) <= 1.0
