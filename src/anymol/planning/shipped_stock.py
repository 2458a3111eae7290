"""The building blocks that come inside the package: what patents' reactions use, and next to never make."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from anymol.errors import DataError
from anymol.planning.stock import Stock, StockEntry
from anymol.shipped import read_shipped

PLACE: Final = Path(__file__).with_name("building_blocks.tsv.gz")
"""The table: SMILES, InChIKey, number of reactions that use it; made by ``scripts/build_stock.py``."""


@cache
def load_shipped_stock() -> Stock:
    """Read the shipped stock.

    Raises:
        InstallationError: The table is missing or changed.
        DataError: It is damaged.
    """
    try:
        lines = gzip.decompress(read_shipped(f"planning/{PLACE.name}")).decode().splitlines()
        fields = (line.split("\t") for line in lines)
        entries = tuple(StockEntry(smiles, key, f"used in {uses} patent reactions") for smiles, key, uses in fields)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"the table of building blocks is damaged: {error}", value=PLACE) from error
    return Stock("building blocks of patents", entries)
