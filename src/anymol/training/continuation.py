"""Where a run starts that goes on from another run: its weights, their average, the optimisers' state, its tokenizer.

The new run has a folder, a recipe and data of its own; only what is learned comes over. It is copied into ``start/`` of
that folder at once, laid out as a run is, since the other run may go on and remove its checkpoint.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import CheckpointError
from anymol.files import read_whole, staged_directory, write_atomically
from anymol.models.processor import AnyMolProcessor
from anymol.training import checkpoints
from anymol.training.checkpoints import CHECKPOINTS_FOLDER, TrainingProgress
from anymol.training.kept_processor import read_kept_processor
from anymol.training.plan import FittedTokenizer, ModelConfig, TokenizerConfig, TrainingPlan

PLAN_FILE: Final = "recipe.json"
"""The whole plan of a run, in its folder."""
PROCESSOR_FOLDER: Final = "processor"
ENCODED_FOLDER: Final = "encoded"
_START_FOLDER: Final = "start"
_START_FILE: Final = "start.json"
_NOT_LEARNED: Final = {"weights", "encoder_weights"}
"""Keys of a model's config that say how it is stored, and what it starts from where it does not go on from a run."""


@dataclass(frozen=True)
class StartCheckpoint:
    """The checkpoint that a run goes on from.

    Attributes:
        checkpoint: Its directory.
        progress: Where its run stood.
        joining: Modalities that its model lacks and the new run's has: they start with fresh weights.
    """

    checkpoint: Path
    progress: TrainingProgress
    joining: tuple[str, ...] = ()

    @property
    def run(self) -> Path:
        """The folder of the run that the checkpoint is of."""
        return self.checkpoint.parent.parent

    @property
    def fresh_weights(self) -> tuple[str, ...]:
        """Beginnings of the names of weights that its model may lack."""
        parts = [f"{part}.{name}." for name in self.joining for part in ("encoders", "projectors", "markers")]
        # The first modality brings the roles of molecules with it.
        return (*parts, "role_embedding.") if parts else ()

    def processor(self) -> AnyMolProcessor:
        """Return the processor as the run kept it beside its checkpoints."""
        return read_kept_processor(self.run / PROCESSOR_FOLDER)

    def require_tokenizer(self, processor: AnyMolProcessor) -> None:
        """Refuse another tokenizer than that of its run.

        Raises:
            CheckpointError: The tokens are others, so that the weights would mean nothing.
        """
        require_same_tokenizer(
            processor, self.run / PROCESSOR_FOLDER, hint="its tokens depend on the data; go on with the same shards"
        )


def require_same_tokenizer(processor: AnyMolProcessor, kept: Path, *, hint: str) -> None:
    """Refuse another tokenizer than the one that a run kept.

    Args:
        processor: The processor made for this run.
        kept: Folder of the run's own.
        hint: What to do about it.

    Raises:
        CheckpointError: The tokens are others, so that the weights would mean nothing.
    """
    mine, theirs = (one.tokenizer.backend_tokenizer.to_str() for one in (processor, read_kept_processor(kept)))
    if mine != theirs:
        raise CheckpointError(
            "the tokenizer made for this run is not that of the run it goes on from", value=kept, hint=hint
        )


def open_earlier(place: Path, plan: TrainingPlan) -> StartCheckpoint:
    """Check a checkpoint that a plan is to go on from.

    Args:
        place: A checkpoint, or the folder of a run, of which the newest is taken.
        plan: The new run; its tokenizer and model must be those of the checkpoint's, but modalities may join.

    Raises:
        CheckpointError: There is none, it is damaged, or its tokenizer or model is another.
    """
    checkpoint = _find_checkpoint(place)
    earlier = StartCheckpoint(checkpoint, checkpoints.read_progress(checkpoint, key=None))
    path = earlier.run / PLAN_FILE
    try:
        theirs: dict[str, Any] = json.loads(read_whole(path, MAX_MANIFEST_BYTES))
        tokenizer = TypeAdapter(TokenizerConfig).validate_python(theirs["tokenizer"])
        model = ModelConfig.model_validate(theirs["model"])
    except (OSError, ValueError, TypeError, KeyError, ValidationError) as error:
        raise CheckpointError(
            f"the recipe of the run to go on from cannot be read: {error}",
            value=path,
            hint="leave a checkpoint in the folder of its run",
        ) from error
    if not (earlier.run / PROCESSOR_FOLDER).is_dir():
        raise CheckpointError("the run to go on from has no tokenizer", value=earlier.run)
    if isinstance(plan.tokenizer, FittedTokenizer):  # one that is ready is compared itself, wherever it lies
        _require_equal("tokenizer", plan.tokenizer, tokenizer, earlier)
    shared = {name: one for name, one in plan.model.modalities.items() if name in model.modalities}
    _require_equal("model", plan.model.model_copy(update={"modalities": shared}), model, earlier, but=_NOT_LEARNED)
    return replace(earlier, joining=tuple(name for name in plan.model.modalities if name not in shared))


