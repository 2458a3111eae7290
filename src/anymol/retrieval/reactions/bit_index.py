"""Search of fingerprints by similarity: for each bit a compressed bitmap of the rows that have it.

A query reads the bitmaps of its own bits only, some fifty of a thousand, and adds them up: that is the number of bits
it shares with each row. No bit counting is needed, and a bitmap that no query asks for is never unpacked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.errors import DataError

_SLICE: Final = 4096
"""Rows that are turned into bitmaps at a time."""


class BitIndex:
    """Rows of fingerprints, searched by Tanimoto similarity.

    Args:
        bitmaps: Compressed bitmaps, one after the other; bytes.
        ends: Where each ends, (bits,).
        counts: Bits that are set in each row, (rows,).
    """

    def __init__(self, bitmaps: NDArray[np.uint8], ends: NDArray[np.int64], counts: NDArray[np.uint16]) -> None:
        if len(ends) == 0 or ends[-1] != len(bitmaps):
            raise DataError("the bitmaps of the index do not fit their places", value=len(bitmaps))
        self._bitmaps, self._ends, self._counts = bitmaps, ends, counts
        self._unpacked: dict[int, NDArray[np.uint8]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    @classmethod
    def build(cls, rows: Iterable[Sequence[int]], size: int) -> BitIndex:
        """Index fingerprints.

        Args:
            rows: For each row the bits that are set in it.
            size: Bits of a fingerprint.
        """
        packed: list[NDArray[np.uint8]] = []
        counts: list[int] = []
        dense = np.zeros((_SLICE, size), dtype=np.uint8)
        filled = 0
        for bits in rows:
            dense[filled, list(bits)] = 1
            counts.append(len(bits))
            filled += 1
            if filled == _SLICE:
                packed.append(np.packbits(dense, axis=0))
                dense[:] = 0
                filled = 0
        packed.append(np.packbits(dense[:filled], axis=0))
        whole = np.concatenate(packed)
        columns = [zlib.compress(np.ascontiguousarray(whole[:, bit]).tobytes(), 9) for bit in range(size)]
        ends = np.cumsum([len(column) for column in columns], dtype=np.int64)
        return cls(np.frombuffer(b"".join(columns), dtype=np.uint8), ends, np.array(counts, dtype=np.uint16))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays that :meth:`from_arrays` takes."""
        return {"bitmaps": self._bitmaps, "bitmap_ends": self._ends, "bit_counts": self._counts}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> BitIndex:
        """Make an index of stored arrays.

        Raises:
            DataError: They do not fit together.
        """
        return cls(arrays["bitmaps"], arrays["bitmap_ends"], arrays["bit_counts"])  # type: ignore[arg-type]

    def search(
        self, bits: Sequence[int], limit: int, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the rows most similar to a fingerprint.

        Args:
            bits: Bits that are set in it.
            limit: Rows at most.
            among: Which rows are looked at, (rows,); None for all.

        Returns:
            Rows, the most similar first, of equal ones the earlier row first; and their Tanimoto similarities, above 0.
        """
        similarities = self._compare(bits)
        if among is not None:
            similarities[~among] = 0.0
        if limit < len(self):
            least = np.partition(similarities, len(self) - limit)[len(self) - limit]
            near = np.flatnonzero(similarities >= max(least, np.finfo(float).tiny))
        else:
            near = np.flatnonzero(similarities > 0)
        order = near[np.lexsort((near, -similarities[near]))][:limit]
        return order, similarities[order]

    def _compare(self, bits: Sequence[int]) -> NDArray[np.float64]:
        shared = np.zeros(len(self), dtype=np.uint16)
        for bit in bits:
            shared += self._unpack(bit)
        union = self._counts + np.uint16(len(bits)) - shared
        similarities: NDArray[np.float64] = np.divide(shared, union, out=np.zeros(len(self)), where=union > 0)
        return similarities

    def _unpack(self, bit: int) -> NDArray[np.uint8]:
        packed = self._unpacked.get(bit)
        if packed is None:
            start = int(self._ends[bit - 1]) if bit else 0
            try:
                content = zlib.decompress(self._bitmaps[start : int(self._ends[bit])].tobytes())
            except zlib.error as error:
                raise DataError(f"the index of fingerprints is damaged: {error}", value=bit) from None
            packed = self._unpacked[bit] = np.frombuffer(content, dtype=np.uint8)
        return np.unpackbits(packed, count=len(self))
