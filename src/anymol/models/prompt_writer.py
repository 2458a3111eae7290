"""From messages and molecules to model inputs: the place where both wings meet, for training and inference alike.

A molecule that already carries its SELFIES and its graph (as shards do) needs no RDKit; otherwise they are made here on
demand. Nothing here needs transformers: :mod:`anymol.models.processor` is the same as one of its processors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import torch

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN, SYMBOL_SIGN, Notation, write_surface
from anymol.encoders.encoder import Features
from anymol.encoders.table import ENCODERS
from anymol.errors import InvalidSelfiesError, InvalidTaskInputError
from anymol.modalities.content import Message, MoleculePart, Part, RecordPart, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.models.loss import IGNORED
from anymol.models.modality_config import ModalityConfig
from anymol.models.tokens import END, MOLECULE_TAGS, SPECIAL_TOKENS, Tokenizer, require_signed, token_id
from anymol.projectors import ResamplerProjectorConfig
from anymol.unicode import require_unicode

_WRITTEN = re.compile(f"{MOL_OPEN}(.*?){MOL_CLOSE}", re.DOTALL)
_ONLY_BRACKETS = re.compile(r"(?:\[[^\[\]]+\]|\.)+")


class PaddingSide(StrEnum):
    """Where a batch is padded: left to generate, either side to train."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class EncodedRecord:
    """One record of a prompt as its encoder reads it.

    Attributes:
        modality: Which encoder reads it.
        features: What the encoder's config made of it.
        role: Index of its role.
    """

    modality: Modality
    features: Features
    role: int


@dataclass(frozen=True)
class EncodedExample:
    """One example as token ids.

    Attributes:
        input_ids: Tokens, placeholders expanded.
        labels: As long as `input_ids`; -100 where there is no loss.
        records: Records of the placeholders, in reading order.
    """

    input_ids: list[int]
    labels: list[int]
    records: tuple[EncodedRecord, ...] = ()

    def __len__(self) -> int:
        return len(self.input_ids)


