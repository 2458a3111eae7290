"""Where the true structure stands among isomers, by how well synthesised spectra agree with the measured ones.

Isomers that the engine cannot synthesise are no rivals: whether they would stand before or behind the true structure
is not known. They are left out and counted, and chance is that of the rivals that are left.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from anymol.chem.keys import inchikey_block
from anymol.errors import DataError, InvalidSmilesError
from anymol.evaluation.ms2_agreement import SpectrumComparer
from anymol.evaluation.ms2_pairs import Pair, find_nearest, synthesize_spectra
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.synthesis.engine import Engine
from anymol.synthesis.ms2_measured import FILE, Measured

MOLECULES_FILE: Final = "molecules.parquet"


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
        n_left_out: Isomers that are no rivals because the engine made no spectrum to compare.
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


_LETTERS: Final = {
    "[Cc]": ("C", "Cl"), "Cl": ("Cl",), "[Nn]": ("N",), "[Oo]": ("O",), "[Ss]": ("S", "Si"), "F": ("F",),
    "Br": ("Br",), "I": ("I",), "[Pp]": ("P",),
}  # fmt: skip
"""Letters in the text of a SMILES -> the elements that write them. Only a sieve: RDKit computes what passes."""


def find_isomers(
    data_dir: Path, molecules: Mapping[str, Measured], rng: random.Random, most: int
) -> dict[str, list[str]]:
    """Return other molecules of the same formula: those of the measured spectra first, then of the plain molecules.

    Args:
        data_dir: Where both files are; the second may be missing.
        molecules: InChIKey block -> a measured spectrum of the molecule.
        rng: Draws which are taken where there are more than `most`.
        most: Most isomers of each molecule.

    Raises:
        DataError: The measured spectra are missing.
    """
    import pyarrow.parquet as pq

    wanted = {one.formula for one in molecules.values()}
    path = data_dir / FILE
    if not path.is_file():
        raise DataError("no measured spectra found", value=path)
    known: dict[str, dict[str, str]] = defaultdict(dict)
    table = pq.read_table(path, columns=["smiles", "inchikey", "formula"])
    for row in table.group_by(["smiles", "inchikey", "formula"]).aggregate([]).sort_by("smiles").to_pylist():
        if row["formula"] in wanted and "." not in row["smiles"]:
            known[row["formula"]].setdefault(str(row["inchikey"])[:14], row["smiles"])
    plain = _find_plain(data_dir / MOLECULES_FILE, wanted)
    found: dict[str, list[str]] = {}
    for block in sorted(molecules):
        formula = molecules[block].formula
        first = sorted(smiles for other, smiles in known[formula].items() if other != block)
        blocks = set(known[formula])
        rng.shuffle(first)
        more = plain.get(formula, [])
        rng.shuffle(more)
        chosen = first[:most]
        for smiles in more:
            if len(chosen) >= most:
                break
            try:
                other = inchikey_block(smiles)
            except InvalidSmilesError:
                continue
            if other not in blocks:
                blocks = blocks | {other}
                chosen.append(smiles)
        found[block] = chosen
    return found


def _find_plain(path: Path, formulas: set[str]) -> dict[str, list[str]]:
    """Return the plain molecules of some formulas; the heavy elements are first counted in the text, in bulk."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not path.is_file():
        return {}
    keys = sorted({_encode_formula(formula) for formula in formulas})
    found: dict[str, list[str]] = defaultdict(list)
    for batch in pq.ParquetFile(path).iter_batches(batch_size=200_000, columns=["smiles"]):
        column = batch.column("smiles")
        code = pa.array(np.zeros(len(column), np.int64))
        for letters in _LETTERS:
            code = pc.add(pc.multiply(code, _RADIX), pc.cast(pc.count_substring_regex(column, letters), pa.int64()))
        hits = column.filter(pc.is_in(code, value_set=pa.array(keys, pa.int64())))
        with rdBase.BlockLogs():
            for smiles in hits.to_pylist():
                mol = Chem.MolFromSmiles(smiles)
                formula = rdMolDescriptors.CalcMolFormula(mol) if mol is not None and "." not in smiles else ""
                if formula in formulas:
                    found[formula].append(smiles)
    return {formula: sorted(set(smiles)) for formula, smiles in found.items()}


_RADIX: Final = 100


def _encode_formula(formula: str) -> int:
    """Return the counts of `_LETTERS` that a SMILES of this formula has, as digits of one integer."""
    counts = Counter[str]()
    for symbol, number in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
        counts[symbol] += int(number or 1)
    code = 0
    for elements in _LETTERS.values():
        code = code * _RADIX + min(_RADIX - 1, sum(counts[symbol] for symbol in elements))
    return code
