"""The plan of a run: data, tokenizer, model and stages, each by the config of its own component."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from anymol.adapters.mora.config import MoraConfig
from anymol.bounds import MAX_WORKERS
from anymol.chem.notation import Notation
from anymol.config_checks import Name, Seed
from anymol.data.config import DataConfig
from anymol.encoders.table import ENCODERS
from anymol.errors import ConfigError
from anymol.modalities.modality import Modality
from anymol.models.adaptation import ModelAdapter, check_combination
from anymol.models.build import DecoderConfig
from anymol.models.modality_config import ModalityConfig
from anymol.models.quantisation import Quantisation
from anymol.training.sharding import Sharding
from anymol.training.stages import Component, Precision, StageConfig

_DTYPES: Final = {Precision.FP32: torch.float32, Precision.BF16: torch.bfloat16}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FittedTokenizer(_Frozen):
    """A tokenizer that the run trains on its own data; to a pre-trained decoder's tokenizer only the symbols are added.

    Attributes:
        kind: Tag of this config; it may be left out.
        notation: Line notation of molecules.
        vocab_size: Size of the whole vocabulary of a tokenizer trained here.
        min_symbol_count: Molecule symbols met less often (among distinct molecules) are left to the byte fallback.
        max_texts: Distinct texts that the tokenizer is trained on, evenly spread over all there are.
    """

    kind: Literal["fitted"] = "fitted"
    notation: Notation = Notation.SMILES
    vocab_size: int = Field(default=2560, ge=300)
    min_symbol_count: int = Field(default=20, ge=1)
    max_texts: int = Field(default=200_000, ge=1)


class TrainedTokenizer(_Frozen):
    """A tokenizer that is ready, as a recipe with ``texts`` trains it.

    Attributes:
        kind: Tag of this config.
        path: Its directory.
        notation: Line notation of molecules that it has tokens for.
    """

    kind: Literal["trained"]
    path: str
    notation: Notation = Notation.SMILES


def _tag_tokenizer(value: Any) -> str:
    """Return the kind of a tokenizer's config, which recipes need not name where it is fitted."""
    kind = value.get("kind", "fitted") if isinstance(value, dict) else getattr(value, "kind", "fitted")
    return str(kind)


TokenizerConfig = Annotated[
    Annotated[FittedTokenizer, Tag("fitted")] | Annotated[TrainedTokenizer, Tag("trained")],
    Discriminator(_tag_tokenizer),
]
"""How text becomes tokens."""


class FreshDecoder(_Frozen):
    """A decoder with fresh weights.

    Attributes:
        kind: Tag of this config.
        size: Its sizes.
    """

    kind: Literal["fresh"] = "fresh"
    size: DecoderConfig = Field(default_factory=DecoderConfig)


class PretrainedDecoder(_Frozen):
    """A pre-trained decoder with its tokenizer.

    Attributes:
        kind: Tag of this config.
        path: Name that anymol knows, directory, or name on a hub.
        dtype: Type that its weights are held in where no stage trains them, ``fp32`` or ``bf16``; that of its files
            where it is not given. Weights that learn are fp32.
        quantised: Fewer bits that its linear maps are held in while what stands beside it learns: ``int8`` or ``nf4``.
    """

    kind: Literal["pretrained"] = "pretrained"
    path: str
    dtype: Precision | None = None
    quantised: Quantisation | None = None

    @property
    def torch_dtype(self) -> torch.dtype | None:
        """The same, as torch has it."""
        return None if self.dtype is None else _DTYPES[self.dtype]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.dtype is not None and self.dtype not in _DTYPES:
            raise ValueError(f"{self.dtype} is a way to train; the weights of a decoder are held in fp32 or bf16")
        return self


class TrainedDecoder(_Frozen):
    """A whole anymol model: its tokenizer, encoders, projectors and decoder.

    Attributes:
        kind: Tag of this config.
        path: Model directory, name on a hub, or ``embedded`` for the model that ships inside the package.
    """

    kind: Literal["trained"] = "trained"
    path: str = "embedded"


