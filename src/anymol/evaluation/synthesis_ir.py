"""How good synthesised infrared spectra are: against GFN2-xTB on held-back molecules, or against measured spectra.

Spectra are brought to one axis and normalised to a sum of 1 over the points that the reference covers. Three figures,
each a mean over molecules with its bootstrap interval (McGill, Forsuelo, Guan and Green, J. Chem. Inf. Model. 2021, 61,
2594, equations 2 and 3):

    SID(p, q) = sum_i p_i ln(p_i / q_i) + q_i ln(q_i / p_i)      spectral information divergence, 0 is best
    SIS = 1 / (1 + SID)                                            spectral information similarity, 1 is best

and Pearson's correlation. The paper smooths both spectra by a Gaussian of 10 cm^-1 before SIS; the spectra here are
24 cm^-1 wide at half height, which is the same width, and are not smoothed again. Beside the engine stand what it costs
nothing to say: the mean training spectrum, a random training molecule's, and the nearest one's by Morgan fingerprint.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anymol.chem.fingerprints import morgan, tanimoto_row
from anymol.errors import AnyMolError, DataError, MissingDependencyError, UserError
from anymol.metrics.infrared import normalise_spectrum, pearson, spectral_information_divergence
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.formats import read_infrared_spectra
from anymol.synthesis.engine import Engine, derive_seed
from anymol.synthesis.infrared_references import SURROGATE_AXIS, SpectraSet, read_line_spectra
from anymol.synthesis.ir_surrogate import SurrogateInfraredEngine

NAMES_FILE: Final = "molecules.csv"
"""In a folder of measured spectra: columns ``name`` (a file of the folder) and ``smiles``."""

_MIN_POINTS: Final = 50
"""A measured spectrum that covers less of the axis is not compared."""


class IrMetric(StrEnum):
    """A figure of two spectra."""

    SID = "spectral information divergence"
    SIS = "spectral information similarity"
    PEARSON = "Pearson correlation"

    @property
    def higher_is_better(self) -> bool:
        """Whether spectra that agree better have more of it; the information divergence is a distance."""
        return self is not IrMetric.SID


class IrSystem(StrEnum):
    """Who says what the spectrum is."""

    ENGINE = "engine"
    MEAN = "mean training spectrum"
    RANDOM = "spectrum of a random training molecule"
    NEAREST = "spectrum of the most similar training molecule"


@dataclass(frozen=True)
class IrReport:
    """Figures of an engine and the baselines on the same molecules.

    Attributes:
        engine: Name of the engine.
        version: Its version.
        reference: What it is compared with.
        n: Molecules compared.
        failures: SMILES or file -> why it was not compared.
        figures: System -> metric -> mean with its 95 % interval.
        gains: Baseline -> metric -> engine less baseline in the direction of better, paired by molecule.
        smiles: The molecules compared.
        sid: The engine's divergence of each.
    """

    engine: str
    version: str
    reference: str
    n: int
    failures: Mapping[str, str]
    figures: Mapping[IrSystem, Mapping[IrMetric, ConfidenceInterval]]
    gains: Mapping[IrSystem, Mapping[IrMetric, ConfidenceInterval]]
    smiles: tuple[str, ...]
    sid: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the part ``ir`` of ``figures.json``, with the figures of each molecule."""
        return {
            "engine": self.engine,
            "version": self.version,
            "reference": self.reference,
            "n": self.n,
            "failures": dict(self.failures),
            "figures": _write(self.figures),
            "gains": _write(self.gains),
            "molecules": [{"smiles": one, "sid": sid} for one, sid in zip(self.smiles, self.sid, strict=True)],
        }


def _write(table: Mapping[IrSystem, Mapping[IrMetric, ConfidenceInterval]]) -> dict[str, Any]:
    return {
        str(system): {str(metric): interval._asdict() for metric, interval in row.items()}
        for system, row in table.items()
    }


