"""How good are synthesised MS/MS spectra? They are compared with measured ones of molecules held back from fitting.

Rules: measured spectra as in :mod:`anymol.synthesis.ms2_measured`, shippable licences only; each is compared with the
synthesised spectrum of its adduct whose collision energy is nearest, at most a factor `ENERGY_FACTOR` away; of each
molecule, adduct and synthesised energy one measured spectrum is drawn. Cosine and modified cosine are matchms's
greedy ones (Huber et al., J. Open Source Softw. 2020, 5, 2411) within `TOLERANCE` Da on relative intensities. Figures
are means over molecules of means over their spectra, with bootstrap intervals over molecules.

Baselines: *precursor only* (one peak), *random molecule* (the synthesised spectrum of the other molecule nearest in
mass), *shuffled peaks* (the synthesised spectrum with its intensities permuted).
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from anymol.chem.keys import inchikey_block
from anymol.errors import AnyMolError, DataError, InvalidSmilesError, MissingDependencyError, UserError
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.modalities.mass_spectrum import Adduct, MassSpectrum
from anymol.synthesis.engine import Engine, derive_seed
from anymol.synthesis.ms2 import Ms2Engine
from anymol.synthesis.ms2_measured import FILE, Measured, read_measured

TOLERANCE: Final = 0.01
"""Two peaks nearer than this are one, Da."""

ENERGY_FACTOR: Final = 1.5
"""Largest ratio of measured to synthesised collision energy."""

MIN_HEIGHT: Final = 0.01
"""Lower measured peaks are not asked for in recall: many are noise."""

MOLECULES_FILE: Final = "molecules.parquet"


class Method(StrEnum):
    """What is compared with measurement."""

    ENGINE = "engine"
    PRECURSOR = "precursor only"
    RANDOM = "random molecule"
    SHUFFLED = "shuffled peaks"


class Figure(StrEnum):
    """What is measured, each from 0 to 1.

    Cosine of fragments leaves the precursor out on both sides. Recall is the share of measured fragment peaks (at least
    `MIN_HEIGHT`) that stand in the other spectrum; weighted, the share of their intensity.
    """

    COSINE = "cosine"
    MODIFIED_COSINE = "modified cosine"
    FRAGMENT_COSINE = "cosine of fragments"
    RECALL = "peak recall"
    WEIGHTED_RECALL = "weighted peak recall"


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
        mean_candidates: Structures ranked per molecule, the true one counted.
        n: Number of molecules.
    """

    mrr: ConfidenceInterval
    top1: ConfidenceInterval
    top3: ConfidenceInterval
    chance_mrr: float
    chance_top1: float
    chance_top3: float
    mean_candidates: float
    n: int


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
            "figures": {
                str(method): {str(name): value._asdict() for name, value in row.items()}
                for method, row in self.figures.items()
            },
            "cosine_by_adduct": {name: value._asdict() for name, value in self.by_adduct.items()},
            "cosine_by_energy": {name: value._asdict() for name, value in self.by_energy.items()},
            "ranking": ranking,
            "left_out": dict(self.left_out),
        }


@dataclass(frozen=True)
class Pair:
    """A measured spectrum and what the engine made for it.

    Attributes:
        measured: With its molecule.
        predicted: Of the same adduct and the nearest energy.
    """

    measured: Measured
    predicted: MassSpectrum


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
    comparer = _Comparer()
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
        found = _pair(chosen, by_block[block], rng, left_out)
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
        by_adduct=_group(own, lambda pair: str(pair.predicted.adduct), seed),
        by_energy=_group(own, lambda pair: str(pair.predicted.collision_energy), seed),
        ranking=_rank(data_dir, chosen, pairs, comparer, rng, max_isomers, seed),
        left_out=dict(left_out),
    )


def _pair(engine: Engine, measured: Sequence[Measured], rng: random.Random, left_out: Counter[str]) -> list[Pair]:
    """Return one measured spectrum for each of the engine's spectra that has any near its energy."""
    smiles = measured[0].smiles
    predicted = _synthesize(engine, smiles, left_out)
    fitting: dict[int, list[Measured]] = defaultdict(list)
    for one in measured:
        nearest = find_nearest(predicted, one)
        if nearest is None:
            left_out["no synthesised spectrum of this adduct and energy"] += 1
        else:
            fitting[nearest].append(one)
    return [Pair(rng.choice(fitting[index]), predicted[index]) for index in sorted(fitting)]


