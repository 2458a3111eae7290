"""Count the roles of molecules in training reactions, and fit the regression that parts mixtures into roles.

Reads the training rows of ``reactions.parquet`` whose records tell reactants from reagents, of sources whose licence
allows weights to ship; the val rows measure. Half of the rows are shown with a part of their reagents only, as people
write them. Writes ``src/anymol/chem/reaction_roles.tsv.gz`` (counts) and
``reaction_roles.safetensors`` (the regression, its figures, the table's checksum). What ships was made on one core in
ten minutes:

    python scripts/fit_reaction_roles.py --data-dir DATA
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rdkit import rdBase
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from anymol.chem import mixtures, reaction_roles
from anymol.chem.mixtures import RoleModel, RoleModelCard, describe_mixture, write_model
from anymol.chem.reaction_roles import RoleCounts, write_table
from anymol.data.licences import Licences

FILE = "reactions.parquet"
COLUMNS = ["reactants", "reagents", "products", "split", "reagents_state", "official_splits", "product_among_reactants"]
GUESSES = ["solvents_guess", "catalysts_guess"]
OUTPUT = Path(__file__).resolve().parents[1] / "src/anymol/chem"

LEAST_COUNT, LEAST_REAGENT, LEAST_REACTANT = 5, 2, 20
"""The table holds molecules of at least so many reactions that are a reagent or a common reactant in so many."""


@dataclass(frozen=True)
class RecordedRow:
    """One reaction whose record tells the roles; molecules as canonical SMILES."""

    reactants: frozenset[str]
    reagents: frozenset[str]
    solvents: frozenset[str]
    catalysts: frozenset[str]

    @property
    def molecules(self) -> list[str]:
        """All inputs, each once; what is written on both sides counts as reacting."""
        return sorted(self.reactants | self.reagents)


def read_rows(data_dir: Path, split: str) -> list[RecordedRow]:
    """Return the usable rows of a split, in their order."""
    table = pq.read_table(data_dir / FILE, columns=[*COLUMNS, *GUESSES])
    table = table.filter(pc.and_(pc.equal(table["split"], split), pc.equal(table["reagents_state"], "separated")))
    allowed = Licences.read(data_dir).allowed("reactions")
    return [
        RecordedRow(*(_part(row[name]) for name in ("reactants", "reagents", *GUESSES)))
        for row in table.to_pylist()
        if row["official_splits"].split("/", 1)[0] in allowed
        and row["reactants"]
        and row["reagents"]
        and not row["product_among_reactants"]
    ]


def _part(smiles: str | None) -> frozenset[str]:
    return frozenset((smiles or "").split(".")) - {""}


def count_roles(rows: list[RecordedRow]) -> dict[str, RoleCounts]:
    """Return the counts of the molecules that the table holds."""
    counted = [Counter[str]() for _ in range(4)]
    for row in rows:
        for counter, part in zip(counted, (row.reactants, row.reagents, row.solvents, row.catalysts), strict=True):
            counter.update(part)
    reactant, reagent, solvent, catalyst = counted
    every = {smiles: RoleCounts(reactant[smiles], reagent[smiles], solvent[smiles], catalyst[smiles])
             for smiles in reactant | reagent}  # fmt: skip
    return {
        smiles: one
        for smiles, one in every.items()
        if one.total >= LEAST_COUNT and (one.reagent >= LEAST_REAGENT or one.reactant >= LEAST_REACTANT)
    }


def thin(row: RecordedRow, rng: random.Random) -> RecordedRow:
    """Return a row as people write it, who leave out what goes without saying: a random part of its reagents."""
    share = rng.random()
    return replace(row, reagents=frozenset(one for one in sorted(row.reagents) if rng.random() < share))


def choose_companions(table: dict[str, RoleCounts], number: int) -> tuple[str, ...]:
    """Return the most common reagents; lone ions such as sodium's tell nothing."""
    ranked = sorted(table, key=lambda smiles: (-table[smiles].reagent, smiles))
    telling = [smiles for smiles in ranked if smiles in ("[H-]", "[OH-]") or not _is_lone_ion(smiles)]
    return tuple(telling[:number])


def _is_lone_ion(smiles: str) -> bool:
    return smiles.startswith("[") and smiles.count("[") == 1 and smiles.endswith(("+]", "-]", "+2]", "+3]"))


