"""What an answer rests on: a program, a place in what was given, a precedent, or a model. Plain records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ProgramEvidence:
    """A program found it.

    Attributes:
        program: Name of the program, for example ``RDKit``.
        version: Its version; None where it has none of its own.
        method: What it did, for example ``Crippen LogP (Wildman and Crippen 1999)``.
    """

    program: str
    version: str | None = None
    method: str | None = None

    def __str__(self) -> str:
        named = self.program if self.version is None else f"{self.program} {self.version}"
        return named if self.method is None else f"{named}, {self.method}"

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {"kind": "program", "program": self.program, "version": self.version, "method": self.method}


@dataclass(frozen=True)
class PlaceEvidence:
    """It stands in what was given.

    Attributes:
        place: Where, for example ``image 1``: the first picture among the records of the question.
        file: Path of the file, as given; None where a record was given, not a file.
    """

    place: str
    file: str | None = None

    def __str__(self) -> str:
        return self.place if self.file is None else f"{self.file}, {self.place}"

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {"kind": "place", "file": self.file, "place": self.place}


@dataclass(frozen=True)
class PrecedentEvidence:
    """A store holds it, or something like it.

    Attributes:
        id: What the store calls the precedent.
        similarity: How near it is to the question, at most 1; 1 where it is the question itself.
        source: Where the store has it from.
        year: Of its publication, where the store says so.
        value: What the store says of it, as text with its unit, where that is what was asked.
    """

    id: str
    similarity: float
    source: str
    year: int | None = None
    value: str | None = None

    def __str__(self) -> str:
        year = "" if self.year is None else f", {self.year}"
        said = "" if self.value is None else f": {self.value}"
        return f"{self.id}{said} ({self.source}{year}), similarity {self.similarity:.2f}"

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        shown = {
            "kind": "precedent",
            "id": self.id,
            "similarity": round(self.similarity, 4),
            "source": self.source,
            "year": self.year,
        }
        return shown if self.value is None else shown | {"value": self.value}


@dataclass(frozen=True)
class ModelEvidence:
    """A model wrote it.

    Attributes:
        model: Name of the model.
    """

    model: str

    def __str__(self) -> str:
        return self.model

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {"kind": "model", "model": self.model}


Evidence = ProgramEvidence | PlaceEvidence | PrecedentEvidence | ModelEvidence