def evaluate_ir(
    data_dir: Path,
    *,
    split: str = "val",
    limit: int | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    measured: Path | None = None,
) -> IrReport:
    """Return how near an engine comes to reference spectra, beside the baselines.

    Args:
        data_dir: Holds ``ir_xtb.parquet``: its train rows are the baselines', its rows of `split` the references.
        split: ``val`` or ``test``.
        limit: Most molecules, drawn at random.
        seed: Of that draw, of the random baseline, and of the engine.
        engine: Makes infrared spectra; the surrogate, if None.
        measured: A folder of measured spectra (JCAMP-DX, CSV) with ``molecules.csv`` that says what they are of; they
            are then the references, each over the wavenumbers that it covers.

    Raises:
        DataError: A file is missing or nothing could be compared.
        UserError: The engine makes something else.
    """
    judged: Engine = engine or SurrogateInfraredEngine()
    if judged.modality is not Modality.IR:
        raise UserError(f"the engine makes '{judged.modality}', not infrared spectra", value=judged.name)
    train = read_line_spectra(data_dir, "train")
    failures: dict[str, str] = {}
    if measured is None:
        found = read_line_spectra(data_dir, split)
        references, source = found, f"GFN2-xTB lines, ir_xtb.parquet, {split}"
    else:
        references, failures = read_measured(measured)
        source = f"measured spectra of {measured.name}"
    rng = np.random.default_rng(seed)
    chosen = np.arange(len(references))
    if limit is not None and limit < len(chosen):
        chosen = np.sort(rng.choice(len(references), limit, replace=False))
    places, answers = _ask_engine(judged, references, chosen, seed, failures)
    smiles = [references.smiles[place] for place in places]
    if not smiles:
        raise DataError("no spectrum could be compared", value=source, hint=next(iter(failures.values()), None))
    wanted = references.spectra[places]
    said = {IrSystem.ENGINE: np.array(answers), **_ask_baselines(train, smiles, wanted, rng)}
    scores = {system: score_spectra(spectra, wanted) for system, spectra in said.items()}
    return IrReport(
        engine=judged.name,
        version=judged.version,
        reference=source,
        n=len(smiles),
        failures=failures,
        figures={
            system: {metric: bootstrap_mean(values, seed=seed) for metric, values in row.items()}
            for system, row in scores.items()
        },
        gains={
            system: {
                metric: bootstrap_mean(
                    (scores[IrSystem.ENGINE][metric] - values) * (1 if metric.higher_is_better else -1), seed=seed
                )
                for metric, values in row.items()
            }
            for system, row in scores.items()
            if system is not IrSystem.ENGINE
        },
        smiles=tuple(smiles),
        sid=tuple(round(float(value), 6) for value in scores[IrSystem.ENGINE][IrMetric.SID]),
    )


def _ask_engine(
    engine: Engine, references: SpectraSet, chosen: NDArray[np.int64], seed: int, failures: dict[str, str]
) -> tuple[list[int], list[NDArray[np.float64]]]:
    """Return which of the chosen references the engine answers, and its spectra; `failures` takes the others."""
    places: list[int] = []
    answers: list[NDArray[np.float64]] = []
    for place in chosen.tolist():
        smiles = references.smiles[place]
        try:
            answers.append(_synthesize(engine, smiles, seed))
        except MissingDependencyError:
            raise
        except AnyMolError as error:
            failures[smiles] = str(error)
        else:
            places.append(place)
    return places, answers


def _synthesize(engine: Engine, smiles: str, seed: int) -> NDArray[np.float64]:
    record = engine.synthesize(smiles, derive_seed(smiles, Modality.IR, seed)).records[0]
    assert isinstance(record, InfraredSpectrum)
    axis = SURROGATE_AXIS
    return record.resample(axis.start, axis.stop, axis.step).absorbance


