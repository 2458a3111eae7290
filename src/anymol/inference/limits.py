"""What one caller may use of the model, and how a caller takes a question back.

A server opens a scope around whatever it calls; every question that is put to the model inside belongs to it, on
whichever thread it was copied to (``asyncio.to_thread`` and ``contextvars.copy_context`` copy scopes):

    withdrawal = Withdrawal()
    with limited(Limits(seconds=30.0, max_new_tokens=256, withdrawal=withdrawal)):
        assistant.predict("retrosynthesis", smiles)
    # meanwhile, on another thread, where the client has left:
    withdrawal.set()
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from anymol.errors import AnyMolError


class WithdrawnError(AnyMolError):
    """Whoever asked has left; nothing is computed for them any more."""

    kind = "withdrawn"


class TimeLimitError(AnyMolError):
    """The time of a request is over."""

    kind = "time_limit"


class Withdrawal:
    """Says that whoever asked does not want the answer any more."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Take the question back: its rows leave the batch before the next token."""
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether it was taken back."""
        return self._event.is_set()


@dataclass(frozen=True)
class Limits:
    """What one caller may use.

    Attributes:
        seconds: Time from the opening of the scope; None for any.
        max_new_tokens: Most tokens of one answer, where the task allows more; None for what the task allows.
        withdrawal: Takes the question back.
    """

    seconds: float | None = None
    max_new_tokens: int | None = None
    withdrawal: Withdrawal = field(default_factory=Withdrawal)

    def __post_init__(self) -> None:
        if self.seconds is not None and not self.seconds > 0:  # what is no number is not positive either
            raise ValueError(f"seconds must be positive, not {self.seconds}")
        if self.max_new_tokens is not None and self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens must be at least 1, not {self.max_new_tokens}")


@dataclass(frozen=True)
class Allowance:
    """Limits that have begun to count.

    Attributes:
        limits: The limits.
        until: When the time is over, by ``time.monotonic``; None for never.
    """

    limits: Limits = field(default_factory=Limits)
    until: float | None = None

    def find_end(self) -> AnyMolError | None:
        """Return why nothing more is computed; None while something is."""
        if self.limits.withdrawal.is_set:
            return WithdrawnError("the question was taken back")
        if self.until is not None and time.monotonic() >= self.until:
            return TimeLimitError(
                f"no answer within {self.limits.seconds:g} s", hint="ask for less, or allow more time"
            )
        return None

    def require_open(self) -> None:
        """Go on only while something may be computed.

        Raises:
            TimeLimitError: The time is over.
            WithdrawnError: The question was taken back.
        """
        if (error := self.find_end()) is not None:
            raise error


_UNLIMITED = Allowance()
_CURRENT: ContextVar[Allowance] = ContextVar("anymol_limits", default=_UNLIMITED)


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Let limits hold for all that is asked of a model inside."""
    until = None if limits.seconds is None else time.monotonic() + limits.seconds
    token = _CURRENT.set(Allowance(limits, until))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_allowance() -> Allowance:
    """Return what the caller may still use."""
    return _CURRENT.get()
