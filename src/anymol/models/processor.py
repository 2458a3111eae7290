"""The processor of a model as transformers saves, loads and registers one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedTokenizerBase, ProcessorMixin

from anymol.chem.notation import Notation
from anymol.models.modality_config import ModalityConfig
from anymol.models.prompt_writer import PromptWriter, modernise_description


class AnyMolProcessor(PromptWriter, ProcessorMixin):
    """A :class:`~anymol.models.prompt_writer.PromptWriter` with ``save_pretrained`` and ``from_pretrained``.

    Args:
        tokenizer: A tokenizer trained or extended by :mod:`anymol.models.tokenizer`.
        notation: Notation that molecules are written in.
        end_token: Token that ends an answer; None takes ``<end>`` where the tokenizer has it, else its end token.
        chat_template: Template that replaces the tokenizer's own.
        modalities: Configs of the model's modalities: they say how a record is read and how many tokens it becomes.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        notation: Notation | str = Notation.SELFIES,
        end_token: str | None = None,
        chat_template: str | None = None,
        modalities: Mapping[str, ModalityConfig | dict[str, Any]] | None = None,
    ) -> None:
        ProcessorMixin.__init__(self, tokenizer, chat_template=chat_template or tokenizer.chat_template)
        PromptWriter.__init__(self, tokenizer, notation, end_token, chat_template, modalities)

    @classmethod
    def from_args_and_dict(cls, args: Any, processor_dict: dict[str, Any], **kwargs: Any) -> Any:
        """Return the processor of a saved description, as ``from_pretrained`` reads it."""
        return super().from_args_and_dict(args, modernise_description(processor_dict), **kwargs)

    def with_modalities(self, modalities: Mapping[str, ModalityConfig]) -> AnyMolProcessor:
        """Return the same processor for a model of these modalities."""
        return AnyMolProcessor(
            self.tokenizer, self.notation, self.end_token, str(self.chat_template), modalities=modalities
        )
