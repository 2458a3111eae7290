"""Where the projections of each decoder family are: the one table that adapters look names up in.

Adding a family takes one row. Names are relative to a decoder layer; a fused projection (GPT-NeoX's q, k and v in one
matrix) stands under each of the projections it computes, and so gets one adapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_ATTENTION = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj"}
_GATED = {"gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj"}


class Projection(StrEnum):
    """A linear map of a decoder layer, or its whole feed-forward block."""

    Q = "q"
    K = "k"
    V = "v"
    O = "o"  # noqa: E741  # the field's letter for attention's output
    GATE = "gate"
    UP = "up"
    DOWN = "down"
    BLOCK = "m"
    """The whole feed-forward block; "m" is MoRA's letter for it."""


class Role(StrEnum):
    """What a group of projections does, whatever a family calls them."""

    ATTENTION_IN = "attention-in"
    ATTENTION_OUT = "attention-out"
    FFN_IN = "ffn-in"
    FFN_OUT = "ffn-out"
    FFN_BLOCK = "ffn-block"

    @property
    def projections(self) -> tuple[Projection, ...]:
        """The projections that play this role."""
        match self:
            case Role.ATTENTION_IN:
                return (Projection.Q, Projection.K, Projection.V)
            case Role.ATTENTION_OUT:
                return (Projection.O,)
            case Role.FFN_IN:
                return (Projection.GATE, Projection.UP)
            case Role.FFN_OUT:
                return (Projection.DOWN,)
            case Role.FFN_BLOCK:
                return (Projection.BLOCK,)


@dataclass(frozen=True)
class Family:
    """How one family names its parts.

    Attributes:
        projections: Projection -> module name within a decoder layer. A family without a gate has no ``GATE``.
        activation: Name, within the feed-forward block, of the module between its projections.
    """

    projections: Mapping[Projection, str]
    activation: str = "act_fn"

    @property
    def linears(self) -> tuple[str, ...]:
        """Names of all linear maps of a layer, fused ones once."""
        return tuple(dict.fromkeys(name for key, name in self.projections.items() if key is not Projection.BLOCK))


def _family(names: Mapping[str, str], *, block: str = "mlp", activation: str = "act_fn") -> Family:
    return Family({**{Projection(key): name for key, name in names.items()}, Projection.BLOCK: block}, activation)


_LLAMA = _family({**_ATTENTION, **_GATED})
# Their feed-forward blocks are experts whose weights are fused into one tensor, no linear maps: attention alone.
_ATTENTION_ONLY = Family({Projection(key): name for key, name in _ATTENTION.items()})

FAMILIES: Mapping[str, Family] = {
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
    "gemma": _LLAMA,
    "gemma2": _LLAMA,
    "gemma3_text": _LLAMA,
    "olmo2": _LLAMA,
    "smollm3": _LLAMA,
    "granite": _LLAMA,
    "mixtral": _ATTENTION_ONLY,
    "qwen3_moe": _ATTENTION_ONLY,
    "phi3": _family(
        {
            **dict.fromkeys("qkv", "self_attn.qkv_proj"),
            "o": "self_attn.o_proj",
            "gate": "mlp.gate_up_proj",
            "up": "mlp.gate_up_proj",
            "down": "mlp.down_proj",
        },
        activation="activation_fn",
    ),
    "gpt_neox": _family(
        {
            **dict.fromkeys("qkv", "attention.query_key_value"),
            "o": "attention.dense",
            "up": "mlp.dense_h_to_4h",
            "down": "mlp.dense_4h_to_h",
        },
        activation="act",
    ),
}
"""``config.model_type`` -> family."""
