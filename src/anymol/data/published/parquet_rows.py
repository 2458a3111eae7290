"""Rows of Parquet files, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from anymol.errors import DataError

_BATCH: Final = 256


def read_columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a file.

    Raises:
        DataError: It is not Parquet, or damaged.
    """
    with _open(path) as file:
        return tuple(file.schema_arrow.names)


def read_parquet(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows, each with its number, counted from 1, and its values by name; a batch is held at a time.

    Raises:
        DataError: The file is not Parquet, is damaged, or has not these columns; which.
    """
    names = read_columns(path)
    if missing := [name for name in columns if name not in names]:
        raise DataError(
            f"{path.name} has no column {', '.join(missing)}",
            value=", ".join(names),
            hint=f"the published file has {', '.join(columns)}",
        )
    line = 0
    with _open(path) as file:
        for batch in file.iter_batches(_BATCH, columns=list(columns)):
            for fields in batch.to_pylist():
                line += 1
                yield line, fields


@contextmanager
def _open(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except pa.ArrowException as error:
        raise DataError(f"{path.name} cannot be read: {error}", value=path) from error