def find_nearest(predicted: Sequence[MassSpectrum], measured: Measured) -> int | None:
    """Return which spectrum has the adduct of a measured one and the energy nearest to it by ratio.

    None where there is none within `ENERGY_FACTOR`.
    """
    best, chosen = math.log(ENERGY_FACTOR), None
    for index, spectrum in enumerate(predicted):
        if spectrum.adduct is not measured.spectrum.adduct or spectrum.collision_energy is None:
            continue
        ratio = abs(math.log(max(measured.energy, 1e-6) / max(float(spectrum.collision_energy), 1e-6)))
        if ratio <= best:
            best, chosen = ratio, index
    return chosen


def _synthesize(engine: Engine, smiles: str, left_out: Counter[str]) -> list[MassSpectrum]:
    try:
        made = engine.synthesize(smiles, derive_seed(smiles, engine.modality))
    except MissingDependencyError:
        raise
    except AnyMolError as error:
        left_out[f"not synthesised: {type(error).__name__}"] += 1
        return []
    return [record for record in made.records if isinstance(record, MassSpectrum)]


class _Comparer:
    """matchms's scores of our records."""

    def __init__(self) -> None:
        try:
            from matchms import Spectrum
            from matchms.similarity import CosineGreedy, ModifiedCosine
        except ImportError:
            raise MissingDependencyError(
                "comparing spectra needs matchms", hint="pip install 'anymol[evaluate]'"
            ) from None
        self._spectrum = Spectrum
        self._cosine = CosineGreedy(tolerance=TOLERANCE)
        self._modified = ModifiedCosine(tolerance=TOLERANCE)

    def convert(self, spectrum: MassSpectrum) -> Any:
        """Return a record as matchms's own."""
        metadata = {"precursor_mz": float(spectrum.precursor_mz or spectrum.mz[-1])}
        return self._spectrum(
            mz=np.array(spectrum.mz), intensities=np.array(spectrum.intensity), metadata=metadata
        )  # fmt: skip

    def cosine(self, one: MassSpectrum, other: MassSpectrum) -> float:
        """Return the greedy cosine."""
        return float(self._cosine.pair(self.convert(one), self.convert(other))["score"])

    def modified_cosine(self, one: MassSpectrum, other: MassSpectrum) -> float:
        """Return the cosine that also matches peaks shifted by the difference of the precursors."""
        return float(self._modified.pair(self.convert(one), self.convert(other))["score"])


def strip_precursor(spectrum: MassSpectrum, precursor_mz: float) -> MassSpectrum | None:
    """Return the peaks below the precursor, its isotopes gone too; None where there are none."""
    kept = (spectrum.mz < precursor_mz - 0.5) & (spectrum.intensity > 0)
    if not kept.any():
        return None
    height = spectrum.intensity[kept]
    return replace(spectrum, mz=spectrum.mz[kept], intensity=height / height.max())


def measure_recall(predicted: MassSpectrum, measured: MassSpectrum) -> tuple[float, float] | None:
    """Return peak recall and weighted recall, see :class:`Figure`; None where nothing but the precursor is measured."""
    wanted = strip_precursor(measured, float(measured.precursor_mz or measured.mz[-1]))
    if wanted is None:
        return None
    asked = wanted.intensity >= MIN_HEIGHT
    mz, height = wanted.mz[asked], wanted.intensity[asked]
    met = np.abs(mz[:, None] - predicted.mz[None, :]).min(axis=1) <= TOLERANCE
    return float(met.mean()), float(height[met].sum() / height.sum())


_Row = tuple[str, Pair, dict[Figure, float]]


def _compare(method: Method, pairs: Mapping[str, list[Pair]], comparer: _Comparer, seed: int) -> list[_Row]:
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
                rows.append((block, pair, _measure(predicted, pair.measured.spectrum, comparer)))
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


def _measure(predicted: MassSpectrum, measured: MassSpectrum, comparer: _Comparer) -> dict[Figure, float]:
    precursor = float(measured.precursor_mz or measured.mz[-1])
    figures = {
        Figure.COSINE: comparer.cosine(predicted, measured),
        Figure.MODIFIED_COSINE: comparer.modified_cosine(predicted, measured),
    }
    fragments = strip_precursor(measured, precursor)
    if fragments is not None:
        own = strip_precursor(predicted, precursor)
        figures[Figure.FRAGMENT_COSINE] = comparer.cosine(own, fragments) if own is not None else 0.0
    recall = measure_recall(predicted, measured)
    if recall is not None:
        figures[Figure.RECALL], figures[Figure.WEIGHTED_RECALL] = recall
    return figures


def _average(rows: Iterable[_Row], figure: Figure, seed: int) -> ConfidenceInterval:
    by_block: dict[str, list[float]] = defaultdict(list)
    for block, _, figures in rows:
        if figure in figures:
            by_block[block].append(figures[figure])
    if not by_block:
        return ConfidenceInterval(math.nan, math.nan, math.nan, 0.95, 0)
    return bootstrap_mean([float(np.mean(values)) for values in by_block.values()], seed=seed)


