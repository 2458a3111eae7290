"""``anymol export``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.locating import locate_model


@pytest.fixture
def adapted(tmp_path: Path, shipped_model: Path) -> Any:
    """Save the shipped model with an adapter whose weights are not those of the start."""

    def make(*configs: dict[str, Any]) -> Path:
        with locate_model(None) as directory:
            model, processor, _ = load_checkpoint(directory)
        model.inject_adapter(configs)
        for name, parameter in model.named_parameters():
            if any(part in name for part in ("variants", "adapter_networks", "lora_B")):
                nn.init.normal_(parameter, std=0.05)
        return save_checkpoint(tmp_path / "model", model, processor)

    return make


GAL = {"kind": "gal", "rank": 4}
MORA = {"kind": "mora", "rank": 4, "state_width": 128, "width": 16, "targets": ["q", "v"], "every": 1}
IDS = torch.arange(40, 52)[None]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")  # PEFT asks for it
@pytest.mark.parametrize("config", [GAL, {"kind": "lora", "rank": 4}], ids=lambda config: config["kind"])
def test_merged_and_lora_give_the_adapted_logits(run, adapted, tmp_path: Path, config: dict[str, Any]) -> None:
    import peft

    directory = adapted(config)
    expected = load_checkpoint(directory)[0](IDS).logits
    assert run("export", directory, "--format", "merged", "--output", tmp_path / "merged").code == 0
    merged = load_checkpoint(tmp_path / "merged")[0]
    assert merged.config.adapters == []
    torch.testing.assert_close(merged(IDS).logits, expected, atol=1e-4, rtol=1e-4)
    assert (
        run("export", directory, "--format", "lora", "--output", tmp_path / "lora", "--json").json["format"] == "lora"
    )
    with locate_model(None) as shipped:
        plain = load_checkpoint(shipped)[0]
    before = plain(IDS).logits
    loaded = peft.PeftModel.from_pretrained(plain.decoder, str(tmp_path / "lora"))
    torch.testing.assert_close(loaded(IDS).logits, expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(before, expected, atol=1e-2)


def test_mora_is_written_for_one_molecule(run, adapted, tmp_path: Path) -> None:
    directory = adapted(MORA)
    for smiles, name in (("CCO", "a"), ("c1ccccc1", "b")):
        done = run("export", directory, "--format", "lora", "--molecule", smiles, "--output", tmp_path / name)
        assert done.code == 0, done.err
    a, b = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("a", "b"))
    assert a.keys() == b.keys()
    assert any(not torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize(
    ("configs", "words", "reason"),
    [
        ([MORA], ["lora"], "--molecule"),
        ([MORA], ["merged"], "molecule"),
        ([MORA], ["lora", "--molecule", "not-a-molecule"], "not-a-molecule"),
        ([GAL], ["lora", "--molecule", "CCO"], "--molecule belongs to"),
        ([{"kind": "moge", "rank": 4}], ["lora"], ""),
        ([{"kind": "moge", "rank": 4}], ["merged"], ""),
    ],
)
def test_refusals(run, adapted, tmp_path: Path, configs: Any, words: list[str], reason: str) -> None:
    done = run("export", adapted(*configs), "--output", tmp_path / "out", "--format", *words)
    assert done.code == 2
    assert reason in done.err
    assert not (tmp_path / "out").exists()


def test_a_model_without_an_adapter(run, shipped_model: Path, tmp_path: Path) -> None:
    done = run("export", shipped_model, "--format", "lora", "--output", tmp_path / "out")
    assert done.code == 2
    assert "no adapter" in done.err


QUESTION = [{"role": "user", "content": "What is the product of <mol>CCO.CC(=O)O</mol>?"}]


@pytest.fixture(params=[{}, {"tie_word_embeddings": True}], ids=["two tables", "tied"])
def pretrained(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A "pre-trained" decoder in bf16 with spare rows, which no molecule token belongs to yet."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    numbers = {one: number for number, one in enumerate([*letters, "<s>", "</s>"])}
    backend = Tokenizer(models.BPE(vocab=numbers, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    config = LlamaConfig(
        vocab_size=len(tokenizer) + 6, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        initializer_range=0.3, **request.param,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).bfloat16().save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def trained(pretrained: Path, tmp_path: Path) -> Any:
    """Put an adapter beside such a decoder, move all that learns, and save the model."""
    from anymol.chem.notation import Notation
    from anymol.models.adaptation import read_adapters
    from anymol.models.build import from_backbone

    def make(*configs: dict[str, Any]) -> tuple[Path, torch.Tensor, torch.Tensor]:
        torch.manual_seed(1)
        model, processor = from_backbone(
            pretrained, ("⌬C", "⌬O", "⌬="), notation=Notation.SMILES, adapters=read_adapters(configs)
        )
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter) * 0.05)
        ids = processor.tokenizer.apply_chat_template(QUESTION, return_tensors="pt", return_dict=True)["input_ids"]
        assert (ids >= model.config.base_vocab_size).any()
        return save_checkpoint(tmp_path / "model", model, processor), ids, model.eval()(input_ids=ids).logits

    return make


@pytest.mark.parametrize("configs", [(), (GAL,), ({"kind": "lora", "rank": 4},)], ids=["none", "gal", "lora"])
def test_a_plain_decoder_answers_as_the_model_did(run, trained, tmp_path: Path, configs: Any) -> None:
    """What transformers alone reads, with the tokens that were trained; merged in bf16, so near and not equal."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    directory, ids, expected = trained(*configs)
    done = run("export", directory, "--format", "decoder", "--output", tmp_path / "plain")
    assert done.code == 0, done.err
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "plain")
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path / "plain")
    assert model.dtype is torch.bfloat16
    assert type(model).__name__ == "LlamaForCausalLM"
    assert model.get_input_embeddings().weight.shape[0] == len(tokenizer)
    again = tokenizer.apply_chat_template(QUESTION, return_tensors="pt", return_dict=True)["input_ids"]
    assert torch.equal(again, ids)
    found = model(input_ids=ids).logits
    if configs:
        torch.testing.assert_close(found, expected, atol=0.3, rtol=0.1)
    else:
        assert torch.equal(found, expected)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")
