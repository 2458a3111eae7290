"""What one caller may use of the model."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from anymol.inference.generation import Decoding, Generator
from anymol.inference.limits import (
    Limits,
    TimeLimitError,
    Withdrawal,
    WithdrawnError,
    current_allowance,
    limited,
)
from anymol.modalities.content import Message, Speaker, TextPart
from anymol.models.checkpoint import load_checkpoint
from anymol.tasks.task import AnswerKind


@pytest.fixture(scope="module")
def generator(tiny_model_dir: Path) -> Generator:
    model, processor, _ = load_checkpoint(tiny_model_dir)
    return Generator(model, processor)


def ask(generator: Generator, tokens: int = 30) -> str:
    prompt = generator.processor.encode((Message(Speaker.USER, (TextPart("What is this?"),)),))
    return generator.generate([prompt], AnswerKind.TEXT, Decoding(max_new_tokens=tokens))[0][0].text


def test_limits_hold_inside_their_scope_alone(generator: Generator) -> None:
    free = ask(generator)
    with limited(Limits(max_new_tokens=3)):
        short = ask(generator)
        with limited(Limits()):
            assert ask(generator) == free
    assert len(short) < len(free)
    assert free.startswith(short)
    assert ask(generator) == free


def test_a_task_that_allows_less_keeps_its_own_limit(generator: Generator) -> None:
    short = ask(generator, tokens=3)
    with limited(Limits(max_new_tokens=20)):
        assert ask(generator, tokens=3) == short


def test_nothing_is_computed_for_who_has_left(generator: Generator) -> None:
    withdrawal = Withdrawal()
    with limited(Limits(withdrawal=withdrawal)):
        ask(generator)
        withdrawal.set()
        with pytest.raises(WithdrawnError):
            ask(generator)


def test_time_counts_from_the_opening_of_the_scope(generator: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 100.0
    monkeypatch.setattr("anymol.inference.limits.time.monotonic", lambda: clock)
    with limited(Limits(seconds=5.0)):
        ask(generator)
        clock = 104.9
        ask(generator)
        clock = 105.0
        with pytest.raises(TimeLimitError, match="within 5 s"):
            ask(generator)
    ask(generator)


def test_limits_go_along_to_another_thread() -> None:
    async def look() -> Limits:
        return (await asyncio.to_thread(current_allowance)).limits

    limits = Limits(seconds=1.5)
    with limited(limits):
        assert asyncio.run(look()) is limits


@pytest.mark.parametrize("fields", [{"seconds": 0.0}, {"seconds": -1.0}, {"seconds": math.nan}, {"max_new_tokens": 0}])
def test_limits_that_allow_nothing_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Limits(**fields)  # type: ignore[arg-type]
