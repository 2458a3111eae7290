"""What a message is made of: typed parts, said by a speaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anymol.modalities.conformer import Conformer
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality


class Role(StrEnum):
    """The part a molecule plays in a question. The order is the order of role embeddings: append only."""

    MOLECULE = "molecule"
    REACTANT = "reactant"
    REAGENT = "reagent"
    PRODUCT = "product"
    SOLVENT = "solvent"
    CATALYST = "catalyst"

    @property
    def index(self) -> int:  # type: ignore[override]
        """Row of this role in a table of role embeddings."""
        return list(Role).index(self)


class Speaker(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True)
class TextPart:
    """Plain text."""

    text: str


@dataclass(frozen=True)
class MoleculePart:
    """A molecule, or dot-joined molecules, written in the text between ``<mol>`` and ``</mol>``.

    Attributes:
        smiles: SMILES exactly as it shall be written (canonical, randomised or root-aligned).
        role: The part it plays.
        selfies: The same written in SELFIES, where it was made beforehand (shards); else it is made on demand.
    """

    smiles: str
    role: Role = Role.MOLECULE
    selfies: str | None = None


Record = MolecularGraph | Conformer | MoleculeImage | MassSpectrum | InfraredSpectrum
"""A record of any modality."""

RECORDS: Final[Mapping[Modality, type[Record]]] = {
    Modality.GRAPH: MolecularGraph,
    Modality.CONFORMER: Conformer,
    Modality.IMAGE: MoleculeImage,
    Modality.MS2: MassSpectrum,
    Modality.IR: InfraredSpectrum,
}
"""Modality -> class of its records."""


@dataclass(frozen=True)
class RecordPart:
    """A molecule, or a drawn reaction, given by a record: placeholders that the modality's encoder fills in.

    Attributes:
        modality: What it is given as.
        record: The record; None of a graph that is made of `smiles` when it is needed.
        role: The part it plays.
        smiles: The molecule shown, where it is known; a graph's atoms are in its order. The model does not see it.
        notes: What must be said of how it was read, in sentences.
        is_perceived: Whether the bonds of `smiles` were perceived from a geometry that does not state them.
    """

    modality: Modality
    record: Record | None = None
    role: Role = Role.MOLECULE
    smiles: str | None = None
    notes: tuple[str, ...] = ()
    is_perceived: bool = False

    def __post_init__(self) -> None:
        if self.record is None and (self.modality is not Modality.GRAPH or self.smiles is None):
            raise ValueError(f"a part of modality {self.modality} needs its record; only a graph is made of SMILES")
        if self.record is not None and not isinstance(self.record, RECORDS[self.modality]):
            raise ValueError(f"a record of modality {self.modality} cannot be a {type(self.record).__name__}")


Part = TextPart | MoleculePart | RecordPart


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    speaker: Speaker
    parts: tuple[Part, ...]
