"""Many prompts to many answers, by one engine for all callers; the order of the caller kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

import torch
from torch import Tensor

from anymol.chem.notation import Notation
from anymol.inference.constraints import Grammars
from anymol.inference.drafts import MOST_DRAFTED
from anymol.inference.engine import Engine, Ticket
from anymol.inference.limits import Allowance, current_allowance
from anymol.inference.prompt_reader import ModelEmbedder
from anymol.inference.scored import DecodedText
from anymol.inference.searches.beams import BeamSearch
from anymol.inference.searches.draws import DrawnSearch
from anymol.inference.searches.greedy import GreedySearch
from anymol.inference.searches.search import Bounds, Grammar
from anymol.inference.searches.search import Search as BranchSearch
from anymol.models.prompt_model import PromptModel
from anymol.models.prompt_writer import EncodedExample, PromptWriter
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
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature must be positive and finite, not {self.temperature}")


class Generator:
    """A model with its processor, asked many prompts at once, from any number of threads.

    Args:
        model: The model, on its device, in evaluation mode, with the adapters that it shall have.
        processor: Its processor.
        tokens_per_batch: Bound of the tokens, of prompts and expected answers, that are decoded together: some sixty
            branches. The caches of twice as many took 100 MB more, for 2 % of the processor time.
        prompt_bytes: Most memory of the prompts that are remembered.
        drafted: Most tokens that are drafted and checked in one step; 0 for none. Answers are the same.
        threads: CPU threads that decode; None takes one for a small model and leaves torch's setting for others.
    """

    def __init__(
        self,
        model: PromptModel,
        processor: PromptWriter,
        *,
        tokens_per_batch: int = 8_192,
        prompt_bytes: int = 32 * 2**20,
        drafted: int = MOST_DRAFTED,
        threads: int | None = None,
    ) -> None:
        self.model = model
        self.processor = processor
        small = model.n_weights < _SMALL_MODEL
        self.threads = 1 if threads is None and small else threads
        self._grammars = Grammars(
            processor.tokenizer,
            Notation(processor.notation),
            end=processor.end_id,
            vocabulary=model.vocabulary_size,
        )
        self.decoder = model.make_step_decoder(self.threads)
        self.engine = Engine(
            self.decoder,
            ModelEmbedder(model, processor),
            model.device,
            tokens=tokens_per_batch,
            prompt_bytes=prompt_bytes,
            drafted=drafted,
            scope=self.computing,
            tables=self._grammars,
        )

    @property
    def positions(self) -> int:
        """Most tokens of a prompt with its answer."""
        return self.model.positions

    def computing(self) -> AbstractContextManager[None]:
        """Return the scope in which the model computes: with as many CPU threads as it shall have."""
        return _limit_threads(self.threads)

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

        Raises:
            TimeLimitError: The time of the caller is over; see :mod:`anymol.inference.limits`.
            WithdrawnError: The caller took the question back.
        """
        return self.generate_each([(prompt, kind, decoding) for prompt in prompts], seed=seed)

    def generate_each(
        self, requests: Sequence[tuple[EncodedExample, AnswerKind, Decoding]], *, seed: int = 0
    ) -> list[list[DecodedText]]:
        """Answer prompts that each ask for answers of their own kind, together; see :meth:`generate`."""
        allowance = current_allowance()
        # Those of like length run side by side, so that little is padding; each is answered as if alone.
        order = sorted(range(len(requests)), key=lambda place: -len(requests[place][0]))
        tickets = [
            Ticket(requests[place][0], self._make_search(*requests[place], seed, allowance), allowance)
            for place in order
        ]
        answers: list[list[DecodedText]] = [[] for _ in requests]
        for place, hypotheses in zip(order, self.engine.answer(tickets), strict=True):
            answers[place] = [
                DecodedText(self.processor.decode_answer(one.tokens), one.log_prob, one.complete) for one in hypotheses
            ]
        return answers

    def _make_search(
        self, prompt: EncodedExample, kind: AnswerKind, decoding: Decoding, seed: int, allowance: Allowance
    ) -> Callable[[], BranchSearch]:
        most = min(decoding.max_new_tokens, allowance.limits.max_new_tokens or decoding.max_new_tokens)
        bounds = Bounds(self.processor.end_id, most, self._choose_grammar(kind, decoding), decoding.no_repeat)
        match decoding.search:
            case Search.GREEDY:
                return partial(GreedySearch, bounds)
            case Search.BEAM:
                return partial(BeamSearch, bounds, decoding.n)
            case Search.SAMPLED:
                return partial(DrawnSearch, bounds, _draw_uniforms(prompt, decoding, seed), decoding.temperature)

    def _choose_grammar(self, kind: AnswerKind, decoding: Decoding) -> Grammar | None:
        if decoding.labels:
            return self._grammars.for_labels(decoding.labels)
        return self._grammars.for_kind(kind) if decoding.constrained else None


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
