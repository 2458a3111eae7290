from __future__ import annotations

import pytest
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from anymol.adapters.adapter_layer import Adapted
from anymol.adapters.decoder import Decoder
from anymol.adapters.families import FAMILIES, Projection
from anymol.errors import AdapterError


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "phi3", "gpt_neox"])
def test_every_name_of_the_table_is_a_module(make_decoder, family):
    decoder = Decoder.of(make_decoder(family))
    assert decoder.n_layers == 4
    assert len(decoder.linears(range(4))) == 4 * len(FAMILIES[family].linears)
    assert all(isinstance(place.module, nn.Linear) for place in decoder.linears(range(4)))
    block = decoder.places((Projection.BLOCK,), (1,))[0].module
    assert hasattr(block, decoder.family.activation)


def test_a_fused_place_says_all_it_computes(make_decoder):
    (place,) = Decoder.of(make_decoder("gpt_neox")).places((Projection.Q, Projection.K), (2,))
    assert place.name == "layers.2.attention.query_key_value"
    assert place.projections == (Projection.Q, Projection.K, Projection.V)


def test_names_stay_however_much_is_wrapped(make_decoder):
    decoder = Decoder.of(make_decoder())
    linear = decoder.get("layers.1.mlp.up_proj")
    decoder.replace("layers.1.mlp", Adapted(decoder.get("layers.1.mlp")))
    wrapper = Adapted(linear)
    decoder.replace("layers.1.mlp.up_proj", wrapper)
    assert decoder.get("layers.1.mlp.up_proj") is wrapper
    assert [one.name for one in decoder.linears((1,), "up_proj")] == ["layers.1.mlp.up_proj"]


def test_an_unknown_family_is_refused_by_name():
    model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_embd=8, n_head=2, vocab_size=8))
    with pytest.raises(AdapterError, match=r"gpt2.*FAMILIES"):
        Decoder.of(model)
    with pytest.raises(AdapterError, match="get_decoder"):
        Decoder.of(nn.Linear(2, 2))


def test_a_family_without_the_projection_is_told(make_decoder):
    with pytest.raises(AdapterError, match="gate"):
        Decoder.of(make_decoder("gpt_neox")).places((Projection.GATE,), (0,))
