"""What a message is made of: typed parts, said by a speaker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class GraphPart:
    """A molecule given as a graph: one ``<graph>`` placeholder, expanded to one token per atom.

    Attributes:
        smiles: The molecule's SMILES; the graph's atoms are in its order.
        role: The part it plays.
        graph: The graph, where it was made beforehand; else it is made from `smiles` on demand.
    """

    smiles: str
    role: Role = Role.MOLECULE
    graph: MolecularGraph | None = None


@dataclass(frozen=True)
class ConformerPart:
    """A molecule given by its geometry: one ``<conformer>`` placeholder.

    Attributes:
        conformer: The geometry.
        role: The part it plays.
        smiles: The molecule shown, where it is known; the model does not see it.
    """

    conformer: Conformer
    role: Role = Role.MOLECULE
    smiles: str | None = None


@dataclass(frozen=True)
class ImagePart:
    """A molecule or a reaction given as a picture: one ``<image>`` placeholder.

    Attributes:
        image: The picture.
        role: The part it plays.
        smiles: The molecule shown, where it is known; None of a reaction. The model does not see it.
    """

    image: MoleculeImage
    role: Role = Role.MOLECULE
    smiles: str | None = None


@dataclass(frozen=True)
class Ms2Part:
    """A molecule given by an MS/MS spectrum: one ``<ms2>`` placeholder.

    Attributes:
        spectrum: The spectrum.
        role: The part it plays.
        smiles: The molecule measured, where it is known; the model does not see it.
    """

    spectrum: MassSpectrum
    role: Role = Role.MOLECULE
    smiles: str | None = None


@dataclass(frozen=True)
class IrPart:
    """A molecule given by an infrared spectrum: one ``<ir>`` placeholder.

    Attributes:
        spectrum: The spectrum.
        role: The part it plays.
        smiles: The molecule measured, where it is known; the model does not see it.
    """

    spectrum: InfraredSpectrum
    role: Role = Role.MOLECULE
    smiles: str | None = None


RecordPart = ConformerPart | ImagePart | Ms2Part | IrPart
"""A molecule given by a record that was measured, computed or drawn."""

Part = TextPart | MoleculePart | GraphPart | RecordPart


def name_modality(part: GraphPart | RecordPart) -> Modality:
    """Return what a part shows its molecule as."""
    match part:
        case GraphPart():
            return Modality.GRAPH
        case ConformerPart():
            return Modality.CONFORMER
        case ImagePart():
            return Modality.IMAGE
        case Ms2Part():
            return Modality.MS2
        case IrPart():
            return Modality.IR


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    speaker: Speaker
    parts: tuple[Part, ...]
