"""Clients that take nothing of their answer are given up; others are answered meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from anymol.serve.config import Limits, ServerConfig
from anymol.serve.listening import _make_protocol, open_socket

PIECE = b"x" * (1 << 20)
COUNT = 32
LIMITS = Limits(arrival=0.5)


class Server:
    """A server of 32 MB, and how its answers ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.listener = open_socket("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        protocol = _make_protocol(ServerConfig(limits=LIMITS))
        settings = uvicorn.Config(
            self.answer, http=protocol, ws="none", lifespan="off", interface="asgi3", log_config=None
        )
        self.server = uvicorn.Server(settings)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve([self.listener])), daemon=True)
        self.thread.start()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(COUNT):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        message = await receive()
        self.ended.append(message["type"])

    def ask(self) -> socket.socket:
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        opened.settimeout(30)
        opened.connect(("127.0.0.1", self.port))
        opened.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return opened


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    while not made.server.started:
        time.sleep(0.01)
    yield made
    made.server.should_exit = True
    made.thread.join(30)


def read_all(opened: socket.socket, pause: float = 0.0) -> int:
    """Return how many bytes come before the end."""
    count = 0
    while piece := opened.recv(1 << 20):
        count += len(piece)
        time.sleep(pause)
    return count


def test_who_takes_nothing_is_given_up(server: Server) -> None:
    with server.ask() as idle:
        deadline = time.monotonic() + 60
        while not server.ended and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.ended, "the answer still waits for its client"
        assert read_all(idle) < COUNT * len(PIECE)


def test_who_takes_slowly_is_waited_for(server: Server) -> None:
    """The whole answer takes several times as long as a client may take nothing."""
    began = time.monotonic()
    with server.ask() as slow:
        assert read_all(slow, pause=0.02) >= COUNT * len(PIECE)
    assert time.monotonic() - began > 2 * LIMITS.arrival
