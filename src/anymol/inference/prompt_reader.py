"""From prompts to what the decoder keeps of them: encoded, spliced, read, and remembered by their content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import torch
from torch import Tensor

from anymol.inference.prefixes import ReadPrompt, ReadPrompts, digest_prompt
from anymol.models.decoding.feed import Condition, Feed, StepDecoder, join_conditions
from anymol.models.decoding.key_values import KeyValues
from anymol.models.prompt_model import PromptModel
from anymol.models.prompt_writer import EncodedExample, PaddingSide, PromptWriter

_POSITIONS: Final = 1024
"""Most padded positions that are read together: what a layer computes of them stays in a processor's cache."""


class Embedder(Protocol):
    """Turns prompts into embeddings."""

    def embed_prompts(
        self, prompts: Sequence[EncodedExample], keys: Sequence[bytes]
    ) -> tuple[Tensor, list[Condition | None]]:
        """Return embeddings (B, L, H), padded on the left, and the condition of each prompt."""

    def embed_tokens(self, tokens: Tensor) -> Tensor:
        """Return embeddings (B, W, H) of token ids (B, W)."""


class ModelEmbedder:
    """The embeddings of a model, its molecules spliced in.

    Args:
        model: The model.
        processor: Its processor.
    """

    def __init__(self, model: PromptModel, processor: PromptWriter) -> None:
        self._model = model
        self._processor = processor

    def embed_prompts(
        self, prompts: Sequence[EncodedExample], keys: Sequence[bytes]
    ) -> tuple[Tensor, list[Condition | None]]:
        """Return embeddings (B, L, H), padded on the left, and the condition of each prompt."""
        device = self._model.device
        batch = self._processor.batch(prompts, padding_side=PaddingSide.LEFT)
        molecules = {
            modality: {name: tensor.to(device) for name, tensor in records.items()}
            for modality, records in batch.get("molecules", {}).items()
        }
        embeddings, read = self._model.read_prompts(batch["input_ids"].to(device), molecules)
        if read is None:
            return embeddings, [None] * len(prompts)
        conditions = Condition(*read, keys=tuple(keys)).split()
        return embeddings, [one if bool(one.mask.any()) else None for one in conditions]

    def embed_tokens(self, tokens: Tensor) -> Tensor:
        """Return embeddings (B, W, H) of token ids (B, W)."""
        return self._model.embed(tokens)


class PromptReader:
    """Reads prompts, those with the same content once.

    Args:
        decoder: The decoder.
        embedder: Turns prompts into embeddings.
        max_bytes: Most memory of the prompts that are remembered.
    """

    def __init__(self, decoder: StepDecoder, embedder: Embedder, max_bytes: int) -> None:
        self._decoder = decoder
        self._embedder = embedder
        self._known = ReadPrompts(max_bytes)

    @property
    def known(self) -> ReadPrompts:
        """The prompts that are remembered."""
        return self._known

    def read(self, prompts: Sequence[EncodedExample]) -> list[ReadPrompt]:
        """Return the prompts as the decoder has read them."""
        keys = [digest_prompt(prompt) for prompt in prompts]
        found = {key: known for key in set(keys) if (known := self._known.find(key)) is not None}
        missing = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in found}
        order = sorted(missing, key=lambda key: -len(missing[key]))
        start = 0
        while start < len(order):
            rows = max(1, _POSITIONS // len(missing[order[start]]))
            chosen = order[start : start + rows]
            for key, one in zip(chosen, self._read([missing[key] for key in chosen], chosen), strict=True):
                self._known.keep(key, one)
                found[key] = one
            start += rows
        return [found[key] for key in keys]

    def _read(self, prompts: Sequence[EncodedExample], keys: Sequence[bytes]) -> list[ReadPrompt]:
        embeddings, conditions = self._embedder.embed_prompts(prompts, keys)
        rows, longest = embeddings.shape[:2]
        lengths = [len(prompt) for prompt in prompts]
        places = torch.arange(longest, device=embeddings.device)
        missing = longest - torch.tensor(lengths, device=embeddings.device)
        positions = (places - missing[:, None]).clamp_min(0)
        visible = (places[None, :] <= places[:, None]) & (places >= missing[:, None])[:, None, :]
        # What is padded sees itself: a row that saw nothing would not be a number.
        visible = visible | torch.eye(longest, dtype=torch.bool, device=embeddings.device)
        mask = torch.zeros(rows, longest, longest, device=embeddings.device).masked_fill_(~visible, -torch.inf)
        cache = KeyValues(self._decoder.layers)
        condition = join_conditions(conditions)
        feed = Feed(embeddings, positions, mask, cache, positions, keep=1, condition=condition)
        logits = self._decoder.run([feed])[0][:, -1].float()
        return [
            ReadPrompt(length, tuple(cache.take(row, slice(longest - length, longest))), logits[row].clone(), one)
            for row, (length, one) in enumerate(zip(lengths, conditions, strict=True))
        ]
