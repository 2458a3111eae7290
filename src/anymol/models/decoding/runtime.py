"""A small decoder of the Llama and Qwen kind run by ONNX Runtime on a CPU.

A step of a decoder with a few million weights is hundreds of tiny operations. ONNX Runtime runs them with less ado than
torch, and multiplies a single row by a packed weight in less than half the time; ``docs/concepts/inference.md`` has the
figures. The weights are the decoder's own, copied; the numbers are its numbers but for the order of summation (tested).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from anymol.models.decoding.feed import Feed
from anymol.models.decoding.weights import DecoderShape, DecoderWeights

_MOST_POSITIONS: Final = 32_768
"""Of which rotations are held."""


def find_runtime_obstacle(shape: DecoderShape, device: torch.device) -> str | None:
    """Return why ONNX Runtime does not run a decoder of this shape; None where it does.

    Args:
        shape: Sizes of a decoder whose head is one product.
        device: Where its weights are.
    """
    if find_spec("onnxruntime") is None or find_spec("onnx") is None:
        return "anymol[fast] is not installed"
    if device.type != "cpu":
        return f"it is on {device.type}"
    if shape.positions > _MOST_POSITIONS:
        return "it is made for very long texts"
    return None


class RuntimeDecoder:
    """A decoder of a family that the lean one knows.

    Args:
        weights: The decoder.
        threads: Threads of one step; None leaves that to ONNX Runtime.

    Raises:
        ValueError: It cannot be run so.
    """

    def __init__(self, weights: DecoderWeights, threads: int | None = None) -> None:
        shape = weights.shape
        if obstacle := find_runtime_obstacle(shape, weights.norm.device):
            raise ValueError(f"ONNX Runtime does not run this decoder: {obstacle}")
        import onnxruntime

        from anymol.models.decoding.onnx_graph import build_graph, name_states

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.inter_op_num_threads = 1
        # Shapes differ from step to step: what an arena keeps for one of them no other can use.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        graph = build_graph(weights)
        # The session reads their memory, which is to stay as long as it does.
        self._weights = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in graph.weights.values()]
        options.add_external_initializers(list(graph.weights), self._weights)
        self._session: Any = onnxruntime.InferenceSession(graph.serialised, options, providers=["CPUExecutionProvider"])
        self.layers = shape.layers
        self._shared = shape.queries // shape.groups
        self._past = [name for number in range(self.layers) for name in name_states("past", number)]
        self._buffer_shape = (shape.groups, shape.head)

    def run(self, feeds: Sequence[Feed]) -> list[Tensor]:
        """Add the tokens of several feeds and return the logits of each, (B, keep, V)."""
        return [self._run(feed) for feed in feeds]

    def _run(self, feed: Feed) -> Tensor:
        rows, width = feed.embeddings.shape[:2]
        cache, length = feed.cache, feed.cache.length
        buffers = cache.whole_buffers(rows, *self._buffer_shape, columns=1)
        columns = buffers[0].shape[2]
        mask = torch.full((rows, 1, width, columns + width), -torch.inf)
        mask[:, 0, :, :length] = feed.mask[:, :, :length]
        mask[:, 0, :, columns:] = feed.mask[:, :, length:]
        # (B, 1, (Q / G) W, C + W), as the graph stacks the query heads of a group.
        spread = mask.expand(-1, self._shared, -1, -1).reshape(rows, 1, self._shared * width, -1)
        given = {
            "embeddings": feed.embeddings.contiguous().numpy(),
            "positions": feed.positions.contiguous().numpy(),
            "mask": spread.numpy(),
            "keep": np.array([-feed.keep]),
            **{name: buffer.numpy() for name, buffer in zip(self._past, buffers, strict=True)},
        }
        logits, *states = (torch.from_numpy(one) for one in self._session.run(None, given))
        for number in range(self.layers):
            cache.append(number, states[2 * number], states[2 * number + 1])
        cache.advance(width)
        return logits
