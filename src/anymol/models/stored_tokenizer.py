"""A tokenizer that was trained here, read from a model directory by ``tokenizers`` alone.

``transformers`` reads the same files to the same tokens (tested), and takes a second to import.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import tokenizers

from anymol.models.tokens import CHAT_TEMPLATE

_CLASSES: Final = ("TokenizersBackend", "PreTrainedTokenizerFast")
"""Classes of transformers that add nothing to the tokenizer in the file."""


def find_tokenizer_obstacle(directory: Path) -> str | None:
    """Return why the tokenizer of a model directory is not read here; None where it is.

    Raises:
        OSError: A file is missing.
        ValueError: A file is no JSON.
    """
    config = _read_config(directory)
    if config.get("tokenizer_class") not in _CLASSES or "notation" not in config:
        return "its tokenizer was not trained here"
    names = (config.get("bos_token"), config.get("eos_token"), config.get("pad_token"))
    if not all(isinstance(name, str) for name in (*names, *_list_extra(config))):
        return "its tokenizer describes its tokens"
    if config.get("clean_up_tokenization_spaces", True):
        return "its tokenizer changes spaces"
    if (directory / "chat_template.jinja").read_text(encoding="utf-8") != CHAT_TEMPLATE:
        return "it writes conversations in a way of its own"
    return None


class StoredTokenizer:
    """A tokenizer that was trained here; see :class:`~anymol.models.tokens.Tokenizer`.

    Args:
        directory: A model directory in which :func:`find_tokenizer_obstacle` finds none.

    Raises:
        OSError: A file is missing.
        ValueError: A file is damaged.
    """

    def __init__(self, directory: Path) -> None:
        config = _read_config(directory)
        self.backend_tokenizer = tokenizers.Tokenizer.from_buffer((directory / "tokenizer.json").read_bytes())
        self.chat_template: str = CHAT_TEMPLATE
        self.is_fast = True
        self.bos_token: str = config["bos_token"]
        self.eos_token: str = config["eos_token"]
        self.pad_token: str = config["pad_token"]
        self.all_special_tokens = [self.bos_token, self.eos_token, self.pad_token, *_list_extra(config)]

    def __len__(self) -> int:
        return self.backend_tokenizer.get_vocab_size(with_added_tokens=True)

    @property
    def bos_token_id(self) -> int | None:
        """Number of the token that begins a text."""
        return self.convert_tokens_to_ids(self.bos_token)

    @property
    def eos_token_id(self) -> int | None:
        """Number of the token that ends a text."""
        return self.convert_tokens_to_ids(self.eos_token)

    @property
    def pad_token_id(self) -> int | None:
        """Number of the token that fills up."""
        return self.convert_tokens_to_ids(self.pad_token)

    @property
    def all_special_ids(self) -> list[int]:
        """Numbers of the tokens that are no text."""
        return [
            number for token in self.all_special_tokens if (number := self.convert_tokens_to_ids(token)) is not None
        ]

    def get_vocab(self) -> dict[str, int]:
        """Return every token with its number."""
        return self.backend_tokenizer.get_vocab(with_added_tokens=True)

    def get_added_vocab(self) -> dict[str, int]:
        """Return the tokens that stand beside the trained ones, with their numbers."""
        added = self.backend_tokenizer.get_added_tokens_decoder()
        return {token.content: number for number, token in added.items()}

    def convert_tokens_to_ids(self, tokens: str) -> int | None:
        """Return the number of a token; None where there is no such token."""
        return self.backend_tokenizer.token_to_id(tokens)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Return the numbers of a text."""
        return self.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens).ids

    def decode(self, token_ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        """Return the text of numbers."""
        return self.backend_tokenizer.decode(list(token_ids), skip_special_tokens=skip_special_tokens)

    def apply_chat_template(
        self,
        conversation: Sequence[Mapping[str, str]],
        *,
        chat_template: str | None = None,
        tokenize: bool = False,
        add_generation_prompt: bool = False,
    ) -> str:
        """Return a conversation as it is written.

        Raises:
            ValueError: Another template than the tokenizer's own is given, or tokens are asked for.
        """
        if tokenize or chat_template not in (None, self.chat_template):
            raise ValueError("a stored tokenizer writes conversations by its own template, as text")
        written: str = self._template.render(
            messages=conversation, bos_token=self.bos_token, add_generation_prompt=add_generation_prompt
        )
        return written

    @cached_property
    def _template(self) -> Any:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(self.chat_template)


def _read_config(directory: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((directory / "tokenizer_config.json").read_text(encoding="utf-8"))
    return config


def _list_extra(config: Mapping[str, Any]) -> list[Any]:
    return list(config.get("extra_special_tokens") or config.get("additional_special_tokens") or ())
