"""The decoder of a model as a directory of transformers: what vLLM, llama.cpp's converter and others load.

It answers text, molecules written among it, as the whole model does, up to rounding: tokens that have a table of their
own here become rows of its tables, and tokenizer and chat template stand beside it. What encoders and projectors read
is left behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import GenerationConfig

from anymol.errors import CheckpointError, MergeError
from anymol.files import staged_directory
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor


def write_plain_decoder(model: AnyMolForCausalLM, processor: AnyMolProcessor, directory: Path) -> None:
    """Write a model's decoder, with the tokens that joined it, its tokenizer and its chat template.

    Args:
        model: A model without adapter; its decoder is changed, so that the model is of no use afterwards.
        processor: Its processor.
        directory: Where to; free.

    Raises:
        MergeError: The model has an adapter: merge it first; or its embedding has no rows that a token could join.
        CheckpointError: Something is there already.
    """
    if model.config.adapters:
        raise MergeError("the decoder has an adapter, and a plain decoder has none", hint="merge it first")
    if directory.exists():
        raise CheckpointError("something is there already", value=directory, hint="give a new folder")
    decoder = model.decoder
    if model.extra_tokens is not None:
        _join_tokens(model, len(processor.tokenizer))
    generation = model.generation_config or GenerationConfig()
    decoder.generation_config = generation
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        setattr(decoder.config, name, getattr(generation, name, None))
    with staged_directory(directory) as draft:
        decoder.save_pretrained(draft)
        processor.tokenizer.save_pretrained(draft)


@torch.no_grad()
def _join_tokens(model: AnyMolForCausalLM, size: int) -> None:
    """Write the rows of the extra tokens into the decoder's own tables, which get `size` rows."""
    extra: Any = model.extra_tokens
    decoder: Any = model.decoder
    head = decoder.get_output_embeddings()
    head._forward_hooks.clear()  # it appended the logits of the extra tokens, which are rows of the head from now on
    if decoder.config.tie_word_embeddings and extra.output is not None:
        # Rows that the decoder shares between its tables and the extra tokens do not: from now on it shares none.
        decoder.config.tie_word_embeddings = False
        head.weight = nn.Parameter(head.weight.detach().clone(), requires_grad=False)
    decoder.resize_token_embeddings(size, mean_resizing=False)
    inputs, outputs = decoder.get_input_embeddings().weight, decoder.get_output_embeddings().weight
    scale = _read_scale(decoder.get_input_embeddings())
    inputs[extra.first_id :] = (extra.input.weight / scale).to(inputs.dtype)
    outputs[extra.first_id :] = extra.output_weight.to(outputs.dtype)
    model.extra_tokens = None


def _read_scale(table: nn.Module) -> float:
    """Return what an embedding multiplies its rows by: Gemma's by the square root of the width, others' by nothing.

    Raises:
        MergeError: It does something else with them.
    """
    if type(table) is nn.Embedding:
        return 1.0
    scale: Any = getattr(table, "embed_scale", None)
    if scale is None:
        raise MergeError("tokens cannot join an embedding of this kind", value=type(table).__name__)
    return float(scale)
