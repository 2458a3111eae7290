"""Checkpoints of a run: everything that the next step depends on, written under a temporary name and renamed.

A checkpoint is a directory: ``model.safetensors`` (weights and buffers; not those of a pre-trained decoder that no
stage trains, which is read again from where it came), ``optimiser.safetensors`` (state tensors, named
optimiser/parameter/quantity), ``average.safetensors`` (averaged weights, where the stage has them),
``random.safetensors`` (generator states), ``state.json`` (stage, step, stream, counters) and ``manifest.json`` (schema
version, sha256 of the others, the run's key). Nothing here is pickled.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from anymol.artifact import ArtifactKind, hash_files
from anymol.encoders.former_names import translate_names
from anymol.errors import CheckpointError
from anymol.files import write_atomically
from anymol.models.quantisation import read_bytes
from anymol.training.sharding import make_whole, shard_like

RUN_CHECKPOINT: Final = ArtifactKind(
    "a checkpoint",
    "manifest.json",
    1,
    CheckpointError,
    "delete the folder: --resume then goes on from the one before",
    {"key": str, "files": dict},
)
_NEEDED: Final = ("model.safetensors", "optimiser.safetensors", "random.safetensors", "state.json")
CHECKPOINTS_FOLDER = "checkpoints"
"""Where a run's folder has its checkpoints."""
_AVERAGE = "average.safetensors"


@dataclass(frozen=True)
class TrainingProgress:
    """Where a run stands.

    Attributes:
        stage: Number of the stage.
        step: Steps of that stage that are done.
        tokens: Real tokens seen over all stages.
        stream: State of the stage's stream of batches, as JSON.
    """

    stage: int
    step: int
    tokens: int
    stream: dict[str, Any]


@dataclass(frozen=True)
class FrozenPart:
    """The weights of a pre-trained decoder that no stage of a run trains.

    Attributes:
        names: Their names in the model.
        sha256: Of all of them: what is read again must be the very same, and not only of the same base.
    """

    names: frozenset[str]
    sha256: str

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> Self:
        """Return what these weights are known by, whatever device they are on."""
        digest = hashlib.sha256()
        for name, weight in sorted(weights.items()):
            for part in read_bytes(weight.detach()):  # a quantised weight is more than one tensor
                digest.update(f"{name} {part.dtype} {tuple(part.shape)}\n".encode())
                digest.update(part.detach().cpu().flatten().contiguous().view(torch.uint8).numpy().data)
        return cls(frozenset(weights), digest.hexdigest())


class CheckpointClock:
    """Says when a checkpoint is due: every so many steps, or so many minutes after the last one.

    Args:
        every: Steps between checkpoints; 0 for none.
        minutes: Minutes after the last one; 0 for none.
    """

    def __init__(self, every: int, minutes: float) -> None:
        self._every, self._seconds = every, minutes * 60
        self.restart()

    def is_due(self, step: int) -> bool:
        """Return whether a checkpoint is due after `step` steps of the stage."""
        if self._every and step % self._every == 0:
            return True
        return self._seconds > 0 and time.monotonic() - self._written >= self._seconds

    def restart(self) -> None:
        """Note that a checkpoint was written now."""
        self._written = time.monotonic()


def checkpoint_name(progress: TrainingProgress) -> str:
    """Return the directory name of a checkpoint; names sort in the order of the run."""
    return f"stage{progress.stage}-step{progress.step:07d}"


def model_tensors(model: nn.Module, *, but: Collection[str] = (), kept: bool = True) -> dict[str, Tensor]:
    """Return weights and buffers on the CPU, tied ones once, under the first of their names.

    Args:
        model: The model; where it is sharded, every process must ask.
        but: Names that are left out.
        kept: Whether this process needs them, or only takes part in making sharded ones whole.
    """
    tensors: dict[str, Tensor] = {}
    for name, tensor in _distinct(model).items():
        if name not in but:
            whole = make_whole(tensor.detach())
            if kept:
                tensors[name] = whole.cpu().contiguous()
    return tensors


def _distinct(model: nn.Module) -> dict[str, Tensor]:
    """Return the weights and buffers of a model as they are, tied ones once."""
    found: dict[str, Tensor] = {}
    seen: set[int | tuple[int, tuple[int, ...]]] = set()
    for name, tensor in model.state_dict(keep_vars=True).items():
        # A shard may be empty, and a quantised weight has no address of its own.
        wrapped = is_traceable_wrapper_subclass(tensor)
        place = id(tensor) if wrapped else (tensor.data_ptr(), tuple(tensor.shape))
        if tensor.numel() and place in seen:
            continue
        seen.add(place)
        found[name] = tensor
    return found


