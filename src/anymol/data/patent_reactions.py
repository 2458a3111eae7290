"""Recorded reactions of patents that a store may be shipped with: training rows of sources whose terms allow it.

Those of ``reactions.parquet`` name no patent; they have no id. No product of a val or test row, and no reserved one, is
among them; the files hold none of these in training rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.data.licences import Licences
from anymol.files import require_data_file

REACTIONS: Final = "reactions.parquet"
CONDITIONS: Final = "conditions.parquet"
CONDITIONS_SOURCE: Final = "ord_uspto"
"""Name of the one source of that file."""

_YEAR: Final = re.compile(r"(?:19|20)\d\d")


def read_patent_reactions(data_dir: Path) -> Iterator[RecordedReaction]:
    """Yield the reactions with conditions first, which say more, and then the others.

    Raises:
        DataError: A file is missing.
    """
    yield from _read_conditions(data_dir)
    yield from _read_reactions(data_dir)


def list_licences(data_dir: Path) -> dict[str, str]:
    """Return the licence of each source that a store may be shipped with.

    Raises:
        DataError: The list of sources is missing.
    """
    licences = Licences.read(data_dir)
    return {
        source: licences.find(file.removesuffix(".parquet"), source).licence
        for file in (CONDITIONS, REACTIONS)
        for source in sorted(licences.allowed(file.removesuffix(".parquet")))
    }


def _read_reactions(data_dir: Path) -> Iterator[RecordedReaction]:
    allowed = Licences.read(data_dir).allowed("reactions")
    columns = [
        "reactants", "reagents", "solvents_guess", "catalysts_guess", "products", "official_splits", "reaction_class",
        "yield_percent", "split",
    ]  # fmt: skip
    for row in _iterate(require_data_file(data_dir, REACTIONS), columns):
        source = row["official_splits"].split("/", 1)[0]
        if row["split"] == "train" and source in allowed and "." not in row["products"]:
            solvents, catalysts = row["solvents_guess"] or "", row["catalysts_guess"] or ""
            yield RecordedReaction(
                row["products"],
                row["reactants"],
                _without(row["reagents"] or "", f"{solvents}.{catalysts}"),
                solvents,
                catalysts,
                source=source,
                yield_percent=row["yield_percent"],
                reaction_class=row["reaction_class"] or "",
            )


def _read_conditions(data_dir: Path) -> Iterator[RecordedReaction]:
    columns = [
        "reaction_id", "dataset", "patent", "reactants", "reagents", "solvents", "catalysts", "products",
        "yield_percent", "temperature_c", "split",
    ]  # fmt: skip
    if not Licences.read(data_dir).find("conditions", CONDITIONS_SOURCE).weights_allowed:
        return
    for row in _iterate(require_data_file(data_dir, CONDITIONS), columns):
        if row["split"] != "train" or not row["reactants"] or not row["products"] or "." in row["products"]:
            continue
        year = _YEAR.search(row["dataset"])
        yield RecordedReaction(
            row["products"],
            row["reactants"],
            row["reagents"] or "",
            row["solvents"] or "",
            row["catalysts"] or "",
            id=row["patent"] or row["reaction_id"],
            source=CONDITIONS_SOURCE,
            year=None if year is None else int(year[0]),
            yield_percent=row["yield_percent"],
            temperature_c=row["temperature_c"],
        )


def _without(mixture: str, parts: str) -> str:
    """Return a mixture without the molecules of another, each as often as it stands there."""
    left = Counter(mixture.split(".")) - Counter(parts.split("."))
    return ".".join(sorted(left.elements()))


def _iterate(path: Path, columns: list[str]) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(10_000, columns=columns):
            yield from batch.to_pylist()
