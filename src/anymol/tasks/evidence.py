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
class ReactionEvidence:
    """A reaction was carried out that is like the answer, or is the answer itself.

    Attributes:
        id: What its source calls it: a patent, a page of a notebook, the number of a row.
        similarity: Of its product to the one asked about, at most 1.
        source: The collection it comes from.
        reaction: ``reactants>reagents>products``.
        year: Of its publication.
        yield_percent: Of its product.
        temperature_c: At which it was carried out, degrees Celsius.
        reaction_class: Its kind, as the source names it.
        note: What the source says besides.
        store: The store that holds it.
        name: What such a reaction is called, with its id in the Name Reaction Ontology.
        classified: Its place in a classification, from the general to the special.
    """

    id: str
    similarity: float
    source: str
    reaction: str
    year: int | None = None
    yield_percent: float | None = None
    temperature_c: float | None = None
    reaction_class: str | None = None
    note: str | None = None
    store: str | None = None
    name: str | None = None
    classified: str | None = None

    @property
    def helping(self) -> str:
        """SMILES of reagents, solvents and catalysts, dot-joined; empty where none are recorded."""
        return self.reaction.split(">")[1]

    @property
    def summary(self) -> str:
        """Where it stands and how it went, in a line."""
        year = "" if self.year is None else f", {self.year}"
        said = [f"{self.id} ({self.source}{year})", f"similarity {self.similarity:.2f}"]
        said += [self.name] if self.name else []
        if self.yield_percent is not None:
            said.append(f"yield {self.yield_percent:.0f} %")
        if self.temperature_c is not None:
            said.append(f"{self.temperature_c:g} °C")
        said += [one for one in (self.reaction_class, self.note) if one]
        return ", ".join(said)

    def __str__(self) -> str:
        return f"{self.summary}: {self.reaction}"

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {"kind": "reaction", **vars(self), "similarity": round(self.similarity, 4)}


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


Evidence = ProgramEvidence | PlaceEvidence | PrecedentEvidence | ReactionEvidence | ModelEvidence
