"""Where the true structure stands among isomers, by how well synthesised spectra agree with the measured ones.

Isomers that the engine cannot synthesise are not rivals: whether they would stand before or behind the true structure
is not known. They are left out and counted, and chance is that of the rivals that are left.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anymol.evaluation.isomers import find_isomers
from anymol.evaluation.ms2_agreement import SpectrumComparer
from anymol.evaluation.ms2_pairs import Pair, find_nearest, synthesize_spectra
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.synthesis.engine import Engine


@dataclass(frozen=True)
class Ranking:
    """Where the true structure stands among isomers, by cosine of their synthesised spectra with the measured ones.

    Attributes:
        mrr: Mean reciprocal rank; ties count half.
        top1: Share of molecules whose true structure stands first.
        top3: Share among the first three.
        chance_mrr: What random order would give.
        chance_top1: The same.
        chance_top3: The same.
        mrr_gain: Mean reciprocal rank less that of random order, paired by molecule.
        top1_gain: The same of the share that stands first.
        top3_gain: The same of the share among the first three.
        mean_candidates: Structures ranked per molecule, the true one counted.
        n: Number of molecules.
        n_left_out: Isomers that are not rivals because the engine made no spectrum to compare.
        n_alone: Molecules with isomers of which none is a rival; they are not ranked.
    """

    mrr: ConfidenceInterval
    top1: ConfidenceInterval
    top3: ConfidenceInterval
    chance_mrr: float
    chance_top1: float
    chance_top3: float
    mrr_gain: ConfidenceInterval
    top1_gain: ConfidenceInterval
    top3_gain: ConfidenceInterval
    mean_candidates: float
    n: int
    n_left_out: int
    n_alone: int


def rank_isomers(
    data_dir: Path,
    engine: Engine,
    pairs: Mapping[str, Sequence[Pair]],
    comparer: SpectrumComparer,
    rng: random.Random,
    max_isomers: int,
    seed: int,
) -> Ranking | None:
    """Rank the true structures of some measured spectra among their isomers.

    Args:
        data_dir: With the measured spectra and the plain molecules.
        engine: Made the spectra of `pairs`, and makes those of the isomers.
        pairs: InChIKey block -> measured and synthesised spectra of the molecule.
        comparer: Compares them.
        rng: Draws isomers.
        max_isomers: Most structures ranked per molecule, the true one counted.
        seed: Of the intervals.

    Returns:
        None where no molecule has a rival.
    """
    isomers = find_isomers(data_dir, {block: own[0].measured for block, own in pairs.items()}, rng, max_isomers - 1)
    ranks: list[float] = []
    sizes: list[int] = []
    n_left_out = n_alone = 0
    for block, own in pairs.items():
        scores = [_score(engine, smiles, own, comparer) for smiles in isomers.get(block, ())]
        rivals = [score for score in scores if score is not None]
        n_left_out += len(scores) - len(rivals)
        n_alone += bool(scores and not rivals)
        if not rivals:
            continue
        truth = float(np.mean([comparer.cosine(pair.predicted, pair.measured.spectrum) for pair in own]))
        ranks.append(1 + sum(score > truth for score in rivals) + 0.5 * sum(score == truth for score in rivals))
        sizes.append(1 + len(rivals))
    if not sizes:
        return None
    rank, size = np.array(ranks), np.array(sizes)
    own_values = {"mrr": 1 / rank, "top1": (rank <= 1).astype(float), "top3": (rank <= 3).astype(float)}
    chance = {
        "mrr": np.array([(1 / np.arange(1, one + 1)).mean() for one in sizes]),
        "top1": 1 / size,
        "top3": np.minimum(3, size) / size,
    }
    means = {name: bootstrap_mean(values, seed=seed) for name, values in own_values.items()}
    gains = {name: bootstrap_mean(own_values[name] - chance[name], seed=seed) for name in own_values}
    return Ranking(
        mrr=means["mrr"],
        top1=means["top1"],
        top3=means["top3"],
        chance_mrr=float(chance["mrr"].mean()),
        chance_top1=float(chance["top1"].mean()),
        chance_top3=float(chance["top3"].mean()),
        mrr_gain=gains["mrr"],
        top1_gain=gains["top1"],
        top3_gain=gains["top3"],
        mean_candidates=float(size.mean()),
        n=len(sizes),
        n_left_out=n_left_out,
        n_alone=n_alone,
    )


def _score(engine: Engine, smiles: str, own: Sequence[Pair], comparer: SpectrumComparer) -> float | None:
    """Return the mean cosine of an isomer's spectra with the measured ones; None where the engine makes not all."""
    predicted = synthesize_spectra(engine, smiles, Counter())
    places = [find_nearest(predicted, pair.measured) for pair in own]
    cosines = [
        comparer.cosine(predicted[place], pair.measured.spectrum)
        for place, pair in zip(places, own, strict=True)
        if place is not None
    ]
    return float(np.mean(cosines)) if len(cosines) == len(own) else None
