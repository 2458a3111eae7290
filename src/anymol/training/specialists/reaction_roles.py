"""Counting of roles in recorded reactions, and the regression that parts mixtures into reactants and reagents.

Half of the rows are shown with a part of their reagents only, as people write them; the val rows measure.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from anymol.chem.mixtures import MODEL_FILE, RoleModel, RoleModelCard, describe_mixture, write_model
from anymol.chem.reaction_roles import TABLE_FILE, RoleCounts, write_table
from anymol.data.recorded_roles import (
    FILE,
    RecordedRoles,
    choose_companions,
    count_roles,
    read_recorded_roles,
    thin_row,
)
from anymol.errors import CheckpointError, MissingDependencyError
from anymol.files import write_atomically
from anymol.locks import lock_folder
from anymol.metrics.logistic import apply_logistic
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.plan import RolesPlan

_HEAD = (
    "SMILES, reactions as reactant, as reagent, of these as solvent, as catalyst; counted "
    "over patent reactions (CC0 and CC BY 4.0 sources of reactions.parquet)"
)


def run(plan: RolesPlan, output: Path | str, *, data_dir: Path, resume: bool = False) -> RunResult:
    """Count and fit; ``reaction_roles.tsv.gz`` and ``reaction_roles.safetensors`` in `output` are what ships.

    Args:
        plan: How they are fitted.
        output: Folder of the run.
        data_dir: Holds ``reactions.parquet`` and ``sources.csv``.
        resume: Whether a run that is done stays; one that was stopped begins anew.

    Returns:
        How it ended; its tokens are reactions.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
        DataError: Data are missing.
        CheckpointError: `output` holds a run and `resume` is false.
        LockedError: Another process trains there.
    """
    with lock_folder(Path(output), hint=LOCK_HINT):
        return _run(plan, Path(output), data_dir, resume=resume)


def _run(plan: RolesPlan, output: Path, data_dir: Path, *, resume: bool) -> RunResult:
    """Train in a folder that is held for this process, with all that the run writes there."""
    started = time.perf_counter()
    weights = output / MODEL_FILE
    if weights.exists() and not resume:
        raise CheckpointError("this folder already holds a run", value=output, hint="give another, or --resume")
    if not weights.exists():
        train, val = (read_recorded_roles(data_dir, split) for split in ("train", "val"))
        table, model = fit_roles(plan, train, val)
        write_atomically(output / TABLE_FILE, table)
        write_atomically(weights, write_model(model))
    return RunResult(True, weights, plan.rows, time.perf_counter() - started)


def fit_roles(plan: RolesPlan, train: Sequence[RecordedRoles], val: Sequence[RecordedRoles]) -> tuple[bytes, RoleModel]:
    """Return the bytes of the table of counts, and the regression that was fitted with it.

    Args:
        plan: How it is fitted.
        train: Rows that are counted, and of which some are fitted to.
        val: Rows that measure.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise MissingDependencyError(
            "fitting roles needs scikit-learn", hint="pip install 'anymol[evaluate]'"
        ) from None
    table = count_roles(train)
    companions = choose_companions(table, plan.companions)
    rng = random.Random(plan.seed)
    chosen = rng.sample(train, min(plan.rows, len(train)))
    half = len(chosen) // 2
    shown = [*chosen[:half], *(thin_row(row, rng) for row in chosen[half:])]
    features, reacts, _ = _describe_rows(shown, table, companions)
    fitted = LogisticRegression(C=1 / plan.penalty, max_iter=400).fit(features, reacts)
    weights, bias = fitted.coef_[0].astype(np.float16).astype(np.float64), float(fitted.intercept_[0])
    packed = write_table(table, _HEAD)
    figures = {"val_rows": float(len(val))}
    for name, rows in (("as_recorded", val), ("thinned", [thin_row(row, rng) for row in val])):
        features, reacts, owner = _describe_rows(rows, table, companions)
        by_table = np.array([_judge_by_table(table.get(smiles)) for row in rows for smiles in row.molecules])
        figures[f"val_exact_{name}"] = _measure_exact(apply_logistic(features @ weights + bias), reacts, owner)
        figures[f"val_exact_{name}_by_table_alone"] = _measure_exact(by_table, reacts, owner)
    card = RoleModelCard(
        companions=companions,
        trained_on=f"{FILE}, train rows of separated roles: counts of {len(train):,}, regression of {len(chosen):,}",
        command=f"anymol train recipes/{plan.name}.yaml --data-dir $ANYMOL_DATA",
        figures=figures,
        table_sha256=hashlib.sha256(packed).hexdigest(),
    )
    return packed, RoleModel(card, weights, bias)


def _describe_rows(
    rows: Sequence[RecordedRoles], table: Mapping[str, RoleCounts], companions: tuple[str, ...]
) -> tuple[sparse.csr_matrix, NDArray[np.bool_], NDArray[np.int64]]:
    """Return features, whether each molecule reacts, and the row that each molecule is of."""

    def blocks() -> Iterator[sparse.csr_matrix]:
        for row in rows:
            known = [table.get(smiles) for smiles in row.molecules]
            yield sparse.csr_matrix(describe_mixture(row.molecules, known, companions).astype(np.float32))

    reacts = np.array([smiles in row.reactants for row in rows for smiles in row.molecules])
    owner = np.repeat(np.arange(len(rows)), [len(row.molecules) for row in rows])
    return sparse.vstack(list(blocks())).tocsr(), reacts, owner


def _measure_exact(chances: NDArray[np.float64], reacts: NDArray[np.bool_], owner: NDArray[np.int64]) -> float:
    """Return the share of rows whose molecules are all told right."""
    starts = np.flatnonzero(np.diff(owner)) + 1
    right = []
    for own, true in zip(np.split(chances, starts), np.split(reacts, starts), strict=True):
        said = (own > 0.5) | (own >= own.max())
        right.append(bool((said == true).all()))
    return round(float(np.mean(right)), 4)


def _judge_by_table(counts: RoleCounts | None) -> float:
    """Return the share of its reactions in which a molecule reacts; an unknown one reacts."""
    return 1.0 if counts is None else counts.reactant / counts.total
