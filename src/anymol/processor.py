"""From messages and molecules to model inputs: the place where both wings meet, for training and inference alike.

A molecule that already carries its SELFIES and its graph (as shards do) needs no RDKit; otherwise they are made here on
demand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase, ProcessorMixin

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN, SMILES_SIGN, Notation, write_surface
from anymol.encoders.encoder import Features
from anymol.encoders.graph import collate_graphs
from anymol.encoders.table import COLLATE
from anymol.errors import InvalidSelfiesError, InvalidTaskInputError
from anymol.modalities.content import (
    ConformerPart,
    GraphPart,
    ImagePart,
    IrPart,
    Message,
    MoleculePart,
    Ms2Part,
    Part,
    Role,
    TextPart,
)
from anymol.modalities.graph import MolecularGraph
from anymol.models.config import ModalityConfig
from anymol.models.loss import IGNORED
from anymol.models.tokenizer import END, GRAPH, MOLECULE_TAGS, SPECIAL_TOKENS, token_id

_WRITTEN = re.compile(f"{MOL_OPEN}(.*?){MOL_CLOSE}", re.DOTALL)
_ONLY_BRACKETS = re.compile(r"(?:\[[^\[\]]+\]|\.)+")


class PaddingSide(StrEnum):
    """Where a batch is padded: left to generate, either side to train."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Shown:
    """One record of a prompt, other than a graph, as its encoder reads it.

    Attributes:
        modality: Which encoder reads it.
        features: What the encoder's config made of it.
        role: Index of its role.
    """

    modality: str
    features: Features
    role: int


@dataclass(frozen=True)
class EncodedExample:
    """One example as token ids.

    Attributes:
        input_ids: Tokens, placeholders expanded.
        labels: As long as `input_ids`; -100 where there is no loss.
        graphs: Molecules of the placeholders, in reading order.
        roles: Index of each graph's role.
        shown: Records of all other placeholders, in reading order.
    """

    input_ids: list[int]
    labels: list[int]
    graphs: tuple[MolecularGraph, ...] = ()
    roles: tuple[int, ...] = ()
    shown: tuple[Shown, ...] = ()

    def __len__(self) -> int:
        return len(self.input_ids)


@dataclass
class _Rendered:
    """Text under construction, with the graphs met so far."""

    graphs: list[MolecularGraph] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)


