"""Predicted spectra drawn against measured or computed ones: what the figures of a report mean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from anymol.errors import AnyMolError
from anymol.evaluation.ms2_agreement import TOLERANCE
from anymol.evaluation.ms2_pairs import find_nearest
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.pictures import open_figure
from anymol.synthesis.engine import derive_seed
from anymol.synthesis.infrared_references import SURROGATE_AXIS, read_line_spectra
from anymol.synthesis.ir_surrogate import SurrogateInfraredEngine
from anymol.synthesis.ms2 import Ms2Engine
from anymol.synthesis.ms2_measured import Measured, read_measured

_MIRRORS, _OVERLAYS = 4, 3
_MIN_PEAKS = 5
_LABELLED = 6
"""Peaks that carry their m/z, the highest."""


def draw_examples(data_dir: Path, directory: Path, *, split: str, seed: int = 0) -> list[str]:
    """Draw a few molecules of each spectral modality, chosen at random and not by how well they went.

    Args:
        data_dir: Holds the measured and the computed spectra.
        directory: Where to.
        split: Of the spectra.
        seed: Draws the molecules.

    Returns:
        Names of the pictures.

    Raises:
        AnyMolError: Data or matplotlib are missing.
    """
    directory.mkdir(parents=True, exist_ok=True)
    drawn: list[str] = []
    for number, (measured, predicted) in enumerate(_pair_spectra(data_dir, split, seed)):
        name = f"synthesis-ms2-{number}.png"
        title = f"{measured.smiles}  {measured.spectrum.adduct}  {measured.energy:.0f} eV"
        draw_mirror(predicted, measured.spectrum, directory / name, title=title)
        drawn.append(name)
    computed = read_line_spectra(data_dir, split)
    engine = SurrogateInfraredEngine()
    for number, place in enumerate(np.random.default_rng(seed).permutation(len(computed))[:_OVERLAYS]):
        smiles = computed.smiles[place]
        (curve,) = engine.synthesize(smiles, derive_seed(smiles, engine.modality, seed)).records
        assert isinstance(curve, InfraredSpectrum)
        reference = InfraredSpectrum(SURROGATE_AXIS.axis, computed.spectra[place], title=smiles)
        name = f"synthesis-ir-{number}.png"
        draw_overlay(reference, curve, directory / name, labels=("GFN2-xTB", "surrogate"))
        drawn.append(name)
    return drawn


def _pair_spectra(data_dir: Path, split: str, seed: int) -> Iterator[tuple[Measured, MassSpectrum]]:
    """Yield measured spectra of different molecules, each with what the engine makes for its adduct and energy."""
    engine = Ms2Engine()
    measured = [one for one in read_measured(data_dir, split) if one.spectrum.n_peaks >= _MIN_PEAKS]
    seen: set[str] = set()
    for place in np.random.default_rng(seed).permutation(len(measured)):
        one = measured[place]
        if one.smiles in seen:
            continue
        try:
            made = engine.synthesize(one.smiles, derive_seed(one.smiles, engine.modality, seed)).records
        except AnyMolError:
            continue
        spectra = [record for record in made if isinstance(record, MassSpectrum)]
        nearest = find_nearest(spectra, one)
        if nearest is not None:
            seen.add(one.smiles)
            yield one, spectra[nearest]
        if len(seen) == _MIRRORS:
            return


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
    with open_figure(path, size=(7, 4)) as figure:
        axes: Any = figure.add_subplot()
        _draw_half(axes, predicted, measured, 1, "#205080")
        _draw_half(axes, measured, predicted, -1, "#a03020")
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set(xlabel="m/z", ylabel="relative intensity", ylim=(-1.15, 1.15))
        axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["1", "0.5", "0", "0.5", "1"])
        axes.set_title(title or measured.title, fontsize=9)
        place = {"transform": axes.transAxes, "fontsize": 8}
        axes.text(0.01, 0.97, f"synthesised, {predicted.collision_energy}", va="top", **place)
        axes.text(0.01, 0.03, f"measured, {measured.collision_energy}", **place)
    return path


def _draw_half(axes: Any, spectrum: MassSpectrum, other: MassSpectrum, sign: int, colour: str) -> None:
    """Draw one spectrum upwards (1) or downwards (-1), those of its peaks pale that the other lacks."""
    met = np.abs(spectrum.mz[:, None] - other.mz[None, :]).min(axis=1) <= TOLERANCE
    for chosen, alpha in ((met, 1.0), (~met, 0.35)):
        axes.vlines(spectrum.mz[chosen], 0, sign * spectrum.intensity[chosen], color=colour, alpha=alpha, lw=1.3)
    for peak in np.argsort(-spectrum.intensity, kind="stable")[:_LABELLED]:
        place = (spectrum.mz[peak], sign * spectrum.intensity[peak])
        axes.annotate(f"{spectrum.mz[peak]:.3f}", place, fontsize=7, ha="center", va="bottom" if sign > 0 else "top")


def draw_overlay(
    reference: InfraredSpectrum,
    predicted: InfraredSpectrum,
    path: Path,
    *,
    labels: tuple[str, str] = ("reference", "predicted"),
) -> Path:
    """Draw two spectra, each scaled to a maximum of 1, over a reversed wavenumber axis, as a PNG or SVG file.

    Raises:
        MissingDependencyError: matplotlib is not installed.
        UserError: The suffix is another.
    """
    with open_figure(path) as figure:
        axes: Any = figure.add_subplot()
        for spectrum, label, colour in zip((reference, predicted), labels, ("#303030", "#c03030"), strict=True):
            highest = float(np.nanmax(spectrum.absorbance))
            curve = spectrum.absorbance / highest if highest > 0 else spectrum.absorbance
            axes.plot(spectrum.wavenumbers, curve, label=label, color=colour, linewidth=1)
        low = max(reference.span[0], predicted.span[0])
        high = min(reference.span[1], predicted.span[1])
        axes.set(xlabel="wavenumber (cm$^{-1}$)", ylabel="relative absorbance", xlim=(high, low))
        axes.set_title(predicted.title or reference.title, fontsize=9, parse_math=False)
        axes.legend(frameon=False, fontsize=8)
    return path
