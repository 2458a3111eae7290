"""Measure what parting a mixture into reactants and reagents is worth to forward prediction.

The same reactions are asked three times: with the roles that the record or textbook gives, as one mixture whose roles
the model is left to find, and as that mixture parted by :mod:`anymol.chem.mixtures`. Val rows come from
``reactions.parquet``; the textbook reactions from ``benchmarks/textbook_reactions.tsv``, written by hand. One core
takes about a minute for 100 reactions:

    python scripts/measure_mixtures.py --data-dir DATA --rows 300
"""

from __future__ import annotations

import argparse
import csv
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from anymol import Assistant
from anymol.chem.mixtures import separate_mixture
from anymol.chem.parsing import canonicalize_smiles
from anymol.inference.answers import FailedPrediction, Prediction
from anymol.tasks.task import ReagentsState, TaskInput

TEXTBOOK = Path(__file__).resolve().parents[1] / "benchmarks/textbook_reactions.tsv"
TOP = 3


@dataclass(frozen=True)
class Known:
    """A reaction whose roles and product are known; dot-joined canonical SMILES."""

    reactants: str
    reagents: str
    product: str

    @property
    def mixture(self) -> list[str]:
        """All inputs, in the order of the alphabet, which tells nothing."""
        return sorted((*self.reactants.split("."), *self.reagents.split(".")))


def read_val(data_dir: Path, number: int, seed: int) -> list[Known]:
    """Return val rows whose record tells the roles and whose product is one molecule that is not an input."""
    columns = ["reactants", "reagents", "products", "split", "reagents_state", "product_among_reactants"]
    table = pq.read_table(data_dir / "reactions.parquet", columns=columns)
    table = table.filter(pc.and_(pc.equal(table["split"], "val"), pc.equal(table["reagents_state"], "separated")))
    rows = [
        Known(row["reactants"], row["reagents"], row["products"])
        for row in table.to_pylist()
        if row["reagents"] and "." not in row["products"] and not row["product_among_reactants"]
    ]
    return random.Random(seed).sample(rows, min(number, len(rows)))


def read_textbook() -> list[Known]:
    """Return the reactions written by hand."""
    with TEXTBOOK.open(encoding="utf-8", newline="") as stream:
        return [
            Known(*(canonicalize_smiles(row[name]) for name in ("reactants", "reagents", "product")))
            for row in csv.DictReader(stream, delimiter="\t")
        ]


def ask_with(reactants: Sequence[str], reagents: Sequence[str]) -> TaskInput:
    """Return the question with roles told; without reagents it says that none are given."""
    state = ReagentsState.SEPARATED if reagents else ReagentsState.DROPPED
    return TaskInput(
        reactants=".".join(sorted(reactants)), reagents=".".join(sorted(reagents)) or None, reagents_state=state
    )


def is_parted_right(one: Known) -> bool:
    """Whether a mixture is parted exactly as the record says."""
    found = separate_mixture(one.mixture)
    return set(found.reactants) == set(one.reactants.split("."))


def measure(assistant: Assistant, name: str, rows: Sequence[Known]) -> None:
    """Print the shares of one set."""
    parted = [separate_mixture(one.mixture) for one in rows]
    print(f"{name}: {len(rows)} reactions, {sum(map(is_parted_right, rows))} parted exactly as recorded", flush=True)
    asked = {
        "roles as recorded": [ask_with(one.reactants.split("."), one.reagents.split(".")) for one in rows],
        "one mixture": [TaskInput(reactants=".".join(one.mixture), reagents_state=ReagentsState.MIXED) for one in rows],
        "parted mixture": [ask_with(one.reactants, one.reagents) for one in parted],
        "reactants alone": [ask_with(one.reactants.split("."), ()) for one in rows],
    }
    for way, questions in asked.items():
        found = assistant.predict_many("forward_reaction", questions, top_k=TOP, source="model", verify=False)
        places = [find_place(one, row.product) for one, row in zip(found, rows, strict=True)]
        first, listed = places.count(0), sum(place is not None for place in places)
        print(f"  {way}: first {first}, in the first {TOP} {listed}", flush=True)


def find_place(found: Prediction | FailedPrediction, product: str) -> int | None:
    """Return the place of a product among the answers, from 0; None where it is not listed."""
    values = [answer.value for answer in found.answers] if isinstance(found, Prediction) else []
    return values.index(product) if product in values else None


def main() -> None:
    """Measure both sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), required="ANYMOL_DATA" not in os.environ
    )
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    assistant = Assistant.load()
    measure(assistant, "textbook", read_textbook())
    if given.rows:
        measure(assistant, "val", read_val(given.data_dir, given.rows, given.seed))


if __name__ == "__main__":
    main()
