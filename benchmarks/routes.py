"""Share of drug-like molecules that a route is found to: with recorded reactions alone, and with the model beside them.

    python benchmarks/routes.py --data-dir DATA
    python benchmarks/routes.py --data-dir DATA --molecules 20 --seconds 20 --store DIR --arms templates

The molecules are drawn, with a fixed seed, from ``molecules.parquet``: within Lipinski's rule, 300 to 500 Da, QED of at
least 0.5, one fragment; neither product nor reactant of a reaction, nor in the stock. Both arms search the same
molecules with the same stock, limits and kind of search until the first complete route. What is not solved counts with
the whole time in the median.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from machine import describe_machine
from rdkit.Chem import QED, rdMolDescriptors

from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.files import write_atomically
from anymol.inference.assistant import Assistant
from anymol.metrics.interval import bootstrap_mean
from anymol.planning.plan import PlanOptions, plan_routes
from anymol.planning.search import SearchKind
from anymol.planning.shipped_stock import load_shipped_stock
from anymol.planning.single_step import RankedStep, SingleStep
from anymol.planning.stock import Stock
from anymol.retrieval.reactions.shipped_store import open_stores
from anymol.retrieval.reactions.store import ReactionStore

RESULTS = Path(__file__).parent / "results" / "routes.json"
ARMS = ("templates", "model")
SEED = 11  # 2026 and 7 drew the molecules that the search was tuned on


def main() -> None:
    """Search, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each molecule and arm")
    parser.add_argument("--steps", type=int, default=6, help="most steps in a row")
    parser.add_argument("--search", choices=list(SearchKind), default=SearchKind.RETRO_STAR)
    parser.add_argument("--store", type=Path, help="a store of reactions instead of the shipped one")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()

    stores = open_stores()[0] if options.store is None else (ReactionStore.open(options.store),)
    stock = load_shipped_stock()
    targets = draw_targets(options.data_dir, options.molecules, stock)
    wanted = PlanOptions(options.steps, options.seconds, search=SearchKind(options.search), first=True)
    figures: dict[str, Any] = {
        "machine": describe_machine(),
        "molecules": len(targets),
        "seed": SEED,
        "seconds": options.seconds,
        "steps_in_a_row": options.steps,
        "search": str(options.search),
        "stores": [{"name": one.name, "reactions": len(one)} for one in stores],
        "stock": len(stock),
        "arms": {},
    }
    for arm in options.arms:
        step = RankedStep(stores, Assistant.load().model if arm == "model" else None)
        figures["arms"][arm] = measure(targets, step, stock, wanted)
        write_atomically(options.output, json.dumps(figures, indent=2) + "\n")
    shown = {
        arm: {name: value for name, value in one.items() if name != "rows"} for arm, one in figures["arms"].items()
    }
    print(json.dumps({**figures, "arms": shown}, indent=2))


def measure(targets: list[str], step: SingleStep, stock: Stock, wanted: PlanOptions) -> dict[str, Any]:
    """Return the figures of one arm, with a row for each molecule."""
    rows: list[dict[str, Any]] = []
    for number, target in enumerate(targets, start=1):
        plan = plan_routes(target, step, stock, options=wanted)
        if plan.interruption is not None:
            raise plan.interruption
        best = plan.alternatives[0].best if plan.is_solved else None
        rows.append(
            {
                "target": target,
                "solved": plan.is_solved,
                "seconds": round(plan.first_after if plan.first_after is not None else wanted.seconds, 2),
                "molecules": plan.molecules,
                "ended": plan.ended.name.lower(),
                "score": None if best is None else best.score,
                "route": None if best is None else [one.smiles for one in best.steps],
            }
        )
        print(f"{number}/{len(targets)} {target}: {rows[-1]['ended']}, {rows[-1]['seconds']} s", flush=True)
    solved = np.array([float(row["solved"]) for row in rows])
    interval = bootstrap_mean(solved, seed=SEED)
    return {
        "steps_by": step.name,
        "solved": round(float(solved.mean()), 4),
        "solved_interval": [round(interval.low, 4), round(interval.high, 4)],
        "median_seconds": statistics.median(row["seconds"] for row in rows),
        "median_seconds_of_solved": statistics.median([row["seconds"] for row in rows if row["solved"]] or [0.0]),
        "median_molecules": statistics.median(row["molecules"] for row in rows),
        "median_steps": statistics.median([len(row["route"]) for row in rows if row["route"]] or [0]),
        "rows": rows,
    }


def draw_targets(data_dir: Path, count: int, stock: Stock) -> list[str]:
    """Return drug-like molecules that no recorded reaction holds, in a fixed order."""
    known = read_known(data_dir)
    smiles = pq.read_table(data_dir / "molecules.parquet", columns=["smiles"])["smiles"]
    order = list(range(len(smiles)))
    random.Random(SEED).shuffle(order)
    candidates = (str(smiles[place]) for place in order)
    found: list[str] = []
    for one in candidates:
        if one not in known and is_druglike(one) and stock.find(one) is None:
            found.append(one)
            if len(found) == count:
                break
    return found


def read_known(data_dir: Path) -> set[str]:
    """Return all molecules of recorded reactions, held-back ones too."""
    return {one for side in _list_sides(data_dir) for one in side.split(".")}


def _list_sides(data_dir: Path) -> Iterator[str]:
    for name in ("reactions", "conditions", "reactions_ecreact", "reactions_mech31k"):
        table = pq.read_table(data_dir / f"{name}.parquet", columns=["reactants", "products"])
        for column in ("reactants", "products"):
            yield from (side for side in table[column].to_pylist() if side)


def is_druglike(smiles: str) -> bool:
    """Whether a molecule is within Lipinski's rule (1997), of 300 to 500 Da, and has a QED (Bickerton 2012) of 0.5."""
    if "." in smiles:
        return False
    mol = try_parse_smiles(smiles)
    if isinstance(mol, InvalidSmilesError) or not 300 <= rdMolDescriptors.CalcExactMolWt(mol) <= 500:
        return False
    lipinski = rdMolDescriptors.CalcNumHBD(mol) <= 5 and rdMolDescriptors.CalcNumHBA(mol) <= 10
    return lipinski and rdMolDescriptors.CalcCrippenDescriptors(mol)[0] <= 5 and bool(QED.qed(mol) >= 0.5)


if __name__ == "__main__":
    main()
