"""Which source stands under which licence, and whether weights trained on it may be shipped."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anymol.errors import DataError

SOURCES_FILE: Final = "sources.csv"


@dataclass(frozen=True)
class SourceLicence:
    """The terms of one source.

    Attributes:
        licence: The licence found.
        weights_allowed: Whether weights trained on the source may be shipped.
    """

    licence: str
    weights_allowed: bool


BUILTIN: Final = SourceLicence("bare structures, answers computed by RDKit", weights_allowed=True)
"""Terms of the molecules that ship inside the package."""


COMPUTED_NAMES: Final = SourceLicence("MIT (openclatura; names computed from bare structures)", weights_allowed=True)
"""Terms of names that a program gives to structures, which are facts."""


class Licences:
    """Looks up the terms of a source by file and source value.

    Args:
        terms: (file, source value) -> terms; the source value is empty where a file has one source only.
    """

    def __init__(self, terms: Mapping[tuple[str, str], SourceLicence]) -> None:
        self._terms = dict(terms)

    @classmethod
    def read(cls, data_dir: Path) -> Licences:
        """Read ``sources.csv``, whose cells may list several files or source values separated by commas.

        Raises:
            DataError: When the file is missing or lacks a column.
        """
        path = data_dir / SOURCES_FILE
        terms: dict[tuple[str, str], SourceLicence] = {}
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    allowed = row["weights_allowed"].strip().lower() == "yes"
                    for file in _split(row["file"].replace(";", ",")):
                        for value in _split(row["source_value"]) or [""]:
                            terms[file, value] = SourceLicence(row["licence"].strip(), allowed)
        except FileNotFoundError:
            raise DataError("the table of sources is missing", value=path, hint="give it by --data-dir") from None
        except KeyError as error:
            raise DataError(f"the table of sources lacks the column {error}", value=path) from error
        return cls(terms)

    def find(self, file: str, source: str = "") -> SourceLicence:
        """Return the terms of a source.

        Raises:
            DataError: When the table does not know it: what has no stated terms is not used.
        """
        found = self._terms.get((file, source))
        if found is None:
            raise DataError(f"no licence is recorded for source '{source}' of {file}", hint=f"add it to {SOURCES_FILE}")
        return found

    def allowed(self, file: str) -> frozenset[str]:
        """Return the source values of a file whose weights may be shipped."""
        return frozenset(
            value for (name, value), terms in self._terms.items() if name == file and terms.weights_allowed
        )


def _split(cell: str) -> list[str]:
    return [piece.strip() for piece in cell.split(",") if piece.strip()]
