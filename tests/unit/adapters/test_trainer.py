"""The balance loss under transformers' own Trainer: as large with accumulated batches as with one large batch."""

from __future__ import annotations

import pytest
import torch
from transformers import Trainer, TrainingArguments

from anymol.adapters import GalConfig, MogeConfig, inject
from anymol.adapters.trainer import BalanceCallback


class Probe(BalanceCallback):
    """Notes the scale of the balance loss during training."""

    def __init__(self, adapter):
        super().__init__(adapter)
        self.scales = []

    def on_step_begin(self, args, state, control, **_):
        if self._adapter.routes:
            self.scales.append(self._adapter.blocks[0].scope.balance_scale)


def train(make_decoder, tmp_path, accumulate, *, with_callback=True):
    model = make_decoder()
    adapter = inject(model, MogeConfig(rank=2, experts=4, layers=[1], balance_weight=100.0))
    torch.manual_seed(3)
    ids = torch.randint(0, 64, (1, 6)).expand(4, 6)  # equal rows: any split of them has the same gradients
    data = [{"input_ids": row, "labels": row} for row in ids]
    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=4 // accumulate,
        gradient_accumulation_steps=accumulate, learning_rate=0.1, optim="sgd", report_to=[], save_strategy="no",
        use_cpu=True, max_grad_norm=0.0, lr_scheduler_type="constant", disable_tqdm=True,
    )  # fmt: skip
    probe = Probe(adapter)
    Trainer(model, arguments, train_dataset=data, callbacks=[probe] if with_callback else []).train()
    return adapter, probe


@pytest.mark.filterwarnings("ignore")
def test_accumulated_batches_count_once(make_decoder, tmp_path):
    whole, _ = train(make_decoder, tmp_path / "1", 1)
    split, probe = train(make_decoder, tmp_path / "4", 4)
    wrong, _ = train(make_decoder, tmp_path / "x", 4, with_callback=False)
    name = next(one for one in whole.state_dict() if "router" in one and "weight" in one)
    expected = whole.state_dict()[name]
    torch.testing.assert_close(split.state_dict()[name], expected, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(wrong.state_dict()[name], expected, atol=1e-5, rtol=1e-4)
    assert probe.scales == [0.25]
    assert split.blocks[0].scope.balance_scale == 1.0


@pytest.mark.filterwarnings("ignore")
def test_a_checkpoint_of_the_trainer_gives_decoder_and_adapter_back(make_decoder, shake, ids, tmp_path):
    from transformers import AutoModelForCausalLM

    from anymol.adapters import load_adapter

    model = make_decoder()
    shake(inject(model, GalConfig(rank=2)))
    data = [{"input_ids": row, "labels": row} for row in ids]
    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=2, save_steps=2, learning_rate=0.01, report_to=[], use_cpu=True,
        disable_tqdm=True,
    )  # fmt: skip
    Trainer(model, arguments, train_dataset=data).train()
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "checkpoint-2")
    load_adapter(plain, tmp_path / "checkpoint-2")
    assert torch.equal(plain.eval()(ids).logits, model.eval()(ids).logits)
    # And the Trainer itself goes on from there.
    again = make_decoder()
    inject(again, GalConfig(rank=2))
    arguments.max_steps = 3
    Trainer(again, arguments, train_dataset=data).train(resume_from_checkpoint=str(tmp_path / "checkpoint-2"))
    straight = make_decoder()
    shake(inject(straight, GalConfig(rank=2)))
    fresh = TrainingArguments(
        output_dir=str(tmp_path / "straight"), max_steps=3, save_strategy="no", learning_rate=0.01, report_to=[],
        use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    Trainer(straight, fresh, train_dataset=data).train()
    assert again.state_dict().keys() == straight.state_dict().keys()
