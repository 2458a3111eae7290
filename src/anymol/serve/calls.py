"""What the listening process asks of those that answer, and the one interface between them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from anymol.errors import AnyMolError, UserError

Tell = Callable[[dict[str, Any]], None]
"""Is told how far a long call is."""


class Operation(StrEnum):
    """What can be asked; :mod:`anymol.serve.operations` does each."""

    PREDICT = "predict"
    COMPUTE = "compute"
    CHAT = "chat"
    PLAN = "plan"
    SYNTHESIZE = "synthesize"
    RENDER = "render"
    READ = "read"
    SHEET = "sheet"
    ASK = "ask"
    NAME = "name"
    READ_NAME = "read_name"


@dataclass(frozen=True)
class Call:
    """One piece of work.

    Attributes:
        operation: What is asked.
        request: About what, and how.
        task: Name of the task, of a prediction.
        context: What the answerer itself returned before, and is given back: the memory of a conversation.
    """

    operation: Operation
    request: BaseModel
    task: str = ""
    context: Any = None


class Priority(IntEnum):
    """Who is answered first where all workers are busy."""

    NOW = 0
    LATER = 1


class Answering(Protocol):
    """Who answers calls: processes with an assistant each, today."""

    async def run(
        self, call: Call, *, seconds: float, priority: Priority = Priority.NOW, tell: Tell | None = None
    ) -> Any:
        """Return the result of a call.

        Whoever cancels the task that awaits this ends the work too.

        Args:
            call: The call.
            seconds: Time for it, waiting included.
            priority: Whose turn comes first.
            tell: Is told how far it is.

        Raises:
            AnyMolError: What the call itself raised.
            BusyError: As many calls wait as may.
            StoppingError: The server is about to end.
            SlowError: The time was up.
        """


class BusyError(UserError):
    """More is asked than can be answered."""

    kind = "busy"

    def __init__(self, message: str, *, after: float, value: object | None = None, hint: str | None = None) -> None:
        super().__init__(message, value=value, hint=hint or f"ask again in {max(1, math.ceil(after))} s")
        self.after = after


class SlowError(UserError):
    """A call that was stopped at its time limit."""

    kind = "time_limit"


class StoppingError(AnyMolError):
    """A server that ends, and begins nothing new."""

    kind = "stopping"


class WorkerLostError(AnyMolError):
    """A worker process that died of a call."""

    kind = "worker_lost"


class InternalError(AnyMolError):
    """A fault of ours in a worker; what it was stands in the log."""

    kind = "internal"
