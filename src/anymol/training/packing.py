"""Packing: several examples share a row of fixed length, so that hardly any position is padding.

Letters: B rows of a batch, L positions of a row, T targets of a batch (rounded up), M molecules.

Attention is block-diagonal and causal and positions restart at each example, so that an example's loss does not
depend on its neighbours (Krell et al. 2021, "Efficient sequence packing without cross-contamination").
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anymol.models.loss import IGNORED
from anymol.training.corpus import EncodedCorpus

TARGET_STEP = 128
"""T is rounded up to a multiple of this: oneDNN keeps a kernel, and `torch.compile` a graph, per shape met."""

PackedRow = tuple[int, ...]
"""Numbers of the examples that stand in a row, in order."""


def pack_rows(lengths: NDArray[np.integer], row_length: int) -> list[PackedRow]:
    """Pack examples into rows by best fit, longest first.

    Args:
        lengths: Shape (n,). Length of each example, each from 1 to `row_length`.
        row_length: Positions of a row.

    Returns:
        Rows of indices into `lengths`; every example stands in exactly one row, whole.

    Raises:
        ValueError: If an example is longer than a row.
    """
    if len(lengths) and int(lengths.max()) > row_length:
        raise ValueError(f"an example of {int(lengths.max())} tokens does not fit a row of {row_length}")
    rows: list[list[int]] = []
    open_rows: list[tuple[int, int]] = []  # (free positions, row), sorted: the first that suffices fits best
    for index in np.argsort(-lengths, kind="stable"):
        length = int(lengths[index])
        place = bisect_left(open_rows, (length, -1))
        if place == len(open_rows):
            free, row = row_length, len(rows)
            rows.append([])
        else:
            free, row = open_rows.pop(place)
        rows[row].append(int(index))
        insort(open_rows, (free - length, row))
    return [tuple(row) for row in rows]


@dataclass(frozen=True, eq=False)
class PackedBatch:
    """Packed rows as tensors.

    Attributes:
        input_ids: Shape (B, L), int64. Padding stands at the end of a row.
        position_ids: Shape (B, L), int64. Restart at 0 in each example.
        segments: Shape (B, L), int64. Which of the batch's examples, in reading order, a token is of; -1 is padding.
        attention_mask: Shape (B, 1, L, L), bool. True where the query (third axis) may see the key; or, for an
            attention that reads segments, these in shape (B, 1, 1, L), int64.
        predict_at: Shape (T,), int64. Flat positions (row * L + column) whose next token carries loss.
        targets: Shape (T,), int64. The next tokens there; -100 beyond the first `n_targets`.
        target_example: Shape (n_targets,), int64. Which of the batch's examples, in reading order, a target is of.
        molecules: Modality -> its records in reading order in the form the model takes, where there are any.
        examples: Numbers of the examples in the corpus, in reading order.
        n_real: Positions that are not padding.
    """

    input_ids: Tensor
    position_ids: Tensor
    segments: Tensor
    attention_mask: Tensor
    predict_at: Tensor
    targets: Tensor
    target_example: Tensor
    molecules: dict[str, dict[str, Tensor]]
    examples: tuple[int, ...]
    n_real: int

    @property
    def n_targets(self) -> int:
        """Number of tokens that the loss counts; padding is none of them."""
        return len(self.target_example)

    def to(self, device: torch.device) -> PackedBatch:
        """Return the batch on another device."""
        return PackedBatch(
            input_ids=self.input_ids.to(device),
            position_ids=self.position_ids.to(device),
            segments=self.segments.to(device),
            attention_mask=self.attention_mask.to(device),
            predict_at=self.predict_at.to(device),
            targets=self.targets.to(device),
            target_example=self.target_example.to(device),
            molecules={
                modality: {name: tensor.to(device) for name, tensor in batch.items()}
                for modality, batch in self.molecules.items()
            },
            examples=self.examples,
            n_real=self.n_real,
        )


def collate_rows(
    corpus: EncodedCorpus,
    rows: Sequence[PackedRow],
    row_length: int,
    *,
    pad_id: int,
    n_rows: int | None = None,
    by_segments: bool = False,
) -> PackedBatch:
    """Write rows of examples into tensors.

    Args:
        corpus: Where the examples are.
        rows: Numbers of examples in the corpus, row by row.
        row_length: L.
        pad_id: Token of the padding.
        n_rows: B; rows of padding are added up to it, so that shapes stay fixed.
        by_segments: Whether the attention reads segments, and needs no dense mask
            (:mod:`anymol.models.packed_attention`).
    """
    n_rows = len(rows) if n_rows is None else n_rows
    ids = np.full((n_rows, row_length), pad_id, dtype=np.int64)
    positions = np.zeros((n_rows, row_length), dtype=np.int64)
    segments = np.full((n_rows, row_length), -1, dtype=np.int64)  # -1 is padding: it sees padding only
    predict_at: list[NDArray[np.int64]] = []
    targets: list[NDArray[np.int64]] = []
    owners: list[NDArray[np.int64]] = []
    order: list[int] = []
    n_real = 0
    for row_number, row in enumerate(rows):
        start = 0
        for example in row:
            tokens, learned = corpus.tokens_of(example)
            end = start + len(tokens)
            ids[row_number, start:end] = tokens
            positions[row_number, start:end] = np.arange(end - start)
            segments[row_number, start:end] = len(order)
            # Nothing precedes the first token of an example, so it is never a target.
            columns = np.flatnonzero(learned[1:])
            predict_at.append(row_number * row_length + start + columns)
            targets.append(tokens[1:][columns].astype(np.int64))
            owners.append(np.full(len(columns), len(order), dtype=np.int64))
            order.append(example)
            start = end
        n_real += start
    n_targets = sum(map(len, targets))
    surplus = -n_targets % TARGET_STEP
    lines = torch.from_numpy(segments)
    empty = np.zeros(0, dtype=np.int64)
    return PackedBatch(
        input_ids=torch.from_numpy(ids),
        position_ids=torch.from_numpy(positions),
        segments=lines,
        attention_mask=lines[:, None, None] if by_segments else _mask_densely(lines),
        predict_at=torch.from_numpy(np.concatenate([*predict_at, np.zeros(surplus, np.int64)])),
        targets=torch.from_numpy(np.concatenate([*targets, np.full(surplus, IGNORED, np.int64)])),
        target_example=torch.from_numpy(np.concatenate([*owners, empty])),
        molecules=corpus.molecules_of(order),
        examples=tuple(order),
        n_real=n_real,
    )


def pad_left(prompts: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Return prompts to be continued, their ends in one column.

    Args:
        prompts: Tokens of each.
        pad_id: Token of the padding.

    Returns:
        Tokens, shape (n, L), and 1 where each has one, shape (n, L).
    """
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad_id)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids, mask


def _mask_densely(segments: Tensor) -> Tensor:
    """Return the mask (B, 1, L, L) of segments (B, L): within an example, a query sees itself and what is before it."""
    same = segments[:, :, None] == segments[:, None, :]
    causal = torch.ones(segments.shape[1], segments.shape[1], dtype=torch.bool).tril()
    return (same & causal)[:, None]
