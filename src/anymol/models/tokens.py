"""The tokens that every model here knows, and what is asked of a tokenizer, whoever made it.

Neither torch nor transformers is needed here: the embedded model answers without the latter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN, SYMBOL_SIGN, Notation
from anymol.errors import CheckpointError, ConfigError
from anymol.modalities.modality import Modality

PAD, BOS, EOS, END = "<pad>", "<bos>", "<eos>", "<end>"
SPEAKER_TOKENS = ("<system>", "<user>", "<assistant>")
PLACEHOLDERS = tuple(f"<{modality}>" for modality in Modality)
"""Each stands for one token that an encoder fills in."""

SPECIAL_TOKENS = (PAD, BOS, EOS, *SPEAKER_TOKENS, END, MOL_OPEN, MOL_CLOSE, *PLACEHOLDERS)
"""Ids 0 to 13 of a tokenizer trained here."""

MOLECULE_TAGS = (MOL_OPEN, MOL_CLOSE)
"""Tokens of their own, but not "special": decoding without special tokens must keep them."""

CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}{{ '<' + message['role'] + '>' + message['content'] + '<end>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)
"""How tokenizers that are trained here write a conversation."""

_BARE_SYMBOL = re.compile(r"\[[^\[\]]+\]")


class Tokenizer(Protocol):
    """What models ask of a tokenizer, in the words of transformers, whose tokenizers are such ones.

    Attributes:
        chat_template: How a conversation is written, in Jinja.
    """

    chat_template: Any

    def __len__(self) -> int:
        """Return the number of tokens."""

    @property
    def is_fast(self) -> bool:
        """Whether there is a `backend_tokenizer`."""

    @property
    def backend_tokenizer(self) -> Any:
        """The tokenizer of the library ``tokenizers``."""

    @property
    def bos_token_id(self) -> Any:
        """Number of the token that begins a text; None where there is none."""

    @property
    def eos_token_id(self) -> Any:
        """Number of the token that ends a text."""

    @property
    def pad_token_id(self) -> Any:
        """Number of the token that fills up."""

    @property
    def eos_token(self) -> Any:
        """The token that ends a text."""

    @property
    def all_special_tokens(self) -> Sequence[str]:
        """The tokens that are no text."""

    @property
    def all_special_ids(self) -> Sequence[int]:
        """Their numbers."""

    def get_vocab(self) -> Mapping[str, int]:
        """Return every token with its number."""

    def get_added_vocab(self) -> Mapping[str, int]:
        """Return the tokens that stand beside the trained ones, with their numbers."""

    def convert_tokens_to_ids(self, tokens: str) -> Any:
        """Return the number of a token; None where there is no such token."""

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Return the numbers of a text."""

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> Any:
        """Return the text of numbers."""

    def apply_chat_template(
        self,
        conversation: list[dict[str, str]],
        *,
        chat_template: Any,
        tokenize: bool,
        add_generation_prompt: bool,
    ) -> Any:
        """Return a conversation as it is written."""


def require_signed(tokenizer: Tokenizer, notation: Notation) -> None:
    """Refuse a tokenizer whose SELFIES symbols are tokens in ordinary text too, as those of anymol 0.1 are.

    Raises:
        CheckpointError: It is one.
    """
    if notation is not Notation.SELFIES:
        return
    added = tokenizer.get_added_vocab()
    is_signed = any(token.startswith(SYMBOL_SIGN) for token in added)
    if not is_signed and any(_BARE_SYMBOL.fullmatch(token) for token in added):
        raise CheckpointError(
            f"the tokenizer writes SELFIES without the sign {SYMBOL_SIGN}, as anymol 0.1 did",
            hint="train the model again: its symbols are tokens of ordinary text too",
        )


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """Return the number of a token.

    Raises:
        ConfigError: The tokenizer has no such token.
    """
    found = tokenizer.convert_tokens_to_ids(token)
    if not isinstance(found, int):
        raise ConfigError(f"the tokenizer has no token '{token}'", value=token, hint="extend it by extend_tokenizer")
    return found