def load_model_tensors(
    model: nn.Module, tensors: Mapping[str, Tensor], fresh: tuple[str, ...] = (), frozen: Collection[str] = ()
) -> None:
    """Copy weights and buffers into a model of the same form.

    Args:
        model: The model.
        tensors: Weights and buffers by name.
        fresh: Beginnings of names that `tensors` may lack; what the model has there stays.
        frozen: Names that `tensors` may lack.

    Raises:
        CheckpointError: If names differ.
    """
    wanted = _distinct(model).keys()
    if missing := sorted(name for name in wanted - tensors.keys() - set(frozen) if not name.startswith(fresh)):
        raise CheckpointError(f"the checkpoint lacks {len(missing)} weights, the first is {missing[0]}")
    if surplus := sorted(tensors.keys() - wanted):
        raise CheckpointError(f"the checkpoint has {len(surplus)} weights too many, the first is {surplus[0]}")
    state = model.state_dict()
    with torch.no_grad():
        for name, tensor in tensors.items():
            if state[name].shape != tensor.shape:
                raise CheckpointError(
                    f"{name} has shape {tuple(tensor.shape)} in the checkpoint and {tuple(state[name].shape)} here",
                    hint="the model's config was changed since",
                )
            state[name].copy_(tensor)


def save_checkpoint(
    directory: Path,
    *,
    progress: TrainingProgress,
    model: nn.Module,
    optimisers: Mapping[str, torch.optim.Optimizer],
    key: str,
    keep: int,
    average: Mapping[str, Tensor] | None = None,
    frozen: FrozenPart | None = None,
    is_writer: bool = True,
) -> Path:
    """Write a checkpoint and remove the oldest beyond `keep`.

    Args:
        directory: Folder of the run's checkpoints.
        progress: Where the run stands.
        model: The model, unwrapped.
        optimisers: The stage's optimisers.
        key: Checksum of the recipe; a checkpoint of another recipe is not resumed.
        keep: Newest checkpoints that stay.
        average: State of the averaged weights, where there are any.
        frozen: What is left out.
        is_writer: Whether this process writes; the others only take part in making sharded tensors whole.

    Returns:
        The directory of the new checkpoint.
    """
    final = directory / checkpoint_name(progress)
    weights = model_tensors(model, but=() if frozen is None else frozen.names, kept=is_writer)
    states = _optimiser_tensors(optimisers, kept=is_writer)
    if not is_writer:
        return final
    with RUN_CHECKPOINT.stage(final, flush=True) as draft:
        save_file(weights, draft / "model.safetensors")
        save_file(states, draft / "optimiser.safetensors")
        save_file(_random_tensors(), draft / "random.safetensors")
        if average:
            save_file(dict(average), draft / _AVERAGE)
        write_atomically(draft / "state.json", json.dumps(vars(progress), indent=1))
        decoder = None if frozen is None else frozen.sha256
        RUN_CHECKPOINT.write(draft, {"key": key, "frozen_decoder": decoder, "files": hash_files(draft)})
    for leftover in directory.glob(".stage*"):  # of a run that was killed while it wrote
        shutil.rmtree(leftover, ignore_errors=True)
    for outdated in list_checkpoints(directory)[:-keep]:
        shutil.rmtree(outdated, ignore_errors=True)
    return final


def list_checkpoints(directory: Path) -> list[Path]:
    """Return the complete checkpoints of a run, oldest first."""
    return sorted(path.parent for path in directory.glob(f"stage*/{RUN_CHECKPOINT.manifest}"))


def find_newest(directory: Path, *, resume: bool) -> Path | None:
    """Return the newest checkpoint that a run goes on from; None where it starts from its beginning.

    Args:
        directory: Folder of the run's checkpoints.
        resume: Whether it may go on.

    Raises:
        CheckpointError: There are checkpoints, and the run may not go on from them.
    """
    found = list_checkpoints(directory)
    if found and not resume:
        raise CheckpointError(
            "this folder already holds a run",
            value=directory.parent,
            hint="continue it with --resume, or give another folder",
        )
    require_newest_whole(directory)
    return found[-1] if found else None


def require_newest_whole(directory: Path) -> None:
    """Refuse to take an older checkpoint for the newest, because the newest has lost its manifest.

    Raises:
        CheckpointError: It has.
    """
    newest = max(directory.glob("stage*"), default=None)
    if newest is not None and not RUN_CHECKPOINT.is_at(newest):
        raise RUN_CHECKPOINT.damage(newest, "it is missing")


