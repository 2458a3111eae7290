"""Continuous batching: requests of any kind join and leave one running batch.

There is no thread of the engine's own. Whoever waits for an answer decodes: of several waiting threads one takes the
next step for all of them, the others sleep until it is taken. A command line thus pays for nothing, and a server may
call from as many threads as it likes.

Letters: B searches, W branches, V vocabulary.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from anymol.errors import AnyMolError
from anymol.inference.choosing import choose
from anymol.inference.drafts import MOST_DRAFTED, MOST_FED
from anymol.inference.limits import Allowance, WithdrawnError
from anymol.inference.pool import Pool, Running
from anymol.inference.prefixes import ReadPrompt
from anymol.inference.prompt_reader import Embedder, PromptReader
from anymol.inference.searches.search import Hypothesis, Search, Step
from anymol.models.decoding.feed import StepDecoder
from anymol.models.prompt_writer import EncodedExample


class Tables(Protocol):
    """What searches share and fill while they run."""

    @property
    def is_full(self) -> bool:
        """Whether it should be emptied."""

    def forget(self) -> None:
        """Empty it, while no search is running."""


@dataclass(eq=False)
class Ticket:
    """A request on its way.

    Attributes:
        prompt: What is asked.
        start: Makes the search for answers to it.
        allowance: What its caller may use.
        search: The search.
        answers: What was found; None until it is done.
        error: Why nothing was found; None otherwise.
    """

    prompt: EncodedExample
    start: Callable[[], Search]
    allowance: Allowance = field(default_factory=Allowance)
    search: Search = field(init=False)
    answers: list[Hypothesis] | None = None
    error: Exception | None = None
    is_withdrawn: bool = False

    def __post_init__(self) -> None:
        self.search = self.start()

    @property
    def is_done(self) -> bool:
        """Whether answers or an error are there."""
        return self.answers is not None or self.error is not None

    def find_end(self) -> AnyMolError | None:
        """Return why it is not computed any more; None while it is."""
        return WithdrawnError("the question was taken back") if self.is_withdrawn else self.allowance.find_end()

    @property
    def weight(self) -> int:
        """Tokens that it is expected to hold: answers are mostly far shorter than their limit."""
        return len(self.prompt) + self.search.width * self.search.bounds.max_new_tokens // 2


class Engine:
    """Decodes requests together.

    Args:
        decoder: Computes what follows.
        embedder: Turns prompts into embeddings.
        device: Where the decoder is.
        tokens: Bound of the tokens that are held together; further requests wait.
        prompt_bytes: Most memory of the prompts that are remembered.
        drafted: Most tokens that are drafted and checked in one step; 0 for none. See :mod:`anymol.inference.drafts`.
        scope: Makes the scope in which steps are taken (threads).
        tables: What searches share and fill; emptied when none is running.
    """

    def __init__(
        self,
        decoder: StepDecoder,
        embedder: Embedder,
        device: torch.device,
        *,
        tokens: int,
        prompt_bytes: int = 32 * 2**20,
        drafted: int = MOST_DRAFTED,
        scope: Callable[[], AbstractContextManager[None]] = nullcontext,
        tables: Tables | None = None,
    ) -> None:
        self.reader = PromptReader(decoder, embedder, prompt_bytes)
        self._decoder = decoder
        self._embedder = embedder
        self._device = device
        self._tokens = tokens
        self._drafted = drafted
        self._scope = scope
        self._tables = tables
        self._waiting: deque[Ticket] = deque()
        self._pools: dict[int, Pool] = {}
        self._running: dict[Search, Ticket] = {}
        self._progress = threading.Condition()
        self._is_stepping = False

    @property
    def load(self) -> int:
        """Requests that are running or waiting."""
        return len(self._running) + len(self._waiting)

    def answer(self, tickets: Sequence[Ticket]) -> list[list[Hypothesis]]:
        """Return the answers of requests, decoded beside those of other callers.

        Raises:
            AnyMolError: The caller's time is over, or the question was taken back.
        """
        with self._progress:
            self._waiting.extend(tickets)
        try:
            while not all(ticket.is_done for ticket in tickets):
                self._take_turn(tickets)
        finally:
            for ticket in tickets:
                ticket.is_withdrawn = True  # where an error or an interrupt ends the wait, the rest is not computed
        found = []
        for ticket in tickets:
            if ticket.error is not None:
                raise ticket.error
            found.append(ticket.answers or [])
        return found

    def _take_turn(self, tickets: Sequence[Ticket]) -> None:
        """Decode for all until the own requests are done, or sleep while another thread does."""
        with self._progress:
            if self._is_stepping:
                if not all(ticket.is_done for ticket in tickets):  # asked again here, where no notice can be missed
                    self._progress.wait()
                return
            self._is_stepping = True
        try:
            with torch.inference_mode(), self._scope():
                while not all(ticket.is_done for ticket in tickets):
                    if self._step():
                        with self._progress:
                            self._progress.notify_all()
        except Exception as error:  # noqa: BLE001  # whatever it is, every caller of the batch has to hear of it
            self._end_all(error)
        except BaseException:  # an interrupt concerns this caller alone
            self._begin_anew()
            raise
        finally:
            with self._progress:
                self._is_stepping = False
                self._progress.notify_all()

    # ------------------------------------------------------------------------------------------------------- one step

    def _step(self) -> bool:
        """Add a token to every branch, or read new prompts; return whether a request is done by it."""
        ended = self._drop_ended()
        newcomers = self._admit()
        if newcomers:
            read = self._read(newcomers)
            for (ticket, prompt), steps in zip(
                read,
                self._choose([ticket.search for ticket, _ in read], [prompt.logits[None] for _, prompt in read]),
                strict=True,
            ):
                if steps:
                    self._join(Running(ticket.search, prompt, ticket.prompt.input_ids, steps))
            for pool in self._pools.values():
                pool.settle()
            ended |= any(ticket.is_done for ticket in newcomers)
        pools = [pool for pool in self._pools.values() if pool.running]
        if not pools:
            return ended
        branches = sum(len(one.steps) for pool in pools for one in pool.running)
        drafted = min(self._drafted, MOST_FED // branches - 1)
        logits = self._decoder.run([pool.feed(drafted) for pool in pools])
        for pool, after in zip(pools, logits, strict=True):
            ended |= self._advance(pool, after)
        return ended

    def _read(self, tickets: Sequence[Ticket]) -> list[tuple[Ticket, ReadPrompt]]:
        """Read prompts together; where that fails, one by one, so that only those at fault have the error."""
        try:
            return list(zip(tickets, self.reader.read([ticket.prompt for ticket in tickets]), strict=True))
        except Exception as error:  # noqa: BLE001  # whatever one prompt meets, the others are read
            if len(tickets) == 1:
                self._running.pop(tickets[0].search).error = error
                return []
        return [one for ticket in tickets for one in self._read([ticket])]

    def _choose(self, searches: Sequence[Search], logits: Sequence[Tensor]) -> list[list[Step]]:
        """Return what searches add next; the requests of those that add nothing are done."""
        found: list[list[Step]] = []
        for search, chosen in zip(searches, choose(searches, logits), strict=True):
            match chosen:
                case Exception():
                    self._running.pop(search).error = chosen
                    found.append([])
                case []:
                    self._running.pop(search).answers = search.answers
                    found.append([])
                case _:
                    found.append(chosen)
        return found

    def _join(self, newcomer: Running) -> None:
        width = newcomer.search.width
        if width not in self._pools:
            self._pools[width] = Pool(
                self._decoder.layers, self._embedder.embed_tokens, self._device, drafts=width == 1
            )
        self._pools[width].join(newcomer)

    def _advance(self, pool: Pool, logits: Tensor) -> bool:
        """Let the searches of a pool choose, as far as drafts hold, by logits (B, W, V); return whether one is over."""
        told = list(zip(pool.running, logits, strict=True))
        while told:
            rows = [after[one.origin : one.origin + len(one.search.branches)] for one, after in told]
            for (one, _), steps in zip(told, self._choose([one.search for one, _ in told], rows), strict=True):
                one.steps = steps
            told = [(one, after) for one, after in told if one.follow_draft()]
        over = [one for one in pool.running if not one.steps]
        pool.leave(over)
        pool.sweep()
        return bool(over)

    def _admit(self) -> list[Ticket]:
        """Return the requests for which there is room, in their order; one at least where nothing runs."""
        admitted: list[Ticket] = []
        if self._tables is not None and self._tables.is_full:
            if self._running:
                return []  # nobody joins until the tables can be emptied
            self._tables.forget()
        with self._progress:
            held = sum(ticket.weight for ticket in self._running.values())
            while self._waiting:
                held += self._waiting[0].weight
                if held > self._tokens and self._running:
                    break
                ticket = self._waiting.popleft()
                self._running[ticket.search] = ticket  # from here on a fault or an interrupt finds it
                admitted.append(ticket)
        return admitted

    def _drop_ended(self) -> bool:
        """Stop what nobody waits for; return whether there was any."""
        with self._progress:
            waiting = list(self._waiting)
            ended = {ticket: error for ticket in waiting if (error := ticket.find_end()) is not None}
            if ended:
                self._waiting = deque(ticket for ticket in waiting if ticket not in ended)
        for pool in self._pools.values():
            over = []
            for one in pool.running:
                ticket = self._running[one.search]
                if (error := ticket.find_end()) is not None:
                    ended[ticket] = error
                    over.append(one)
                    del self._running[one.search]
            pool.leave(over)
        for ticket, error in ended.items():
            ticket.error = error
        return bool(ended)

    # --------------------------------------------------------------------------------------------------------- faults

    def _end_all(self, error: Exception) -> None:
        """Tell every caller of a fault in a step that was taken for all."""
        with self._progress:
            for ticket in (*self._running.values(), *self._waiting):
                ticket.error = error
            self._waiting.clear()
            self._forget()

    def _begin_anew(self) -> None:
        """Put all requests back as they came: a step that was interrupted may have been taken by half."""
        with self._progress:
            for ticket in self._running.values():
                ticket.search = ticket.start()
            self._waiting.extendleft(reversed(self._running.values()))
            self._forget()

    def _forget(self) -> None:
        self._running.clear()
        self._pools.clear()
