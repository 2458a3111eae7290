"""What one process alone makes of sharing, and which errors tell that another one is lost."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
from accelerate import Accelerator

from anymol.training.processes import Processes, ProcessLostError, _tells_of_loss, count_launched, is_first_launched


@pytest.fixture
def alone() -> Processes:
    return Processes(Accelerator(mixed_precision="no", cpu=True))


def test_one_process_has_all_and_waits_for_none(alone: Processes) -> None:
    assert alone.number == 1 and alone.is_first
    assert alone.share([1, 2, 3]) == [1, 2, 3]
    assert alone.sum((0.5, True)) == [0.5, True]
    with alone.first_alone():
        pass
    norm = torch.nn.BatchNorm1d(2)
    alone.average_statistics(norm)
    assert torch.equal(norm.running_var, torch.ones(2))  # type: ignore[arg-type]


def test_without_a_launcher_this_process_is_the_first_and_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.delenv("RANK", raising=False)
    assert (count_launched(), is_first_launched()) == (1, True)
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "2")
    assert (count_launched(), is_first_launched()) == (4, False)


@pytest.mark.parametrize(
    ("error", "tells"),
    [
        (RuntimeError("[../third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [::1]:1"), True),
        (RuntimeError("[/pytorch/gloo/transport/unbound_buffer.cc:81] Timed out waiting 60000ms for recv"), True),
        (dist.DistBackendError("NCCL communicator was aborted on rank 1"), True),
        (RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"), False),
        (RuntimeError("CUDA out of memory"), False),
    ],
)
def test_only_a_broken_exchange_tells_of_a_lost_process(error: RuntimeError, tells: bool) -> None:
    assert _tells_of_loss(error) is tells


def test_a_lost_process_is_no_fault_of_anymol() -> None:
    assert ProcessLostError("process 0 of 2 lost another one").exit_code == 2
