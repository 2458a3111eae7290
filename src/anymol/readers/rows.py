"""What every reader yields: one row per record, with a molecule or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReadRow:
    """One record of a file.

    Attributes:
        index: Place in the file, counted from 0; bad records count too.
        name: Title of the record, where it has one.
        smiles: SMILES as written in a SMILES file, canonical from other formats; None where the record is bad.
        error: What is wrong with the record; None where it is good.
        properties: The record's other fields, as text.
        notes: What was understood otherwise than it stands there, was perceived, or is lost.
    """

    index: int
    name: str | None
    smiles: str | None
    error: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.smiles is None) == (self.error is None):
            raise ValueError("a row holds either a molecule or an error")
