"""The trainer of the yields of two screens: on made-up yields, and what ships against the sources' rule."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

import pyarrow as pa
import pyarrow.parquet as pq

from anymol.data.heldout import RESERVED_FILE, compute_blocks, hash_reserved
from anymol.errors import CheckpointError, DataError
from anymol.retrieval.yield_screens.predictor import FILE, find_yields, read_yields
from anymol.retrieval.yield_screens.screens import list_screens
from anymol.training.specialists.plan import TreesConfig, YieldsPlan
from anymol.training.specialists.yield_screens import (
    ScreenRows,
    choose_columns,
    fit_bands,
    predict_unseen,
    read_rows,
    run,
)

HARTWIG, SUZUKI = list_screens()
PLAN = YieldsPlan(name="tiny", trees=TreesConfig(trees=40, leaves=8, rate=0.3, fewest=2, features=1.0))


def make_rows(seed: int = 0) -> ScreenRows:
    """Return a fifth of a screen whose yields are 20 for chlorides, 40 for bromides, 60 for iodides, 5 more by base."""
    cells = np.array(list(product(*(range(len(role.components)) for role in HARTWIG.roles))), np.uint8)
    cells = cells[np.random.default_rng(seed).random(len(cells)) < 0.2]
    leaving = np.array(
        [20 * (1 + next(n for n, x in enumerate(("Cl", "Br", "I")) if x in one)) for one in HARTWIG.roles[0].components]
    )
    return ScreenRows(HARTWIG, cells, leaving[cells[:, 0]] + 5.0 * cells[:, 2])


def write_data(folder: Path, rows: list[tuple[str, str, str, float, str]], reserved: str | None = None) -> Path:
    names = ("dataset", "reaction_smiles", "product", "yield_percent", "split")
    pq.write_table(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))), folder / "yields.parquet")
    blocks = compute_blocks(reserved) if reserved else ()
    keys = pa.array([hash_reserved(block) for block in blocks], pa.string())
    pq.write_table(pa.table({"key_sha256": keys}), folder / RESERVED_FILE)
    return folder


XPHOS = HARTWIG.roles[1].components[0]
HALIDES = {"Clc1ccccn1": "Cc1ccc(Nc2ccccn2)cc1", "COc1ccc(Cl)cc1": "COc1ccc(Nc2ccc(C)cc2)cc1"}


def write_reactions(split: str) -> list[tuple[str, str, str, float, str]]:
    rest = f"{'.'.join(HARTWIG.always)}.{XPHOS}.{HARTWIG.roles[2].components[0]}.Cc1ccon1"
    return [("buchwald_hartwig", f"{one}.{rest}>>{made}", made, 12.5, split) for one, made in HALIDES.items()]


def test_rows_are_those_of_one_split_without_reserved_products(tmp_path: Path) -> None:
    rows = [*write_reactions("train"), *write_reactions("test")]
    assert read_rows(HARTWIG, write_data(tmp_path, rows), "train").cells.tolist() == [[9, 0, 0, 20], [3, 0, 0, 20]]
    reserved = read_rows(HARTWIG, write_data(tmp_path, rows, HALIDES["Clc1ccccn1"]), "train")
    assert reserved.cells.tolist() == [[3, 0, 0, 20]]
    assert reserved.reactions == [("COc1ccc(Cl)cc1", XPHOS, HARTWIG.roles[2].components[0], "Cc1ccon1")]
    assert len(read_rows(SUZUKI, tmp_path, "train").cells) == 0


def test_a_row_of_another_reaction_is_refused(tmp_path: Path) -> None:
    write_data(tmp_path, [("buchwald_hartwig", "CCO.CC>>CCOCC", "CCOCC", 1.0, "train")])
    with pytest.raises(DataError, match="no reaction of the Buchwald-Hartwig screen"):
        read_rows(HARTWIG, tmp_path, "train")


def test_trees_learn_what_new_halides_have_in_common_with_others() -> None:
    """The leaving group is seen from its molecule: a fifth of the halides is left out, and still told apart."""
    train, asked = make_rows(0), make_rows(1)
    said = predict_unseen(train, asked, 0, PLAN.trees, 0)
    assert np.abs(said - asked.yields).mean() < 5


def test_columns_that_order_components_alike_are_kept_once() -> None:
    described = np.array([[1, 10, -1, 7, 0, 2], [2, 20, -2, 7, 1, 2], [3, 50, -3, 7, 0, 3]], np.float32)
    assert choose_columns(described).tolist() == [0, 4, 5]


def test_bands_hold_nine_of_ten_where_they_were_fitted_and_are_narrow_where_errors_are_small() -> None:
    rng = np.random.default_rng(0)
    said = rng.uniform(0, 100, 4_000)
    bands = fit_bands(said, said + rng.normal(size=4_000) * np.where(said < 25, 1.0, 10.0))
    assert len(bands.widths) == 4
    # A normal error stays within 1.645 of its deviation nine times in ten.
    assert bands.measure(3.0) == pytest.approx(1.645, rel=0.15) and bands.measure(80.0) == pytest.approx(
        16.45, rel=0.15
    )


def test_a_run_writes_what_can_be_read_and_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import anymol.training.specialists.yield_screens as trainer

    monkeypatch.setattr(trainer, "list_screens", lambda: (HARTWIG,))
    monkeypatch.setattr(trainer, "read_rows", lambda screen, data_dir, split: make_rows())
    done = run(PLAN, tmp_path / "a", data_dir=tmp_path)
    run(PLAN, tmp_path / "b", data_dir=tmp_path)
    assert done.finished and (tmp_path / "a" / FILE).read_bytes() == (tmp_path / "b" / FILE).read_bytes()
    with pytest.raises(CheckpointError, match="already holds"):
        run(PLAN, tmp_path / "a", data_dir=tmp_path)
    assert run(PLAN, tmp_path / "a", data_dir=tmp_path, resume=True).finished
    card, (known,) = read_yields(tmp_path / "a" / FILE)
    rows = make_rows()
    assert card.screens[0].n == len(rows.yields)
    assert known.find(rows.cells[0]) == pytest.approx(rows.yields[0]) and known.find((0, 0, 0, 99)) is None
    assert np.abs(known.predict(rows.reactions) - rows.yields).mean() < 1
    assert known.card.unseen["aryl halide"].r2 > 0.8
    (cell, percent, shared), *_ = known.list_nearest(tuple(map(int, rows.cells[5])), 1)
    assert (cell, percent, shared) == (tuple(map(int, rows.cells[5])), rows.yields[5], 4)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read"):
        read_yields(path)


def test_what_ships_is_of_all_train_rows_and_of_no_test_row(data_dir: Path) -> None:
    for known in find_yields():
        train, test = (read_rows(known.screen, data_dir, split) for split in ("train", "test"))
        assert {tuple(one) for one in known.cells.tolist()} == {tuple(one) for one in train.cells.tolist()}
        assert not any(known.find(one) is not None for one in test.cells)
        assert known.yields == pytest.approx(train.yields)
