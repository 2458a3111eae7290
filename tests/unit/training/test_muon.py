from __future__ import annotations

import pytest
import torch
from torch import nn

from anymol.training.muon import BatchedMuon, orthogonalise


@pytest.mark.parametrize("shape", [(24, 24), (16, 40), (40, 16)])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    # Five iterations lift what is at least a hundredth or so of the norm; a random square matrix has less.
    left, _, right = torch.linalg.svd(torch.randn(3, *shape), full_matrices=False)
    spread = torch.linspace(0.3, 1.0, min(shape))
    matrices = left @ torch.diag(spread) @ right * torch.tensor([1e-3, 1.0, 1e3])[:, None, None]
    found = orthogonalise(matrices).float()
    values = torch.linalg.svdvals(found)
    assert found.shape == matrices.shape
    assert float(values.min()) > 0.6
    assert float(values.max()) < 1.3
    # The singular vectors stay: U V^T of the input and the output agree in direction.
    alignment = torch.einsum("nij,nij->n", found, left @ right) / min(shape)
    assert bool((alignment > 0.6).all())


def test_updates_are_those_of_torch_muon() -> None:
    torch.manual_seed(0)
    shapes = [(8, 8), (8, 20), (8, 8), (20, 8)]
    ours = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    theirs = [nn.Parameter(one.detach().clone()) for one in ours]
    batched = BatchedMuon(ours, lr=0.02, momentum=0.9, weight_decay=0.1)
    reference = torch.optim.Muon(theirs, lr=0.02, momentum=0.9, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for step in range(4):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            one.grad = other.grad = None if step == number else torch.randn(one.shape)
        batched.step()
        reference.step()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=2e-3, rtol=0)  # both iterate in bf16
        torch.testing.assert_close(batched.state[one]["momentum_buffer"], reference.state[other]["momentum_buffer"])


def test_only_matrices() -> None:
    with pytest.raises(ValueError, match="matrices"):
        BatchedMuon([nn.Parameter(torch.zeros(3))])
