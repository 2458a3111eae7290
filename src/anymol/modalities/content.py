"""What a message is made of: typed parts, said by a speaker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anymol.modalities.graph import MolecularGraph


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


Part = TextPart | MoleculePart | GraphPart


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    speaker: Speaker
    parts: tuple[Part, ...]
