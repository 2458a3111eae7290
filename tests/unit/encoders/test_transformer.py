"""The layers of spectrum encoders are torch's own, and read what was stored when they were written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from anymol.encoders.former_names import translate_name, translate_names
from anymol.encoders.transformer import TransformerStack

WIDTH, HEADS, FFN = 16, 4, 24


class FormerLayer(nn.Module):
    """A layer as it was written out: the names, and the equations, that stored weights are of."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm, self.ffn_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query_key_value, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, FFN), nn.Linear(FFN, WIDTH)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.3)

    def forward(self, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        query, key, value = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in self.query_key_value(self.attention_norm(states)).chunk(3, dim=-1)
        )
        logits = query @ key.mT / (WIDTH // HEADS) ** 0.5
        attended = logits.masked_fill(~seen[:, None, None], float("-inf")).softmax(-1) @ value
        states = states + self.out(attended.transpose(1, 2).flatten(2))
        return states + self.down(functional.gelu(self.up(self.ffn_norm(states))))


@pytest.mark.parametrize("learns", [False, True], ids=["fused", "differentiated"])
def test_former_weights_give_the_former_states(learns: bool) -> None:
    torch.manual_seed(0)
    former = nn.ModuleList([FormerLayer(), FormerLayer()])
    stack = TransformerStack(WIDTH, n_layers=2, n_heads=HEADS, ffn_size=FFN, dropout=0.0).train(learns)
    stored = {f"transformer.layers.{name}": value for name, value in former.state_dict().items()}
    renamed = {name.removeprefix("transformer."): value for name, value in translate_names(stored).items()}
    assert stack.load_state_dict(renamed, strict=False).missing_keys == ["norm.weight", "norm.bias"]
    states, seen = torch.randn(3, 7, WIDTH), torch.arange(7) < torch.tensor([[7], [4], [1]])
    expected = states
    with torch.set_grad_enabled(learns):
        for layer in former:
            expected = layer(expected, seen)
        found = stack(states, seen)
    torch.testing.assert_close(found[seen], stack.norm(expected)[seen], rtol=1e-5, atol=1e-5)


def test_layers_start_different() -> None:
    first, second = TransformerStack(WIDTH, 2, HEADS, FFN, 0.0).layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


@pytest.mark.parametrize(
    ("name", "today"),
    [
        ("transformer.layers.11.out.bias", "transformer.layers.11.self_attn.out_proj.bias"),
        ("a/encoders.ir.transformer.layers.0.up.weight/m", "a/encoders.ir.transformer.layers.0.linear1.weight/m"),
        ("encoders.ms2.transformer.layers.0.self_attn.out_proj.bias", None),
        ("encoders.conformer.layers.0.query_key_value.weight", None),
        ("decoder.transformer.layers.0.out.weight", None),
        ("encoders.ms2.transformer.norm.weight", None),
    ],
)  # fmt: skip
def test_names_of_other_weights_stay(name: str, today: str | None) -> None:
    assert translate_name(name) == (today or name)
