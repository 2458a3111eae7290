"""Measure what the round trip of retrosynthesis says of right routes and of others.

The forward model is asked about the recorded reactants of val rows, and about the model's own proposals that are not
those; many of the latter would work too. Told no reagents, as in use, and told those that the model suggests for the
route. One core takes about ten minutes for 80 rows:

    python scripts/measure_round_trips.py --data-dir DATA --rows 80
"""

from __future__ import annotations

import argparse
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from anymol import Assistant
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.round_trips import LISTED, compare_round_trip
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.tasks.table import get_task
from anymol.tasks.task import ReagentsState, TaskInput

LONGEST = 150


def read_rows(data_dir: Path, number: int, seed: int) -> list[tuple[str, str]]:
    """Return reactants and product of val rows whose reactants hold no reagents."""
    columns = ["reactants", "products", "split", "reagents_state", "product_among_reactants"]
    table = pq.read_table(data_dir / "reactions.parquet", columns=columns)
    table = table.filter(pc.and_(pc.equal(table["split"], "val"), pc.not_equal(table["reagents_state"], "mixed")))
    rows = [
        (row["reactants"], row["products"])
        for row in table.to_pylist()
        if not row["product_among_reactants"] and "." not in row["products"] and len(row["reactants"]) < LONGEST
    ]
    return random.Random(seed).sample(rows, number)


def list_answers(found: Prediction | FailedPrediction) -> tuple[Answer, ...]:
    """Return the answers; none where there is an error."""
    return found.answers if isinstance(found, Prediction) else ()


def judge(answers: Sequence[Answer], product: str) -> str:
    """Return what the check says: passed, failed or undecided."""
    scored = [
        ScoredAnswer(one.value, one.text, one.log_prob or 0.0, one.probability, calibrated=one.calibrated)
        for one in answers
    ]
    check = compare_round_trip(
        get_task("forward_reaction"), TaskInput(products=product), AnsweredRow(tuple(scored), (), 0)
    )
    return {True: "passed", False: "failed", None: "undecided"}[check.passed]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), required="ANYMOL_DATA" not in os.environ
    )
    parser.add_argument("--rows", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    assistant = Assistant.load()

    def ask(task: str, inputs: list[TaskInput]) -> list[tuple[Answer, ...]]:
        options: dict[str, Any] = {"top_k": LISTED, "source": "model", "verify": False}
        return [list_answers(one) for one in assistant.predict_many(task, inputs, **options)]

    rows = read_rows(given.data_dir, given.rows, given.seed)
    proposed = ask("retrosynthesis", [TaskInput(products=product) for _, product in rows])
    routes = [("recorded", reactants, product) for reactants, product in rows] + [
        ("proposed", str(answer.value), product)
        for (reactants, product), answers in zip(rows, proposed, strict=True)
        for answer in answers
        if answer.value not in (reactants, product)
    ]
    suggested = ask(
        "reagent_prediction", [TaskInput(reactants=route, products=product) for _, route, product in routes]
    )
    bare = [TaskInput(reactants=route, reagents_state=ReagentsState.DROPPED) for _, route, _ in routes]
    helped = [
        TaskInput(reactants=route, reagents=str(reagents[0].value)) if reagents else TaskInput(reactants=route)
        for (_, route, _), reagents in zip(routes, suggested, strict=True)
    ]
    for way, inputs in (("told no reagents", bare), ("told suggested reagents", helped)):
        said: dict[str, Counter[str]] = {"recorded": Counter(), "proposed": Counter()}
        for (kind, _, product), answers in zip(routes, ask("forward_reaction", inputs), strict=True):
            said[kind][judge(answers, product)] += 1
            said[kind]["first"] += bool(answers) and answers[0].value == product
        for kind, counts in said.items():
            number = counts["passed"] + counts["failed"] + counts["undecided"]
            print(f"{way}, {kind} ({number}): {dict(sorted(counts.items()))}", flush=True)


if __name__ == "__main__":
    main()
