"""The store of recorded descriptions: what a collection says of a molecule, in its own words.

A store is one gzipped text, ``descriptions.tsv.gz``: a line of JSON that says what the collections are, a line of
column names, and a row for each molecule. A molecule is known by its InChIKey.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from anymol.chem.key_parts import connectivity_part
from anymol.errors import DataError
from anymol.readers.unpacking import open_unpacked
from anymol.shipped import find_shipped

STORE_FILE: Final = "descriptions.tsv.gz"
_SHIPPED: Final = f"retrieval/descriptions/{STORE_FILE}"
_COLUMNS: Final = ("inchikey", "smiles", "collection", "text")


class Collection(BaseModel):
    """A collection of descriptions.

    Attributes:
        name: What it is called.
        licence: Under which its texts may be passed on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    licence: str


class StoreCard(BaseModel):
    """The first line of a store.

    Attributes:
        schema_version: Of this form.
        collections: What a row names -> what it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    collections: Mapping[str, Collection]


@dataclass(frozen=True)
class Description:
    """What a collection says of a molecule.

    Attributes:
        inchikey: Of the molecule.
        smiles: Canonical SMILES.
        collection: Name of the collection in the card of the store.
        text: The description, in plain form (:func:`~anymol.retrieval.descriptions.sentences.write_plainly`).
    """

    inchikey: str
    smiles: str
    collection: str
    text: str

    @property
    def block(self) -> str:
        """The part of its InChIKey that tells the connectivity."""
        return connectivity_part(self.inchikey)


class DescriptionStore:
    """Recorded descriptions, found by key.

    Args:
        card: What the collections are.
        descriptions: One of each molecule.
    """

    def __init__(self, card: StoreCard, descriptions: Sequence[Description]) -> None:
        self.card = card
        self.descriptions = tuple(descriptions)

    def find(self, inchikey: str) -> Description | None:
        """Return the description of a molecule; None where none is recorded."""
        return self._by_key.get(inchikey)

    def name_collection(self, one: Description) -> Collection:
        """Return where a description comes from."""
        return self.card.collections[one.collection]

    @cached_property
    def _by_key(self) -> Mapping[str, Description]:
        return {one.inchikey: one for one in self.descriptions}


def write_store(store: DescriptionStore) -> bytes:
    """Return the bytes of a store's file; the same store gives the same bytes."""
    lines = [store.card.model_dump_json(), "\t".join(_COLUMNS)]
    lines += ["\t".join((one.inchikey, one.smiles, one.collection, one.text)) for one in store.descriptions]
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0)


def read_store(path: Path | None = None) -> DescriptionStore:
    """Return a store.

    Args:
        path: Its file; None for the one that ships.

    Raises:
        DataError: It is not a store, or damaged; where.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(_SHIPPED) if path is None else path
    try:
        with open_unpacked(place) as packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
            return _read(text, place)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"the store of descriptions cannot be read: {error}", value=place) from error


@cache
def find_descriptions() -> DescriptionStore:
    """Return the store that ships, read once.

    Raises:
        InstallationError: It is damaged.
    """
    return read_store()


def _read(text: io.TextIOWrapper, place: Path) -> DescriptionStore:
    try:
        card = StoreCard.model_validate_json(text.readline())
    except ValidationError as error:
        raise DataError(f"this is not a store of descriptions: {error.errors()[0]['msg']}", value=place) from error
    if tuple(text.readline().rstrip("\n").split("\t")) != _COLUMNS:
        raise DataError(f"the columns of a store of descriptions are {', '.join(_COLUMNS)}", value=place)
    found = []
    for number, line in enumerate(text, 3):
        cells = line.rstrip("\n").split("\t")
        if len(cells) != len(_COLUMNS) or cells[2] not in card.collections:
            raise DataError(f"line {number} of a store of descriptions is not a row of it", value=place)
        found.append(Description(*cells))
    return DescriptionStore(card, found)
