"""A user's own stock: molecules of any file, with names and prices where it has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anymol.errors import AnyMolError, InvalidFileError
from anymol.planning.stock import Stock, StockEntry, make_entry
from anymol.readers.molecules import read_molecules
from anymol.readers.paths import expand_path
from anymol.readers.tables import Columns, list_columns, read_rows

TABLES: Final = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson"})
"""Endings of files whose molecules stand in a column; all others are files of molecules."""

SMILES_COLUMNS: Final = ("smiles", "canonical_smiles", "isomeric_smiles", "smi", "structure")
"""Names under which the column of the molecules is known, in any case."""

_NAMES: Final = ("name", "id", "catalog", "catalogue", "catalog_number", "cas", "title")
_PRICE: Final = re.compile(r"price|cost", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d[\d.,' ]*")
_GROUPED: Final = re.compile(r"\d{1,3}([,' ]\d{3})+(\.\d+)?")
_PIECE: Final = 1_000
"""Rows after which a caller is told."""


@dataclass(frozen=True)
class StockReading:
    """A stock that was read.

    Attributes:
        stock: What could be read.
        damaged: What could not, each as ``row 3: why``.
        unpriced: Rows with a price that is not a number; they count as without one.
        has_prices: Whether the file gives prices.
    """

    stock: Stock
    damaged: tuple[str, ...]
    unpriced: int
    has_prices: bool


@dataclass(frozen=True)
class _Row:
    number: int
    smiles: str | None
    fields: Mapping[str, Any]
    error: str | None = None


def read_stock(
    path: str | Path,
    *,
    column: str | None = None,
    ceiling: float | None = None,
    told: Callable[[int], None] = lambda rows: None,
) -> StockReading:
    """Read the building blocks of a file.

    Args:
        path: A file of molecules (smi, sdf, mol, mol2, ...), or a table (csv, tsv, jsonl), also compressed by gzip. A
            column or field whose name holds ``price`` or ``cost`` is read as the price.
        column: Column of a table that holds SMILES; found by its name where it is not given.
        ceiling: Price above which a building block is not used.
        told: Called with the number of rows read, now and then.

    Raises:
        InvalidFileError: The file cannot be read, lacks the column, or holds no molecule.
    """
    file = expand_path(path)
    entries: list[StockEntry] = []
    damaged: list[str] = []
    unpriced, priced = 0, False
    for count, row in enumerate(_read(file, column), start=1):
        if count % _PIECE == 0:
            told(count)
        try:
            if row.smiles is None:
                raise InvalidFileError(row.error or "there is no molecule")
            written = _find_price(row.fields)
            price = None if written is None else read_price(written)
            priced |= price is not None
            unpriced += written is not None and price is None
            entries.append(make_entry(row.smiles, _find_name(row.fields), price))
        except AnyMolError as error:
            damaged.append(f"row {row.number + 1}: {error.message}")
    if not entries:
        raise InvalidFileError(
            f"no molecule of '{file.name}' can be read", value=path, hint=damaged[0] if damaged else "it is empty"
        )
    return StockReading(Stock(file.name, tuple(entries), ceiling), tuple(damaged), unpriced, priced)


def read_price(text: str) -> float | None:
    """Return the number of a price, whatever currency stands beside it; None where it has none.

    >>> read_price("$1,250.50"), read_price("12,5 EUR"), read_price("on request")
    (1250.5, 12.5, None)
    """
    found = _NUMBER.search(text)
    if found is None:
        return None
    digits = found[0].strip(" .,'")
    digits = re.sub("[,' ]", "", digits) if _GROUPED.fullmatch(digits) else digits.replace(",", ".")
    try:
        return float(digits)
    except ValueError:
        return None


def _read(file: Path, column: str | None) -> Iterator[_Row]:
    endings = [suffix.lower() for suffix in file.suffixes if suffix.lower() != ".gz"]
    if endings and endings[-1] in TABLES:
        for row in read_rows(file, Columns(column or _find_column(file))):
            yield _Row(row.number, row.main, row.columns, None if row.error is None else row.error.message)
    elif column is not None:
        raise InvalidFileError(
            f"a column is given, but '{file.name}' is not a table", value=column, hint="leave the column out"
        )
    else:
        for record in read_molecules(file):
            fields = {**record.properties, **({"name": record.name} if record.name else {})}
            yield _Row(record.index, record.smiles, fields, record.error)


def _find_column(file: Path) -> str:
    columns = list_columns(file)
    known = {one.lower(): one for one in columns}
    for name in SMILES_COLUMNS:
        if name in known:
            return known[name]
    raise InvalidFileError(
        f"'{file.name}' has no column of SMILES",
        value=file,
        hint=f"name it; the columns are {', '.join(columns[:20])}" if columns else "the file is empty",
    )


def _find_price(fields: Mapping[str, Any]) -> str | None:
    return next((str(value) for name, value in fields.items() if _PRICE.search(name) and str(value).strip()), None)


def _find_name(fields: Mapping[str, Any]) -> str | None:
    lowered = {name.lower(): value for name, value in fields.items()}
    return next((str(lowered[name]).strip() for name in _NAMES if str(lowered.get(name) or "").strip()), None)