def describe_rows(
    rows: list[RecordedRow], table: dict[str, RoleCounts], companions: tuple[str, ...]
) -> tuple[sparse.csr_matrix, NDArray[np.bool_], NDArray[np.int64]]:
    """Return features, whether each molecule reacts, and the row that each molecule is of."""

    def blocks() -> Iterator[sparse.csr_matrix]:
        for row in rows:
            known = [table.get(smiles) for smiles in row.molecules]
            yield sparse.csr_matrix(describe_mixture(row.molecules, known, companions).astype(np.float32))

    reacts = np.array([smiles in row.reactants for row in rows for smiles in row.molecules])
    owner = np.repeat(np.arange(len(rows)), [len(row.molecules) for row in rows])
    return sparse.vstack(list(blocks())).tocsr(), reacts, owner


def measure_exact(chances: NDArray[np.float64], reacts: NDArray[np.bool_], owner: NDArray[np.int64]) -> float:
    """Return the share of rows whose molecules are all told right."""
    right = []
    for row in range(owner[-1] + 1):
        own = chances[owner == row]
        said = (own > 0.5) | (own >= own.max())
        right.append(bool((said == reacts[owner == row]).all()))
    return float(np.mean(right))


def main() -> None:
    """Count, fit, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), required="ANYMOL_DATA" not in os.environ
    )
    parser.add_argument("--rows", type=int, default=60_000, help="training rows that the regression is fitted to")
    parser.add_argument("--companions", type=int, default=40)
    parser.add_argument("--penalty", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    rdBase.DisableLog("rdApp.*")

    train, val = (read_rows(given.data_dir, split) for split in ("train", "val"))
    table = count_roles(train)
    companions = choose_companions(table, given.companions)
    rng = random.Random(given.seed)
    chosen = rng.sample(train, min(given.rows, len(train)))
    half = len(chosen) // 2
    shown = [*chosen[:half], *(thin(row, rng) for row in chosen[half:])]
    print(
        f"{len(train):,} training rows, {len(table):,} molecules in the table, {len(chosen):,} rows to fit", flush=True
    )
    fitted = LogisticRegression(C=1 / given.penalty, max_iter=400).fit(*describe_rows(shown, table, companions)[:2])
    weights, bias = fitted.coef_[0].astype(np.float16).astype(np.float64), float(fitted.intercept_[0])
    exact = {}
    for name, rows in (("as recorded", val), ("thinned", [thin(row, rng) for row in val])):
        features, reacts, owner = describe_rows(rows, table, companions)
        chances = 1 / (1 + np.exp(-(features @ weights + bias)))
        by_table = np.array([_judge_by_table(table.get(smiles)) for row in rows for smiles in row.molecules])
        exact[name] = measure_exact(chances, reacts, owner), measure_exact(by_table, reacts, owner)
    figures = {
        "val_rows": float(len(val)),
        **{f"val_exact_{name.replace(' ', '_')}": round(ours, 4) for name, (ours, _) in exact.items()},
        **{f"val_exact_{name.replace(' ', '_')}_by_table_alone": round(alone, 4) for name, (_, alone) in exact.items()},
    }
    print(figures)

    packed = write_table(table, "SMILES, reactions as reactant, as reagent, of these as solvent, as catalyst; counted "
                         "over patent reactions (CC0 and CC BY 4.0 sources of reactions.parquet)")  # fmt: skip
    (given.output / reaction_roles.TABLE_FILE).write_bytes(packed)
    card = RoleModelCard(
        companions=companions,
        trained_on=f"{FILE}, train rows of separated roles: counts of {len(train):,}, regression of {len(chosen):,}",
        command=f"python scripts/fit_reaction_roles.py --rows {given.rows} --companions {given.companions} "
        f"--penalty {given.penalty:g} --seed {given.seed}",
        figures=figures,
        table_sha256=hashlib.sha256(packed).hexdigest(),
    )
    (given.output / mixtures.MODEL_FILE).write_bytes(write_model(RoleModel(card, weights, bias)))


def _judge_by_table(counts: RoleCounts | None) -> float:
    """Return the share of its reactions in which a molecule reacts; an unknown one reacts."""
    return 1.0 if counts is None else counts.reactant / counts.total


if __name__ == "__main__":
    main()
