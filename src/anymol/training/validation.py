"""Loss and exactness on validation examples, task by task, during training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from anymol.models.modeling import AnyMolForCausalLM
from anymol.training.corpus import EncodedCorpus
from anymol.training.forward import compute_target_logits
from anymol.training.packing import PackedBatch, collate_rows, pack_rows
from anymol.training.processes import Processes
from anymol.training.stages import Precision


@dataclass(frozen=True)
class TaskLoss:
    """What was measured on one task.

    Attributes:
        loss: Mean cross-entropy per answer token, in nats.
        exact: Part of the examples whose every answer token is the model's first choice given the true ones before
            it; for greedy decoding this is the part that is answered exactly.
        n: Number of examples.
    """

    loss: float
    exact: float
    n: int


class Validator:
    """Measures a model on the same validation examples each time.

    Args:
        corpus: Encoded examples of the ``val`` split.
        tasks: Tasks to measure.
        row_length: Positions of a row; longer examples are left out.
        rows: Rows of a batch.
        pad_id: Token of the padding.
        per_task: Most examples of a task.
        by_segments: Whether the model's attention reads segments.
    """

    def __init__(
        self,
        corpus: EncodedCorpus,
        tasks: Sequence[str],
        *,
        row_length: int,
        rows: int,
        pad_id: int,
        per_task: int,
        by_segments: bool = False,
    ) -> None:
        self._batches: dict[str, list[PackedBatch]] = {}
        lengths = corpus.lengths
        for number, task in enumerate(corpus.tasks):
            chosen = np.flatnonzero((corpus.task == number) & (lengths <= row_length))[:per_task]
            if task not in tasks or not len(chosen):
                continue
            packed = [tuple(chosen[list(row)].tolist()) for row in pack_rows(lengths[chosen], row_length)]
            self._batches[task] = [
                collate_rows(
                    corpus,
                    packed[start : start + rows],
                    row_length,
                    pad_id=pad_id,
                    n_rows=rows,
                    by_segments=by_segments,
                )
                for start in range(0, len(packed), rows)
            ]

    def batches(self, task: str) -> Sequence[PackedBatch]:
        """Return the examples of a task as they are measured.

        Raises:
            KeyError: There is no example of it.
        """
        return self._batches[task]

    @torch.no_grad()
    def measure(
        self, model: AnyMolForCausalLM, precision: Precision, processes: Processes | None = None
    ) -> dict[str, TaskLoss]:
        """Measure each task; the model's mode is restored afterwards.

        Args:
            model: The model, whole.
            precision: Arithmetic of the passes.
            processes: Those that share the examples, where there are several.
        """
        adapter = model.adapter
        with evaluation_mode(model):
            found = {}
            for task, batches in self._batches.items():
                # Routing is told apart by task: whether experts specialise is what one wants to see.
                recording = adapter.recording(task) if adapter is not None and adapter.routes else nullcontext()
                with recording:
                    found[task] = self._measure(model, batches, precision, processes)
            return found

    def _measure(
        self,
        model: AnyMolForCausalLM,
        batches: Sequence[PackedBatch],
        precision: Precision,
        processes: Processes | None,
    ) -> TaskLoss:
        loss, n_targets, right, n = 0.0, 0, 0, 0
        for batch in batches if processes is None else processes.share(batches):
            moved = batch.to(model.device)
            logits = compute_target_logits(model, model, moved, precision)
            loss += float(cross_entropy(logits, moved.targets, reduction="sum"))
            n_targets += batch.n_targets
            wrong = (logits.argmax(-1) != moved.targets).long()[: batch.n_targets]
            per_example = torch.zeros(len(batch.examples), dtype=torch.long, device=wrong.device)
            per_example.index_add_(0, moved.target_example, wrong)
            right += int((per_example == 0).sum())
            n += len(batch.examples)
        if processes is not None:
            loss, *counts = processes.sum((loss, n_targets, right, n))
            n_targets, right, n = map(int, counts)
        return TaskLoss(loss=loss / max(1, n_targets), exact=right / n, n=n)


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode in this scope; each module then gets its own mode back."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