def lay_start(plan: TrainingPlan, output: Path, start: Path | None, *, resume: bool) -> None:
    """Put what a run without a checkpoint of its own goes on from into its folder.

    Args:
        plan: The run.
        output: Its folder.
        start: A checkpoint or the folder of a run; None for a run from nothing.
        resume: Whether a start that is there already stays: the run was stopped before its first checkpoint.

    Raises:
        CheckpointError: See :func:`open_earlier`.
    """
    target = output / _START_FOLDER
    if resume and target.is_dir():
        return
    if start is None:
        shutil.rmtree(target, ignore_errors=True)
        return
    earlier = open_earlier(start, plan)
    try:
        with staged_directory(target) as draft:
            shutil.copytree(earlier.checkpoint, draft / CHECKPOINTS_FOLDER / earlier.checkpoint.name)
            shutil.copytree(earlier.run / PROCESSOR_FOLDER, draft / PROCESSOR_FOLDER)
            shutil.copy(earlier.run / PLAN_FILE, draft)
            record = {"checkpoint": str(earlier.checkpoint.resolve()), "tokens": earlier.progress.tokens}
            write_atomically(draft / _START_FILE, json.dumps(record, indent=1))
    except OSError as error:
        raise CheckpointError(
            f"the checkpoint to go on from cannot be copied: {error}",
            value=earlier.checkpoint,
            hint="a run that goes on removes its oldest checkpoints; try again",
        ) from error


def open_start(plan: TrainingPlan, output: Path) -> StartCheckpoint | None:
    """Return what :func:`lay_start` put into a run's folder; None for a run from nothing."""
    target = output / _START_FOLDER
    return open_earlier(target, plan) if target.is_dir() else None


def read_start(output: Path) -> dict[str, Any] | None:
    """Return ``checkpoint`` and ``tokens`` that a run went on from; None for a run from nothing."""
    path = output / _START_FOLDER / _START_FILE
    if not path.exists():
        return None
    try:
        record: dict[str, Any] = json.loads(read_whole(path, MAX_MANIFEST_BYTES))
        return {"checkpoint": str(record["checkpoint"]), "tokens": int(record["tokens"])}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"the record of what this run went on from cannot be read: {error}", value=path, hint="put it back"
        ) from error


def encoded_elsewhere(output: Path) -> list[Path]:
    """Return where the runs that a run goes on from keep encoded examples: the same data are not encoded again."""
    record = read_start(output)
    if record is None:
        return []
    run = Path(record["checkpoint"]).parent.parent
    return [run / ENCODED_FOLDER, *encoded_elsewhere(run)]


def record_plan(plan: TrainingPlan, output: Path) -> None:
    """Write a run's plan into its folder, where a later run that goes on from it looks for it."""
    write_atomically(output / PLAN_FILE, plan.model_dump_json(indent=1))


def _find_checkpoint(place: Path) -> Path:
    if checkpoints.RUN_CHECKPOINT.is_at(place):
        return place
    found = checkpoints.list_checkpoints(place / CHECKPOINTS_FOLDER)
    checkpoints.require_newest_whole(place / CHECKPOINTS_FOLDER)
    if not found:
        raise CheckpointError("here is neither a checkpoint nor the folder of a run that has one", value=place)
    return found[-1]


def _require_equal(
    name: str, mine: BaseModel, theirs: BaseModel, earlier: StartCheckpoint, *, but: set[str] | None = None
) -> None:
    ours, others = (config.model_dump(mode="json", exclude=but) for config in (mine, theirs))
    for key, value in ours.items():
        if value != others[key]:
            raise CheckpointError(
                f"the recipe's {name}.{key} is not that of the run it goes on from: {value} instead of {others[key]}",
                value=earlier.checkpoint,
                hint=f"write {name} as in {earlier.run / PLAN_FILE}",
            )
