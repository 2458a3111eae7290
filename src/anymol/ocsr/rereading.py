"""What stands at an atom, told by both who read it: the detector from afar, the label reader from near.

The label reader is asked only where the detector saw writing and was not sure of it. Of a bare carbon, where bonds meet
and nothing is written, it knows less than the detector: on degraded pictures it saw charges and radicals there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anymol.ocsr.labels import CHARGES, ISOTOPES
from anymol.ocsr.lettering import Word

_SHARE: Final = 0.5
"""What the detector's opinion counts beside the label reader's."""

_FLOOR: Final = -8.0
"""A label is never less likely to the detector than this, as a logarithm: it is too sure of what it confuses."""

_SURE: Final = math.log(0.9)
"""What the detector is surer of is not read again."""

LEAST: Final = math.log(0.8)
"""Both together must be surer than this, or the detector's reading stands."""

_UNKNOWN: Final = -4.0
"""What a label that the detector was not taught counts."""


def list_doubtful(words: Sequence[Word], certain: NDArray[np.floating[Any]]) -> list[int]:
    """Return the atoms at which something is written that the detector is not sure of.

    Args:
        words: What the detector reads at each of N atoms.
        certain: Shape (N,): logarithms of its probabilities.

    >>> list_doubtful([Word("C"), Word("O"), Word("N"), Word("C", -1)], np.log([0.3, 0.5, 0.99, 0.5]))
    [1, 3]
    """
    return [place for place, word in enumerate(words) if word != Word("C") and certain[place] < _SURE]


def settle_words(
    words: Sequence[Word],
    near: NDArray[np.floating[Any]],
    labels: Sequence[str],
    far: NDArray[np.float32],
    charges: NDArray[np.float32],
) -> tuple[list[Word], NDArray[np.float64]]:
    """Return the word of each atom, and the logarithm of its probability.

    Args:
        words: What the label reader tells apart.
        near: Shape (N, n_words): logarithms of its probabilities.
        labels: What the detector tells apart.
        far: Shape (N, n_labels): logarithms of its probabilities.
        charges: Shape (N, 3): the same of :data:`~anymol.ocsr.labels.CHARGES`.
    """
    places = {label: place for place, label in enumerate(labels)}
    told = np.full((len(near), len(words)), _UNKNOWN)
    for column, word in enumerate(words):
        # A dot looks like a minus sign from afar.
        signs = [CHARGES.index(sign) for sign in ((0, -1) if word.radical else (word.charge,))]
        # Of a nuclide the detector sees the element: its small number is lost on it.
        label, _ = ISOTOPES.get(word.label, (word.label, 0))
        if label in places:
            told[:, column] = far[:, places[label]] + charges[:, signs].max(axis=1)
    scores = near + _SHARE * np.maximum(told, _FLOOR)
    scores = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    best = scores.argmax(axis=1)
    return [words[column] for column in best.tolist()], scores[np.arange(len(best)), best]
