"""What all routes of one server share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from starlette.requests import Request

from anymol.serve.api_keys import ApiKey
from anymol.serve.calls import Call, Tell
from anymol.serve.config import ServerConfig
from anymol.serve.jobs import Jobs
from anymol.serve.memories import Memories
from anymol.serve.pool import WorkerPool
from anymol.serve.telemetry import Telemetry

_Found = TypeVar("_Found")

CALLER = "anymol_caller"
"""Where the guard leaves who asks, among the extras of a request."""


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        name: Name of the key, or the address where there are no keys.
        key: The key; None where none is asked for.
    """

    name: str
    key: ApiKey | None = None


@dataclass(frozen=True)
class ServerState:
    """What all routes of one server share.

    Attributes:
        config: How the server is wanted.
        pool: The workers.
        jobs: The jobs.
        memories: What conversations are about.
        telemetry: What is counted.
    """

    config: ServerConfig
    pool: WorkerPool
    jobs: Jobs
    memories: Memories
    telemetry: Telemetry


def get_state(request: Request) -> ServerState:
    """Return what the routes share."""
    return cast(ServerState, request.app.state.server)


def get_caller(request: Request) -> Caller:
    """Return who asks."""
    return cast(Caller, request.scope.get(CALLER) or Caller("anybody"))


async def answer(request: Request, call: Call, *, seconds: float | None = None, tell: Tell | None = None) -> Any:
    """Return the result of a call, for as long as the client waits for it.

    Args:
        request: The request that asks.
        call: What is asked.
        seconds: Time for it; the server's limit where it is not given.
        tell: Is told how far it is.

    Raises:
        AnyMolError: See :class:`~anymol.serve.calls.Answering`.
        ClientLeftError: The client has left; the work is stopped.
    """
    state = get_state(request)
    return await _while_there(request, state.pool.run(call, seconds=seconds or state.config.limits.seconds, tell=tell))


async def _while_there(request: Request, work: Coroutine[Any, Any, _Found]) -> _Found:
    task = asyncio.create_task(work)
    leaving = asyncio.create_task(_wait_for_leaving(request))
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientLeftError
    finally:
        for one in (task, leaving):
            one.cancel()
        await asyncio.gather(task, leaving, return_exceptions=True)


async def _wait_for_leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
