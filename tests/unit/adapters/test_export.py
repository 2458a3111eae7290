from __future__ import annotations

import pytest
import torch
from peft import PeftModel

from anymol.adapters import GalConfig, export_lora, inject
from anymol.errors import MergeError


# Raised inside peft, which reads a name that transformers has renamed.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "phi3", "gpt_neox"])
def test_peft_loads_it_with_equal_logits(make_decoder, ids, shake, tmp_path, family):
    model = make_decoder(family)
    frozen = model(ids).logits
    adapter = inject(model, [GalConfig(rank=2, targets="o"), GalConfig(rank=4, alpha=3.0)])
    shake(adapter)
    wanted = model(ids).logits
    export_lora(adapter, tmp_path / "lora")
    export_lora(adapter, tmp_path / "lora")
    loaded = PeftModel.from_pretrained(make_decoder(family), tmp_path / "lora").eval()
    torch.testing.assert_close(loaded(ids).logits, wanted, atol=1e-6, rtol=1e-5)
    assert not torch.allclose(wanted, frozen, atol=1e-3)


def test_states_are_refused_where_nothing_is_conditioned(make_decoder, tmp_path):
    adapter = inject(make_decoder(), GalConfig(rank=2))
    with pytest.raises(MergeError, match="all molecules"):
        export_lora(adapter, tmp_path / "lora", states=torch.zeros(1, 2, 3))
    assert not (tmp_path / "lora").exists()
