"""Where a run starts that goes on from a whole trained model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from anymol.data.shards import PRETRAIN
from anymol.errors import ConfigError
from anymol.models.build import add_modalities
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.models.manifest import read_manifest
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.training.plan import TrainedDecoder, TrainingPlan


def load_trained(plan: TrainingPlan) -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    """Return the plan's trained model in fp32 and its processor, the plan's modalities and adapters put into both.

    Raises:
        CheckpointError: There is no such model, or it is damaged.
        ConfigError: The plan gives a modality or adapters that the model has already, or that do not fit it.
    """
    decoder = plan.model.decoder
    assert isinstance(decoder, TrainedDecoder)
    with locate_model(decoder.path) as directory:
        model, processor, _ = load_checkpoint(directory)
    if plan.model.modalities:
        model, processor = add_modalities(model, processor, plan.model.modalities)
    if plan.model.adapters:
        if model.config.adapters:
            raise ConfigError(
                "the trained model has an adapter already, and the recipe gives another", value=Path(decoder.path),
                hint="leave model.adapters out to train the one it has, or merge it first (anymol export)",
            )  # fmt: skip
        model.inject_adapter(plan.model.adapters)
    return model, processor


def list_trained_tasks(
    plan: TrainingPlan, counts: Mapping[str, Mapping[str, int]], *, is_continued: bool
) -> list[str] | None:
    """Return the tasks that a finished run has taught its model, with those that the model knew before.

    Args:
        plan: The run.
        counts: Examples of its shards, by task and split.
        is_continued: Whether it goes on from the checkpoint of another run.

    Returns:
        Their names; None where it is not known what the model knew before.
    """
    learned = {task for task, by_split in counts.items() if by_split.get("train") and task != PRETRAIN}
    if is_continued:
        return None
    decoder = plan.model.decoder
    if isinstance(decoder, TrainedDecoder):
        with locate_model(decoder.path) as directory:
            known = read_manifest(directory).tasks
        if known is None:
            return None
        learned |= known
    return sorted(learned)
