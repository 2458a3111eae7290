"""Measures the search of mass spectra among named molecules on measured spectra of held-back molecules.

One spectrum of each molecule of a split is searched as the assistant searches it: among the named molecules of its
mass. Printed: how many molecules are in the dictionary at all, and how often the right one stands first and among the
first three, of all and of those in it, with bootstrap intervals, against chance.

Run:  python scripts/measure_ms2_search.py --data-dir DATA --split val
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from anymol.inference.agreement import flatten
from anymol.metrics.interval import bootstrap_mean
from anymol.retrieval.spectral_library.mass_spectra import search_mass_spectrum
from anymol.synthesis.ms2_measured import read_measured


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--limit", type=int, default=200, help="most molecules")
    options = parser.parse_args()
    spectra = list(read_measured(options.data_dir, options.split))
    random.Random(0).shuffle(spectra)
    chosen = list({one.smiles: one for one in reversed(spectra)}.values())[-options.limit :]
    ranks: list[float] = []
    chances: list[float] = []
    for one in chosen:
        hits = search_mass_spectrum(one.spectrum, limit=60)
        places = [place for place, hit in enumerate(hits, 1) if flatten(hit.smiles) == flatten(one.smiles)]
        ranks.append(places[0] if places else np.inf)
        if places:
            chances.append(1 / len(hits))
    inside = [rank for rank in ranks if np.isfinite(rank)]
    print(f"{len(ranks)} molecules, {len(inside)} in the dictionary; chance there: first {np.mean(chances):.3f}")
    for name, found in (("all", ranks), ("in the dictionary", inside)):
        first, three = (bootstrap_mean([float(rank <= k) for rank in found]) for k in (1, 3))
        print(f"{name}: first {first}, among three {three}")


if __name__ == "__main__":
    main()
