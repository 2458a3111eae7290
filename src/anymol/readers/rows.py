"""What every reader yields: one row per record of the file, good or bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from anymol.errors import AnyMolError

R = TypeVar("R")


@dataclass(frozen=True)
class RecordRow(Generic[R]):
    """One record of a file.

    Attributes:
        index: Place in the file, counted from 0; bad records count too.
        name: Title of the record, where it has one.
        record: What was read; None where the record is bad.
        error: What is wrong with it; None where it is good.
        properties: Further fields of the record, as text.
        notes: What was understood otherwise than it stands there, was perceived, or is lost.
    """

    index: int
    name: str | None
    record: R | None
    error: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.record is None) == (self.error is None):
            raise ValueError("a row holds either a record or an error")


class ReadRow(RecordRow[str]):
    """A molecule of a file: its record is a SMILES, as written in a SMILES file, canonical from other formats."""

    @property
    def smiles(self) -> str | None:
        """The SMILES; None where the record is bad."""
        return self.record


def describe_error(error: AnyMolError) -> str:
    """Return message and hint without the offending text, which is a whole record here."""
    return f"{error.message}{f'; {error.hint}' if error.hint else ''}"
