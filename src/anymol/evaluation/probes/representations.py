"""What a model makes of a molecule shown in one way: states to compare between modalities and between models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from anymol.modalities.content import Part
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import PaddingSide

_BATCH: Final = 32


@dataclass(frozen=True, eq=False)
class Representations:
    """States of n molecules, each the mean over the molecule's tokens.

    Attributes:
        given: Shape (n, H), fp32. What the decoder is given: embeddings of tokens, or projected states.
        read: Shape (n, H), fp32. What its last block makes of them, after the final norm.
    """

    given: torch.Tensor
    read: torch.Tensor


@torch.inference_mode()
def represent(model: AnyMolForCausalLM, processor: AnyMolProcessor, molecules: Sequence[Part]) -> Representations:
    """Return the states of molecules that are shown in one way, each by itself as a document of one part.

    Args:
        model: The model.
        processor: Its processor.
        molecules: One part each: a notation, a graph, a spectrum ...

    Raises:
        ValueError: There is no molecule.
        DataError: The model does not read a part's modality.
    """
    if not molecules:
        raise ValueError("there is no molecule to represent")
    encoded = processor.encode_documents([[part] for part in molecules])
    given, read = [], []
    for start in range(0, len(encoded), _BATCH):
        batch = processor.batch(encoded[start : start + _BATCH], padding_side=PaddingSide.RIGHT)
        embeddings, _ = model.read_prompts(batch["input_ids"], batch.get("molecules"))
        states = model(
            batch["input_ids"],
            attention_mask=batch["attention_mask"],
            molecules=batch.get("molecules"),
            output_hidden_states=True,
            logits_to_keep=1,
        ).hidden_states[-1]
        own = batch["attention_mask"].bool().clone()
        for row, example in enumerate(encoded[start : start + _BATCH]):
            own[row, len(example) - 1] = False  # the end token
        share = own[..., None].float() / own.sum(dim=1)[:, None, None]
        given.append((embeddings.float() * share).sum(dim=1))
        read.append((states.float() * share).sum(dim=1))
    return Representations(torch.cat(given), torch.cat(read))
