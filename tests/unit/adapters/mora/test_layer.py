"""MoRA at its places against ``y = W0 x + (alpha/r) B A(m)^T x``, written row by row."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from anymol.adapters import Adapter
from anymol.adapters.adapter_layer import Adapted
from anymol.adapters.mora.layer import MoraLinear, Packing
from anymol.adapters.mora.network import MoraNetwork


def network_of(adapter: Adapter) -> MoraNetwork:
    (network,) = adapter.networks
    assert isinstance(network, MoraNetwork)
    return network


def run_reference(model: nn.Module, adapter: Adapter, prompt: dict[str, torch.Tensor], ids: torch.Tensor) -> Any:
    """Run each row alone through hooks that add the update by its equation to every frozen place."""
    generated = network_of(adapter).generate_adapters(**prompt)
    rows = []
    with adapter.disabled():
        for row in range(len(ids)):
            hooks = []
            for name, variant in adapter.variants.items():
                assert isinstance(variant, MoraLinear)
                a = generated[name][row]
                if variant.basis is not None:
                    a = variant.basis.T @ a

                def add(_: nn.Module, inputs: Any, y: Any, a: Any = a, variant: MoraLinear = variant) -> Any:
                    update = [variant.b @ (a.T @ token) for token in inputs[0][0]]
                    return y + 6.0 / 3 * torch.stack(update)[None]

                place = adapter.decoder.get(name)
                assert isinstance(place, Adapted)
                hooks.append(place.register_forward_hook(add))
            rows.append(model(ids[row : row + 1]).logits[0])
            for hook in hooks:
                hook.remove()
    return torch.stack(rows)


@pytest.mark.parametrize("head", ["factored", "full"])
@pytest.mark.parametrize("targets", [("q", "k", "v", "o", "m"), ("q", "k", "v", "up", "down")])
def test_logits_and_gradients_equal_the_equation(make, prompt, ids, head, targets) -> None:
    model, adapter = make(head=head, targets=targets)
    prompt["states"].requires_grad_()
    expected = run_reference(model, adapter, prompt, ids)
    weights = [prompt["states"], *adapter.parameters()]
    wanted = torch.autograd.grad(expected.square().mean(), weights)
    with adapter.conditioned_on(**prompt):
        found = model(ids).logits
    given = torch.autograd.grad(found.square().mean(), weights)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    for one, other in zip(given, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-12)


def test_a_row_without_molecule_and_a_call_outside_are_the_frozen_model(make, prompt, ids) -> None:
    model, adapter = make()
    with adapter.disabled():
        frozen = model(ids).logits
    with adapter.conditioned_on(**prompt):
        found = model(ids).logits
    assert torch.equal(found[2], frozen[2])
    assert not torch.equal(found[:2], frozen[:2])
    assert torch.equal(model(ids).logits, frozen)


def test_batch_mates_change_nothing(make, prompt, ids) -> None:
    model, adapter = make(dtype=torch.float32)
    prompt["states"] = prompt["states"].float()
    with adapter.conditioned_on(**prompt):
        together = model(ids).logits
    for row in range(3):
        alone = {name: tensor[row : row + 1] for name, tensor in prompt.items()}
        with adapter.conditioned_on(**alone):
            torch.testing.assert_close(model(ids[row : row + 1]).logits[0], together[row], rtol=1e-5, atol=1e-5)
    swapped = {name: tensor[[1, 0, 2]] for name, tensor in prompt.items()}
    with adapter.conditioned_on(**swapped):
        found = model(ids[[1, 0, 2]]).logits
    torch.testing.assert_close(found[[1, 0, 2]], together, rtol=1e-5, atol=1e-5)
    with adapter.conditioned_on(**swapped):
        assert (model(ids).logits - together)[:2].abs().amax((1, 2)).min() > 1e-3, "the adapters were swapped"


def test_padding_atoms_and_their_order_say_nothing(make, prompt, ids) -> None:
    model, adapter = make()
    with adapter.conditioned_on(**prompt):
        expected = model(ids).logits
    garbled = {name: prompt[name].where(prompt["mask"], -1) for name in ("roles", "molecule_index")}
    garbled |= {"mask": prompt["mask"], "states": prompt["states"].where(prompt["mask"][..., None], float("nan"))}
    with adapter.conditioned_on(**garbled):
        torch.testing.assert_close(model(ids).logits, expected)
    backwards = {name: tensor.flip(1) for name, tensor in prompt.items()}
    with adapter.conditioned_on(**backwards):
        torch.testing.assert_close(model(ids).logits, expected)


def test_roles_and_indexes_matter(make, prompt, ids) -> None:
    model, adapter = make()
    with adapter.conditioned_on(**prompt):
        expected = model(ids).logits
    for name in ("roles", "molecule_index"):
        with adapter.conditioned_on(**{**prompt, name: torch.zeros_like(prompt[name])}):
            assert (model(ids).logits - expected)[1].abs().max() > 1e-6


def test_rows_of_several_beams(make, prompt, ids) -> None:
    model, adapter = make()
    with adapter.conditioned_on(**prompt):
        beams = model(ids.repeat_interleave(2, 0)).logits
        torch.testing.assert_close(beams[::2], model(ids).logits)
    torch.testing.assert_close(beams[::2], beams[1::2])


@pytest.mark.parametrize("head", ["factored", "full"])
def test_packed_rows(make, prompt, ids, head) -> None:
    model, adapter = make(head=head)
    with adapter.conditioned_on(**prompt):
        expected = model(ids).logits
    # Rows of ten: prompts 0 and part of nothing; padding has no prompt.
    lengths = [7, 4, 5]
    packed = torch.zeros(2, 12, dtype=torch.int64)
    segments, positions = torch.full((2, 12), -1), torch.zeros(2, 12, dtype=torch.int64)
    for row, start, number in ((0, 0, 1), (0, 7, 0), (1, 0, 2)):
        n = {1: 7, 0: 4, 2: 5}[number]
        packed[row, start : start + n] = ids[number, :n]
        segments[row, start : start + n] = number
        positions[row, start : start + n] = torch.arange(n)
    same = segments[:, :, None] == segments[:, None]
    attention = (same & torch.ones(12, 12, dtype=torch.bool).tril())[:, None]
    with adapter.conditioned_on(**prompt, segments=segments):
        found = model(packed, position_ids=positions, attention_mask=attention).logits
    torch.testing.assert_close(found[0, :7], expected[1])
    torch.testing.assert_close(found[0, 7:11], expected[0, : lengths[1]])
    torch.testing.assert_close(found[1, :5], expected[2, : lengths[2]])


def test_packing_puts_every_token_in_its_place() -> None:
    segments = torch.tensor([[2, 2, 0], [-1, 0, 2]])
    packing = Packing.of(segments, 3)
    assert packing.gather.shape == (3, 3)
    assert packing.gather[2].tolist() == [0, 1, 5]
    assert packing.gather[0, :2].tolist() == [2, 4]
    assert packing.owned[:, 0].tolist() == [True, True, True, False, True, True]
    back = packing.gather.flatten()[packing.place]
    assert back[packing.owned[:, 0]].tolist() == [0, 1, 2, 4, 5]
