"""Measures what recorded reactions, the model, and both together answer about reactions, and writes the report.

On test rows, which nothing was fitted on: retrosynthesis (``test_50k``), forward reactions (``test_mit``) and
conditions (``conditions.parquet``), with bootstrap intervals. What was proposed is kept in `--kept`, so that a run that
was stopped goes on.

Run:  python scripts/measure_reactions.py --data-dir DATA --kept runs/reactions [--rows 500]
Takes one to three seconds of a core a row.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from anymol.chem.parsing import parse_smiles
from anymol.evaluation.condition_rankers import CONDITIONS_FILE, collect_conditions, list_conditions
from anymol.evaluation.proposal_rankers import Way, collect, list_reactions
from anymol.files import write_atomically
from anymol.inference.assistant import Assistant
from anymol.inference.proposals.conditions import read_ranker
from anymol.inference.proposals.fitted import load_precursors_ranker, load_products_ranker
from anymol.inference.proposals.ranking import STORE_FEATURES, WRITTEN_FEATURES, ProposalRanker
from anymol.metrics.calibration import expected_calibration_error
from anymol.metrics.choice import Floats
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.retrieval.reactions.conditions import Asked
from anymol.retrieval.reactions.shipped_store import open_shipped
from anymol.retrieval.reactions.store import ReactionStore

REPORT: Final = Path(__file__).parents[1] / "docs" / "results" / "reactions.md"
TOPS: Final = (1, 3, 5, 10)
SIZES: Final = ((0, 15), (15, 25), (25, 35), (35, 100))
COMMON: Final = frozenset({"H", "C", "N", "O", "F", "S", "Cl", "Br"})
TESTS: Final = {Way.PRECURSORS: "test_50k", Way.PRODUCTS: "test_mit"}
LISTED: Final = len(STORE_FEATURES) + WRITTEN_FEATURES.index("1 / written")


def main() -> None:
    """Ask, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--kept", type=Path, required=True, help="folder for what was proposed")
    parser.add_argument("--rows", type=int, default=500, help="rows of each test")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    store = open_shipped()
    if store is None:
        raise SystemExit("there is no shipped store of reactions")
    options.kept.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Reactions by precedents, by the model, and by both",
        "",
        f"Store `{store.name}`: {len(store):,} recorded reactions, {len(store.templates):,} templates. Rows of test "
        "splits; none of them was used to fit or to choose anything. In brackets: 95 % bootstrap intervals.",
        "",
        "```",
        f"python scripts/measure_reactions.py --data-dir DATA --kept runs/reactions --rows {options.rows}",
        "```",
    ]
    for way, split in TESTS.items():
        records = list(ask(way, split, options, store))
        lines += report_way(way, split, records)
    lines += report_conditions(options, store)
    write_atomically(options.output, "\n".join(lines) + "\n")


