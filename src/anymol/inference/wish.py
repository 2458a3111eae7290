"""How a call wants its answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anymol.chem.resolve import MolType
from anymol.errors import InvalidTaskInputError


class Source(StrEnum):
    """Who answers."""

    AUTO = "auto"
    """A program where one defines the answer exactly, else the model."""
    MODEL = "model"
    TOOL = "tool"


@dataclass(frozen=True)
class Wish:
    """How a call wants its answers.

    Attributes:
        text: Free part of the task.
        top_k: Most answers per row.
        source: Who answers.
        verify: Whether answers are checked.
        seed: Seeds draws and augmentation.
        as_graph: Whether molecules are shown to the model as graphs beside their notation.
        augment: Spellings of the question whose answers are merged (test-time augmentation, as in R-SMILES).
        mol_type: What molecules are written in, where that shall not be found out.
    """

    text: str | None = None
    top_k: int = 1
    source: Source = Source.AUTO
    verify: bool = True
    seed: int = 0
    as_graph: bool = False
    augment: int = 1
    mol_type: MolType | None = None

    def __post_init__(self) -> None:
        if self.top_k < 1 or self.augment < 1:
            raise InvalidTaskInputError("top_k and augment must be at least 1", value=min(self.top_k, self.augment))


def read_source(source: Source | str) -> Source:
    """Return the source of a name.

    Raises:
        InvalidTaskInputError: Naming the known ones.
    """
    try:
        return Source(source)
    except ValueError:
        raise InvalidTaskInputError(
            f"'{source}' is no source of answers", value=source, hint=f"known: {', '.join(Source)}"
        ) from None


def read_mol_type(mol_type: MolType | str | None) -> MolType | None:
    """Return the type of molecule text of a name; None stays None.

    Raises:
        InvalidTaskInputError: Naming the known ones.
    """
    try:
        return None if mol_type is None else MolType(mol_type)
    except ValueError:
        raise InvalidTaskInputError(
            f"'{mol_type}' is no type of molecule text", value=mol_type, hint=f"known: {', '.join(MolType)}"
        ) from None
