"""Prompts that were read before: what the decoder keeps of them, by their content, within a bound of memory."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from anymol.models.decoding.feed import Condition
from anymol.models.prompt_writer import EncodedExample


@dataclass(frozen=True)
class ReadPrompt:
    """A prompt that the decoder has read.

    Attributes:
        length: Its tokens, L.
        columns: For each layer keys and values, (G, L, d).
        logits: What may follow, (V,).
        condition: What the adapter reads of its molecules; None where no adapter reads any.
    """

    length: int
    columns: tuple[Tensor, ...]
    logits: Tensor
    condition: Condition | None = None

    @property
    def n_bytes(self) -> int:
        """Memory it takes."""
        read = () if self.condition is None else self.condition.tensors
        tensors = (*self.columns, self.logits, *read)
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class ReadPrompts:
    """The prompts read last.

    Args:
        max_bytes: Most memory that they may take together.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.n_bytes = 0
        self._kept: OrderedDict[bytes, ReadPrompt] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: bytes) -> ReadPrompt | None:
        """Return a prompt by :func:`digest_prompt`; None where it is not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: bytes, prompt: ReadPrompt) -> None:
        """Keep a prompt; those used longest ago give way."""
        with self._lock:
            if key in self._kept or prompt.n_bytes > self.max_bytes:
                return
            self._kept[key] = prompt
            self.n_bytes += prompt.n_bytes
            while self.n_bytes > self.max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self.n_bytes -= oldest.n_bytes


def digest_prompt(prompt: EncodedExample) -> bytes:
    """Return a digest of all that a prompt holds: its tokens, and each record as its encoder reads it."""
    digest = hashlib.sha256(np.asarray(prompt.input_ids, np.int64).tobytes())
    for record in prompt.records:
        digest.update(f"{record.modality}:{record.role}".encode())
        for name, value in sorted(record.features.items()):
            array = np.asarray(value)
            digest.update(f"{name}:{array.dtype}:{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()
