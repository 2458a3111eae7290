"""Requests that join and leave one batch."""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.errors import NotFiniteError
from anymol.inference.engine import Ticket
from anymol.inference.limits import Allowance, Limits, TimeLimitError, Withdrawal, WithdrawnError
from anymol.inference.searches.beams import BeamSearch
from anymol.inference.searches.draws import DrawnSearch
from anymol.inference.searches.greedy import GreedySearch
from anymol.inference.searches.search import Hypothesis, Step

END = 2
NEVER = 1000
"""An end token that the decoder does not have: answers run to their limit."""


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=61, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, initializer_range=0.6, eos_token_id=END, pad_token_id=0,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def draw_prompt(number: int) -> list[int]:
    generator = torch.Generator().manual_seed(number)
    return torch.randint(3, 61, (3 + number % 11,), generator=generator).tolist()


def make_tickets(engine: Any, count: int, **fields: Any) -> list[Ticket]:
    """Return requests of all kinds, lengths and widths."""
    tickets = []
    for number in range(count):
        bounds = engine.bound((5, 40, 90)[number % 3])
        uniforms = torch.rand(6, bounds.max_new_tokens, generator=torch.Generator().manual_seed(number))
        start = (
            partial(GreedySearch, bounds),
            partial(BeamSearch, bounds, 3),
            partial(DrawnSearch, bounds, uniforms),
            partial(BeamSearch, replace(bounds, no_repeat=2), 5),
        )[number % 4]
        tickets.append(engine.make_ticket(draw_prompt(number), start, **fields))
    return tickets


def assert_same(found: list[Hypothesis], expected: list[Hypothesis]) -> None:
    assert [one.tokens for one in found] == [one.tokens for one in expected]
    assert [one.log_prob for one in found] == pytest.approx([one.log_prob for one in expected], abs=1e-3)
    assert [one.complete for one in found] == [one.complete for one in expected]


@pytest.mark.parametrize("tokens", [100_000, 400])
@pytest.mark.parametrize("end", [END, NEVER])
def test_every_request_is_answered_as_if_alone(plain_engine: Any, model: Any, tokens: int, end: int) -> None:
    together = plain_engine(model, end, tokens=tokens)
    found = together.engine.answer(make_tickets(together, 12))
    for number in range(12):
        alone = plain_engine(model, end)
        assert_same(found[number], alone.engine.answer([make_tickets(alone, 12)[number]])[0])
    assert together.engine.load == 0


