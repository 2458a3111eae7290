"""How much memory a stage takes: weights, gradients and optimiser by counting, activations by looking.

What a forward pass keeps for the backward pass is seen through torch's hooks of saved tensors, on a model with the
decoder's true widths and a few of its layers; layers are alike, so the rest follows by their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from anymol.models.quantisation import read_bytes
from anymol.training.optimisation import Optimiser
from anymol.training.stages import Precision, StageConfig


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes of a stage on one device, at the peak of a step.

    Attributes:
        frozen: Weights that rest.
        learned: Weights that learn, their gradients, the optimiser's state and averaged weights.
        activations: What one forward pass keeps for the backward pass.
        activations_again: The same with layers that are run again (gradient checkpointing).
        total: All together, as the stage is configured.
    """

    frozen: int
    learned: int
    activations: int
    activations_again: int
    total: int


@dataclass
class SavedBytes:
    """What a forward pass keeps.

    Attributes:
        body: Bytes kept inside the decoder's layers.
        outside: Bytes kept elsewhere: embeddings, encoders, logits.
    """

    body: int = 0
    outside: int = 0


@contextmanager
def watch_saved(model: nn.Module, layers: nn.ModuleList) -> Iterator[SavedBytes]:
    """Count the bytes that autograd keeps while the scope lasts, weights left out, each storage once."""
    found = SavedBytes()
    weights = (part for parameter in model.parameters() for part in read_bytes(parameter))
    seen = {weight.untyped_storage().data_ptr() for weight in weights}
    kept: list[Tensor] = []  # else an address might be given out twice
    depth = 0

    def enter(*_: Any) -> None:
        nonlocal depth
        depth += 1

    def leave(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    def pack(tensor: Tensor) -> Tensor:
        for part in read_bytes(tensor):
            storage = part.untyped_storage()
            if storage.data_ptr() not in seen:
                seen.add(storage.data_ptr())
                kept.append(part)
                if depth:
                    found.body += storage.nbytes()
                else:
                    found.outside += storage.nbytes()
        return tensor

    handles = [layer.register_forward_pre_hook(enter) for layer in layers]
    handles += [layer.register_forward_hook(leave) for layer in layers]
    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            yield found
    finally:
        for handle in handles:
            handle.remove()


def estimate_memory(
    learned: int,
    frozen: int,
    stage: StageConfig,
    saved: SavedBytes,
    tokens: int,
    *,
    layers: int,
    of: int,
    width: int,
) -> MemoryEstimate:
    """Return the memory of a stage.

    Args:
        learned: Weights that learn.
        frozen: Bytes of those that rest.
        stage: The stage.
        saved: What was kept for `tokens` tokens in `layers` layers.
        tokens: See `saved`.
        layers: Layers that were run.
        of: Layers of the whole decoder.
        width: Width H of the decoder.
    """
    scale = stage.micro_tokens / tokens
    body = saved.body / layers * scale
    outside = saved.outside * scale
    # Logits and their gradient stand beside one another when the backward pass begins.
    activations = body * of + 2 * outside
    # A layer's input is kept, and one layer at a time is run again with all that it keeps.
    item = 4 if stage.precision is Precision.FP32 else 2
    again = stage.micro_tokens * width * item * of + body + 2 * outside
    state = 4 if stage.optimiser.kind is Optimiser.MUON else 8
    each = 4 + 4 + state + (4 if stage.ema else 0)
    total = frozen + learned * each + (again if stage.gradient_checkpointing else activations)
    return MemoryEstimate(frozen, learned * each, int(activations), int(again), int(total))


def describe_memory(memory: MemoryEstimate) -> str:
    """Return what takes the memory, in a line."""
    parts = {
        "weights at rest": memory.frozen,
        "weights that learn with their optimiser": memory.learned,
        "activations": memory.activations,
        "activations with gradient checkpointing": memory.activations_again,
    }
    return ", ".join(f"{name} {size / 2**30:.2f} GiB" for name, size in parts.items())
