"""Config of the whole model: the decoder's, and an encoder with its projector for each modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from transformers import AutoConfig, PretrainedConfig

from anymol.chem.notation import Notation
from anymol.modalities.content import Role
from anymol.models.adaptation import ModelAdapter, ModelAdapters, read_adapters
from anymol.models.modality_config import ModalityConfig, read_modalities


class AnyMolConfig(PretrainedConfig):
    """Config of :class:`~anymol.models.modeling.AnyMolForCausalLM`.

    Args:
        text_config: The decoder's config (any causal language model of transformers). With a table of extra tokens
            its ``vocab_size`` counts those too.
        modalities: Encoder and projector per modality name (those of :data:`~anymol.encoders.table.ENCODERS`).
        placeholder_token_ids: Token id of each modality's placeholder.
        notation: Line notation between ``<mol>`` and ``</mol>``.
        n_roles: Rows of the role table.
        base_vocab_size: Where the decoder is frozen and new tokens live in a table of their own: the first new id.
        decoder_vocab_size: Rows of the frozen decoder's own embedding, which may be more than `base_vocab_size`.
        adapters: Methods that stand in the decoder, as tagged configs; the first that matches a place takes it.
        kwargs: Fields that every config of transformers has.

    Raises:
        ValueError: A modality lacks its placeholder, or only one of the two vocabulary sizes is given.
    """

    model_type = "anymol"
    sub_configs: ClassVar[dict[str, Any]] = {"text_config": AutoConfig}

    def __init__(
        self,
        text_config: PretrainedConfig | dict[str, Any] | None = None,
        modalities: Mapping[str, ModalityConfig | dict[str, Any]] | None = None,
        placeholder_token_ids: Mapping[str, int] | None = None,
        notation: Notation | str = Notation.SELFIES,
        n_roles: int = len(Role),
        base_vocab_size: int | None = None,
        decoder_vocab_size: int | None = None,
        adapters: Sequence[ModelAdapter | dict[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        if text_config is None:
            text_config = {"model_type": "llama"}
        if isinstance(text_config, dict):
            fields = dict(text_config)
            text_config = AutoConfig.for_model(fields.pop("model_type", "llama"), **fields)
        parsed = read_modalities(modalities or {})
        self.text_config = text_config
        self.modalities = {name: config.model_dump(mode="json") for name, config in parsed.items()}
        self.placeholder_token_ids = dict(placeholder_token_ids or {})
        self.notation = Notation(notation).value
        self.n_roles = n_roles
        self.base_vocab_size = base_vocab_size
        self.decoder_vocab_size = decoder_vocab_size
        self.adapters: list[dict[str, Any]] = ModelAdapters.dump_python(read_adapters(adapters), mode="json")
        if missing := sorted(set(self.modalities) - set(self.placeholder_token_ids)):
            raise ValueError(f"placeholder_token_ids lacks {', '.join(missing)}")
        if (base_vocab_size is None) != (decoder_vocab_size is None):
            raise ValueError("base_vocab_size and decoder_vocab_size go together")
        kwargs.setdefault("tie_word_embeddings", bool(getattr(text_config, "tie_word_embeddings", False)))
        super().__init__(**kwargs)

    @property
    def modality_configs(self) -> dict[str, ModalityConfig]:
        """Encoder and projector of each modality, validated; by its name."""
        return {name: ModalityConfig.model_validate(config) for name, config in self.modalities.items()}

    @property
    def adapter_configs(self) -> tuple[ModelAdapter, ...]:
        """The configs of the methods that were put into the decoder, validated, in their order."""
        return read_adapters(self.adapters)

    @property
    def n_extra_tokens(self) -> int:
        """Rows of the table of extra tokens; 0 where there is none."""
        return 0 if self.base_vocab_size is None else self.text_config.vocab_size - self.base_vocab_size