class AnyMolProcessor(ProcessorMixin):
    """Renders messages, expands placeholders, tokenises and collates.

    Args:
        tokenizer: A tokenizer trained or extended by :mod:`anymol.models.tokenizer`.
        notation: Notation that molecules are written in.
        end_token: Token that ends an answer; None takes ``<end>`` where the tokenizer has it, else its end token.
        graph_tokens: Tokens per molecule graph; None for one per atom, 0 where only an adapter reads the molecule.
        chat_template: Template that replaces the tokenizer's own.
        modalities: Configs of the model's modalities other than graphs: they say how a record is read and how many
            tokens it becomes.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        notation: Notation | str = Notation.SELFIES,
        end_token: str | None = None,
        graph_tokens: int | None = None,
        chat_template: str | None = None,
        modalities: Mapping[str, ModalityConfig | dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(tokenizer, chat_template=chat_template or tokenizer.chat_template)
        self.notation = Notation(notation).value
        self.end_token = end_token or (END if END in tokenizer.get_vocab() else tokenizer.eos_token)
        self.graph_tokens = graph_tokens
        self.end_id = token_id(tokenizer, self.end_token)
        self.graph_id = token_id(tokenizer, GRAPH)
        self._controls = _match_controls(tokenizer)
        self._readers = {
            name: ModalityConfig.model_validate(config)
            for name, config in (modalities or {}).items()
            if name != "graph"
        }
        self.modalities = {name: config.model_dump(mode="json") for name, config in self._readers.items()} or None
        self._placeholder_ids = {token_id(tokenizer, f"<{name}>") for name in self._readers} | {self.graph_id}

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
        met = [_Rendered() for _ in conversations]
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

    def encode_document(self, parts: Sequence[Part]) -> EncodedExample:
        """Encode one document for pre-training; see :meth:`encode_documents`."""
        return self.encode_documents([parts])[0]

    def encode_documents(self, documents: Sequence[Sequence[Part]]) -> list[EncodedExample]:
        """Encode documents between the tokenizer's begin and end tokens, with loss on all but placeholders."""
        met = [_Rendered() for _ in documents]
        texts = [self._render_parts(parts, seen) for parts, seen in zip(documents, met, strict=True)]
        begin = [] if self.tokenizer.bos_token_id is None else [self.tokenizer.bos_token_id]
        return [
            self._finish([*begin, *ids, self.tokenizer.eos_token_id], seen, n_prompt=0)
            for ids, seen in zip(self._tokenize(texts), met, strict=True)
        ]

    def batch(
        self, encoded: Sequence[EncodedExample], *, padding_side: PaddingSide | str = PaddingSide.LEFT
    ) -> dict[str, Any]:
        """Pad examples to one length and lay their graphs end to end.

        Args:
            encoded: B examples.
            padding_side: Side of the padding.

        Returns:
            ``input_ids``, ``attention_mask`` and ``labels`` of shape (B, L), int64; and, where there are graphs,
            ``graph`` as :func:`collate_graphs_with_roles` gives it.
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
            **collate_shown(encoded),
            "input_ids": torch.from_numpy(input_ids),
            "attention_mask": torch.from_numpy(attention_mask),
            "labels": torch.from_numpy(labels),
        }
        if any(example.graphs for example in encoded):
            tensors["graph"] = collate_graphs_with_roles(encoded)
        return tensors

    def __call__(self, conversations: Sequence[Sequence[Message]]) -> dict[str, Any]:
        """Return a left-padded batch of prompts, ready for ``generate``."""
        tensors = self.batch(self.encode_many([(messages, None) for messages in conversations]))
        del tensors["labels"]
        return tensors

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt as the model reads it, up to the point where the answer begins."""
        return self._render_prompt(messages, _Rendered())

    def render_answer(self, answer: Sequence[Part]) -> str:
        """Return a reference answer as the model shall write it, without the end token."""
        return self._render_parts(answer, _Rendered())

    def decode_answer(self, ids: Sequence[int]) -> str:
        """Return the text of generated ids: cut at the end token, without control tokens, molecule tags kept."""
        ids = [int(index) for index in ids]
        if self.end_id in ids:
            ids = ids[: ids.index(self.end_id)]
        text: str = self.tokenizer.decode(ids, skip_special_tokens=True)
        return text.strip()

    def _render_prompt(self, messages: Sequence[Message], seen: _Rendered) -> str:
        turns = [
            {"role": message.speaker.value, "content": self._render_parts(message.parts, seen)} for message in messages
        ]
        prompt: str = self.tokenizer.apply_chat_template(
            turns, chat_template=self.chat_template, tokenize=False, add_generation_prompt=True
        )
        return prompt

    def _render_parts(self, parts: Sequence[Part], seen: _Rendered) -> str:
        return "".join([self._render_part(part, seen) for part in parts])

    def _render_part(self, part: Part, seen: _Rendered) -> str:
        match part:
            case TextPart(text):
                return self._render_text(text)
            case MoleculePart():
                return self._write_molecule(part.smiles, part.selfies)
            case GraphPart():
                graph = part.graph if part.graph is not None else _synthesize(part.smiles)
                seen.graphs.append(graph)
                seen.roles.append(part.role.index)
                return GRAPH * (graph.n_atoms if self.graph_tokens is None else self.graph_tokens)
            case ConformerPart(conformer, role):
                return self._show("conformer", conformer, role, seen)
            case ImagePart(image, role):
                return self._show("image", image, role, seen)
            case Ms2Part(spectrum, role):
                return self._show("ms2", spectrum, role, seen)
            case IrPart(spectrum, role):
                return self._show("ir", spectrum, role, seen)

    def _show(self, modality: str, record: Any, role: Role, seen: _Rendered) -> str:
        """Note a record and return its placeholders."""
        if modality not in self._readers:
            raise InvalidTaskInputError(
                f"this model reads no {modality}",
                hint=f"it reads {', '.join(['text', 'graph', *self._readers])}",
            )
        config = self._readers[modality]
        encoder: Any = config.encoder  # the graph's, which has no read(), is not among the readers
        features: Features = encoder.read(record)
        seen.shown.append(Shown(modality, features, role.index))
        return f"<{modality}>" * config.count_tokens(features)

    def _render_text(self, text: str) -> str:
        """Defuse control tokens that a user may have typed, and write molecules in the form that the model reads."""
        if "<" not in text:
            return text
        text = self._controls.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
        return _WRITTEN.sub(lambda found: self._rewrite(found[1]), text)

    def _rewrite(self, inside: str) -> str:
        """Return a molecule that stands between tags in plain text, in the form that the model reads."""
        if SMILES_SIGN in inside:
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
            found = self.tokenizer.backend_tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            return [encoding.ids for encoding in found]
        ids: list[list[int]] = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return ids

    def _finish(self, ids: list[int], seen: _Rendered, *, n_prompt: int) -> EncodedExample:
        labels = [IGNORED] * n_prompt + ids[n_prompt:]
        if seen.graphs or seen.shown:
            labels = [IGNORED if label in self._placeholder_ids else label for label in labels]
        return EncodedExample(ids, labels, tuple(seen.graphs), tuple(seen.roles), tuple(seen.shown))


def collate_graphs_with_roles(encoded: Sequence[EncodedExample]) -> dict[str, torch.Tensor]:
    """Return the graphs of all examples, end to end in reading order, as the model's ``graph`` argument.

    Raises:
        ValueError: There is no graph at all.
    """
    tensors = collate_graphs([graph for example in encoded for graph in example.graphs])
    tensors["roles"] = torch.tensor([role for example in encoded for role in example.roles], dtype=torch.int64)
    prompts = [number for number, example in enumerate(encoded) for _ in example.graphs]
    tensors["prompts"] = torch.tensor(prompts, dtype=torch.int64)
    return tensors


def collate_shown(encoded: Sequence[EncodedExample]) -> dict[str, dict[str, torch.Tensor]]:
    """Return the records of all examples, modality by modality in reading order, as the model's arguments."""
    batches = {}
    for name, collate in COLLATE.items():
        found = [
            (number, one) for number, example in enumerate(encoded) for one in example.shown if one.modality == name
        ]
        if found:
            batches[name] = {
                **collate([one.features for _, one in found]),
                "roles": torch.tensor([one.role for _, one in found], dtype=torch.int64),
                "prompts": torch.tensor([number for number, _ in found], dtype=torch.int64),
            }
    return batches


def _match_controls(tokenizer: PreTrainedTokenizerBase) -> re.Pattern[str]:
    """Match every control token but the molecule tags."""
    controls = {*SPECIAL_TOKENS, *tokenizer.all_special_tokens} - set(MOLECULE_TAGS)
    longest_first = sorted((token for token in controls if len(token) > 1), key=len, reverse=True)
    return re.compile("|".join(re.escape(token) for token in longest_first))


def _synthesize(smiles: str) -> MolecularGraph:
    from anymol.synthesis.graph import synthesize_graph  # RDKit: only where a graph was not made beforehand

    return synthesize_graph(smiles)


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
