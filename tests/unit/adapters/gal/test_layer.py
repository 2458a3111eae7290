from __future__ import annotations

import math

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from anymol.adapters import GalConfig, inject
from anymol.adapters.gal.config import GalStart, Scalar
from anymol.adapters.gal.layer import GalLinear

TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 1e-2}


def relative(one: torch.Tensor, other: torch.Tensor) -> float:
    return ((one.double() - other.double()).norm() / other.double().norm()).item()


def make_pair(dtype: torch.dtype, start: GalStart = GalStart.LORA) -> tuple[nn.Linear, GalLinear]:
    torch.manual_seed(0)
    base = nn.Linear(24, 40).to(dtype).requires_grad_(False)
    wide = torch.promote_types(dtype, torch.float32)
    layer = GalLinear(24, 40, 8, alpha=16.0, start=start, beta=0.3, dtype=wide)
    nn.init.normal_(layer.b)
    return base, layer


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_equals_the_plain_equation_with_gradients(dtype):
    base, layer = make_pair(dtype)
    x = torch.randn(3, 5, 24, dtype=dtype, requires_grad=True)
    y = layer(base, x)
    weights = torch.randn_like(y)
    (y * weights).sum().backward()
    leaves = {name: one.detach().double().requires_grad_() for name, one in layer.named_parameters()}
    x64 = x.detach().double().requires_grad_()
    gamma = leaves["alpha"] / 8 ** leaves["p"] + leaves["beta"]
    plain = x64 @ base.weight.double().T + base.bias.double() + gamma * (x64 @ leaves["a"].T) @ leaves["b"].T
    (plain * weights.double()).sum().backward()
    assert y.dtype is dtype
    assert relative(y, plain) <= TOLERANCE[dtype]
    assert relative(x.grad, x64.grad) <= TOLERANCE[dtype]
    for name, parameter in layer.named_parameters():
        assert relative(parameter.grad, leaves[name].grad) <= TOLERANCE[dtype], name


def test_gamma_and_its_slopes_by_hand():
    layer = GalLinear(4, 4, 64, alpha=16.0, start=GalStart.LORA, dtype=torch.float64)
    gamma = layer.gamma()
    gamma.backward()
    assert gamma.item() == pytest.approx(0.25)
    assert layer.beta.grad.item() == 1.0
    assert layer.alpha.grad.item() == pytest.approx(1 / 64)
    assert layer.p.grad.item() == pytest.approx(-0.25 * math.log(64))
    rslora = GalLinear(4, 4, 64, alpha=16.0, start=GalStart.RSLORA)
    assert rslora.gamma().item() == pytest.approx(2.0)


@pytest.mark.parametrize(
    "learns", [set(), {Scalar.BETA}, {Scalar.ALPHA}, set(Scalar)], ids=["none", "beta", "alpha", "all"]
)
def test_only_the_chosen_scalars_are_trained(make_decoder, learns):
    layer = inject(make_decoder(), GalConfig(rank=2, learns=learns)).variants["layers.0.mlp.up_proj"]
    assert {name for name, _ in layer.named_parameters()} == {"a", "b", *learns}


# Raised inside peft, which reads a name that transformers has renamed.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
@pytest.mark.parametrize("start", ["lora", "rslora"])
def test_equals_lora_of_peft_given_the_same_matrices(make_decoder, ids, start):
    ours, theirs = make_decoder(), make_decoder()
    adapter = inject(ours, GalConfig(rank=4, alpha=8.0, start=start, learns=[]))
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", use_rslora=start == "rslora")
    theirs = get_peft_model(theirs, config).eval()
    with torch.no_grad():
        for place, layer in adapter.variants.items():
            lora = theirs.get_submodule(f"base_model.model.model.{place}")
            nn.init.normal_(layer.b, std=0.1)
            lora.lora_A["default"].weight.copy_(layer.a)
            lora.lora_B["default"].weight.copy_(layer.b)
    torch.testing.assert_close(ours(ids).logits, theirs(ids).logits, atol=1e-6, rtol=1e-5)


def test_autocast_and_dropout():
    base, layer = make_pair(torch.float32)
    x = torch.randn(2, 3, 24)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(base, x).dtype is torch.bfloat16
    layer.dropout = 0.5
    assert not torch.equal(layer(base, x), layer(base, x))
    layer.eval()
    assert torch.equal(layer(base, x), layer(base, x))
