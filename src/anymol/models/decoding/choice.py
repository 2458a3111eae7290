"""Which decoder runs a model: one of our own where it can, else transformers' own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from torch import Tensor

from anymol.models.decoding.feed import Condition, Feed, StepDecoder
from anymol.models.decoding.lean import LeanDecoder, find_obstacle
from anymol.models.decoding.runtime import RuntimeDecoder, find_runtime_obstacle
from anymol.models.decoding.wrapped import WrappedDecoder
from anymol.models.modeling import AnyMolForCausalLM

logger = logging.getLogger(__name__)

_STEPS_BEFORE: Final = 128
"""Steps after which a decoder that takes half a second to build pays: a command line with one question ends before."""


class ChangingDecoder:
    """Begins with a decoder that is there at once and goes on with a faster one that takes a while to build.

    Both keep the same cache, so that the change may come between any two steps. Where the faster one cannot be built,
    the first goes on.

    Args:
        first: Runs the first steps.
        build: Builds the one for all that follow.
        steps: How many steps the first one runs.
    """

    def __init__(self, first: StepDecoder, build: Callable[[], StepDecoder], steps: int = _STEPS_BEFORE) -> None:
        self.current = first
        self._build: Callable[[], StepDecoder] | None = build
        self._left = steps
        self._changing = threading.Lock()

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.current.layers

    def run(self, feeds: Sequence[Feed]) -> list[Tensor]:
        """Add the tokens of several feeds and return the logits of each, (B, keep, V)."""
        if self._build is not None:
            self._count()
        return self.current.run(feeds)

    def _count(self) -> None:
        with self._changing:
            self._left -= 1
            if self._left >= 0 or self._build is None:
                return
            build, self._build = self._build, None
            try:
                self.current = build()
            except Exception as error:  # noqa: BLE001  # a library that cannot start costs speed, and no answer
                logger.warning("decoding goes on without ONNX Runtime: %s: %s", type(error).__name__, error)


def choose_decoder(model: AnyMolForCausalLM, threads: int | None = None) -> StepDecoder:
    """Return what runs the decoder of a model as it is now: an adapter put in later would not be seen.

    Args:
        model: The model.
        threads: CPU threads of one step; None for as many as the library takes by itself.
    """
    if find_runtime_obstacle(model.decoder) is None:
        return ChangingDecoder(LeanDecoder(model.decoder), partial(RuntimeDecoder, model.decoder, threads))
    if find_obstacle(model.decoder) is None:
        return LeanDecoder(model.decoder)
    adapter = model.adapter
    if adapter is None or not model.is_conditioned:
        return WrappedDecoder(model.decoder)

    def open_scope(condition: Condition) -> AbstractContextManager[None]:
        return adapter.conditioned_on(*condition.tensors, keys=condition.keys)

    return WrappedDecoder(model.decoder, open_scope)
