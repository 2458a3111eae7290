"""A decoder that is there at once, and a faster one that takes its place where there is much to decode."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from torch import Tensor

from anymol.models.decoding.feed import Feed, StepDecoder
from anymol.models.decoding.lean import LeanDecoder
from anymol.models.decoding.runtime import RuntimeDecoder, find_runtime_obstacle
from anymol.models.decoding.weights import DecoderWeights

logger = logging.getLogger(__name__)

_POSITIONS_BEFORE: Final = 1024
"""Positions after which a faster decoder pays: of 11 M weights, it takes 0.14 s to build and saves as much on as many.
A command line with one short answer ends before; ten beams and what is scored of them do not."""

_STEP: Final = 8
"""Positions that a step costs besides its own: with one position it is mostly calls."""


class ChangingDecoder:
    """Begins with a decoder that is there at once and goes on with a faster one that takes a while to build.

    Both keep the same cache, so that the change may come between any two steps. Where the faster one cannot be built,
    the first goes on.

    Args:
        first: Runs the first steps.
        build: Builds the one for all that follow.
        positions: How many positions the first one runs at most, those that each step costs besides its own included.
    """

    def __init__(
        self, first: StepDecoder, build: Callable[[], StepDecoder], positions: int = _POSITIONS_BEFORE
    ) -> None:
        self.current = first
        self._build: Callable[[], StepDecoder] | None = build
        self._left = positions
        self._changing = threading.Lock()

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.current.layers

    def run(self, feeds: Sequence[Feed]) -> list[Tensor]:
        """Add the tokens of several feeds and return the logits of each, (B, keep, V)."""
        if self._build is not None:
            self._count(sum(_STEP + feed.positions.numel() for feed in feeds))
        return self.current.run(feeds)

    def _count(self, positions: int) -> None:
        with self._changing:
            self._left -= positions
            if self._left >= 0 or self._build is None:
                return
            build, self._build = self._build, None
            try:
                self.current = build()
            except Exception as error:  # noqa: BLE001  # a library that cannot start costs speed, and no answer
                logger.warning("decoding goes on without ONNX Runtime: %s: %s", type(error).__name__, error)


def decode_by_weights(read: Callable[[], DecoderWeights], threads: int | None = None) -> StepDecoder:
    """Return what runs a decoder whose head is one product.

    Args:
        read: Gives its weights, for each decoder that is built of them anew: they need not be held meanwhile.
        threads: CPU threads of one step; None for as many as the library takes by itself.
    """
    weights = read()
    lean = LeanDecoder(weights)
    if find_runtime_obstacle(weights.shape, weights.norm.device) is not None:
        return lean
    return ChangingDecoder(lean, lambda: RuntimeDecoder(read(), threads))