class ModelConfig(_Frozen):
    """The model's parts.

    Attributes:
        decoder: Fresh, pre-trained, or in a whole trained model.
        modalities: Encoder and projector per modality. Those that a trained model lacks join it with fresh weights.
        encoder_weights: Modality -> what its encoder starts from: an anymol model directory, ``embedded``, or published
            weights (see :func:`anymol.models.encoder_weights.load_encoder_weights`).
        adapters: Methods that stand in the decoder; the first that matches a place takes it.
        weights: Arithmetic that the finished model's weights are stored in.
    """

    decoder: Annotated[FreshDecoder | PretrainedDecoder | TrainedDecoder, Field(discriminator="kind")] = FreshDecoder()
    modalities: dict[str, ModalityConfig] = Field(default_factory=dict)
    encoder_weights: dict[str, str] = Field(default_factory=dict)
    adapters: tuple[ModelAdapter, ...] = ()
    weights: Precision = Precision.FP32

    @property
    def quantisation(self) -> Quantisation | None:
        """In what the decoder's linear maps are held in training, where they are quantised."""
        return self.decoder.quantised if isinstance(self.decoder, PretrainedDecoder) else None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.weights is Precision.BF16_WEIGHTS:
            raise ValueError("bf16_weights is a way to train; weights are stored in fp32 or bf16")
        for name, modality in self.modalities.items():
            if name not in ENCODERS:
                raise ValueError(f"there is no modality {name}; known: {', '.join(ENCODERS)}")
            if not isinstance(modality.encoder, ENCODERS[Modality(name)].config):
                raise ValueError(f"no encoder {modality.encoder.kind} reads {name}")
        try:
            check_combination(self.adapters)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        if isinstance(self.decoder, TrainedDecoder):
            return self
        conditioned = [adapter for adapter in self.adapters if isinstance(adapter, MoraConfig)]
        if conditioned and "graph" not in self.modalities:
            raise ValueError("mora reads molecules as graphs; give the model the modality graph")
        for name, modality in self.modalities.items():
            if modality.projector is None and not conditioned:
                raise ValueError(f"{name} has no projector and no adapter reads it; add mora, or a projector")
            for adapter in conditioned if name == "graph" else ():
                if adapter.state_width != modality.encoder.width:
                    raise ValueError(
                        f"mora reads states of width {adapter.state_width}, and {name} gives {modality.encoder.width}"
                    )
        return self


class TrainingPlan(_Frozen):
    """One run.

    Attributes:
        name: Name of the run and of its model.
        seed: Weights, draws and shuffles follow from it.
        data: What the shards are built from, where there are none yet.
        data_at_hand: What they are built from instead where no data directory is given.
        tokenizer: How text becomes tokens.
        model: The model's parts.
        stages: What is trained, in order.
        keep: Newest checkpoints that stay.
        validate_examples: Most validation examples of a task, measured during training.
        sharding: How several processes hold the weights: ``none`` (each all of them) or ``fsdp2`` (each a shard).
        threads: CPU threads; None leaves torch's choice. Sums in another order differ in their last bits, so a run
            is repeated exactly only with the same number.
    """

    name: Name
    seed: Seed = 0
    data: DataConfig
    data_at_hand: DataConfig | None = None
    tokenizer: TokenizerConfig = FittedTokenizer()
    model: ModelConfig = ModelConfig()
    stages: tuple[StageConfig, ...] = Field(min_length=1)
    keep: int = Field(default=2, ge=1)
    validate_examples: int = Field(default=128, ge=1)
    sharding: Sharding = Sharding.NONE
    threads: int | None = Field(default=None, ge=1, le=MAX_WORKERS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, data in (("data", self.data), ("data_at_hand", self.data_at_hand)):
            if self.tokenizer.notation is Notation.SELFIES and data is not None and not data.selfies:
                raise ValueError(f"tokenizer.notation is selfies, so {name}.selfies must be true")
        if (quantisation := self.model.quantisation) is not None:
            if self.decoder_learns:
                raise ValueError(f"a decoder in {quantisation} is at rest; train an adapter, or leave quantised out")
            if self.sharding is not Sharding.NONE:
                raise ValueError(f"a decoder in {quantisation} is not sharded; leave quantised or sharding out")
        if isinstance(self.tokenizer, TrainedTokenizer) and not isinstance(self.model.decoder, FreshDecoder):
            raise ValueError("a ready tokenizer is for a fresh decoder: other decoders bring their own")
        if self.data_at_hand is not None and self.data_at_hand.needs_data:
            raise ValueError("data_at_hand may only have components that are built in")
        for number, stage in enumerate(self.stages):
            if stage.precision is Precision.BF16_WEIGHTS and self.model.adapters:
                raise ValueError(f"stage {number}: bf16_weights is for a decoder without adapters; give precision bf16")
            if self.sharding is not Sharding.NONE and stage.precision is Precision.BF16_WEIGHTS:
                raise ValueError(f"stage {number}: bf16_weights and {self.sharding} do not go together; give bf16")
            if self.sharding is not Sharding.NONE and stage.compile:
                raise ValueError(f"stage {number}: compile and {self.sharding} do not go together; leave one out")
            modal = {Component.ENCODER, Component.PROJECTOR} & set(stage.trains)
            if modal and not self.model.modalities and not isinstance(self.model.decoder, TrainedDecoder):
                raise ValueError(f"stage {number} trains {', '.join(sorted(modal))}, but the model has no modality")
            match self.model.decoder:
                case FreshDecoder(size=size) if stage.row_length > size.max_positions:
                    raise ValueError(
                        f"rows of {stage.row_length} are longer than the decoder's {size.max_positions} positions"
                    )
                case _:
                    pass
        return self

    def data_for(self, *, data_dir: bool) -> DataConfig:
        """Return what shards are built from, with or without a data directory."""
        if data_dir or self.data_at_hand is None:
            return self.data
        return self.data_at_hand

    @property
    def kept_examples(self) -> int:
        """Validation examples of a task that any measurement may look at."""
        answered = [stage.generate_examples for stage in self.stages if stage.generate_every_tokens]
        return max(self.validate_examples, *answered, 0)

    @property
    def decoder_learns(self) -> bool:
        """Whether any stage trains the decoder."""
        adapted = bool(self.model.adapters)
        return any(Component.DECODER in stage.parts(adapted=adapted) for stage in self.stages)