def read_progress(checkpoint: Path, *, key: str | None) -> TrainingProgress:
    """Check a checkpoint's files and return where it stands.

    Args:
        checkpoint: Its directory.
        key: Checksum of the recipe that it must be of; None for any.

    Raises:
        CheckpointError: If it is damaged, of another version, or of another recipe.
    """
    manifest = RUN_CHECKPOINT.read(checkpoint)
    try:
        RUN_CHECKPOINT.require_intact(checkpoint, manifest["files"], needed=_NEEDED)
        if (checkpoint / _AVERAGE).exists() and _AVERAGE not in manifest["files"]:
            raise RUN_CHECKPOINT.damage(checkpoint, f"it does not list {_AVERAGE}, which is there")
        state = json.loads((checkpoint / "state.json").read_text())
        progress = TrainingProgress(**state)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RUN_CHECKPOINT.damage(checkpoint, error) from error
    if key is not None and manifest["key"] != key:
        raise CheckpointError(
            "the checkpoint belongs to another recipe or other data",
            value=checkpoint,
            hint="resume with the recipe and options it was started with, or start another run from it with --from",
        )
    return progress


def leaves_out_decoder(checkpoint: Path) -> bool:
    """Whether a checkpoint was written without a decoder, which is then read from where the run's plan says."""
    return RUN_CHECKPOINT.read(checkpoint).get("frozen_decoder") is not None


def load_model(
    checkpoint: Path, model: nn.Module, fresh: tuple[str, ...] = (), frozen: FrozenPart | None = None
) -> None:
    """Copy a checkpoint's weights into a model.

    Args:
        checkpoint: Its directory.
        model: The model.
        fresh: Beginnings of names that may be missing.
        frozen: What the checkpoint was written without; the model has it already.

    Raises:
        CheckpointError: Weights are missing or surplus, or the frozen decoder is not the one that the run began with.
    """
    noted = RUN_CHECKPOINT.read(checkpoint).get("frozen_decoder")
    if noted is not None and frozen is None:
        raise CheckpointError(
            "the checkpoint was written without its decoder, which no stage of its run trained, and this run trains it",
            value=checkpoint,
            hint="start from the finished model of that run (model.decoder.kind: trained)",
        )
    if frozen is not None and noted not in (None, frozen.sha256):
        raise CheckpointError(
            "the pre-trained decoder is not the one that this run began with", value=checkpoint,
            hint="put back what model.decoder.path named then",
        )  # fmt: skip
    names = () if noted is None or frozen is None else frozen.names
    load_model_tensors(model, _load(checkpoint / "model.safetensors"), fresh, names)


def load_optimisers(checkpoint: Path, optimisers: Mapping[str, torch.optim.Optimizer]) -> None:
    """Copy a checkpoint's optimiser state into freshly built optimisers.

    Raises:
        CheckpointError: If the file cannot be read.
    """
    tensors = _load(checkpoint / "optimiser.safetensors")
    by_parameter: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        parameter, _, quantity = name.rpartition("/")
        by_parameter.setdefault(parameter, {})[quantity] = tensor
    for kind, optimiser in optimisers.items():
        for group in optimiser.param_groups:
            for name, parameter in zip(group["names"], group["params"], strict=True):
                # A parameter that has had no gradient so far (an encoder before the first graph) has no state.
                for quantity, tensor in by_parameter.get(f"{kind}/{name}", {}).items():
                    is_scalar = tensor.ndim == 0
                    optimiser.state[parameter][quantity] = (
                        tensor.clone() if is_scalar else shard_like(tensor, parameter)
                    )


def load_average(checkpoint: Path) -> dict[str, Tensor]:
    """Return a checkpoint's state of the averaged weights; nothing where it has none."""
    path = checkpoint / _AVERAGE
    return _load(path) if path.exists() else {}


def load_random(checkpoint: Path) -> None:
    """Restore the states of torch's generators."""
    tensors = _load(checkpoint / "random.safetensors")
    torch.set_rng_state(tensors["cpu"])
    if "cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["cuda"])


def _optimiser_tensors(optimisers: Mapping[str, torch.optim.Optimizer], *, kept: bool) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for kind, optimiser in optimisers.items():
        for group in optimiser.param_groups:
            for name, parameter in zip(group["names"], group["params"], strict=True):
                for quantity, value in optimiser.state.get(parameter, {}).items():
                    whole = make_whole(torch.as_tensor(value).detach())
                    if kept:
                        tensors[f"{kind}/{name}/{quantity}"] = whole.cpu().contiguous()
    return tensors


def _random_tensors() -> dict[str, Tensor]:
    tensors = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["cuda"] = torch.cuda.get_rng_state()
    return tensors


def _load(path: Path) -> dict[str, Tensor]:
    try:
        return translate_names(load_file(path))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path.name} of the checkpoint cannot be read: {error}", value=path) from error
