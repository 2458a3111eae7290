"""The modalities by name."""

from __future__ import annotations

from enum import StrEnum


class Modality(StrEnum):
    """What a molecule can be given as, or turned into, beside its notation."""

    GRAPH = "graph"
    CONFORMER = "conformer"
    IMAGE = "image"
    MS2 = "ms2"
    IR = "ir"
