"""A picture of each modality record, as a PNG or SVG file: what a chemist would draw.

matplotlib (extra ``synthesis``) is loaded when a picture is drawn, not before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anymol.errors import MissingDependencyError, UserError
from anymol.files import staged_file
from anymol.modalities.conformer import Conformer
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABELLED = 12
"""Peaks that carry their m/z where no annotations are given."""
_COLOURS = {1: "#dddddd", 6: "#404040", 7: "#3050f8", 8: "#e00d0d", 9: "#50c050", 16: "#c0a000", 17: "#1fa01f"}
_OTHER_COLOUR = "#b060b0"


def plot(
    record: Conformer | MoleculeImage | MassSpectrum | InfraredSpectrum,
    path: str | Path,
    *,
    annotations: Mapping[float, str] | None = None,
) -> Path:
    """Draw a record to a ``.png`` or ``.svg`` file, under a temporary name that is then renamed.

    Args:
        record: What to draw.
        path: Where; its suffix says how.
        annotations: m/z (Da) -> text at the nearest peak of a mass spectrum.

    Raises:
        UserError: The suffix is another.
        MissingDependencyError: matplotlib is not installed.
    """
    target = Path(path)
    with open_figure(target) as figure:
        match record:
            case MassSpectrum():
                _draw_sticks(figure, record, annotations or {})
            case InfraredSpectrum():
                _draw_curve(figure, record)
            case Conformer():
                _draw_atoms(figure, record)
            case MoleculeImage():
                _draw_pixels(figure, record)
    return target


@contextmanager
def open_figure(path: Path, *, size: tuple[float, float] = (7.0, 3.6)) -> Iterator[Figure]:
    """Give an empty figure to draw on, and write it, under a temporary name that is then renamed.

    Args:
        path: A ``.png`` or ``.svg`` file; missing folders are made.
        size: Width and height, inches.

    Raises:
        UserError: The suffix is another.
        MissingDependencyError: matplotlib is not installed.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in ("png", "svg"):
        raise UserError("drawings are .svg or .png files", value=path, hint="give a path that ends so")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingDependencyError("pictures need matplotlib", hint="pip install 'anymol[synthesis]'") from None
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)  # no window, whatever the settings of the machine
    yield figure
    with staged_file(path) as draft:
        figure.savefig(draft, format=suffix, dpi=150)


def _draw_sticks(figure: Figure, spectrum: MassSpectrum, annotations: Mapping[float, str]) -> None:
    axes: Any = figure.add_subplot()
    axes.vlines(spectrum.mz, 0, spectrum.intensity * 100, color="#205080", linewidth=1.2)
    if spectrum.precursor_mz is not None:
        axes.axvline(spectrum.precursor_mz, color="#c03030", linestyle=":", linewidth=1)
    if annotations:
        places = {int(np.abs(spectrum.mz - mz).argmin()): text for mz, text in annotations.items()}
    else:
        highest = np.argsort(-spectrum.intensity, kind="stable")[:_LABELLED]
        places = {int(peak): f"{spectrum.mz[peak]:.4f}" for peak in highest}
    for peak, text in places.items():
        place = (spectrum.mz[peak], spectrum.intensity[peak] * 100)
        axes.annotate(
            text, place, (0, 3), textcoords="offset points", fontsize=7, rotation=90, ha="center", va="bottom"
        )
    axes.set(xlabel="m/z", ylabel="relative intensity (%)", ylim=(0, 130), yticks=range(0, 101, 20))
    facts = [str(fact) for fact in (spectrum.adduct, spectrum.collision_energy) if fact]
    # Titles of synthesised spectra say these already.
    said = [spectrum.title, *(fact for fact in facts if fact not in spectrum.title)]
    axes.set_title("  ".join(filter(None, said)), fontsize=9, parse_math=False)


def _draw_curve(figure: Figure, spectrum: InfraredSpectrum) -> None:
    axes: Any = figure.add_subplot()
    axes.plot(spectrum.wavenumbers, spectrum.absorbance, color="#205080", linewidth=1)
    first, last = spectrum.span
    axes.set(xlabel="wavenumber (cm$^{-1}$)", ylabel="absorbance", xlim=(last, first))
    axes.set_title(spectrum.title, fontsize=9, parse_math=False)


def _draw_atoms(figure: Figure, conformer: Conformer) -> None:
    axes: Any = figure.add_subplot(projection="3d")
    centred = conformer.coordinates - conformer.coordinates.mean(axis=0)
    # Bonds are guessed from distances, for the eye only: 1.3 A with a hydrogen, 1.9 A without.
    reach = np.where(conformer.atomic_numbers == 1, 0.35, np.where(conformer.atomic_numbers > 14, 1.15, 0.95))
    for atom in range(conformer.n_atoms):
        distances = np.linalg.norm(centred[atom + 1 :] - centred[atom], axis=1)
        for other in np.flatnonzero(distances < reach[atom + 1 :] + reach[atom]) + atom + 1:
            axes.plot(*centred[[atom, other]].T, color="#909090", linewidth=2, zorder=1)
    colours = [_COLOURS.get(int(number), _OTHER_COLOUR) for number in conformer.atomic_numbers]
    sizes = np.where(conformer.atomic_numbers == 1, 30, 90)
    axes.scatter(*centred.T, c=colours, s=sizes, edgecolors="black", linewidths=0.4, depthshade=True)
    axes.set_box_aspect(np.maximum(np.ptp(centred, axis=0), 1.0))
    axes.set_axis_off()
    axes.set_title(repr(conformer), fontsize=9)


def _draw_pixels(figure: Figure, image: MoleculeImage) -> None:
    axes: Any = figure.add_subplot()
    axes.imshow(image.pixels)
    axes.set_axis_off()
