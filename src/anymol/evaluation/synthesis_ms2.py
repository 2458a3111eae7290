"""How good are synthesised MS/MS spectra? They are compared with measured ones of molecules held back from fitting.

Rules: measured spectra as in :mod:`anymol.synthesis.ms2_measured`, shippable licences only; each is compared with the
synthesised spectrum of its adduct whose collision energy is nearest, at most a factor `ENERGY_FACTOR` away; of each
molecule, adduct and synthesised energy one measured spectrum is drawn. Figures are means over molecules of means over
their spectra, with bootstrap intervals over molecules; what the engine gains over a baseline is bootstrapped over the
same spectra of both.

Baselines: *precursor only* (one peak), *random molecule* (the synthesised spectrum of the other molecule nearest in
mass), *shuffled peaks* (the synthesised spectrum with its intensities permuted).
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from anymol.errors import DataError
from anymol.evaluation.ms2_agreement import TOLERANCE, Figure, SpectrumComparer, measure_agreement
from anymol.evaluation.ms2_pairs import ENERGY_FACTOR, Pair, pair_spectra
from anymol.evaluation.ms2_ranking import Ranking, rank_isomers
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.modalities.adduct import Adduct
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.engine import Engine
from anymol.synthesis.ms2 import Ms2Engine
from anymol.synthesis.ms2_measured import Measured, read_measured


class Method(StrEnum):
    """What is compared with measurement."""

    ENGINE = "engine"
    PRECURSOR = "precursor only"
    RANDOM = "random molecule"
    SHUFFLED = "shuffled peaks"


@dataclass(frozen=True)
class Ms2Report:
    """The result of :func:`evaluate_ms2`.

    Attributes:
        engine: Name and version.
        settings: Of the engine.
        split: Of the measured spectra.
        n_molecules: Molecules compared.
        n_spectra: Measured spectra compared.
        figures: Method -> figure -> mean with its interval.
        gains: Baseline -> figure -> engine less baseline, over the spectra that have both, paired by molecule.
        by_adduct: Adduct -> cosine of the engine.
        by_energy: Synthesised energy (eV) -> cosine of the engine.
        ranking: Among isomers; None where no molecule had any.
        left_out: Why measured spectra or molecules were left out, with counts.
    """

    engine: str
    settings: Mapping[str, Any]
    split: str
    n_molecules: int
    n_spectra: int
    figures: Mapping[Method, Mapping[Figure, ConfidenceInterval]]
    gains: Mapping[Method, Mapping[Figure, ConfidenceInterval]]
    by_adduct: Mapping[str, ConfidenceInterval]
    by_energy: Mapping[str, ConfidenceInterval]
    ranking: Ranking | None
    left_out: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return plain values; intervals as mappings."""
        ranking = None
        if self.ranking is not None:
            ranking = {
                name: value._asdict() if isinstance(value, ConfidenceInterval) else value
                for name, value in vars(self.ranking).items()
            }
        return {
            "engine": self.engine,
            "settings": dict(self.settings),
            "split": self.split,
            "n_molecules": self.n_molecules,
            "n_spectra": self.n_spectra,
            "tolerance_da": TOLERANCE,
            "energy_factor": ENERGY_FACTOR,
            "figures": _write(self.figures),
            "gains": _write(self.gains),
            "cosine_by_adduct": {name: value._asdict() for name, value in self.by_adduct.items()},
            "cosine_by_energy": {name: value._asdict() for name, value in self.by_energy.items()},
            "ranking": ranking,
            "left_out": dict(self.left_out),
        }


def evaluate_ms2(
    data_dir: Path, *, split: str = "val", limit: int | None = None, seed: int = 0, engine: Engine | None = None,
    max_isomers: int = 20,
) -> Ms2Report:  # fmt: skip
    """Compare an engine with the measured spectra of a split.

    Args:
        data_dir: With the measured spectra and, for isomers, the plain molecules.
        split: ``val`` while a model is tuned, ``test`` for what is reported.
        limit: Most molecules, drawn at random; all if None.
        seed: Of all draws.
        engine: What is asked; our fragmenter at its defaults if None.
        max_isomers: Most structures ranked per molecule, the true one counted.

    Raises:
        DataError: The measured spectra are missing, or none fits the rules.
        MissingDependencyError: matchms is not installed, or the engine's program.
    """
    comparer = SpectrumComparer()
    chosen: Engine = engine or Ms2Engine()
    rng = random.Random(seed)
    left_out: Counter[str] = Counter()
    by_block: dict[str, list[Measured]] = defaultdict(list)
    for one in read_measured(data_dir, split, dropped=left_out):
        by_block[one.block].append(one)
    blocks = sorted(by_block)
    rng.shuffle(blocks)
    pairs: dict[str, list[Pair]] = {}
    for block in blocks[:limit]:
        found = pair_spectra(chosen, by_block[block], rng, left_out)
        if found:
            pairs[block] = found
    if not pairs:
        raise DataError("no measured spectrum fits the engine's adducts and energies", value=split)
    tables = {method: _compare(method, pairs, comparer, seed) for method in Method}
    own = tables[Method.ENGINE]
    return Ms2Report(
        engine=f"{chosen.name} {chosen.version}",
        settings=chosen.settings.model_dump(mode="json"),
        split=split,
        n_molecules=len(pairs),
        n_spectra=sum(map(len, pairs.values())),
        figures={
            method: {figure: _average(rows, figure, seed) for figure in Figure} for method, rows in tables.items()
        },
        gains={
            method: {figure: _subtract(own, rows, figure, seed) for figure in Figure}
            for method, rows in tables.items()
            if method is not Method.ENGINE
        },
        by_adduct=_group(own, lambda pair: str(pair.predicted.adduct), seed),
        by_energy=_group(own, lambda pair: str(pair.predicted.collision_energy), seed),
        ranking=rank_isomers(data_dir, chosen, pairs, comparer, rng, max_isomers, seed),
        left_out=dict(left_out),
    )


