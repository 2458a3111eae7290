"""What one process alone makes of sharing, and which errors tell that another one is lost."""

from __future__ import annotations

import os

import pytest
import torch
import torch.distributed as dist
from accelerate import Accelerator
from tests.processes import WAIT, run_processes

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
        (RuntimeError("[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection reset by peer"), True),
        (dist.DistBackendError("NCCL communicator was aborted on rank 1"), True),
        (dist.DistNetworkError("The client socket has failed to connect to node0"), True),
        (
            RuntimeError("No backend type associated with device type cpu; nccl has none, and gloo/ was not built"),
            False,
        ),
        (RuntimeError("Tensors must be CUDA and dense for NCCL"), False),
        (RuntimeError("cannot open /data/gloo/shards/connection reset by peer.txt"), False),
        (RuntimeError("[enforce fail at /pytorch/gloo/alltoall.cc:12] invalid tensor size"), False),
        (RuntimeError("[/pytorch/third_party/gloo/gloo/allreduce.cc:30] inputs have different sizes"), False),
        (torch.cuda.OutOfMemoryError("[/x/gloo/gloo/pair.cc:1] timed out"), False),
        (RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"), False),
        (RuntimeError("CUDA out of memory"), False),
    ],
)
def test_only_a_broken_exchange_tells_of_a_lost_process(error: RuntimeError, tells: bool) -> None:
    assert _tells_of_loss(error) is tells


def average(rank: int, meeting: str) -> None:
    """Average a gradient that one of two processes lacks, one that both lack, and two whose sum is not a bf16."""
    environment = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "WORLD_SIZE": "2", "LOCAL_RANK": str(rank)}
    os.environ.update(environment, RANK=str(rank))
    dist.init_process_group("gloo", meeting, rank=rank, world_size=2, timeout=WAIT)
    processes = Processes(Accelerator(mixed_precision="no", cpu=True))
    both, one, none = (torch.nn.Parameter(torch.zeros(1)) for _ in range(3))
    both.grad = torch.tensor([[256.0, 1.0][rank]])
    one.grad = torch.tensor([3.0]) if rank else None
    processes.average_gradients([both, one, none])
    assert both.grad.item() == 128.5
    assert one.grad is not None and one.grad.item() == 1.5
    assert none.grad is None
    dist.destroy_process_group()


def test_gradients_are_averaged_in_fp32() -> None:
    run_processes(average)


def test_a_lost_process_is_no_fault_of_anymol() -> None:
    assert ProcessLostError("process 0 of 2 lost another one").exit_code == 2
