"""The generator against its equations, atom by atom and head by head."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from anymol.adapters.mora.config import MoraConfig, MoraHead, Trunks
from anymol.adapters.mora.generator import MoraGenerator, Target, Trunk

TARGETS = (Target("layers.0.q", "q", 10), Target("layers.0.o", "o", 12), Target("layers.2.q", "q", 10))


def attend(attention: nn.MultiheadAttention, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Multi-head attention written out, for (Q, D) and (V, D)."""
    width, heads = attention.embed_dim, attention.num_heads
    each = width // heads
    w, b = attention.in_proj_weight, attention.in_proj_bias
    q, k, v = (
        source @ w[part * width : (part + 1) * width].T + b[part * width : (part + 1) * width]
        for part, source in enumerate((queries, keys, keys))
    )
    out = []
    for head in range(heads):
        columns = slice(head * each, (head + 1) * each)
        scores = q[:, columns] @ k[:, columns].T / math.sqrt(each)
        out.append(scores.softmax(-1) @ v[:, columns])
    return torch.cat(out, -1) @ attention.out_proj.weight.T + attention.out_proj.bias


def read_one(trunk: Trunk, states: torch.Tensor, index: torch.Tensor, roles: torch.Tensor) -> torch.Tensor:
    """The trunk for one prompt's real atoms (V, d), from the equations of a pre-norm decoder."""
    atoms = states @ trunk.input.weight.T + trunk.input.bias + trunk.role.weight[roles] + trunk.molecule.weight[index]
    read = trunk.queries
    for block in trunk.blocks:
        assert isinstance(block, nn.TransformerDecoderLayer)
        normed = block.norm1(read)
        read = read + attend(block.self_attn, normed, normed)
        read = read + attend(block.multihead_attn, block.norm2(read), atoms)
        read = read + block.linear2(functional.gelu(block.linear1(block.norm3(read))))
    normed_read: torch.Tensor = trunk.norm(read)
    return normed_read


@pytest.mark.parametrize("head", MoraHead)
@pytest.mark.parametrize("trunks", Trunks)
@pytest.mark.parametrize("queries", [1, 2])
def test_equals_its_equations(head: MoraHead, trunks: Trunks, queries: int, prompt: dict[str, torch.Tensor]) -> None:
    config = MoraConfig(
        rank=3, state_width=6, width=8, heads=2, head=head, trunks=trunks, queries_per_layer=queries,
        core=4 if head is MoraHead.FACTORED else None,
    )  # fmt: skip
    torch.manual_seed(0)
    generator = MoraGenerator(config, TARGETS, dtype=torch.float64).eval()
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    found = generator(**prompt)
    groups = {"shared": [0, 1, 2]} if trunks is Trunks.SHARED else {"q": [0, 2], "o": [1]}
    for row in range(2):
        real = prompt["mask"][row]
        atoms = [prompt[name][row][real] for name in ("states", "molecule_index", "roles")]
        for name, members in groups.items():
            read = read_one(generator.trunks[name], *atoms)
            for position, number in enumerate(members):
                mine = read[position * queries : (position + 1) * queries].flatten()
                linear = generator.heads[TARGETS[number].kind]
                expected = (linear.weight @ mine + linear.bias).view(-1, 3)
                torch.testing.assert_close(found[number][row], expected, rtol=1e-10, atol=1e-12)
    assert all(not tensor[2].any() for tensor in found), "a prompt without atoms has no adapter"


def test_gradients_are_finite_where_a_prompt_has_no_atoms(prompt: dict[str, torch.Tensor]) -> None:
    generator = MoraGenerator(MoraConfig(rank=3, state_width=6, width=8), TARGETS, dtype=torch.float64)
    nothing = torch.zeros_like(prompt["mask"])
    torch.stack([tensor.sum() for tensor in generator(prompt["states"], nothing)]).sum().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, f"{name} takes no part, and a data-parallel rank would wait for it"
        assert not parameter.grad.any()


def test_a_fresh_factored_core_is_near_the_identity() -> None:
    torch.manual_seed(0)
    config = MoraConfig(rank=32, state_width=6, width=64)
    generator = MoraGenerator(config, (Target("a", "q", 10),))
    (core,) = generator(torch.randn(50, 4, 6), torch.ones(50, 4, dtype=torch.bool))
    spread = (core.detach() - torch.eye(32)).norm(dim=-1).mean()
    assert 0.3 < float(spread) < 0.7


def test_it_is_made_on_the_meta_device() -> None:
    generator = MoraGenerator(MoraConfig(rank=64), TARGETS, device="meta")
    assert all(parameter.is_meta for parameter in generator.parameters())


def test_the_published_form_has_about_two_billion_weights() -> None:
    """At D 1024, depth 8, r 64, Vicuna-7B, every 4th layer: 8 layers, in = 4096, five kinds."""
    config = MoraConfig(head="full", trunks="per_projection", depth=8, width=1024, heads=8, rank=64)
    targets = [Target(f"layers.{layer}.{kind}", kind, 4096) for layer in range(0, 32, 4) for kind in "qkvom"]
    generator = MoraGenerator(config, targets, device="meta")
    assert 1.8e9 < sum(parameter.numel() for parameter in generator.parameters()) < 2.2e9
