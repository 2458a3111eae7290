"""What every source of examples offers, and how rows are drawn from a file."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.errors import DataError

SourceRow = tuple[Any, ...]
"""One row of a source, as plain values that travel to a worker process."""


@dataclass(frozen=True)
class DataOrigin:
    """Where sources read from, and under which rules.

    Attributes:
        data_dir: The data directory; None where there is none.
        licences: Terms of the sources of that directory.
        shippable: Take only sources whose weights may be shipped.
        seed: Seed of the order of rows.
    """

    data_dir: Path | None
    licences: Licences
    shippable: bool
    seed: int

    def read(self, file: str, columns: Sequence[str]) -> pa.Table:
        """Read columns of a file of the data directory.

        Raises:
            DataError: When there is no data directory, or the file is missing or damaged.
        """
        if self.data_dir is None:
            raise DataError(
                f"{file} is needed, but no data directory is known", hint="give --data-dir, set ANYMOL_DATA"
            )
        try:
            return pq.read_table(self.data_dir / file, columns=list(columns))
        except FileNotFoundError:
            raise DataError(f"{file} is missing", value=self.data_dir, hint="see anymol data fetch") from None
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(f"{file} cannot be read: {error}", value=self.data_dir) from error

    def shuffled(self, table: pa.Table, salt: str) -> pa.Table:
        """Return the rows in an order that follows from the seed and `salt`."""
        seed = random.Random(f"{self.seed}/{salt}").getrandbits(64)
        return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


class Source(Protocol):
    """A source of examples. It is built in the main process and sent to the workers."""

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield the rows of a split, shuffled; cheap, for the main process. The first value is the row's id."""
        ...

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecules, as they stand in the row, that its examples answer with or describe."""
        ...

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Make the examples of a row, in a worker.

        Raises:
            AnyMolError: When the row cannot be used; the reason is counted.
        """
        ...


def iterate_rows(table: pa.Table, columns: Sequence[str]) -> Iterator[SourceRow]:
    """Yield rows as tuples, in batches so that memory stays low."""
    for batch in table.select(list(columns)).to_batches(max_chunksize=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def keep_values(table: pa.Table, column: str, values: Collection[str]) -> pa.Table:
    """Return the rows whose `column` holds one of `values`."""
    return table.filter(pc.is_in(table[column], pa.array(sorted(values), pa.string())))


def with_row_numbers(table: pa.Table) -> pa.Table:
    """Return the table with a column ``row``: where each row stands in its file."""
    return table.append_column("row", pa.array(range(table.num_rows), pa.int64()))