def _group(rows: Sequence[_Row], name: Any, seed: int) -> dict[str, ConfidenceInterval]:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[name(row[1])].append(row)
    return {key: _average(groups[key], Figure.COSINE, seed) for key in sorted(groups)}


def _rank(
    data_dir: Path,
    engine: Engine,
    pairs: Mapping[str, list[Pair]],
    comparer: _Comparer,
    rng: random.Random,
    max_isomers: int,
    seed: int,
) -> Ranking | None:
    isomers = find_isomers(data_dir, {block: own[0].measured for block, own in pairs.items()}, rng, max_isomers - 1)
    reciprocal, first, third, sizes = [], [], [], []
    for block, own in pairs.items():
        rivals = [_score(engine, smiles, own, comparer) for smiles in isomers.get(block, ())]
        if not rivals:
            continue
        truth = float(np.mean([comparer.cosine(pair.predicted, pair.measured.spectrum) for pair in own]))
        rank = 1 + sum(score > truth for score in rivals) + 0.5 * sum(score == truth for score in rivals)
        reciprocal.append(1 / rank)
        first.append(float(rank <= 1))
        third.append(float(rank <= 3))
        sizes.append(1 + len(rivals))
    if not sizes:
        return None
    return Ranking(
        mrr=bootstrap_mean(reciprocal, seed=seed),
        top1=bootstrap_mean(first, seed=seed),
        top3=bootstrap_mean(third, seed=seed),
        chance_mrr=float(np.mean([sum(1 / rank for rank in range(1, size + 1)) / size for size in sizes])),
        chance_top1=float(np.mean([1 / size for size in sizes])),
        chance_top3=float(np.mean([min(3, size) / size for size in sizes])),
        mean_candidates=float(np.mean(sizes)),
        n=len(sizes),
    )


def _score(engine: Engine, smiles: str, own: Sequence[Pair], comparer: _Comparer) -> float:
    """Return the mean cosine of an isomer's spectra with the measured ones; 0 where it cannot be synthesised."""
    predicted = _synthesize(engine, smiles, Counter())
    if not predicted:
        return 0.0
    scores = []
    for pair in own:
        index = find_nearest(predicted, pair.measured)
        scores.append(0.0 if index is None else comparer.cosine(predicted[index], pair.measured.spectrum))
    return float(np.mean(scores))


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


def draw_mirror(predicted: MassSpectrum, measured: MassSpectrum, path: Path, *, title: str = "") -> Path:
    """Draw a synthesised spectrum above and a measured one below an axis of m/z, as a PNG or SVG file.

    Peaks that have a partner within `TOLERANCE` are dark, others pale.

    Args:
        predicted: Above.
        measured: Below.
        path: Where; the suffix says how.
        title: Above all; the measured record's title if empty.

    Raises:
        UserError: The suffix is another.
        MissingDependencyError: matplotlib is not installed.
    """
    if path.suffix.lower() not in (".png", ".svg"):
        raise UserError("drawings are .svg or .png files", value=path, hint="give a path that ends so")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        raise MissingDependencyError("pictures need matplotlib", hint="pip install 'anymol[evaluate]'") from None
    canvas = Canvas(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(canvas)
    axes: Any = canvas.add_subplot()
    for sign, spectrum, other, colour in ((1, predicted, measured, "#205080"), (-1, measured, predicted, "#a03020")):
        met = np.abs(spectrum.mz[:, None] - other.mz[None, :]).min(axis=1) <= TOLERANCE
        for chosen, alpha in ((met, 1.0), (~met, 0.35)):
            axes.vlines(spectrum.mz[chosen], 0, sign * spectrum.intensity[chosen], color=colour, alpha=alpha, lw=1.3)
        for peak in np.argsort(-spectrum.intensity, kind="stable")[:6]:
            axes.annotate(
                f"{spectrum.mz[peak]:.3f}", (spectrum.mz[peak], sign * spectrum.intensity[peak]), fontsize=7,
                ha="center", va="bottom" if sign > 0 else "top",
            )  # fmt: skip
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(xlabel="m/z", ylabel="relative intensity", ylim=(-1.15, 1.15))
    axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["1", "0.5", "0", "0.5", "1"])
    axes.set_title(title or measured.title, fontsize=9)
    axes.text(0.01, 0.97, f"synthesised, {predicted.collision_energy}", transform=axes.transAxes, fontsize=8, va="top")
    axes.text(0.01, 0.03, f"measured, {measured.collision_energy}", transform=axes.transAxes, fontsize=8)
    canvas.savefig(path, dpi=150)
    return path
