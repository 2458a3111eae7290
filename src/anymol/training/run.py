"""A run: what its stages share, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.training.averaging import WeightAverage
from anymol.training.checkpoints import CHECKPOINTS_FOLDER, FrozenPart
from anymol.training.corpus import EncodedCorpus
from anymol.training.generated import Judge, same_text
from anymol.training.metrics_logger import MetricsLogger
from anymol.training.processes import Processes
from anymol.training.stop_signal import StopSignal

LOCK_HINT: Final = "wait for it, stop it, or give another --output"
"""What to do where another process trains in a folder."""


@dataclass(frozen=True)
class Run:
    """What all stages of a run share.

    Attributes:
        directory: Folder of the run.
        key: Checksum of recipe and data.
        seed: Everything random follows from it.
        keep: Newest checkpoints that stay.
        validate_examples: Most validation examples of a task.
        processor: How text becomes tokens, and tokens text.
        processes: Devices and processes.
        model: The model, unwrapped.
        train: Encoded training examples.
        val: Encoded validation examples.
        metrics_logger: Where metrics go.
        stop: Whether the run was asked to end.
        is_fresh: Whether the run began with a decoder that knew nothing, so that there was nothing to forget.
        adapter_starts: The first stage that trains the adapter; None where one was trained before the run, or there is
            none.
        average: Averaged weights, carried from stage to stage.
        judge: Whether an answer that the model writes is right.
        frozen: The pre-trained decoder, where no stage trains it.
    """

    directory: Path
    key: str
    seed: int
    keep: int
    validate_examples: int
    processor: AnyMolProcessor
    processes: Processes
    model: AnyMolForCausalLM
    train: EncodedCorpus
    val: EncodedCorpus
    metrics_logger: MetricsLogger
    stop: StopSignal
    is_fresh: bool = False
    adapter_starts: int | None = None
    average: WeightAverage = field(default_factory=WeightAverage)
    judge: Judge = same_text
    frozen: FrozenPart | None = None

    @property
    def pad_id(self) -> int:
        """Token of the padding."""
        return int(self.processor.tokenizer.pad_token_id)

    @property
    def checkpoints(self) -> Path:
        """Where this run writes its checkpoints and looks for them."""
        return self.directory / CHECKPOINTS_FOLDER


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        finished: Whether all stages are done; if not, it was stopped and can be resumed.
        model: The finished model's directory; None where the run was stopped.
        tokens: Real tokens seen.
        seconds: Wall time of this call.
    """

    finished: bool
    model: Path | None
    tokens: int
    seconds: float
