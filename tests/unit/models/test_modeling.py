"""The model: splicing, padding, packing, generation, frozen decoders, saving."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoProcessor

from anymol.modalities.content import Role
from anymol.models import register
from anymol.models.build import DecoderFamily
from anymol.models.loss import compute_loss
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import EncodedExample
from anymol.models.tokens import token_id

Make = Callable[..., AnyMolForCausalLM]


@pytest.fixture
def encoded(processor: AnyMolProcessor, questions: Any, answers: Any) -> list[EncodedExample]:
    return processor.encode_many(list(zip(questions, answers, strict=True)))


@pytest.fixture
def prompts(processor: AnyMolProcessor, questions: Any) -> list[EncodedExample]:
    return processor.encode_many([(question, None) for question in questions])


def test_shapes_and_loss(make_model: Make, family: DecoderFamily, processor: AnyMolProcessor, encoded: Any) -> None:
    model = make_model(family)
    batch = processor.batch(encoded)
    out = model(**batch)
    assert out.logits.shape == (*batch["input_ids"].shape, len(processor.tokenizer))
    assert out.loss.dtype == torch.float32
    assert out.loss.isfinite()


def test_splice_is_encode_project_and_add_the_role(make_model: Make, processor: AnyMolProcessor, prompts: Any) -> None:
    model = make_model()
    batch = processor.batch(prompts[1:2])
    graph = batch["molecules"]["graph"]
    assert graph["roles"].tolist() == [Role.REACTANT.index, Role.REAGENT.index]
    states = model.projectors["graph"](model.encoders["graph"](graph)).states
    roles = model.role_embedding.weight[[Role.REACTANT.index] * 5 + [Role.REAGENT.index] * 2]
    expected = model.decoder.get_input_embeddings()(batch["input_ids"]).clone()
    places = (batch["input_ids"][0] == token_id(processor.tokenizer, "<graph>")).nonzero().flatten()
    assert len(places) == 7
    expected[0, places] = states + roles
    torch.testing.assert_close(model.embed(batch["input_ids"], {"graph": graph}), expected)
    by_hand = model.decoder(inputs_embeds=expected, attention_mask=batch["attention_mask"]).logits
    torch.testing.assert_close(model(**batch).logits, by_hand)


def test_padding_side_changes_nothing(
    make_model: Make, family: DecoderFamily, processor: AnyMolProcessor, encoded: Any
) -> None:
    model = make_model(family)
    alone = [model(**processor.batch([example])) for example in encoded]
    for side in ("left", "right"):
        batch = processor.batch(encoded, padding_side=side)
        logits = model(**batch).logits
        for row, single in enumerate(alone):
            real = logits[row][batch["attention_mask"][row].bool()]
            torch.testing.assert_close(real, single.logits[0], atol=1e-4, rtol=1e-4)


def test_placeholders_and_molecules_must_agree(make_model: Make, processor: AnyMolProcessor, prompts: Any) -> None:
    model = make_model()
    batch = processor.batch(prompts)
    batch["input_ids"] = batch["input_ids"].masked_fill(
        batch["input_ids"] == token_id(processor.tokenizer, "<graph>"), 20
    )
    with pytest.raises(ValueError, match="0 <graph> placeholders, but its 3 molecules give 10 tokens"):
        model(**batch)
    with pytest.raises(ValueError, match="one of them"):
        model()
    with pytest.raises(ValueError, match="inputs_embeds"):
        model(inputs_embeds=torch.zeros(1, 2, 32), molecules=batch["molecules"])


def test_molecules_are_given_together(make_model: Make, processor: AnyMolProcessor, prompts: Any) -> None:
    model, batch = make_model(), processor.batch(prompts)
    with pytest.raises(TypeError, match=r"molecules=\{'graph'"):
        model(batch["input_ids"], graph=batch["molecules"]["graph"])
    with pytest.raises(TypeError, match=r"molecules=\{'graph'"):
        model.generate(batch["input_ids"], graph=batch["molecules"]["graph"])
    with pytest.raises(ValueError, match="reads no ms2"):
        model(batch["input_ids"], molecules={"ms2": {}})


def test_packed_rows_equal_unpacked(
    make_model: Make, family: DecoderFamily, processor: AnyMolProcessor, encoded: Any
) -> None:
    model = make_model(family)
    lengths = [len(example) for example in encoded]
    packed = EncodedExample(
        [index for example in encoded for index in example.input_ids],
        [label for example in encoded for label in example.labels],
        tuple(record for example in encoded for record in example.records),
    )
    batch = processor.batch([packed])
    block = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    mask = (block[:, None] == block[None, :]).tril()[None, None]
    positions = torch.cat([torch.arange(n) for n in lengths])[None]
    expected = torch.cat([model(**processor.batch([example])).logits[0] for example in encoded])
    additive = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    for four_d in (mask, additive):
        got = model(
            input_ids=batch["input_ids"], attention_mask=four_d, position_ids=positions, molecules=batch["molecules"],
            use_cache=False,
        ).logits[0]  # fmt: skip
        torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_beams": 3, "num_return_sequences": 3},
        {"num_beams": 2, "num_return_sequences": 2, "cache_implementation": "static"},
        {"cache_implementation": "static"},
        {"do_sample": True, "top_k": 5, "num_return_sequences": 2},
    ],
    ids=["greedy", "beams", "beams-static", "static", "sample"],
)
def test_generate_equals_the_decoders_own(
    make_model: Make, family: DecoderFamily, processor: AnyMolProcessor, prompts: Any, options: dict[str, Any]
) -> None:
    model = make_model(family)
    batch = processor.batch(prompts)
    length = batch["input_ids"].shape[1]
    options = {"max_new_tokens": 6, "min_new_tokens": 6, "return_dict_in_generate": True, **options}
    torch.manual_seed(3)
    got = model.generate(batch["input_ids"], batch["attention_mask"], molecules=batch["molecules"], **options)
    torch.manual_seed(3)
    expected = model.decoder.generate(
        inputs_embeds=model.embed(batch["input_ids"], batch["molecules"]),
        attention_mask=batch["attention_mask"],
        **options,
    )
    copies = options.get("num_return_sequences", 1)
    assert torch.equal(got.sequences[:, :length], batch["input_ids"].repeat_interleave(copies, 0))
    assert torch.equal(got.sequences[:, length:], expected.sequences)
    if "num_beams" in options:
        torch.testing.assert_close(got.sequences_scores, expected.sequences_scores)


def test_generate_ignores_padding_side_and_batch(
    make_model: Make, family: DecoderFamily, processor: AnyMolProcessor, prompts: Any
) -> None:
    model = make_model(family)
    new = {}
    for side in ("left", "right"):
        batch = processor.batch(prompts, padding_side=side)
        del batch["labels"]
        new[side] = model.generate(**batch, max_new_tokens=8)[:, batch["input_ids"].shape[1] :]
    assert torch.equal(new["left"], new["right"])
    for row, prompt in enumerate(prompts):
        batch = processor.batch([prompt])
        del batch["labels"]
        alone = model.generate(**batch, max_new_tokens=8)[0, batch["input_ids"].shape[1] :]
        assert torch.equal(new["left"][row, : len(alone)], alone)


def test_generate_needs_the_cache_with_molecules(make_model: Make, processor: AnyMolProcessor, prompts: Any) -> None:
    batch = processor.batch(prompts)
    with pytest.raises(ValueError, match="needs the cache"):
        make_model().generate(
            batch["input_ids"], batch["attention_mask"], molecules=batch["molecules"], use_cache=False
        )


@pytest.mark.parametrize("tied", [True, False])
def test_save_and_load(
    make_model: Make, family: DecoderFamily, tied: bool, processor: AnyMolProcessor, encoded: Any, tmp_path: Any
) -> None:
    register()
    register()
    model = make_model(family, tied=tied)
    batch = processor.batch(encoded)
    model.train()(**batch)  # moves the running statistics
    model.eval()
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert isinstance(loaded, AnyMolForCausalLM)
    assert loaded.config.to_dict().keys() == model.config.to_dict().keys()
    assert loaded.config.modality_configs == model.config.modality_configs
    assert loaded.generation_config.eos_token_id == processor.end_id
    assert torch.equal(loaded(**batch).logits, model(**batch).logits)
    same = loaded.get_input_embeddings().weight is loaded.get_output_embeddings().weight
    assert same == tied
    again = AutoProcessor.from_pretrained(tmp_path)
    assert isinstance(again, AnyMolProcessor)
    assert (again.notation, again.end_id, again.modalities) == (
        processor.notation,
        processor.end_id,
        processor.modalities,
    )


def test_fresh_weights_are_as_their_modules_start(make_model: Make, processor: AnyMolProcessor) -> None:
    model = make_model()
    fresh = AnyMolForCausalLM(model.config)
    assert not fresh.role_embedding.weight.any()
    norm = fresh.encoders["graph"].norms[0]
    assert torch.equal(norm.weight, torch.ones_like(norm.weight))
    assert torch.equal(norm.running_var, torch.ones_like(norm.running_var))
    linear = fresh.projectors["graph"].mlp[0]
    assert linear.weight.abs().max() <= linear.in_features**-0.5  # torch's own start, not the decoder's normal


def test_gradients_reach_every_part(make_model: Make, processor: AnyMolProcessor, encoded: Any) -> None:
    model = make_model().train()
    model(**processor.batch(encoded)).loss.backward()
    still = [name for name, value in model.named_parameters() if value.grad is None]
    assert not still
    for name in ("encoders.graph.atom_embedding.weight", "projectors.graph.mlp.0.weight", "role_embedding.weight"):
        assert model.get_parameter(name).grad.any(), name


def test_gradient_checkpointing_gives_the_same_gradients(
    make_model: Make, processor: AnyMolProcessor, encoded: Any
) -> None:
    plain, saving = make_model().train(), make_model().train()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # renamed in the newest transformers, still the name of most
        saving.gradient_checkpointing_enable()
    assert all(layer.gradient_checkpointing for layer in saving.decoder.model.layers)
    batch = processor.batch(encoded)
    for model in (plain, saving):
        model(**batch, use_cache=False).loss.backward()
    for (name, mine), theirs in zip(plain.named_parameters(), saving.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, msg=name)


def test_bfloat16(make_model: Make, family: DecoderFamily, processor: AnyMolProcessor, encoded: Any) -> None:
    model = make_model(family)
    batch = processor.batch(encoded)
    exact = model(**batch).loss
    with torch.autocast("cpu", dtype=torch.bfloat16):
        autocast = model(**batch).loss
    cast = model.to(torch.bfloat16)(**batch).loss
    assert cast.dtype == torch.float32
    assert autocast.item() == pytest.approx(exact.item(), rel=0.05)
    assert cast.item() == pytest.approx(exact.item(), rel=0.05)


def test_loss_shifts_ignores_and_divides() -> None:
    logits = torch.randn(2, 4, 7)
    labels = torch.tensor([[-100, 3, -100, 5], [-100, -100, 2, -100]])
    logs = logits.log_softmax(-1)
    total = -(logs[0, 0, 3] + logs[0, 2, 5] + logs[1, 1, 2])
    torch.testing.assert_close(compute_loss(logits, labels), total / 3)
    torch.testing.assert_close(compute_loss(logits, labels, 10), total / 10)
    assert compute_loss(logits.to(torch.bfloat16), labels).dtype == torch.float32


def test_resizing_the_vocabulary(make_model: Make) -> None:
    model = make_model()
    model.resize_token_embeddings(400)
    assert model.config.get_text_config().vocab_size == 400
    assert model(input_ids=torch.tensor([[399]])).logits.shape[-1] == 400


def test_compiled_forward(make_model: Make, processor: AnyMolProcessor, encoded: Any) -> None:
    model = make_model()
    batch = processor.batch(encoded)
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True, dynamic=True)
    torch.testing.assert_close(compiled(**batch, use_cache=False).logits, model(**batch).logits)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # read by peft
def test_peft_works_on_it(make_model: Make, processor: AnyMolProcessor, encoded: Any) -> None:
    peft = pytest.importorskip("peft")
    model = make_model()
    batch = processor.batch(encoded)
    before = model(**batch).logits
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", r=2)
    )
    adapted(**batch).loss.backward()
    learning = {name for name, value in adapted.named_parameters() if value.grad is not None}
    assert learning
    assert all("lora_" in name for name in learning)
    torch.testing.assert_close(adapted.eval()(**batch).logits, before)
    del batch["labels"]
    assert adapted.generate(**batch, max_new_tokens=2).shape[0] == len(encoded)


def test_the_trainer_of_transformers_works_on_it(
    make_model: Make, processor: AnyMolProcessor, encoded: Any, tmp_path: Any
) -> None:
    pytest.importorskip("accelerate")
    from transformers import Trainer, TrainingArguments

    model = make_model()
    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=4, per_device_train_batch_size=3, learning_rate=1e-2, report_to=[],
        remove_unused_columns=False, use_cpu=True, logging_steps=1, disable_tqdm=True, dataloader_pin_memory=False,
        save_strategy="no",
    )  # fmt: skip
    trainer = Trainer(model, arguments, train_dataset=encoded * 4, data_collator=processor.batch)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert losses[-1] < losses[0]


def test_a_copy_is_independent(make_model: Make, processor: AnyMolProcessor, encoded: Any) -> None:
    model = make_model()
    twin = copy.deepcopy(model)
    batch = processor.batch(encoded)
    before = model(**batch).logits
    twin.role_embedding.weight.data.add_(1)
    assert torch.equal(model(**batch).logits, before)
    assert not torch.equal(twin(**batch).logits, before)


def test_what_only_dummies_reach_is_known_and_draws_nothing(
    make_model: Make, processor: AnyMolProcessor, encoded: Any
) -> None:
    """Without a molecule every part that reads one is reached by a dummy; what is drawn afterwards stays the same."""
    model = make_model().train()
    model.reads_absent = True
    ids = torch.tensor([[5, 6, 7]])
    torch.manual_seed(0)
    model(input_ids=ids).logits.sum().backward()
    drawn = torch.rand(1)
    without = [one for part in model.parts_without(()) for one in part.parameters()]
    assert without and all(one.grad is not None and not one.grad.any() for one in without)
    reading = [*model.encoders.parameters(), *model.projectors.parameters(), *model.markers.parameters()]
    assert {id(one) for one in reading} <= {id(one) for one in without}
    assert list(model.parts_without(set(model.encoders))) == []
    torch.manual_seed(0)
    model.reads_absent = False
    model(input_ids=ids)
    assert torch.equal(torch.rand(1), drawn)
