"""One reaction as a store keeps it: what went in, what came out, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from anymol.chem.reaction import join_molecules
from anymol.errors import DataError

_NUMBERS: Final = {"year": int, "yield_percent": float, "temperature_c": float}


@dataclass(frozen=True)
class RecordedReaction:
    """A reaction that somebody carried out.

    Attributes:
        products: Canonical SMILES of what is made.
        reactants: Canonical SMILES of the molecules whose atoms are in it, dot-joined.
        reagents: Canonical SMILES of what else went in and is not known as one of the following, dot-joined; empty
            where nothing is recorded.
        solvents: Canonical SMILES of the solvents, dot-joined.
        catalysts: Canonical SMILES of the catalysts, dot-joined.
        id: What its source calls it: a patent, a page of a notebook, the number of a row.
        source: The collection it comes from.
        year: Of its publication.
        yield_percent: Of the product, 0 to 100.
        temperature_c: At which it was carried out, degrees Celsius.
        reaction_class: Name of its kind, as its source gives it; empty where it gives none.
        note: What its source says besides, in a line.
    """

    products: str
    reactants: str
    reagents: str = ""
    solvents: str = ""
    catalysts: str = ""
    id: str = ""
    source: str = ""
    year: int | None = None
    yield_percent: float | None = None
    temperature_c: float | None = None
    reaction_class: str = ""
    note: str = ""

    @property
    def smiles(self) -> str:
        """The reaction as ``reactants>reagents>products``, solvents and catalysts among the reagents."""
        return f"{self.reactants}>{self.helping}>{self.products}"

    @property
    def helping(self) -> str:
        """Reagents, solvents and catalysts together, each once, dot-joined."""
        parts = (self.reagents, self.solvents, self.catalysts)
        return join_molecules(dict.fromkeys(part for part in parts if part))

    def to_line(self) -> str:
        """Return the record as one line of tab-separated fields; nothing stands for what is not known."""
        values = (getattr(self, one.name) for one in fields(self))
        return "\t".join("" if value is None else " ".join(f"{value:g}".split() if isinstance(value, float)
                         else str(value).split()) for value in values).rstrip("\t")  # fmt: skip

    @classmethod
    def from_line(cls, line: str) -> RecordedReaction:
        """Read a line that :meth:`to_line` wrote.

        Raises:
            DataError: It is not one.
        """
        names = [one.name for one in fields(cls)]
        values = line.split("\t")
        if not 2 <= len(values) <= len(names):
            raise DataError("this line is not a recorded reaction", value=line)
        found = dict(zip(names, values, strict=False))
        try:
            numbers = {name: read(found[name]) for name, read in _NUMBERS.items() if found.get(name)}
        except ValueError as error:
            raise DataError(f"this line is not a recorded reaction: {error}", value=line) from None
        return cls(**{name: value for name, value in found.items() if name not in _NUMBERS}, **numbers)  # type: ignore[arg-type]