def _ask_baselines(
    train: SpectraSet, smiles: Sequence[str], wanted: NDArray[np.float64], rng: np.random.Generator
) -> dict[IrSystem, NDArray[np.float64]]:
    prints = [morgan(one) for one in train.smiles]
    nearest = [int(np.argmax(tanimoto_row(morgan(one), prints))) for one in smiles]
    return {
        IrSystem.MEAN: average_spectra(train.spectra, np.isfinite(wanted)),
        IrSystem.RANDOM: train.spectra[rng.integers(0, len(train), len(smiles))],
        IrSystem.NEAREST: train.spectra[nearest],
    }


def average_spectra(spectra: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean of some spectra for each reference, each first normalised over the points that it covers.

    Normalised over the whole axis instead, a spectrum would weigh in the mean by how much of it the reference covers.

    Args:
        spectra: Shape (N, P), not negative.
        seen: Shape (M, P); the points that each reference covers.

    Returns:
        Shape (M, P), 0 where the reference covers nothing.
    """
    means: dict[bytes, NDArray[np.float64]] = {}
    for points in seen:
        key = points.tobytes()
        if key not in means:
            totals = spectra[:, points].sum(axis=1, keepdims=True)
            shares = spectra / np.where(totals > 0, totals, np.inf)  # one that shows nothing there says nothing
            means[key] = np.where(points, shares.mean(axis=0), 0.0)
    return np.array([means[points.tobytes()] for points in seen])


def score_spectra(
    predicted: NDArray[np.float64], reference: NDArray[np.float64]
) -> dict[IrMetric, NDArray[np.float64]]:
    """Return each figure for each pair of rows.

    Args:
        predicted: Shape (M, P), not negative; NaN counts as nothing.
        reference: Shape (M, P), NaN where not measured; only the other points are compared.

    Returns:
        Metric -> shape (M,).
    """
    sid, correlation = np.zeros(len(reference)), np.zeros(len(reference))
    for row, (one, other) in enumerate(zip(np.nan_to_num(predicted), reference, strict=True)):
        seen = np.isfinite(other)
        sid[row] = spectral_information_divergence(one[seen], other[seen])
        correlation[row] = pearson(normalise_spectrum(one[seen]), normalise_spectrum(other[seen]))
    return {IrMetric.SID: sid, IrMetric.SIS: 1 / (1 + sid), IrMetric.PEARSON: correlation}


def read_measured(folder: Path) -> tuple[SpectraSet, dict[str, str]]:
    """Return the spectra of a folder on the surrogate's axis, NaN where not measured, and what could not be read.

    Raises:
        DataError: ``molecules.csv`` is missing or has other columns.
    """
    table = folder / NAMES_FILE
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"the list of measured spectra cannot be read: {error}", value=table) from None
    if not rows or not {"name", "smiles"} <= set(rows[0]):
        raise DataError("the list of measured spectra has no columns name and smiles", value=table)
    axis = SURROGATE_AXIS
    smiles: list[str] = []
    spectra: list[NDArray[np.float64]] = []
    failures: dict[str, str] = {}
    for row in rows:
        name = row["name"] or ""
        if Path(name).name != name or not name:
            failures[name] = "it is not a name of a file of the folder"
            continue
        try:
            first = next(iter(read_infrared_spectra(folder / name)), None)
        except (AnyMolError, OSError) as error:
            failures[name] = str(error)
            continue
        if first is None or first.record is None:
            failures[name] = "it holds no spectrum" if first is None or first.error is None else first.error
            continue
        values = first.record.resample(axis.start, axis.stop, axis.step).absorbance
        if np.isfinite(values).sum() < _MIN_POINTS or np.nansum(np.clip(values, 0, None)) <= 0:
            failures[name] = f"it covers too little of {axis.start:g} to {axis.stop:g} cm^-1"
            continue
        smiles.append(row["smiles"] or "")
        spectra.append(values)
    return SpectraSet(tuple(smiles), np.array(spectra).reshape(len(smiles), len(axis.axis))), failures
