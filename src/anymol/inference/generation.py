"""Many prompts to many answers: length buckets, bounded batches, the order of the caller kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import torch
from torch import Tensor

from anymol.chem.notation import Notation
from anymol.inference.constraints import Grammars
from anymol.inference.decoding import Grammar, Hypothesis, Prompts, beam_search, decode_rows
from anymol.inference.scored import DecodedText
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor, EncodedExample, PaddingSide
from anymol.tasks.task import AnswerKind

_SMALL_MODEL: Final = 50_000_000
"""Parameters below which one thread decodes on a CPU. A step of such a model is a few dozen tiny products: splitting
each between threads gains little on an idle machine and costs a hundredfold on a busy one, where every barrier waits
for a thread that is not running."""


class Search(StrEnum):
    """How answers are looked for."""

    GREEDY = "greedy"
    BEAM = "beam"
    SAMPLED = "sampled"


@dataclass(frozen=True)
class Decoding:
    """How to decode.

    Attributes:
        search: Greedy, beams or draws.
        n: Beams kept, or draws made, per prompt; greedy decoding has one.
        max_new_tokens: Most tokens per answer, the end token included.
        temperature: Divides the logits before a draw.
        constrained: Whether a grammar keeps molecules closed and numbers numbers.
        no_repeat: No answer holds the same run of this many tokens twice; None for any run.
        labels: The answers of which one is given; empty where there is no such list.
    """

    search: Search = Search.GREEDY
    n: int = 1
    max_new_tokens: int = 160
    temperature: float = 1.0
    constrained: bool = True
    no_repeat: int | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.n < 1 or self.max_new_tokens < 1:
            raise ValueError(f"n and max_new_tokens must be at least 1, not {self.n} and {self.max_new_tokens}")
        if self.search is Search.GREEDY and self.n != 1:
            raise ValueError("greedy decoding gives one answer; ask for beams or draws")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be positive, not {self.temperature}")


class Generator:
    """A model with its processor, asked many prompts at once.

    Args:
        model: The model, on its device, in evaluation mode.
        processor: Its processor.
        tokens_per_batch: Bound of rows x (prompt + answer) tokens that are decoded together: bounds memory.
        threads: CPU threads that decode; None takes one for a small model and leaves torch's setting for others.
    """

    def __init__(
        self,
        model: AnyMolForCausalLM,
        processor: AnyMolProcessor,
        *,
        tokens_per_batch: int = 16_384,
        threads: int | None = None,
    ) -> None:
        self.model = model
        self.processor = processor
        self.tokens_per_batch = tokens_per_batch
        small = sum(parameter.numel() for parameter in model.parameters()) < _SMALL_MODEL
        self.threads = 1 if threads is None and small else threads
        self._grammars = Grammars(
            processor.tokenizer,
            Notation(processor.notation),
            end=processor.end_id,
            vocabulary=int(model.config.text_config.vocab_size),
        )

    def generate(
        self, prompts: Sequence[EncodedExample], kind: AnswerKind, decoding: Decoding, *, seed: int = 0
    ) -> list[list[DecodedText]]:
        """Answer prompts that all ask for one kind of answer.

        Args:
            prompts: Encoded conversations without answers.
            kind: Kind of the answers, which chooses the grammar.
            decoding: How to decode.
            seed: Seeds draws. A prompt's draws depend on the seed and on itself, not on its neighbours.

        Returns:
            For each prompt its answers: beams by falling probability, draws in order of drawing.
        """
        answers: list[list[DecodedText]] = [[] for _ in prompts]
        for places in self._bucket(prompts, decoding):
            with _limit_threads(self.threads):
                found = self._decode([prompts[place] for place in places], kind, decoding, seed)
            for place, hypotheses in zip(places, found, strict=True):
                answers[place] = [
                    DecodedText(self.processor.decode_answer(one.tokens), one.log_prob, one.complete)
                    for one in hypotheses
                ]
        return answers

    def _bucket(self, prompts: Sequence[EncodedExample], decoding: Decoding) -> Iterator[list[int]]:
        """Yield places of prompts of similar length, longest first, so that little is padding."""
        order = sorted(range(len(prompts)), key=lambda place: -len(prompts[place]))
        start = 0
        while start < len(order):
            # Answers are mostly far shorter than their limit; half of it stands for the typical one.
            width = len(prompts[order[start]]) + decoding.max_new_tokens // 2
            rows = max(1, self.tokens_per_batch // (width * decoding.n))
            yield order[start : start + rows]
            start += rows

    def _decode(
        self, prompts: Sequence[EncodedExample], kind: AnswerKind, decoding: Decoding, seed: int
    ) -> list[list[Hypothesis]]:
        batch = self._to_device(prompts)
        shared: dict[str, Any] = {
            "end": self.processor.end_id,
            "max_new_tokens": decoding.max_new_tokens,
            "grammar": self._choose_grammar(kind, decoding),
            "no_repeat": decoding.no_repeat,
        }
        match decoding.search:
            case Search.GREEDY:
                return decode_rows(self.model, batch, **shared)
            case Search.BEAM:
                return beam_search(self.model, batch, beams=decoding.n, **shared)
            case Search.SAMPLED:
                uniforms = torch.stack([_draw_uniforms(prompt, decoding, seed) for prompt in prompts])
                return decode_rows(self.model, batch, uniforms=uniforms, temperature=decoding.temperature, **shared)

    def _choose_grammar(self, kind: AnswerKind, decoding: Decoding) -> Grammar | None:
        if decoding.labels:
            return self._grammars.for_labels(decoding.labels)
        return self._grammars.for_kind(kind) if decoding.constrained else None

    def _to_device(self, prompts: Sequence[EncodedExample]) -> Prompts:
        device = self.model.device
        batch = self.processor.batch(prompts, padding_side=PaddingSide.LEFT)
        return Prompts(
            batch["input_ids"].to(device),
            batch["attention_mask"].to(device),
            {
                modality: {name: tensor.to(device) for name, tensor in records.items()}
                for modality, records in batch.get("molecules", {}).items()
            },
        )


@contextmanager
def _limit_threads(threads: int | None) -> Iterator[None]:
    """Run torch with this many CPU threads inside, and with as many as before afterwards."""
    before = torch.get_num_threads()
    if threads is None or threads == before:
        yield
        return
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _draw_uniforms(prompt: EncodedExample, decoding: Decoding, seed: int) -> Tensor:
    """Return (n, max_new_tokens) numbers in [0, 1) for one prompt.

    The n numbers of a step stand one in each nth of the interval, in an order of their own (Latin hypercube): the draws
    then cover the distribution with less noise than independent ones.
    """
    digest = hashlib.sha256(f"{seed}:{','.join(map(str, prompt.input_ids))}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
    shape = (decoding.n, decoding.max_new_tokens)
    order = torch.rand(shape, generator=generator).argsort(dim=0)
    return (order + torch.rand(shape, generator=generator)) / decoding.n
