"""Continuous batching: requests of any kind join and leave one running batch.

There is no thread of the engine's own. Whoever waits for an answer decodes: of several waiting threads one takes the
next step for all of them, the others sleep until it is taken. A command line thus pays for nothing, and a server may
call from as many threads as it likes.

Letters: B searches, W branches, N branches of all searches, V vocabulary.
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
from anymol.inference.limits import Allowance, WithdrawnError
from anymol.inference.pool import Pool, Running
from anymol.inference.prompt_reader import Embedder, PromptReader
from anymol.inference.searches.draws import DrawnSearch
from anymol.inference.searches.search import Hypothesis, RankedSearch, Ranking, Search, Step, list_repeats
from anymol.models.decoding.feed import StepDecoder
from anymol.models.processor import EncodedExample


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
        scope: Callable[[], AbstractContextManager[None]] = nullcontext,
        tables: Tables | None = None,
    ) -> None:
        self.reader = PromptReader(decoder, embedder, prompt_bytes)
        self._decoder = decoder
        self._embedder = embedder
        self._device = device
        self._tokens = tokens
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
            prompts = self.reader.read([ticket.prompt for ticket in newcomers])
            chosen = self._choose([ticket.search for ticket in newcomers], [one.logits[None] for one in prompts])
            for ticket, prompt, steps in zip(newcomers, prompts, chosen, strict=True):
                if steps:
                    self._running[ticket.search] = ticket
                    self._join(Running(ticket.search, prompt, steps))
                else:
                    ticket.answers, ended = ticket.search.answers, True
            for pool in self._pools.values():
                pool.settle()
        pools = [pool for pool in self._pools.values() if pool.running]
        if not pools:
            return ended
        logits = self._decoder.run([pool.feed() for pool in pools])
        for pool, after in zip(pools, logits, strict=True):
            ended |= self._advance(pool, after)
        return ended

    def _join(self, newcomer: Running) -> None:
        width = newcomer.search.width
        if width not in self._pools:
            self._pools[width] = Pool(self._decoder.layers, self._embedder.embed_tokens, self._device)
        self._pools[width].join(newcomer)

    def _advance(self, pool: Pool, logits: Tensor) -> bool:
        """Let the searches of a pool choose, by logits (B, W, V); return whether one is over."""
        rows = [after[: len(one.steps)] for one, after in zip(pool.running, logits, strict=True)]
        chosen = self._choose([one.search for one in pool.running], rows)
        over = []
        for one, steps in zip(pool.running, chosen, strict=True):
            one.steps = steps
            if not steps:
                over.append(one)
                self._running.pop(one.search).answers = one.search.answers
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
                if held > self._tokens and (admitted or self._running):
                    break
                admitted.append(self._waiting.popleft())
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

    # --------------------------------------------------------------------------------------------------------- choice

    def _choose(self, searches: Sequence[Search], logits: Sequence[Tensor]) -> list[list[Step]]:
        """Let searches choose what they add next.

        Args:
            searches: The searches.
            logits: For each the logits behind its branches, (branches, V).
        """
        every = torch.cat(list(logits)).float()
        log_probs = every.log_softmax(dim=-1)
        self._forbid(searches, log_probs)
        parts = log_probs.split([len(search.branches) for search in searches])
        chosen: list[list[Step]] = [[] for _ in searches]
        by_count: dict[int, list[int]] = {}
        drawn = []
        for place, search in enumerate(searches):
            match search:
                case RankedSearch():
                    by_count.setdefault(search.candidates, []).append(place)
                case DrawnSearch():
                    drawn.append(place)
        for count, places in by_count.items():
            for place, ranking in zip(places, _rank([parts[place] for place in places], count), strict=True):
                search = searches[place]
                assert isinstance(search, RankedSearch)
                chosen[place] = search.choose(ranking)
        for place in drawn:
            search = searches[place]
            assert isinstance(search, DrawnSearch)
            chosen[place] = _draw(search, parts[place])
        return chosen

    def _forbid(self, searches: Sequence[Search], log_probs: Tensor) -> None:
        """Give what may not come the log-probability -inf, in place."""
        rows, masks, banned_rows, banned_tokens = [], [], [], []
        row = 0
        for search in searches:
            bounds = search.bounds
            for branch in search.branches:
                if bounds.grammar is not None:
                    rows.append(row)
                    masks.append(bounds.grammar.forbidden(branch.state, search.remaining))
                if bounds.no_repeat is not None:
                    repeats = list_repeats(branch.tokens, bounds.no_repeat, bounds.end)
                    banned_rows += [row] * len(repeats)
                    banned_tokens += repeats
                row += 1
        if masks:
            forbidden = torch.stack(masks).to(log_probs.device)
            if len(rows) == len(log_probs):
                log_probs.masked_fill_(forbidden, -torch.inf)
            else:
                index = torch.tensor(rows, device=log_probs.device)
                log_probs[index] = log_probs[index].masked_fill_(forbidden, -torch.inf)
        if banned_rows:
            log_probs[banned_rows, banned_tokens] = -torch.inf

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


def _rank(parts: Sequence[Tensor], count: int) -> list[Ranking]:
    """Return the most probable tokens after the branches of each search."""
    joined = parts[0] if len(parts) == 1 else torch.cat(list(parts))
    values, tokens = joined.topk(min(count, joined.shape[1]), dim=-1)
    scores, ids = values.tolist(), tokens.tolist()
    found, start = [], 0
    for part in parts:
        found.append(Ranking(scores[start : start + len(part)], ids[start : start + len(part)]))
        start += len(part)
    return found


def _draw(search: DrawnSearch, log_probs: Tensor) -> list[Step]:
    """Let draws choose: each takes the token at which the cumulative probability passes its number."""
    places, numbers = search.aims
    cumulative = (log_probs / search.temperature).double().softmax(dim=-1).cumsum(dim=-1)
    index = torch.tensor(places, device=log_probs.device)
    mine = cumulative[index]
    total = mine[:, -1:]
    wanted = torch.tensor(numbers, dtype=torch.float64, device=log_probs.device)[:, None] * total
    # A number that rounding has brought to 1 would pass behind the last token that may come.
    aim = torch.minimum(wanted, torch.nextafter(total, torch.zeros_like(total)))
    tokens = torch.searchsorted(mine, aim, right=True)
    gains = log_probs[index].gather(1, tokens)
    return search.choose(tokens[:, 0].tolist(), gains[:, 0].tolist())