def _write(table: Mapping[Method, Mapping[Figure, ConfidenceInterval]]) -> dict[str, Any]:
    return {str(method): {str(name): value._asdict() for name, value in row.items()} for method, row in table.items()}


@dataclass(frozen=True)
class _Row:
    """Figures of one pair: molecule, place among the molecule's pairs, the pair."""

    block: str
    index: int
    pair: Pair
    figures: Mapping[Figure, float]


def _compare(method: Method, pairs: Mapping[str, list[Pair]], comparer: SpectrumComparer, seed: int) -> list[_Row]:
    """Return block, pair and figures of each pair, the prediction replaced as the method says."""
    rows: list[_Row] = []
    rng = np.random.default_rng(seed)
    neighbours = _find_neighbours(pairs) if method is Method.RANDOM else {}
    for block, own in pairs.items():
        for index, pair in enumerate(own):
            predicted: MassSpectrum | None
            match method:
                case Method.ENGINE:
                    predicted = pair.predicted
                case Method.PRECURSOR:
                    predicted = _keep_precursor(pair.predicted)
                case Method.RANDOM:
                    predicted = neighbours.get((block, index))
                case Method.SHUFFLED:
                    predicted = replace(pair.predicted, intensity=rng.permutation(pair.predicted.intensity))
            if predicted is not None:
                rows.append(_Row(block, index, pair, measure_agreement(predicted, pair.measured.spectrum, comparer)))
    return rows


def _keep_precursor(spectrum: MassSpectrum) -> MassSpectrum:
    return replace(spectrum, mz=np.array([spectrum.precursor_mz or spectrum.mz[-1]]), intensity=np.ones(1))


def _find_neighbours(pairs: Mapping[str, list[Pair]]) -> dict[tuple[str, int], MassSpectrum]:
    """Return, for each pair, the prediction of another formula nearest in precursor m/z, of its adduct and energy."""
    pools: dict[tuple[Adduct | None, str], list[tuple[float, str, MassSpectrum]]] = defaultdict(list)
    formulas: dict[str, str] = {}
    for block, own in pairs.items():
        formulas[block] = own[0].measured.formula
        for pair in own:
            key = (pair.predicted.adduct, str(pair.predicted.collision_energy))
            pools[key].append((float(pair.predicted.precursor_mz or 0), block, pair.predicted))
    found = {}
    for block, own in pairs.items():
        for index, pair in enumerate(own):
            pool = pools[pair.predicted.adduct, str(pair.predicted.collision_energy)]
            mass = float(pair.predicted.precursor_mz or 0)
            others = [one for one in pool if one[1] != block and formulas[one[1]] != formulas[block]]
            if others:
                found[block, index] = min(others, key=lambda one: (abs(one[0] - mass), one[1]))[2]
    return found


def _average(rows: Iterable[_Row], figure: Figure, seed: int) -> ConfidenceInterval:
    return _bootstrap(((row.block, row.figures[figure]) for row in rows if figure in row.figures), seed)


def _subtract(own: Iterable[_Row], other: Iterable[_Row], figure: Figure, seed: int) -> ConfidenceInterval:
    """Return the mean of the differences on the spectra that both have."""
    theirs = {(row.block, row.index): row.figures for row in other}
    differences = (
        (row.block, row.figures[figure] - found[figure])
        for row in own
        if figure in row.figures and figure in (found := theirs.get((row.block, row.index), {}))
    )
    return _bootstrap(differences, seed)


def _bootstrap(values: Iterable[tuple[str, float]], seed: int) -> ConfidenceInterval:
    """Return the mean over molecules of the means over their spectra."""
    by_block: dict[str, list[float]] = defaultdict(list)
    for block, value in values:
        by_block[block].append(value)
    if not by_block:
        return ConfidenceInterval(math.nan, math.nan, math.nan, 0.95, 0)
    return bootstrap_mean([float(np.mean(found)) for found in by_block.values()], seed=seed)


def _group(rows: Sequence[_Row], name: Callable[[Pair], str], seed: int) -> dict[str, ConfidenceInterval]:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[name(row.pair)].append(row)
    return {key: _average(groups[key], Figure.COSINE, seed) for key in sorted(groups)}
