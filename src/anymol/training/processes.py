"""The processes of one run, as ``torchrun`` or ``accelerate launch`` starts them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import torch
import torch.distributed as dist
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from torch import nn

from anymol.errors import UserError

_SILENCE: Final = timedelta(minutes=30)
"""How long one process waits for another in a step; a process that is dead is noticed at once."""
_PREPARATION: Final = timedelta(days=2)
"""How long the others wait while the first builds data and encodes them."""
_LOST: Final = re.compile(
    r"^\[\S*gloo/\S+\.(?:cc|h):\d+\] "
    r"(?:.*(?:connection (?:closed|reset) by (?:remote )?peer|broken pipe|connection refused|"
    r"timed out|timeout|read error|write error|socket closed|no route to host))",
    re.IGNORECASE,
)
"""How gloo tells of a broken exchange: it raises but ``RuntimeError``, which begins with the place in its source."""

T = TypeVar("T")


class ProcessLostError(UserError):
    """Another process of the run ended or fell silent, so that this one cannot go on."""

    kind = "process_lost"


def count_launched() -> int:
    """Return how many processes the launcher started for this run; 1 where there is no launcher."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first_launched() -> bool:
    """Whether this process is the one that speaks for all of its run."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def joined() -> Iterator[Accelerator]:
    """Join the processes that were launched for this run, and leave them at the end of the scope.

    Raises:
        ProcessLostError: Another process ended before this one was done.
    """
    ours = not dist.is_initialized()
    # Without an accelerator several processes meet over gloo, which accelerate wants to be told.
    on_cpu = count_launched() > 1 and not torch.accelerator.is_available()
    timeout = InitProcessGroupKwargs(timeout=_SILENCE)
    # Precision is a stage's own matter, so accelerate's process-wide setting stays out of it.
    accelerator = Accelerator(mixed_precision="no", cpu=on_cpu, kwargs_handlers=[timeout])
    try:
        yield accelerator
    except RuntimeError as error:
        if accelerator.num_processes > 1 and _tells_of_loss(error):
            raise ProcessLostError(
                f"process {accelerator.process_index} of {accelerator.num_processes} lost another one: "
                f"{str(error).splitlines()[0]}",
                hint="what ended the other stands in its own output; --resume goes on from the last checkpoint",
            ) from error
        raise
    finally:
        if ours and accelerator.num_processes > 1:
            accelerator.state.destroy_process_group()


def _tells_of_loss(error: RuntimeError) -> bool:
    """Whether an error is one of the exchange, by its class; of gloo, which has none of its own, by its form.

    A message may speak of a backend for many reasons: an unknown option, a tensor that it cannot send.
    """
    if isinstance(error, dist.DistBackendError | dist.DistNetworkError | dist.DistStoreError):
        return True
    return type(error) is RuntimeError and _LOST.match(str(error)) is not None


@dataclass(frozen=True)
class Processes:
    """The processes among which the work of a run is shared.

    Attributes:
        accelerator: Devices and processes.
    """

    accelerator: Accelerator

    @property
    def number(self) -> int:
        """How many there are."""
        return int(self.accelerator.num_processes)

    @property
    def is_first(self) -> bool:
        """Whether this process writes and speaks for all."""
        return bool(self.accelerator.is_main_process)

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Return what falls to this process; each item falls to exactly one."""
        return items[self.accelerator.process_index :: self.number]

    def sum(self, numbers: Sequence[float]) -> list[float]:
        """Return the sums over all processes, in double precision; all must ask for them."""
        if self.number == 1:
            return list(numbers)
        summed = torch.tensor(numbers, dtype=torch.float64, device=self.accelerator.device)
        dist.all_reduce(summed)
        return [float(one) for one in summed.tolist()]

    def wait(self) -> None:
        """Wait for all others."""
        self.accelerator.wait_for_everyone()

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """Let the first process go through the scope before the others, however long it takes.

        It builds data for hours where there are none, and the others must not take that for its death.
        """
        if self.number == 1:
            yield
            return
        patient = dist.new_group(backend="gloo", timeout=_PREPARATION)
        if not self.is_first:
            dist.barrier(patient)
        yield
        if self.is_first:
            dist.barrier(patient)
        dist.destroy_process_group(patient)

    @torch.no_grad()
    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Average the gradients of parameters over all processes, in the type that they have.

        For what data parallelism would sum in bf16. A parameter without a gradient on every process keeps none.

        Args:
            parameters: The same on every process, in the same order.
        """
        if self.number == 1:
            return
        present = self.sum([parameter.grad is not None for parameter in parameters])
        for parameter, times in zip(parameters, present, strict=True):
            if times:
                gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                dist.all_reduce(gradient)
                parameter.grad = gradient / self.number

    @torch.no_grad()
    def average_statistics(self, module: nn.Module) -> None:
        """Average the running statistics of a module's batch norms over all processes, after a step.

        Each process has updated them with its own passes alone.
        """
        if self.number == 1:
            return
        norms = [one for one in module.modules() if isinstance(one, nn.BatchNorm1d) and one.training]
        for norm in norms:
            for statistics in (norm.running_mean, norm.running_var):
                if statistics is not None:
                    dist.all_reduce(statistics)
                    statistics /= self.number
