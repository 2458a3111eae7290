"""A model with its processor, to answer with: from its files alone where that can be, else as one of transformers."""

from __future__ import annotations

from pathlib import Path

import torch

from anymol.models.prompt_model import PromptModel
from anymol.models.prompt_writer import PromptWriter
from anymol.models.stored_model import find_stored_obstacle, read_stored_model


def load_prompt_model(
    directory: Path, *, dtype: torch.dtype | None = torch.float32, device: str | torch.device = "cpu"
) -> tuple[PromptModel, PromptWriter]:
    """Read a model directory strictly, with no more than answering needs.

    Args:
        directory: A directory that :func:`~anymol.models.checkpoint.save_checkpoint` wrote.
        dtype: Type of the weights in memory; None keeps that on disk.
        device: Where to put the model.

    Raises:
        CheckpointError: The directory or a file is missing or damaged, or the weights do not fit the config.
    """
    if find_stored_obstacle(directory, dtype) is None:
        return read_stored_model(directory, device)
    from anymol.models.checkpoint import load_checkpoint  # transformers: seconds, which few models need to answer

    model, processor, _ = load_checkpoint(directory, dtype=dtype, device=device)
    return model, processor