def test_threads_share_one_batch(plain_engine: Any, model: Any) -> None:
    alone = plain_engine(model, NEVER)
    expected = [alone.engine.answer([ticket])[0] for ticket in make_tickets(alone, 12)]
    shared = plain_engine(model, NEVER)
    tickets = make_tickets(shared, 12)
    found: dict[int, list[Hypothesis]] = {}

    def ask(number: int) -> None:
        found[number] = shared.engine.answer([tickets[number]])[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    for number in range(12):
        assert_same(found[number], expected[number])


class Tripwire(GreedySearch):
    """Does something when it is asked for its second token."""

    def __init__(self, bounds: Any, spring: Any) -> None:
        super().__init__(bounds)
        self._spring = spring

    def choose(self, ranking: Any) -> list[Step]:
        if self.steps == 1:
            self._spring()
        return super().choose(ranking)


def test_a_request_may_join_while_others_run(plain_engine: Any, model: Any) -> None:
    engine = plain_engine(model, NEVER)
    first, late = make_tickets(engine, 2)
    alone = plain_engine(model, NEVER)
    expected = [alone.engine.answer([ticket])[0] for ticket in make_tickets(alone, 2)]
    helper = threading.Thread(target=lambda: engine.engine.answer([late]))

    def spring() -> None:
        helper.start()
        while engine.engine.load < 3:
            pass

    wire = engine.make_ticket([5, 6, 7], partial(Tripwire, engine.bound(30), spring))
    found = engine.engine.answer([first, wire])
    helper.join(timeout=60)
    assert_same(found[0], expected[0])
    assert late.answers is not None
    assert_same(late.answers, expected[1])


def test_what_is_taken_back_is_computed_no_further(plain_engine: Any, model: Any) -> None:
    engine = plain_engine(model, NEVER)
    withdrawal = Withdrawal()
    allowance = Allowance(Limits(withdrawal=withdrawal))
    wire = engine.make_ticket([5, 6, 7], partial(Tripwire, engine.bound(10_000), withdrawal.set), allowance=allowance)
    with pytest.raises(WithdrawnError):
        engine.engine.answer([wire])
    assert engine.engine.load == 0
    assert wire.search.steps == 2


def test_one_caller_leaves_and_the_others_are_answered(plain_engine: Any, model: Any) -> None:
    engine, alone = plain_engine(model, NEVER), plain_engine(model, NEVER)
    expected = [alone.engine.answer([ticket])[0] for ticket in make_tickets(alone, 8)]
    tickets = make_tickets(engine, 8)
    gone = make_tickets(engine, 8)

    def leave() -> None:
        for ticket in gone:
            ticket.is_withdrawn = True

    wire = engine.make_ticket([5, 6, 7], partial(Tripwire, engine.bound(5), leave))
    with engine.engine._progress:
        engine.engine._waiting.extend(gone)
    found = engine.engine.answer([*tickets, wire])
    for mine, one in zip(found[:8], expected, strict=True):
        assert_same(mine, one)
    assert all(isinstance(ticket.error, WithdrawnError) for ticket in gone)
    assert engine.engine.load == 0


def test_time_is_over(plain_engine: Any, model: Any) -> None:
    engine = plain_engine(model, NEVER)
    over = Allowance(Limits(seconds=1.0), until=0.0)
    with pytest.raises(TimeLimitError, match="within 1 s"):
        engine.engine.answer(make_tickets(engine, 4, allowance=over))
    assert engine.engine.load == 0


def assert_goes_on(engine: Any, plain_engine: Any, model: Any) -> None:
    alone = plain_engine(model, NEVER)
    for mine, one in zip(make_tickets(engine, 4), make_tickets(alone, 4), strict=True):
        assert_same(engine.engine.answer([mine])[0], alone.engine.answer([one])[0])


def answer_beside(engine: Any, ticket: Ticket, plain_engine: Any, model: Any) -> None:
    """Let a caller ask something while others wait, who are answered whatever becomes of it."""
    alone = plain_engine(model, NEVER)
    expected = [alone.engine.answer([one])[0] for one in make_tickets(alone, 4)]
    others = make_tickets(engine, 4)
    with engine.engine._progress:
        engine.engine._waiting.extend(others)
    try:
        engine.engine.answer([ticket])
    finally:
        for _ in range(2):  # whoever asks decodes for those who wait
            engine.engine.answer(make_tickets(engine, 3)[2:])
        assert engine.engine.load == 0
        for other, one in zip(others, expected, strict=True):
            assert other.answers is not None
            assert_same(other.answers, one)


def test_a_fault_of_the_decoder_is_told_to_all_and_the_engine_goes_on(
    plain_engine: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = plain_engine(model, NEVER)
    tickets = make_tickets(engine, 4)

    def fail(feeds: Any) -> Any:
        raise MemoryError("no room for a step") if tickets[3].search.steps else RuntimeError("read one by one")

    sound = copy(engine.engine._decoder)
    with monkeypatch.context() as patched:
        patched.setattr(engine.engine._decoder, "run", fail)
        patched.setattr(engine.engine.reader, "_decoder", sound)
        with pytest.raises(MemoryError, match="no room"):
            engine.engine.answer(tickets)
    assert all(isinstance(ticket.error, MemoryError) for ticket in tickets)
    assert engine.engine.load == 0
    assert_goes_on(engine, plain_engine, model)


def test_a_fault_of_one_search_is_no_matter_of_the_others(plain_engine: Any, model: Any) -> None:
    engine = plain_engine(model, NEVER)

    def fail() -> None:
        raise ValueError("this search alone")

    wire = engine.make_ticket([5, 6, 7], partial(Tripwire, engine.bound(5), fail))
    with pytest.raises(ValueError, match="this search alone"):
        answer_beside(engine, wire, plain_engine, model)
    assert_goes_on(engine, plain_engine, model)


def test_a_prompt_that_cannot_be_read_is_no_matter_of_the_others(plain_engine: Any, model: Any) -> None:
    engine = plain_engine(model, NEVER)
    unknown = engine.make_ticket([5, 6, 999], partial(GreedySearch, engine.bound(5)))
    with pytest.raises(IndexError):
        answer_beside(engine, unknown, plain_engine, model)
    assert_goes_on(engine, plain_engine, model)


def test_what_is_no_number_is_no_answer(plain_engine: Any, model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = plain_engine(model, NEVER)
    embed = engine.embedder.embed_prompts

    def spoil(prompts: Any, keys: Any) -> Any:
        embeddings, conditions = embed(prompts, keys)
        for row, prompt in enumerate(prompts):
            if prompt.input_ids[-1] == 60:
                embeddings[row, -1] = torch.nan
        return embeddings, conditions

    monkeypatch.setattr(engine.embedder, "embed_prompts", spoil)
    starts = (partial(GreedySearch, engine.bound(5)), partial(BeamSearch, engine.bound(5), 3))
    draws = partial(DrawnSearch, engine.bound(5), torch.rand(4, 5))
    for start in (*starts, draws):
        with pytest.raises(NotFiniteError, match="not finite"):
            answer_beside(engine, engine.make_ticket([5, 6, 60], start), plain_engine, model)


def test_an_interrupt_while_prompts_are_read_loses_none(
    plain_engine: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = plain_engine(model, NEVER)

    def interrupt(prompts: Any, keys: Any) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.embedder, "embed_prompts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        answer_beside(engine, make_tickets(engine, 1)[0], plain_engine, model)


def test_a_long_answer_leaves_no_room_behind_for_short_ones(plain_engine: Any, model: Any) -> None:
    engine, columns = plain_engine(model, NEVER), []
    run = engine.engine._decoder.run

    def look(feeds: Any) -> Any:
        found = run(feeds)
        columns.extend(buffer.shape[2] for feed in feeds for buffer in feed.cache.whole_buffers(1, 2, 8, columns=1))
        return found

    engine.greedy([[5, 6, 7]], 400)
    engine.engine._decoder.run = look
    engine.greedy([[5, 6, 8]], 5)
    assert max(columns) < 100


def test_an_interrupt_costs_the_others_nothing(plain_engine: Any, model: Any) -> None:
    engine, alone = plain_engine(model, NEVER), plain_engine(model, NEVER)
    expected = [alone.engine.answer([ticket])[0] for ticket in make_tickets(alone, 4)]
    others = make_tickets(engine, 4)
    with engine.engine._progress:
        engine.engine._waiting.extend(others)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.engine.answer([engine.make_ticket([5, 6, 7], partial(Tripwire, engine.bound(5), interrupt))])
    engine.engine.answer(make_tickets(engine, 1))
    while not all(ticket.is_done for ticket in others):
        engine.engine.answer(make_tickets(engine, 1))
    for ticket, one in zip(others, expected, strict=True):
        assert ticket.answers is not None
        assert_same(ticket.answers, one)


def test_a_prompt_is_read_once(plain_engine: Any, model: Any) -> None:
    engine = plain_engine(model, END)
    first = engine.beams([draw_prompt(1), draw_prompt(2), draw_prompt(1)], 3, 12)
    assert engine.embedder.n_prompts == 2
    again = engine.beams([draw_prompt(2), draw_prompt(1)], 3, 12)
    assert engine.embedder.n_prompts == 2
    assert_same(again[0], first[1])
    assert_same(again[1], first[0])
    assert_same(first[2], first[0])
