"""Tokenizers: one trained from scratch on chemistry text, or a pre-trained one extended by the same molecule tokens."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from anymol.artifact import ArtifactKind
from anymol.chem.notation import MOL_CLOSE, MOL_OPEN, Notation, split_symbols, surface_symbol
from anymol.errors import CheckpointError, ConfigError
from anymol.models.tokens import (
    BOS,
    CHAT_TEMPLATE,
    END,
    EOS,
    MOLECULE_TAGS,
    PAD,
    PLACEHOLDERS,
    SPEAKER_TOKENS,
    SPECIAL_TOKENS,
    require_signed,
    token_id,
)

PLAIN_CHAT_TEMPLATE = (
    "{{ bos_token or '' }}"
    "{% for message in messages %}{{ message['role'] | capitalize + ': ' + message['content'] + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
"""For a pre-trained base model that comes without a template of its own."""

TOKENIZER: Final = ArtifactKind(
    "a tokenizer", "tokenizer_manifest.json", 1, CheckpointError, "train it again", {"files": dict}
)
_MOLECULE = re.compile(f"{MOL_OPEN}.*?{MOL_CLOSE}", re.DOTALL)
_N_BYTES = 256


def collect_symbols(molecules: Iterable[str], notation: Notation, *, min_count: int = 1) -> tuple[str, ...]:
    """Return the symbols of `molecules` in the form they have in text, the most frequent first.

    Args:
        molecules: Molecules written in `notation`.
        notation: SMILES or SELFIES.
        min_count: Symbols met less often are left to the byte fallback.
    """
    counts: Counter[str] = Counter()
    for molecule in molecules:
        counts.update(split_symbols(molecule, notation))
    frequent = sorted((symbol for symbol, count in counts.items() if count >= min_count), key=lambda s: (-counts[s], s))
    return tuple(surface_symbol(symbol) for symbol in frequent if not symbol.isspace())


def train_tokenizer(
    texts: Iterable[str],
    symbols: Sequence[str],
    vocab_size: int,
    notation: Notation,
) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE with single digits, special tokens first and one token per molecule symbol last.

    Args:
        texts: Training text; what stands between ``<mol>`` and ``</mol>`` is left out, as it has its own tokens.
        symbols: Molecule symbols as :func:`collect_symbols` gives them.
        vocab_size: Size of the whole vocabulary, symbols included.
        notation: Notation of `symbols`, kept as ``tokenizer.init_kwargs["notation"]``.

    Raises:
        ConfigError: `vocab_size` leaves no room for special tokens, bytes and symbols.
    """
    symbols = list(dict.fromkeys(symbols))
    smallest = len(SPECIAL_TOKENS) + _N_BYTES + len(symbols)
    if vocab_size < smallest:
        raise ConfigError(
            f"a vocabulary of {vocab_size} is too small",
            value=vocab_size,
            hint=f"special tokens, bytes and {len(symbols)} symbols need {smallest}",
        )
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(symbols),
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator(_without_molecules(texts), trainer)
    backend.add_tokens([_plain_token(symbol) for symbol in symbols])
    return PreTrainedTokenizerFast(
        tokenizer_object=_unmark_tags(backend),
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        additional_special_tokens=[*SPEAKER_TOKENS, END, *PLACEHOLDERS],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
        notation=notation.value,
    )


def load_tokenizer(directory: str | os.PathLike[str], notation: Notation) -> PreTrainedTokenizerFast:
    """Load a tokenizer that :func:`train_tokenizer` made.

    Args:
        directory: Where it was saved.
        notation: Notation that molecules will be written in.

    Raises:
        CheckpointError: There is no tokenizer, or it cannot be read.
        ConfigError: It was made for another notation, or not by :func:`train_tokenizer`.
    """
    path = Path(directory)
    if not (path / "tokenizer.json").is_file():
        raise CheckpointError("no tokenizer is there", value=path, hint="give the folder of a trained tokenizer")
    if TOKENIZER.is_at(path):  # a processor's folder, which has none, may be given too
        TOKENIZER.require_intact(path, TOKENIZER.read(path)["files"], needed=("tokenizer.json",))
    try:
        tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(path)
    except MemoryError:
        raise
    except Exception as error:  # tokenizers, in Rust, raises nothing narrower
        raise CheckpointError(f"the tokenizer cannot be read: {error}", value=path) from error
    made_for = tokenizer.init_kwargs.get("notation")
    if made_for != notation.value or tokenizer.convert_tokens_to_ids(list(SPECIAL_TOKENS)) != list(
        range(len(SPECIAL_TOKENS))
    ):
        raise ConfigError(
            f"the tokenizer was made for {made_for or 'other models'}, not for {notation.value}",
            value=path,
            hint="train one by a recipe with texts",
        )
    require_signed(tokenizer, notation)
    return tokenizer


@dataclass(frozen=True)
class TokenizerExtension:
    """What :func:`extend_tokenizer` added.

    Attributes:
        first_id: Ids from here on are new.
        new_ids: The new ids, ascending.
        pieces: For each new id the ids that its text had before: the mean of their embeddings starts the new one.
    """

    first_id: int
    new_ids: tuple[int, ...]
    pieces: tuple[tuple[int, ...], ...]


def extend_tokenizer(
    tokenizer: PreTrainedTokenizerBase, symbols: Sequence[str], *, placeholders: Sequence[str] = PLACEHOLDERS
) -> TokenizerExtension:
    """Add molecule tags, placeholders and symbols to a pre-trained tokenizer, in place.

    A tokenizer without padding pads with its end token; one without a chat template gets a plain one.

    Args:
        tokenizer: Any tokenizer of transformers.
        symbols: Molecule symbols as :func:`collect_symbols` gives them.
        placeholders: Modality placeholders to add.

    Returns:
        The new ids and the pieces each had before.

    Raises:
        ConfigError: Its numbers have gaps, so that they do not say which rows of an embedding are new.
    """
    first_id = len(tokenizer)
    known = tokenizer.get_vocab()
    if (last := max(known.values())) != first_id - 1:
        raise ConfigError(
            f"the numbers of this tokenizer have gaps: {first_id} tokens, the last of them {last}",
            value=last,
            hint="give its tokens the numbers from 0 on, without gaps",
        )
    added = set(tokenizer.get_added_vocab())
    tags = [token for token in (*MOLECULE_TAGS, *dict.fromkeys(symbols)) if token not in added]
    marks = [token for token in placeholders if token not in added]
    pieces = {token: tuple(tokenizer.encode(token, add_special_tokens=False)) for token in (*tags, *marks)}
    tokenizer.add_tokens([_plain_token(token) for token in tags])
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in marks], special_tokens=True)
    new = sorted((token_id(tokenizer, token), pieces[token]) for token in (*tags, *marks) if token not in known)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.chat_template is None:
        tokenizer.chat_template = PLAIN_CHAT_TEMPLATE
    return TokenizerExtension(first_id, tuple(index for index, _ in new), tuple(parts for _, parts in new))


def _plain_token(text: str) -> AddedToken:
    return AddedToken(text, special=False, normalized=False, lstrip=False, rstrip=False, single_word=False)


def _without_molecules(texts: Iterable[str]) -> Iterator[str]:
    return (_MOLECULE.sub(" ", text) for text in texts)


def _unmark_tags(backend: Tokenizer) -> Tokenizer:
    """Make the molecule tags ordinary added tokens; a trainer can only give fixed ids to special ones."""
    state = json.loads(backend.to_str())
    for token in state["added_tokens"]:
        if token["content"] in MOLECULE_TAGS:
            token["special"] = False
    return Tokenizer.from_str(json.dumps(state))
