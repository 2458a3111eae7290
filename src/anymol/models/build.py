"""Models from their parts: with fresh weights, or around a pre-trained decoder."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    PretrainedConfig,
    PreTrainedTokenizerBase,
)

from anymol.backbones.locating import locate_backbone
from anymol.chem.notation import Notation
from anymol.errors import ConfigError
from anymol.models.adaptation import ModelAdapter
from anymol.models.config import AnyMolConfig
from anymol.models.modality_config import ModalityConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.quantisation import Quantisation, quantise_decoder
from anymol.models.tokenizer import TokenizerExtension, extend_tokenizer
from anymol.models.tokens import token_id


class DecoderFamily(StrEnum):
    """Architectures that a decoder can be built in from scratch."""

    LLAMA = "llama"
    QWEN2 = "qwen2"
    QWEN3 = "qwen3"


class DecoderConfig(BaseModel):
    """Sizes of a decoder with fresh weights; the defaults are those of ``nano``.

    Attributes:
        family: Architecture.
        hidden_size: Width H.
        n_layers: Blocks.
        n_heads: Query heads; must divide `hidden_size`.
        n_kv_heads: Key-value heads, shared by groups of query heads; must divide `n_heads`.
        ffn_size: Width inside the feed-forward blocks.
        max_positions: Longest sequence.
        rope_theta: Base of the rotary position embedding.
        tied: Whether input and output embeddings are the same.
        initializer_range: Standard deviation of fresh weights.
        attention_dropout: Probability of dropping an attention weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: DecoderFamily = DecoderFamily.LLAMA
    hidden_size: int = Field(default=256, ge=1)
    n_layers: int = Field(default=4, ge=1)
    n_heads: int = Field(default=4, ge=1)
    n_kv_heads: int = Field(default=2, ge=1)
    ffn_size: int = Field(default=768, ge=1)
    max_positions: int = Field(default=2048, ge=1)
    rope_theta: float = Field(default=10_000.0, gt=0)
    tied: bool = True
    initializer_range: float = Field(default=0.02, gt=0)
    attention_dropout: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _check_heads(self) -> DecoderConfig:
        if self.hidden_size % self.n_heads:
            raise ValueError(f"n_heads {self.n_heads} does not divide hidden_size {self.hidden_size}")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(f"n_kv_heads {self.n_kv_heads} does not divide n_heads {self.n_heads}")
        return self

    def to_text_config(self, processor: AnyMolProcessor) -> PretrainedConfig:
        """Return the config of transformers for the vocabulary of `processor`."""
        return AutoConfig.for_model(
            self.family.value,
            vocab_size=len(processor.tokenizer),
            hidden_size=self.hidden_size,
            num_hidden_layers=self.n_layers,
            num_attention_heads=self.n_heads,
            num_key_value_heads=self.n_kv_heads,
            head_dim=self.hidden_size // self.n_heads,  # Qwen3's own default is 128, whatever the width
            intermediate_size=self.ffn_size,
            max_position_embeddings=self.max_positions,
            rope_parameters={"rope_type": "default", "rope_theta": self.rope_theta},
            tie_word_embeddings=self.tied,
            initializer_range=self.initializer_range,
            attention_dropout=self.attention_dropout,
            **_token_ids(processor),
        )


def build_config(
    decoder: DecoderConfig, processor: AnyMolProcessor, adapters: Sequence[ModelAdapter] = ()
) -> AnyMolConfig:
    """Return the config of a model with fresh weights that reads what its processor reads.

    Args:
        decoder: Sizes of the decoder.
        processor: Gives vocabulary, placeholders, notation and modalities.
        adapters: Methods that stand in the decoder.
    """
    return AnyMolConfig(
        text_config=decoder.to_text_config(processor),
        modalities=processor.modalities,
        placeholder_token_ids=_placeholder_ids(processor.modalities, processor),
        notation=processor.notation,
        adapters=adapters,
        **_token_ids(processor),
    )


def build_model(config: AnyMolConfig, processor: AnyMolProcessor | None = None) -> AnyMolForCausalLM:
    """Return a model with fresh weights, drawn from torch's global generator.

    Args:
        config: What to build.
        processor: Where given, generation ends at its end token.
    """
    model = AnyMolForCausalLM(config)
    if processor is not None:
        model.generation_config = GenerationConfig(**_token_ids(processor))
    return model