class PromptWriter:
    """Renders messages, expands placeholders, tokenises and collates.

    Args:
        tokenizer: A tokenizer trained or extended by :mod:`anymol.models.tokenizer`, or one that is stored so.
        notation: Notation that molecules are written in.
        end_token: Token that ends an answer; None takes ``<end>`` where the tokenizer has it, else its end token.
        chat_template: Template that replaces the tokenizer's own.
        modalities: Configs of the model's modalities: they say how a record is read and how many tokens it becomes.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        notation: Notation | str = Notation.SELFIES,
        end_token: str | None = None,
        chat_template: str | None = None,
        modalities: Mapping[str, ModalityConfig | dict[str, Any]] | None = None,
    ) -> None:
        self.tokenizer: Any = tokenizer
        self.chat_template = chat_template or tokenizer.chat_template
        require_signed(tokenizer, Notation(notation))
        self.notation = Notation(notation).value
        self.end_token = end_token or (END if END in tokenizer.get_vocab() else tokenizer.eos_token)
        self.end_id = token_id(tokenizer, self.end_token)
        self._controls = _match_controls(tokenizer)
        self._readers = {name: ModalityConfig.model_validate(config) for name, config in (modalities or {}).items()}
        self.modalities = {name: config.model_dump(mode="json") for name, config in self._readers.items()}
        self._placeholder_ids = {token_id(tokenizer, f"<{name}>") for name in self._readers}

    def encode(self, messages: Sequence[Message], answer: Sequence[Part] | None = None) -> EncodedExample:
        """Encode one conversation; see :meth:`encode_many`."""
        return self.encode_many([(messages, answer)])[0]

    def encode_many(
        self, conversations: Sequence[tuple[Sequence[Message], Sequence[Part] | None]]
    ) -> list[EncodedExample]:
        """Encode conversations, each up to the point where the answer begins, and the answer where it is known.

        Labels hold the answer and the end token; everything else is -100.

        Args:
            conversations: Pairs of messages and reference answer (None to generate one).
        """
        met: list[list[EncodedRecord]] = [[] for _ in conversations]
        prompts = [self._render_prompt(messages, seen) for (messages, _), seen in zip(conversations, met, strict=True)]
        answers = [
            "" if answer is None else self._render_parts(answer, seen)
            for (_, answer), seen in zip(conversations, met, strict=True)
        ]
        ids = self._tokenize(prompts + answers)
        encoded = []
        for index, ((_, answer), seen) in enumerate(zip(conversations, met, strict=True)):
            prompt, reply = ids[index], ids[len(prompts) + index]
            if answer is not None:
                reply = [*reply, self.end_id]
            encoded.append(self._finish([*prompt, *reply], seen, n_prompt=len(prompt)))
        return encoded

    def encode_documents(self, documents: Sequence[Sequence[Part]]) -> list[EncodedExample]:
        """Encode documents between the tokenizer's begin and end tokens, with loss on all but placeholders."""
        met: list[list[EncodedRecord]] = [[] for _ in documents]
        texts = [self._render_parts(parts, seen) for parts, seen in zip(documents, met, strict=True)]
        begin = [] if self.tokenizer.bos_token_id is None else [self.tokenizer.bos_token_id]
        return [
            self._finish([*begin, *ids, self.tokenizer.eos_token_id], seen, n_prompt=0)
            for ids, seen in zip(self._tokenize(texts), met, strict=True)
        ]

    def batch(
        self, encoded: Sequence[EncodedExample], *, padding_side: PaddingSide | str = PaddingSide.LEFT
    ) -> dict[str, Any]:
        """Pad examples to one length and collate their records.

        Args:
            encoded: B examples.
            padding_side: Side of the padding.

        Returns:
            ``input_ids``, ``attention_mask`` and ``labels`` of shape (B, L), int64; and, where there are records,
            ``molecules`` as :func:`collate_records` gives them.
        """
        side = PaddingSide(padding_side)
        shape = (len(encoded), max(len(example) for example in encoded))
        input_ids = np.full(shape, self.tokenizer.pad_token_id, dtype=np.int64)
        attention_mask = np.zeros(shape, dtype=np.int64)
        labels = np.full(shape, IGNORED, dtype=np.int64)
        for row, example in enumerate(encoded):
            n = len(example)
            here = slice(0, n) if side is PaddingSide.RIGHT else slice(shape[1] - n, None)
            input_ids[row, here] = example.input_ids
            attention_mask[row, here] = 1
            labels[row, here] = example.labels
        tensors: dict[str, Any] = {
            "input_ids": torch.from_numpy(input_ids),
            "attention_mask": torch.from_numpy(attention_mask),
            "labels": torch.from_numpy(labels),
        }
        if molecules := collate_records([example.records for example in encoded]):
            tensors["molecules"] = molecules
        return tensors

    def __call__(self, conversations: Sequence[Sequence[Message]]) -> dict[str, Any]:
        """Return a left-padded batch of prompts, ready for ``generate``."""
        tensors = self.batch(self.encode_many([(messages, None) for messages in conversations]))
        del tensors["labels"]
        return tensors

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt as the model reads it, up to the point where the answer begins."""
        return self._render_prompt(messages, [])

    def render_answer(self, answer: Sequence[Part]) -> str:
        """Return a reference answer as the model shall write it, without the end token."""
        return self._render_parts(answer, [])

    def decode_answer(self, ids: Sequence[int]) -> str:
        """Return the text of generated ids: cut at the end token, without control tokens, molecule tags kept."""
        ids = [int(index) for index in ids]
        if self.end_id in ids:
            ids = ids[: ids.index(self.end_id)]
        text: str = self.tokenizer.decode(ids, skip_special_tokens=True)
        return text.strip()

    def _render_prompt(self, messages: Sequence[Message], seen: list[EncodedRecord]) -> str:
        turns = [
            {"role": message.speaker.value, "content": self._render_parts(message.parts, seen)} for message in messages
        ]
        prompt: str = self.tokenizer.apply_chat_template(
            turns, chat_template=self.chat_template, tokenize=False, add_generation_prompt=True
        )
        return prompt

    def _render_parts(self, parts: Sequence[Part], seen: list[EncodedRecord]) -> str:
        return "".join([self._render_part(part, seen) for part in parts])

    def _render_part(self, part: Part, seen: list[EncodedRecord]) -> str:
        match part:
            case TextPart(text):
                return self._render_text(text)
            case MoleculePart():
                return self._write_molecule(part.smiles, part.selfies)
            case RecordPart():
                return self._render_record(part, seen)

    def _render_record(self, part: RecordPart, seen: list[EncodedRecord]) -> str:
        """Note a record and return its placeholders."""
        if part.modality not in self._readers:
            raise InvalidTaskInputError(
                f"this model reads no {part.modality}", hint=f"it reads {', '.join(['text', *self._readers])}"
            )
        config = self._readers[part.modality]
        reader: Any = config.encoder  # each reads the records of its own modality
        features: Features = reader.read(_synthesize(part) if part.record is None else part.record)
        seen.append(EncodedRecord(part.modality, features, part.role.index))
        return f"<{part.modality}>" * config.count_tokens(features)

    def _render_text(self, text: str) -> str:
        """Defuse control tokens that a user may have typed, and write molecules in the form that the model reads."""
        if "<" not in text:
            return text
        text = self._controls.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
        return _WRITTEN.sub(lambda found: self._rewrite(found[1]), text)

    def _rewrite(self, inside: str) -> str:
        """Return a molecule that stands between tags in plain text, in the form that the model reads."""
        if SYMBOL_SIGN in inside:
            return f"{MOL_OPEN}{inside}{MOL_CLOSE}"
        inside = inside.strip()
        if self.notation == Notation.SELFIES and _ONLY_BRACKETS.fullmatch(inside) and _is_selfies(inside):
            return write_surface(inside, Notation.SELFIES)
        return self._write_molecule(inside, None)

    def _write_molecule(self, smiles: str, selfies: str | None) -> str:
        if self.notation == Notation.SMILES:
            return write_surface(smiles, Notation.SMILES)
        return write_surface(_encode_selfies(smiles) if selfies is None else selfies, Notation.SELFIES)

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        """Tokenise rendered text as it stands: the template has written the special tokens."""
        if self.tokenizer.is_fast:
            try:
                found = self.tokenizer.backend_tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            except TypeError:  # what tokenizers says of a text that is not Unicode
                for text in texts:
                    require_unicode(text, "a text of the question")
                raise
            return [encoding.ids for encoding in found]
        ids: list[list[int]] = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return ids

    def _finish(self, ids: list[int], seen: list[EncodedRecord], *, n_prompt: int) -> EncodedExample:
        labels = [IGNORED] * n_prompt + ids[n_prompt:]
        if seen:
            labels = [IGNORED if label in self._placeholder_ids else label for label in labels]
        return EncodedExample(ids, labels, tuple(seen))


def collate_records(prompts: Sequence[Sequence[EncodedRecord]]) -> dict[str, dict[str, torch.Tensor]]:
    """Return the records of some prompts as the model's ``molecules``.

    Args:
        prompts: The records of each prompt, in reading order.

    Returns:
        Each modality that occurs -> what its ``collate`` gives of its records, ``roles`` (M,) and ``prompts`` (M,), the
        place of each record's prompt, ascending; both int64.
    """
    batches = {}
    for name, row in ENCODERS.items():
        found = [(place, one) for place, records in enumerate(prompts) for one in records if one.modality == name]
        if found:
            batches[name.value] = {
                **row.collate([one.features for _, one in found]),
                "roles": torch.tensor([one.role for _, one in found], dtype=torch.int64),
                "prompts": torch.tensor([place for place, _ in found], dtype=torch.int64),
            }
    return batches


def modernise_description(description: dict[str, Any]) -> dict[str, Any]:
    """Return a saved description in today's keys: graphs were told by ``graph_tokens``, beside the other modalities."""
    if "graph_tokens" not in description:
        return description
    match description["graph_tokens"]:
        case None:
            graph = ModalityConfig()
        case 0:
            graph = ModalityConfig(projector=None)
        case count:
            graph = ModalityConfig(projector=ResamplerProjectorConfig(n_tokens=count))
    kept = {name: value for name, value in description.items() if name != "graph_tokens"}
    # Encoders of graphs all read alike, so that the width of the model's is not missed here.
    return {**kept, "modalities": {"graph": graph, **(description.get("modalities") or {})}}


def _match_controls(tokenizer: Tokenizer) -> re.Pattern[str]:
    """Match every control token but the molecule tags."""
    controls = {*SPECIAL_TOKENS, *tokenizer.all_special_tokens} - set(MOLECULE_TAGS)
    longest_first = sorted((token for token in controls if len(token) > 1), key=len, reverse=True)
    return re.compile("|".join(re.escape(token) for token in longest_first))


def _synthesize(part: RecordPart) -> MolecularGraph:
    from anymol.synthesis.graph import synthesize_graph  # RDKit: only where a graph was not made beforehand

    assert part.smiles is not None  # else the part would have its record
    return synthesize_graph(part.smiles)


def _encode_selfies(smiles: str) -> str:
    from anymol.chem.selfies import encode_selfies  # RDKit: only where SELFIES were not made beforehand

    return encode_selfies(smiles).selfies


def _is_selfies(text: str) -> bool:
    """Tell SELFIES from a SMILES made of bracket atoms alone, such as ``[Na+].[Cl-]``."""
    from anymol.chem.selfies import decode_selfies

    try:
        return bool(decode_selfies(text))
    except InvalidSelfiesError:
        return False