def ask(way: Way, split: str, options: argparse.Namespace, store: ReactionStore) -> Iterator[dict[str, Any]]:
    """Yield what is proposed for the rows of a split, with the seconds of a core that it took."""
    place = options.kept / f"{split}.jsonl"
    done = [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
    yield from done[: options.rows]
    asked = list_reactions(options.data_dir, way, split, options.rows, options.seed)[len(done) :]
    if not asked:
        return
    model = Assistant.load().model
    with place.open("a") as stream:
        started = time.process_time()
        for record in collect(asked, way, store, model, load_both(way).choose):
            record["seconds"] = time.process_time() - started
            stream.write(json.dumps(record) + "\n")
            stream.flush()
            yield record
            started = time.process_time()


def load_both(way: Way) -> ProposalRanker:
    """Read what ranks proposals of stores and model."""
    return load_precursors_ranker(asks_model=True) if way is Way.PRECURSORS else load_products_ranker()


def report_way(way: Way, split: str, records: Sequence[dict[str, Any]]) -> list[str]:
    """Return the table of one direction: who proposes, and how often the right answer is among the first."""
    both = load_both(way)
    rows = {"the model alone": [find_place(one, lambda rows: rows[:, LISTED], listed=True) for one in records]}
    if way is Way.PRECURSORS:
        alone = load_precursors_ranker(asks_model=False).first
        rows["recorded reactions alone (`--source tool`)"] = [
            find_place(one, lambda rows: alone.weigh(rows[:, : len(STORE_FEATURES)]), by_store=True) for one in records
        ]
    rows["both, ranked"] = [find_place(one, both.weigh) for one in records]
    title = "Retrosynthesis" if way is Way.PRECURSORS else "Forward reactions"
    lines = ["", f"## {title} (`{split}`, n = {len(records):,})", ""]
    lines += [f"| proposed by | {' | '.join(f'top {top}' for top in TOPS)} |", f"|---|{'---|' * len(TOPS)}"]
    for name, places in rows.items():
        figures = [show(bootstrap_mean([place < top for place in places])) for top in TOPS]
        lines.append(f"| {name} | {' | '.join(figures)} |")
    chances, right = zip(*(find_first(both, one) for one in records), strict=True)
    seconds = [one["seconds"] for one in records]
    listed = np.mean([is_listed(one) for one in records])
    error = expected_calibration_error(chances, right)
    lines += [
        "",
        f"The right answer is among the proposals of {listed:.3f}. Calibration error of the first probability: "
        f"{error:.3f}. Seconds of one core a row: median {np.median(seconds):.1f}, 90 % below "
        f"{np.percentile(seconds, 90):.1f}.",
    ]
    return lines + report_kinds(records, rows["both, ranked"])


def report_kinds(records: Sequence[dict[str, Any]], places: Sequence[float]) -> list[str]:
    """Return the table that tells large products, and those that hold rare elements, from the others."""
    sizes = [parse_smiles(one["product"]).GetNumHeavyAtoms() for one in records]
    rare = [any(atom.GetSymbol() not in COMMON for atom in parse_smiles(one["product"]).GetAtoms()) for one in records]
    kinds = {f"{low + 1} to {high} heavy atoms": [low < size <= high for size in sizes] for low, high in SIZES}
    kinds["an element beside H, C, N, O, F, S, Cl and Br"] = rare
    lines = ["", "| product, both ranked | n | top 1 | top 5 |", "|---|---|---|---|"]
    for name, is_one in kinds.items():
        own = [place for place, kept in zip(places, is_one, strict=True) if kept]
        if own:
            figures = " | ".join(show(bootstrap_mean([place < top for place in own])) for top in (1, 5))
            lines.append(f"| {name} | {len(own)} | {figures} |")
    return lines


def find_place(
    record: dict[str, Any], weigh: Callable[[Floats], Floats], *, by_store: bool = False, listed: bool = False
) -> float:
    """Return the place of the right answer, from 0, among the proposals of stores, of the model, or of both."""
    kept = [
        one
        for one in record.get("proposals", ())
        if (one["by_store"] or not by_store) and (one["features"][LISTED] > 0 or not listed)
    ]
    names = [one["smiles"] for one in kept]
    if record.get("right") not in names:
        return float("inf")
    order = np.argsort(-weigh(read_features(kept)), kind="stable").tolist()
    return float(order.index(names.index(record["right"])))


def find_first(ranker: ProposalRanker, record: dict[str, Any]) -> tuple[float, bool]:
    """Return the probability of the first answer, and whether it is right."""
    proposals = record.get("proposals", ())
    if not proposals:
        return 0.0, False
    chances = ranker.weigh(read_features(proposals))
    first = int(chances.argmax())
    return float(chances[first]), proposals[first]["smiles"] == record["right"]


def read_features(proposals: Sequence[dict[str, Any]]) -> Floats:
    """Return the features of proposals, not a number where no model has scored one."""
    return np.array([one["features"] for one in proposals], dtype=np.float64)


def is_listed(record: dict[str, Any]) -> bool:
    """Whether the right answer is among the proposals."""
    return record.get("right") in [one["smiles"] for one in record.get("proposals", ())]


def report_conditions(options: argparse.Namespace, store: ReactionStore) -> list[str]:
    """Return the table of reagents, solvents and catalysts."""
    asked = [
        row for row in list_conditions(options.data_dir, "test", None, options.seed) if row.file == CONDITIONS_FILE
    ]
    exact: dict[Asked, list[bool]] = {one: [] for one in Asked}
    shared: dict[Asked, list[bool]] = {one: [] for one in Asked}
    stated: dict[Asked, list[float]] = {one: [] for one in Asked}
    right: dict[Asked, list[bool]] = {one: [] for one in Asked}
    started = time.process_time()
    for one in collect_conditions(asked, [store]):
        ranked = read_ranker(one.asked).rank(one.proposals)
        first = ranked[0][0].molecules if ranked else ()
        used = one.about.right[one.asked]
        exact[one.asked].append(first == used)
        shared[one.asked].append(bool(set(first) & set(used)))
        stated[one.asked].append(ranked[0][1] if ranked else 0.0)
        right[one.asked].append(first == one.right)
    each = (time.process_time() - started) / max(1, sum(map(len, exact.values())))
    lines = ["", "## Conditions (`conditions` test, by precedents)", ""]
    lines += ["| asked for | n | exactly what was used | any molecule of it |", "|---|---|---|---|"]
    for kind in Asked:
        figures = show(bootstrap_mean(exact[kind])), show(bootstrap_mean(shared[kind]))
        lines.append(f"| {kind} | {len(exact[kind]):,} | {figures[0]} | {figures[1]} |")
    errors = ", ".join(f"{expected_calibration_error(stated[kind], right[kind]):.3f}" for kind in Asked)
    return [
        *lines,
        "",
        "First stands what can be expected to agree most with what was used. Calibration error of the first "
        f"probability, of the very set: {errors}. {each:.2f} seconds of one core a question.",
    ]


def show(one: ConfidenceInterval) -> str:
    """Return a figure with its interval."""
    return f"{one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}]"


if __name__ == "__main__":
    main()
