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
from anymol.training.sharding import Sharding
from anymol.training.stages import Precision, StageConfig


@dataclass(frozen=True)
class StageWeights:
    """The weights of a stage, as memory counts them.

    Attributes:
        learned: How many learn.
        momentum_only: How many of them have one number of optimiser state each (Muon), instead of AdamW's two.
        frozen: Bytes of those that rest.
        rounded: How many the passes read as bf16, beside fp32 masters (``bf16_weights``); those that rest too.
        rounded_learned: How many of these learn.
        layer: Bytes of one of the decoder's layers.
        outside: Bytes of all that is outside of them.
        layer_learned: How many weights learn in a layer.
        outside_learned: How many learn outside of them.
    """

    learned: int
    frozen: int
    momentum_only: int = 0
    rounded: int = 0
    rounded_learned: int = 0
    layer: int = 0
    outside: int = 0
    layer_learned: int = 0
    outside_learned: int = 0


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes of a stage on one device, at the peak of a step.

    Attributes:
        frozen: Weights that rest, or this process's shards of them.
        learned: Weights that learn, their gradients, the optimiser's state and averaged weights, or shards of them.
        copies: bf16 copies of weights that the passes read, and gradients that arrive in bf16.
        exchanged: What several processes hold to exchange gradients, and sharded weights while they are whole.
        activations: What one forward pass keeps for the backward pass.
        activations_again: The same with layers that are run again (gradient checkpointing).
        total: All together, as the stage is configured. Gradients of a step's only pass come as activations go, so that
            of both the larger counts.
    """

    frozen: int
    learned: int
    copies: int
    exchanged: int
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
                kept.append(part.detach())
                if depth:
                    found.body += storage.nbytes()
                else:
                    found.outside += storage.nbytes()
        # Without its history: a node that saves its own output would hold itself for ever.
        return tensor.detach()

    handles = [layer.register_forward_pre_hook(enter) for layer in layers]
    handles += [layer.register_forward_hook(leave) for layer in layers]
    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            yield found
    finally:
        for handle in handles:
            handle.remove()


def estimate_memory(
    weights: StageWeights,
    stage: StageConfig,
    saved: SavedBytes,
    tokens: int,
    *,
    layers: int,
    of: int,
    width: int,
    processes: int = 1,
    sharding: Sharding = Sharding.NONE,
) -> MemoryEstimate:
    """Return the memory of a stage on each of its processes.

    Args:
        weights: Its weights.
        stage: The stage.
        saved: What was kept for `tokens` tokens in `layers` layers.
        tokens: See `saved`.
        layers: Layers that were run.
        of: Layers of the whole decoder.
        width: Width H of the decoder.
        processes: How many share the run.
        sharding: How they hold the weights.
    """
    scale = stage.micro_tokens / tokens
    body = saved.body / layers * scale
    outside = saved.outside * scale
    # Logits and their gradient stand beside one another when the backward pass begins.
    activations = body * of + 2 * outside
    # A layer's input is kept, and one layer at a time is run again with all that it keeps.
    item = 4 if stage.precision is Precision.FP32 else 2
    again = stage.micro_tokens * width * item * of + body + 2 * outside
    kept = again if stage.gradient_checkpointing else activations
    # Masters, gradients, AdamW's two moments or Muon's one, and averaged weights, all fp32.
    gradients = 4 * weights.learned
    learned = (12 + (4 if stage.ema else 0)) * weights.learned + gradients - 4 * weights.momentum_only
    frozen = weights.frozen
    exchanged = 0
    match sharding:
        case Sharding.NONE if processes > 1:
            # Data parallelism gathers gradients, in the type in which they arrive, in buckets of its own.
            exchanged = gradients - 2 * weights.rounded_learned
        case Sharding.FSDP2:
            gradients, learned, frozen = (-(-size // processes) for size in (gradients, learned, frozen))
            # A layer is gathered while the next one arrives; what is outside stays whole until the backward pass. Their
            # gradients are whole until they are shared out.
            exchanged = weights.outside + 2 * weights.layer + 4 * (weights.outside_learned + weights.layer_learned)
    several = stage.batch_tokens > stage.micro_tokens * processes
    copies = 2 * weights.rounded + (2 * weights.rounded_learned if several else 0)
    together = 0 if several else int(min(gradients, kept))
    total = frozen + learned + copies + exchanged + int(kept) - together
    return MemoryEstimate(frozen, learned, copies, exchanged, int(activations), int(again), total)


def describe_memory(memory: MemoryEstimate) -> str:
    """Return what takes the memory, in a line."""
    parts = {
        "weights at rest": memory.frozen,
        "weights that learn with their optimiser": memory.learned,
        **({"bf16 copies": memory.copies} if memory.copies else {}),
        **({"exchange between processes": memory.exchanged} if memory.exchanged else {}),
        "activations": memory.activations,
        "activations with gradient checkpointing": memory.activations_again,
    }
    return ", ".join(f"{name} {size / 2**30:.2f} GiB" for name, size in parts.items())
