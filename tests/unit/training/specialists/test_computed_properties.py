"""The trainer of the computed properties: on a few molecules, and what ships on the real test rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import anymol.training.specialists.computed_properties as trainer
from anymol.data.computed_sets import COMPUTED_PROPERTIES
from anymol.data.measured_sets import MeasuredRow
from anymol.errors import CheckpointError, DataError
from anymol.evaluation.measured_properties import ask_computed, group_by_task
from anymol.retrieval.computed_properties.fragments import describe_fragments
from anymol.retrieval.computed_properties.known import STORE_FILE, find_computed
from anymol.retrieval.computed_properties.network import read_network
from anymol.retrieval.measured_properties.store import read_store
from anymol.training.specialists.fit import FitConfig
from anymol.training.specialists.plan import ComputedPlan

NAMES = [one.name for one in COMPUTED_PROPERTIES.values()]
PLAN = ComputedPlan(
    name="tiny", rarest=3, hidden=(16, 8), dropout=0.0, batch=16, largest_stored=4, fit=FitConfig(steps=150, lr=0.02)
)


def make_rows(smiles: list[str], split: str) -> list[MeasuredRow]:
    """Return molecules whose every value is minus their carbons, and less by one where they are alcohols."""
    return [
        MeasuredRow(one, split, {name: -float(one.count("C")) - one.count("O") for name in NAMES}) for one in smiles
    ]


CHAINS = ["C" * size + end for size in range(1, 8) for end in ("", "O", "N", "F", "C(C)C", "C(C)O")]
HELD = ["C" * size + end for size in (3, 5, 6) for end in ("C(F)C", "C(N)C")]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A QM9 of chains."""
    monkeypatch.setattr(trainer, "read_training_rows", lambda data_dir: make_rows(CHAINS, "train"))
    monkeypatch.setattr(trainer, "read_evaluated_rows", lambda data_dir, split: make_rows(HELD, split))


@pytest.mark.usefixtures("small")
def test_from_rows_to_a_store_and_a_network(tmp_path: Path) -> None:
    done = trainer.run(PLAN, tmp_path / "run", data_dir=tmp_path)
    assert done.finished and done.model is not None
    stored = {one.smiles for one in read_store(tmp_path / "run" / STORE_FILE).molecules}
    assert {"C", "CCO", "CCCN"} <= stored and all(len(one) > 4 for one in set(CHAINS) - stored)
    predictors = read_network(done.model)
    found = predictors.find(NAMES[0])
    assert found is not None and found.card.domain.is_closed and found.card.domain.heaviest == 10
    assert found.predict_molecules(["CCCCCC(F)C"])[0] == pytest.approx(-7.0, abs=0.3)
    with pytest.raises(CheckpointError):
        trainer.run(PLAN, tmp_path / "run", data_dir=tmp_path)


def test_the_network_that_is_stored_is_the_one_that_was_trained() -> None:
    import torch

    trained = trainer.TrainableNetwork(PLAN, make_rows(CHAINS, "train"), make_rows(HELD, "val"))
    trained.network.eval()
    stored = trained.make_network()
    with torch.inference_mode():
        own = trained.network(torch.from_numpy(describe_fragments(HELD, stored.fragments))).numpy()
    spread = np.abs(trained.make_network().correct(describe_fragments(HELD, stored.fragments))) / np.maximum(
        np.abs(own), 1e-6
    )
    assert np.allclose(spread, np.broadcast_to(spread.mean(axis=0), spread.shape), rtol=0.05)


def test_a_row_without_a_value_is_an_error() -> None:
    rows = [*make_rows(CHAINS, "train"), MeasuredRow("CCCO", "train", {NAMES[0]: 1.0})]
    with pytest.raises(DataError, match="lacks a value"):
        trainer.TrainableNetwork(PLAN, rows, make_rows(HELD, "val"))


def test_fragments_that_few_molecules_have_are_not_counted() -> None:
    chosen = trainer.choose_fragments(["CCO", "CCC", "CCN"], 3)
    assert "C4h3" in chosen and "O4h1" not in chosen and list(chosen) == sorted(chosen)


def test_what_ships_predicts_the_test_rows(data_dir: Path) -> None:
    asked, outside = ask_computed(find_computed(), data_dir, "test")
    errors = {
        task: np.array([abs(one.predicted - one.truth) for one in rows]) for task, rows in group_by_task(asked).items()
    }
    widths = {task: np.array([one.half_width for one in rows]) for task, rows in group_by_task(asked).items()}
    # What the file writes as an ion is declined; even with it the gap is told that well.
    beyond = [abs(one.predicted - one.truth) for one in outside if one.measured.task == "homo_lumo_gap"]
    assert len(errors["homo_lumo_gap"]) > 2_000 and len(beyond) < 200
    assert errors["homo_lumo_gap"].mean() <= 0.0060 and np.mean([*errors["homo_lumo_gap"], *beyond]) <= 0.0070
    assert errors["homo"].mean() <= 0.0050 and errors["lumo"].mean() <= 0.0050
    assert errors["dipole_moment"].mean() <= 0.70 and errors["total_energy"].mean() <= 0.010
    for task, off in errors.items():
        assert 0.85 <= np.mean(off <= widths[task]) <= 0.95, task