@pytest.mark.parametrize("config", [GAL, {"kind": "lora", "rank": 4}], ids=lambda config: config["kind"])
def test_a_lora_comes_with_the_tokens_that_were_trained(run, trained, tmp_path: Path, config: Any) -> None:
    import peft
    from transformers import AutoTokenizer

    directory, ids, _ = trained(config)
    expected = load_checkpoint(directory)[0](input_ids=ids).logits  # in fp32: PEFT rounds elsewhere
    done = run("export", directory, "--format", "lora", "--output", tmp_path / "lora")
    assert done.code == 0, done.err
    loaded = peft.AutoPeftModelForCausalLM.from_pretrained(str(tmp_path / "lora"), dtype=torch.float32)
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path / "lora")
    again = tokenizer.apply_chat_template(QUESTION, return_tensors="pt", return_dict=True)["input_ids"]
    assert torch.equal(again, ids)
    # The rows of the new tokens were learned in fp32 and stand in the decoder in its bf16.
    torch.testing.assert_close(loaded(input_ids=ids).logits, expected, atol=0.1, rtol=0.0)


def test_merging_keeps_the_type_of_the_decoder(run, trained, tmp_path: Path) -> None:
    directory, ids, expected = trained(GAL)
    assert run("export", directory, "--format", "merged", "--output", tmp_path / "merged").code == 0
    merged, _, _ = load_checkpoint(tmp_path / "merged", dtype=None)
    assert merged.decoder.dtype is torch.bfloat16
    assert (tmp_path / "merged" / "model.safetensors").stat().st_size < 1.2 * (
        directory / "model.safetensors"
    ).stat().st_size
    torch.testing.assert_close(merged(input_ids=ids).logits, expected, atol=0.3, rtol=0.1)


def test_a_format_that_is_none_is_answered_with_all(run, tmp_path: Path) -> None:
    done = run("export", "embedded", "--format", "gguf", "--output", tmp_path / "out")
    assert done.code == 2 and "not one of lora, merged, decoder" in done.err


def test_embedded_is_the_shipped_model(shipped_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with locate_model(None) as own, locate_model("embedded") as named, locate_model(own.name) as called:
        assert own == named == called
    (tmp_path / "embedded").mkdir()
    (tmp_path / "embedded" / "config.json").touch()
    with locate_model("embedded") as directory:  # what is there goes before what a word means
        assert directory == Path("embedded")
