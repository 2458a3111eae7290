"""The regression of roles learns who reacts, and is written as what ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anymol.chem.reaction_roles import read_table
from anymol.data.recorded_roles import RecordedRoles
from anymol.errors import CheckpointError
from anymol.training.specialists.plan import RolesPlan
from anymol.training.specialists.reaction_roles import fit_roles, run

NO: frozenset[str] = frozenset()
PLAN = RolesPlan(name="tiny", rows=40, companions=2, penalty=0.1)


def make_rows() -> list[RecordedRoles]:
    """Acids react with alcohols in water; amines with acyl chlorides in dichloromethane."""
    pairs = [(f"{'C' * n}C(=O)O", f"{'C' * n}O", "O") for n in range(1, 11)]
    pairs += [(f"{'C' * n}C(=O)Cl", f"{'C' * n}N", "ClCCl") for n in range(1, 11)]
    return [RecordedRoles(frozenset(pair), frozenset({solvent}), NO, NO) for *pair, solvent in pairs] * 2


def test_solvents_are_told_from_reactants() -> None:
    rows = make_rows()
    packed, model = fit_roles(PLAN, rows, rows)
    table = read_table(packed)
    assert set(table) == {"O", "ClCCl"} and table["O"].reagent == 20
    assert model.card.figures["val_exact_as_recorded"] == 1.0
    chances = model.judge(["CCCC(=O)O", "CCCO", "O"], [None, None, table["O"]])
    assert (chances[:2] > 0.5).all() and chances[2] < 0.5
    again = fit_roles(PLAN, rows, rows)
    assert again[0] == packed and np.array_equal(again[1].weights, model.weights)


def test_a_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reaction_roles.safetensors").touch()
    with pytest.raises(CheckpointError, match="already holds a run"):
        run(PLAN, tmp_path, data_dir=tmp_path)
    assert run(PLAN, tmp_path, data_dir=tmp_path, resume=True).finished