def from_backbone(
    name_or_path: str | os.PathLike[str],
    symbols: Sequence[str],
    modalities: Mapping[str, ModalityConfig] | None = None,
    *,
    notation: Notation = Notation.SELFIES,
    frozen: bool = True,
    adapters: Sequence[ModelAdapter] = (),
    dtype: torch.dtype | None = None,
    quantised: Quantisation | None = None,
    **kwargs: Any,
) -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    """Put a pre-trained decoder in the middle of a model.

    New tokens start at the mean of their pieces. A frozen decoder keeps them in a table of their own, so that its
    logits of old tokens stay what they were, bit by bit; else its own tables grow.

    Args:
        name_or_path: Any causal language model of transformers, with its tokenizer: a name that anymol knows, a
            directory, or a name on the hub.
        symbols: Molecule symbols that become tokens.
        modalities: Encoder and projector per modality.
        notation: Notation of `symbols`.
        frozen: Whether the decoder's weights stay as they are (they are marked as needing no gradient).
        adapters: Methods that stand in the decoder.
        dtype: Type of the decoder's weights; None keeps that of the checkpoint. All that is new beside the decoder is
            fp32, so that it can learn.
        quantised: In what the linear maps of a frozen decoder are held; None leaves them as they are.
        kwargs: Handed to ``from_pretrained`` of the decoder.

    Raises:
        CheckpointError: Nothing that transformers loads is there.
        MissingDependencyError: What quantises is not installed.
    """
    modalities = dict(modalities or {})
    name_or_path = locate_backbone(name_or_path)
    tokenizer = AutoTokenizer.from_pretrained(name_or_path)
    extension = extend_tokenizer(tokenizer, symbols)
    processor = AnyMolProcessor(tokenizer, notation=notation, modalities=modalities)
    decoder: Any = AutoModelForCausalLM.from_pretrained(name_or_path, dtype=dtype or "auto", **kwargs)
    rows = decoder.get_input_embeddings().weight.shape[0]
    # Gemma 3's tokenizer, for one, knows a token that its decoder has no row for: it joins those that are new.
    first_id = min(extension.first_id, rows)
    text_config: Any = type(decoder.config).from_dict(decoder.config.to_dict())
    if frozen:
        decoder.requires_grad_(False)
        text_config.vocab_size = len(tokenizer)
    elif len(tokenizer) > rows:
        decoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        text_config.vocab_size = len(tokenizer)
    config = AnyMolConfig(
        text_config=text_config,
        modalities=modalities,
        placeholder_token_ids=_placeholder_ids(modalities, processor),
        notation=notation,
        base_vocab_size=first_id if frozen else None,
        decoder_vocab_size=rows if frozen else None,
        **_token_ids(processor),
    )
    generation_config = decoder.generation_config
    model = AnyMolForCausalLM(config, decoder=decoder)
    if frozen:
        rowless = tuple(_spell(tokenizer, number) for number in range(first_id, extension.first_id))
        model.start_extra_tokens((*rowless, *extension.pieces))
    else:
        _start_rows(model, extension)
    generation_config.update(eos_token_id=processor.end_id, pad_token_id=tokenizer.pad_token_id)
    model.generation_config = generation_config
    if quantised is not None:
        quantise_decoder(decoder, quantised)
    if adapters:
        model.inject_adapter(adapters)
    return model, processor


def add_modalities(
    model: AnyMolForCausalLM, processor: AnyMolProcessor, modalities: Mapping[str, ModalityConfig]
) -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    """Give a trained model further modalities, with fresh weights drawn from torch's global generator.

    What the model answered before it answers still, bit by bit: the decoder and all that it read stay as they are.

    Args:
        model: A model without adapters.
        processor: Its processor.
        modalities: Encoder and projector per new modality.

    Returns:
        A model with copies of the given one's weights, and a processor with the same tokenizer.

    Raises:
        ConfigError: The model reads such a modality already, or it has adapters.
    """
    if known := sorted(set(modalities) & set(model.config.modalities)):
        raise ConfigError(f"the trained model reads {known[0]} already", hint=f"leave {known[0]} out")
    if model.config.adapters:
        raise ConfigError("the trained model has an adapter", hint="merge it first (anymol export)")
    config = AnyMolConfig.from_dict(model.config.to_dict())
    joined = {**model.config.modality_configs, **modalities}
    config.modalities = {name: one.model_dump(mode="json") for name, one in joined.items()}
    config.placeholder_token_ids = {**model.config.placeholder_token_ids, **_placeholder_ids(modalities, processor)}
    larger: Any = AnyMolForCausalLM(config)
    larger.decoder.to(model.decoder.dtype)
    missing, _ = larger.load_state_dict(model.state_dict(), strict=False)
    fresh = tuple(f"{part}.{name}." for part in ("encoders", "projectors", "markers") for name in modalities)
    if model.role_embedding is None:
        fresh = (*fresh, "role_embedding.")
    assert all(name.startswith(fresh) for name in missing), missing
    larger.generation_config = model.generation_config
    larger.eval()
    return larger, processor.with_modalities(joined)


def _spell(tokenizer: PreTrainedTokenizerBase, number: int) -> tuple[int, ...]:
    """Return the tokens of a token's letters."""
    letters = tokenizer.convert_ids_to_tokens(number)
    return tuple(piece for letter in letters for piece in tokenizer.encode(letter, add_special_tokens=False))


@torch.no_grad()
def _start_rows(model: AnyMolForCausalLM, extension: TokenizerExtension) -> None:
    """Start the decoder's own new rows at the mean of their pieces."""
    tables = (model.get_input_embeddings(), model.get_output_embeddings())
    weights = {id(table.weight): table.get_parameter("weight") for table in tables}  # one, where they are tied
    for weight in weights.values():
        for row, pieces in zip(extension.new_ids, extension.pieces, strict=True):
            weight[row] = weight[list(pieces)].float().mean(0)


def _token_ids(processor: AnyMolProcessor) -> dict[str, Any]:
    tokenizer = processor.tokenizer
    return {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": processor.end_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _placeholder_ids(modalities: Collection[str], processor: AnyMolProcessor) -> dict[str, int]:
    return {name: token_id(processor.tokenizer, f"<{name}>") for name in modalities}
