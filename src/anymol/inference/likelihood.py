"""How probable a model finds a given answer: a finer measure than whether it writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from anymol.modalities.content import Message, Part
from anymol.models.loss import IGNORED
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor, EncodedExample, PaddingSide

_POSITIONS: Final = 8192
"""Most padded positions of one forward pass: bounds the memory of the logits."""


@torch.inference_mode()
def measure_surprise(
    model: AnyMolForCausalLM,
    processor: AnyMolProcessor,
    conversations: Sequence[tuple[Sequence[Message], Sequence[Part]]],
) -> NDArray[np.float64]:
    """Return the negative log-probability of each answer, nats, shape (n,).

    The answer is taken as it is written, end token included; another writing of the same molecule counts as another
    answer.

    Args:
        model: The model, in evaluation mode.
        processor: Its processor.
        conversations: Questions, each with an answer.
    """
    encoded = processor.encode_many(conversations)
    found = np.zeros(len(encoded))
    for places in _bucket(encoded):
        batch = processor.batch([encoded[place] for place in places], padding_side=PaddingSide.RIGHT)
        tensors = {name: _move(value, model.device) for name, value in batch.items()}
        labels = tensors.pop("labels")[:, 1:]
        logits = model(**tensors).logits[:, :-1].float()
        nats = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
        found[places] = nats.view(labels.shape).sum(1).double().cpu().numpy()
    return found


def _bucket(encoded: Sequence[EncodedExample]) -> Iterator[list[int]]:
    """Yield places of examples of similar length, longest first."""
    order = sorted(range(len(encoded)), key=lambda place: -len(encoded[place]))
    start = 0
    while start < len(order):
        rows = max(1, _POSITIONS // len(encoded[order[start]]))
        yield order[start : start + rows]
        start += rows


def _move(value: Any, device: torch.device) -> Any:
    if isinstance(value, dict):
        return {name: _move(inner, device) for name, inner in value.items()}
    return value.to(device)
