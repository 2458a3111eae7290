"""The records of one modality in shards, read when they are needed. Needs no RDKit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anymol.data.shards import ShardReader
from anymol.errors import DataError
from anymol.modalities.content import Record, RecordPart


class ShownRecords:
    """One record of each example that shows the modality, whatever is asked of it.

    Args:
        directory: A shard directory.
        split: Which examples.
        modality: ``graph`` or ``conformer``.

    Raises:
        DataError: No example of the split shows the modality.
    """

    def __init__(self, directory: Path | str, split: str, modality: str) -> None:
        self._reader = ShardReader(directory, split=split)
        self._modality = modality
        held = self._reader.modalities().get(modality)
        self._places: NDArray[np.int64] = np.flatnonzero(held) if held is not None else np.zeros(0, np.int64)
        if not len(self._places):
            raise DataError(
                f"no example of {split} shows a {modality}", value=directory,
                hint=f"give the data a component such as {{kind: recognition, val_count: 100, shown: [[{modality}]]}}",
            )  # fmt: skip

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Record:
        """Return the record of one example: of several, the first of the modality."""
        example = self._reader[int(self._places[index])]
        for part in (*(part for message in example.messages for part in message.parts), *example.answer):
            if isinstance(part, RecordPart) and part.modality == self._modality and part.record is not None:
                return part.record
        raise AssertionError(f"{example.id} shows no {self._modality}")
