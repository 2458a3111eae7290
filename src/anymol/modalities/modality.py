"""The modalities by name, and what a person gives as a file of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Modality(StrEnum):
    """What a molecule can be given as, or turned into, beside its notation. The order is stored: append only."""

    GRAPH = "graph"
    CONFORMER = "conformer"
    IMAGE = "image"
    MS2 = "ms2"
    IR = "ir"


FILES: Final[Mapping[Modality, str]] = {
    Modality.GRAPH: "a molecule file (sdf, mol, smi, ...): the graph",
    Modality.CONFORMER: "a file with coordinates (xyz, sdf, mol2, pdb): the geometry",
    Modality.IMAGE: "a drawing (png, jpeg, svg, pdf)",
    Modality.MS2: "an MS/MS spectrum (mgf, msp, mzml, MassBank, json, csv)",
    Modality.IR: "an infrared spectrum (JCAMP-DX, csv, dpt)",
}
"""Modalities that people have files of."""
