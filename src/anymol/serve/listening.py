"""Listening: the socket, slow connections, and an end that finishes what was begun."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from anymol.errors import UserError
from anymol.serve.config import ServerConfig
from anymol.serve.state import ServerState

_KEEP_ALIVE: Final = 15
"""Seconds that a connection is kept without a request."""
_HEAD_BYTES: Final = 32 << 10
"""Most bytes of the head of a request."""
_BACKLOG: Final = 256


class ListenError(UserError):
    """An address or port that cannot be listened on."""

    kind = "listen"


def serve(app: FastAPI, config: ServerConfig, *, told: Callable[[str], None] = lambda url: None) -> None:
    """Serve an application until the process is told to end.

    Args:
        app: The application.
        config: How the server is wanted.
        told: Is told the address once the server listens.

    Raises:
        ListenError: The address or port cannot be listened on.
    """
    listener = open_socket(config.host, config.port)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    settings = uvicorn.Config(
        app,
        http=_make_protocol(config),
        loop="asyncio",  # the same whatever else is installed
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whoever asks could claim any address
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=max(1, round(config.grace)),
        h11_max_incomplete_event_size=_HEAD_BYTES,
        backlog=_BACKLOG,
    )
    with listener:
        _Server(settings, app.state.server, lambda: told(f"http://{shown}:{port}")).run(sockets=[listener])


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ListenError: The address or port cannot be listened on.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise ListenError(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0) if error.errno else error}",
            value=f"{host}:{port}",
            hint="choose another with --port" if taken else "check --host and --port",
        ) from None


class _Server(uvicorn.Server):
    """A server that refuses what waits as soon as it is told to end, and lets what is worked on be finished."""

    def __init__(self, settings: uvicorn.Config, state: ServerState, told: Callable[[], None]) -> None:
        super().__init__(settings)
        self._state, self._told = state, told
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if not self.should_exit:
            self._told()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take the signal to end."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._state.pool.refuse)
        super().handle_exit(sig, frame)


def _make_protocol(config: ServerConfig) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with bounds on connections, and on the wait for who sends or takes nothing."""

    class Patient(H11Protocol):
        """HTTP/1.1, for clients that send what they begin."""

        _head_timer: asyncio.TimerHandle | None = None
        _taken_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > config.limits.connections:
                transport.close()
                return
            self._expect_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_busy():
                self._drop_timer()
            elif self._head_timer is None:
                self._expect_head()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._drop_timer()

        def pause_writing(self) -> None:
            """Take back an answer of which the client takes nothing: it would keep its memory and its connection."""
            super().pause_writing()
            self._expect_taken()

        def resume_writing(self) -> None:
            super().resume_writing()
            self._drop_taken_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self._drop_timer()
            self._drop_taken_timer()
            super().connection_lost(exc)

        def _expect_taken(self) -> None:
            left = self.transport.get_write_buffer_size()
            self._taken_timer = self.loop.call_later(config.limits.arrival, self._require_taken, left)

        def _require_taken(self, before: int) -> None:
            if self.transport.get_write_buffer_size() < before:
                self._expect_taken()
            else:
                self.transport.abort()

        def _drop_taken_timer(self) -> None:
            if self._taken_timer is not None:
                self._taken_timer.cancel()
                self._taken_timer = None

        def _is_busy(self) -> bool:
            """Whether a request has come whole enough to be worked on."""
            return self.cycle is not None and not self.cycle.response_complete

        def _expect_head(self) -> None:
            self._head_timer = self.loop.call_later(config.limits.arrival, self._give_up)

        def _give_up(self) -> None:
            self._head_timer = None
            if not self._is_busy() and not self.transport.is_closing():
                self.transport.close()

        def _drop_timer(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return Patient
