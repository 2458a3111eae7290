"""How often molecules went into recorded reactions, and came out of them: what can be bought or made.

Kept by 32-bit hashes of canonical SMILES: of a million molecules that no reaction holds, some seventy are taken for one
of 300,000 that do.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import DataError

COUNTED: Final = ("molecules", "went_in", "came_out")
"""Names of the arrays that it is stored in."""

_MOST: Final = 255


class MoleculeCounts:
    """Counts of molecules.

    Args:
        hashes: Of the molecules, rising, uint32.
        went_in: Reactions in which each gives atoms, at most 255, uint8.
        came_out: Reactions that make it, at most 255, uint8.
    """

    def __init__(self, hashes: NDArray[np.uint32], went_in: NDArray[np.uint8], came_out: NDArray[np.uint8]) -> None:
        if not hashes.shape == went_in.shape == came_out.shape:
            raise DataError("the counts of molecules do not fit their hashes", value=len(hashes))
        self._hashes, self._went_in, self._came_out = hashes, went_in, came_out

    def __len__(self) -> int:
        return len(self._hashes)

    @classmethod
    def count(cls, reactions: Iterable[RecordedReaction]) -> MoleculeCounts:
        """Count the molecules of reactions."""
        went_in: Counter[int] = Counter()
        came_out: Counter[int] = Counter()
        for reaction in reactions:
            went_in.update({hash_molecule(one) for one in reaction.reactants.split(".")})
            came_out[hash_molecule(reaction.products)] += 1
        hashes = sorted(went_in.keys() | came_out.keys())
        return cls(
            np.array(hashes, dtype=np.uint32),
            np.array([min(went_in[one], _MOST) for one in hashes], dtype=np.uint8),
            np.array([min(came_out[one], _MOST) for one in hashes], dtype=np.uint8),
        )

    def find(self, smiles: str) -> tuple[int, int]:
        """Return in how many reactions a molecule went in, and of how many it came out.

        Args:
            smiles: Canonical SMILES of one molecule.
        """
        number = hash_molecule(smiles)
        place = int(np.searchsorted(self._hashes, np.uint32(number)))
        if place == len(self) or int(self._hashes[place]) != number:
            return 0, 0
        return int(self._went_in[place]), int(self._came_out[place])

    def to_arrays(self) -> dict[str, bytes]:
        """Return what :meth:`from_arrays` takes; of the hashes only how far each is from the one before."""
        steps = np.diff(self._hashes, prepend=np.uint32(0)).astype("<u4")
        columns = steps.view(np.uint8).reshape(-1, 4).T  # high bytes together are mostly zero
        contents = (columns.tobytes(), self._went_in.tobytes(), self._came_out.tobytes())
        return dict(zip(COUNTED, contents, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, bytes]) -> MoleculeCounts:
        """Make counts of stored arrays.

        Raises:
            DataError: They do not fit together.
        """
        columns = np.frombuffer(arrays["molecules"], dtype=np.uint8).reshape(4, -1)
        steps = np.ascontiguousarray(columns.T).view("<u4").ravel()
        hashes = np.cumsum(steps, dtype=np.uint32)
        went_in, came_out = (np.frombuffer(arrays[name], dtype=np.uint8) for name in COUNTED[1:])
        return cls(hashes, went_in, came_out)


def hash_molecule(smiles: str) -> int:
    """Return the 32-bit hash of a canonical SMILES."""
    return int.from_bytes(hashlib.blake2b(smiles.encode(), digest_size=4).digest(), "little")
