"""Searches a second of the shipped store of reactions, against two plain searches of the same fingerprints.

    python benchmarks/reaction_search.py
    python benchmarks/reaction_search.py --queries 100 --output FILE

The arms: bitmaps by bit (:mod:`anymol.retrieval.reactions.bit_index`), packed bits in numpy, RDKit's
BulkTanimotoSimilarity. All must find the same similarities. The queries are products of the store. Their bitmaps are
unpacked before the clock starts; opening and the first search stand by themselves.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from machine import describe_machine
from numpy.typing import NDArray
from rdkit.DataStructs import BulkTanimotoSimilarity, CreateFromBitString

from anymol.chem.fingerprints import morgan
from anymol.retrieval.reactions.shipped_store import open_shipped
from anymol.retrieval.reactions.store import FINGERPRINT_BITS, list_bits

RESULTS = Path(__file__).parent / "results" / "reaction_search.json"
LIMIT = 100


def main() -> None:
    """Time the arms, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    started = time.process_time()
    store = open_shipped()
    assert store is not None, "there is no shipped store"
    opening = time.process_time() - started
    queries = [store[row].products for row in np.linspace(0, len(store) - 1, options.queries).astype(int).tolist()]
    started = time.process_time()
    for query in queries:
        store.search(query, LIMIT)
    first = (time.process_time() - started) / len(queries)

    rows = [list_bits(one.products) for one in store]
    dense = np.zeros((len(rows), FINGERPRINT_BITS), dtype=np.uint8)
    for number, bits in enumerate(rows):
        dense[number, list(bits)] = 1
    packed, counts = np.packbits(dense, axis=1).view(np.uint64), dense.sum(1, dtype=np.int64)
    vectors = [CreateFromBitString("".join(map(str, row))) for row in dense.tolist()]
    del dense

    def search_packed(query: str) -> list[float]:
        mine = np.zeros(FINGERPRINT_BITS, dtype=np.uint8)
        mine[list(list_bits(query))] = 1
        shared = np.bitwise_count(packed & np.packbits(mine).view(np.uint64)).sum(1, dtype=np.int64)
        similarities = shared / (counts + int(mine.sum()) - shared)
        return take_nearest(similarities)

    def search_rdkit(query: str) -> list[float]:
        similarities = np.array(BulkTanimotoSimilarity(morgan(query, radius=2, size=FINGERPRINT_BITS), vectors))
        return take_nearest(similarities)

    def search_store(query: str) -> list[float]:
        return [one.similarity for one in store.search(query, LIMIT)]

    arms = {"bitmaps": search_store, "packed bits": search_packed, "RDKit": search_rdkit}
    seconds = {name: time_arm(search, queries) for name, search in arms.items()}
    for query in queries[:5]:
        assert np.allclose(search_store(query), search_packed(query)), query
        assert np.allclose(search_store(query), search_rdkit(query)), query
    figures = {
        "machine": describe_machine(),
        "reactions": len(store),
        "queries": len(queries),
        "open_seconds": round(opening, 2),
        "first_search_ms": round(1e3 * first, 1),
        "median_ms": {name: round(1e3 * each, 2) for name, each in seconds.items()},
        "ratio_to_packed_bits": round(seconds["packed bits"] / seconds["bitmaps"], 2),
        "ratio_to_rdkit": round(seconds["RDKit"] / seconds["bitmaps"], 2),
    }
    options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def take_nearest(similarities: NDArray[np.float64]) -> list[float]:
    """Return the greatest similarities, falling."""
    nearest = similarities[np.argpartition(-similarities, LIMIT)[:LIMIT]]
    return [float(one) for one in np.sort(nearest)[::-1]]


def time_arm(search: Callable[[str], list[float]], queries: list[str]) -> float:
    """Return the median processor seconds of a query."""
    spent = []
    for query in queries:
        started = time.process_time()
        search(query)
        spent.append(time.process_time() - started)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
