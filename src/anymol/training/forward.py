"""One forward pass over packed rows, with logits only where there is something to predict."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer

from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.packed_attention import can_attend_packed
from anymol.training.packing import PackedBatch
from anymol.training.stages import Precision

logger = logging.getLogger(__name__)


@contextmanager
def gather_before_head(head: nn.Module, positions: Tensor) -> Iterator[None]:
    """Give the output head only the states at `positions`.

    Answers are well under half of the tokens, and the head with its softmax is a large part of a small decoder's
    step. A hook serves any decoder, with whatever it does to its logits after the head.

    Args:
        head: The decoder's output head; it sees states of shape (B, L, H) and, in this scope, (1, T, H).
        positions: Shape (T,), int64. Flat positions (row * L + column).
    """

    def gather(_: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        states, *others = arguments
        return (states.flatten(0, 1).index_select(0, positions)[None], *others)

    handle = head.register_forward_pre_hook(gather)
    try:
        yield
    finally:
        handle.remove()


def compute_target_logits(
    wrapped: nn.Module, model: AnyMolForCausalLM, batch: PackedBatch, precision: Precision
) -> Tensor:
    """Return the logits of the batch's targets, shape (T, vocabulary), fp32.

    Args:
        wrapped: The model as it is called (perhaps wrapped for data parallelism).
        model: The model itself.
        batch: Packed rows, on the model's device.
        precision: Arithmetic of the pass.
    """
    bf16 = precision is Precision.BF16
    more = {"segments": batch.segments} if model.is_conditioned else {}
    with ExitStack() as stack:
        stack.enter_context(gather_before_head(model.get_output_embeddings(), batch.predict_at))
        stack.enter_context(torch.autocast(batch.input_ids.device.type, dtype=torch.bfloat16, enabled=bf16))
        if model.adapter is not None and model.adapter.routes:
            # The mask of packed rows is 4-D: it does not say which tokens are padding.
            stack.enter_context(model.adapter.masked(batch.segments >= 0))
        outputs = wrapped(
            input_ids=batch.input_ids,
            attention_mask=batch.attention_mask,
            position_ids=batch.position_ids,
            molecules=batch.molecules,
            use_cache=False,
            **more,
        )
    logits: Tensor = outputs.logits[0]
    return logits.float()


def reads_segments(model: AnyMolForCausalLM) -> bool:
    """Whether packed rows are given to the model by their segments: on CPUs, where the decoder's attention is plain."""
    return model.device.type == "cpu" and can_attend_packed(model.decoder)


@contextmanager
def checkpointed(model: AnyMolForCausalLM) -> Iterator[None]:
    """Run the decoder's layers again in the backward pass while the scope lasts, instead of keeping what they computed.

    transformers does so for layers in training mode only; a frozen decoder is in evaluation mode, for its dropout's
    sake, and gradients go through it all the same. So the layers alone, not what is in them, are put in that mode.
    """
    layers = [module for module in model.decoder.modules() if isinstance(module, GradientCheckpointingLayer)]
    before = [layer.training for layer in layers]
    # "Gradient" until transformers 5.22, "activation" since.
    kind = "activation" if hasattr(model.decoder, "activation_checkpointing_enable") else "gradient"
    getattr(model.decoder, f"{kind}_checkpointing_enable")({"use_reentrant": False})
    for layer in layers:
        layer.training = True
    try:
        yield
    finally:
        getattr(model.decoder, f"{kind}_checkpointing_disable")()
        for layer, mode in zip(layers, before, strict=True):
            layer.training = mode


def compile_trunk(model: AnyMolForCausalLM) -> bool:
    """Compile the decoder's body in place, where a compiler is at hand.

    Only the body: its shapes are fixed, whereas molecules and answers differ from batch to batch and stay outside.

    Returns:
        Whether it was compiled.
    """
    try:
        torch.compile(_increment)(torch.zeros(1))
    except (RuntimeError, OSError, ImportError, subprocess.SubprocessError) as error:
        logger.warning("training without torch.compile: %s", str(error).splitlines()[0])
        return False
    model.get_decoder().compile(dynamic=False)
    return True


def _increment(value: Tensor) -> Tensor:
    return value + 1
