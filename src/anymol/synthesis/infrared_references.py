"""Infrared spectra that were computed by GFN2-xTB, on the surrogate's axis: what it learns from and is judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.errors import DataError
from anymol.files import require_data_file
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.modality import Modality
from anymol.synthesis.infrared_lines import BroadeningSettings, broaden_lines
from anymol.synthesis.pipeline.parts import read_records

LINES_FILE: Final = "ir_xtb.parquet"
SURROGATE_AXIS: Final = BroadeningSettings(step=8.0)
"""400 to 4000 cm^-1, three points within the width of a line."""


@dataclass(frozen=True)
class SpectraSet:
    """Molecules with normalised spectra on one axis.

    Attributes:
        smiles: M molecules.
        spectra: Shape (M, P), each of sum 1.
    """

    smiles: tuple[str, ...]
    spectra: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.smiles)

    def __add__(self, other: SpectraSet) -> SpectraSet:
        return SpectraSet(self.smiles + other.smiles, np.concatenate([self.spectra, other.spectra]))


def read_line_spectra(data_dir: Path, split: str, axis: BroadeningSettings = SURROGATE_AXIS) -> SpectraSet:
    """Return the spectra of a split of ``ir_xtb.parquet``.

    Raises:
        DataError: The file is missing, or has no such split.
    """
    import pyarrow.parquet as pq

    path = require_data_file(data_dir, LINES_FILE)
    rows = pq.read_table(path, columns=["smiles", "wavenumbers_cm1", "intensities_km_mol", "split"]).to_pylist()
    chosen = [row for row in rows if row["split"] == split]
    if not chosen:
        raise DataError(f"no rows of split '{split}'", value=path, hint="splits: train, val, test")
    curves = [broaden_lines(row["wavenumbers_cm1"], row["intensities_km_mol"], axis).absorbance for row in chosen]
    return SpectraSet(tuple(row["smiles"] for row in chosen), _normalise(np.array(curves)))


def read_synthesized_spectra(
    folder: Path, forbids: Callable[[str], bool], axis: BroadeningSettings = SURROGATE_AXIS
) -> SpectraSet:
    """Return the spectra of a folder that ``anymol synthesize --modalities ir:gfn2-xtb`` made.

    The spectra must be as wide as the axis asks; they are resampled.

    Args:
        folder: Its output.
        forbids: Whether a molecule is held out; such are left out.
        axis: Of the spectra returned.

    Raises:
        DataError: There is no such spectrum, or none of the width.
    """
    smiles: list[str] = []
    curves: list[NDArray[np.float64]] = []
    for row in read_records(folder, Modality.IR):
        # Only the xTB engine names its implementation: the surrogate does not learn from a surrogate.
        if "implementation" not in row.notes or forbids(row.smiles):
            continue
        if row.notes["width"] != axis.width:
            raise DataError(f"row {row.row} is {row.notes['width']:g} cm^-1 wide, not {axis.width:g}", value=folder)
        for spectrum in row.records:
            if isinstance(spectrum, InfraredSpectrum):
                curve = spectrum.resample(axis.start, axis.stop, axis.step).absorbance
                if np.isfinite(curve).all() and curve.sum() > 0:
                    smiles.append(row.smiles)
                    curves.append(curve)
    if not curves:
        raise DataError("no GFN2-xTB spectra", value=folder, hint="anymol synthesize --modalities ir:gfn2-xtb")
    return SpectraSet(tuple(smiles), _normalise(np.array(curves)))


def _normalise(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(curves / curves.sum(axis=1, keepdims=True), np.float64)
