"""Measured MS/MS spectra beside the synthesised ones that they are compared with."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from anymol.errors import AnyMolError, MissingDependencyError
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.synthesis.engine import Engine, derive_seed
from anymol.synthesis.ms2_measured import Measured

ENERGY_FACTOR: Final = 1.5
"""Largest ratio of measured to synthesised collision energy."""


@dataclass(frozen=True)
class Pair:
    """A measured spectrum and what the engine made for it.

    Attributes:
        measured: With its molecule.
        predicted: Of the same adduct and the nearest energy.
    """

    measured: Measured
    predicted: MassSpectrum


def pair_spectra(
    engine: Engine, measured: Sequence[Measured], rng: random.Random, left_out: Counter[str]
) -> list[Pair]:
    """Return one measured spectrum for each of the engine's spectra that has any near its energy."""
    smiles = measured[0].smiles
    predicted = synthesize_spectra(engine, smiles, left_out)
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


def synthesize_spectra(engine: Engine, smiles: str, left_out: Counter[str]) -> list[MassSpectrum]:
    """Return the spectra of a molecule; none where the engine cannot take it, which is counted."""
    try:
        made = engine.synthesize(smiles, derive_seed(smiles, engine.modality))
    except MissingDependencyError:
        raise
    except AnyMolError as error:
        left_out[f"not synthesised: {type(error).__name__}"] += 1
        return []
    return [record for record in made.records if isinstance(record, MassSpectrum)]
