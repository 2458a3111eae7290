"""The door of the server, with an application behind it that only says what came in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from anymol.serve.api_keys import KeyRing, make_key
from anymol.serve.config import Limits, ServerConfig
from anymol.serve.guard import Guard
from anymol.serve.state import CALLER

SECRET = "CCO"
LIMITS = Limits(body=1_000, bodies=1_500, arrival=0.3, per_minute=60, burst=5)


class Counts:
    """Stands for what counts requests."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.reasons: list[str] = []

    def count_request(self, route: str, status: int, seconds: float) -> None:
        self.statuses.append(status)

    def count_refusal(self, reason: str) -> None:
        self.reasons.append(reason)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with who asked and how much was sent; wait, or fail, where the body says so."""
    body = (await receive())["body"]
    if body == b"fail":
        raise RuntimeError(SECRET)
    if body == b"wait":
        await asyncio.sleep(0.2)
    caller = scope.get(CALLER)
    said = f"{caller.name if caller else '-'} {len(body)}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said})


def make(config: ServerConfig | None = None, keys: KeyRing | None = None) -> tuple[Guard, Counts]:
    counts = Counts()
    return Guard(echo, config or ServerConfig(limits=LIMITS), keys, counts), counts  # type: ignore[arg-type]


def request(guard: Guard, path: str = "/v1/x", **more: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with open_client(guard) as client:
            return await client.post(path, **more)

    return asyncio.run(ask())


def open_client(guard: Guard) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://127.0.0.1")


def test_a_request_comes_in_whole() -> None:
    guard, counts = make()
    assert request(guard, content=b"x" * 1_000).text == "127.0.0.1 1000"
    assert counts.statuses == [200]


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    for content in (b"x" * 1_001, pieces()):
        guard, counts = make()
        refused = request(guard, content=content)
        assert refused.status_code == 413 and refused.headers["connection"] == "close"
        assert counts.reasons == ["too_large"]


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(5)

    refused = request(make()[0], content=pieces())
    assert refused.status_code == 408
    assert refused.json()["error"]["kind"] == "too_slow"


def test_whoever_has_no_key_sends_nothing(tmp_path: Path) -> None:
    """Addresses without a key take no body: it would count against what all bodies may hold."""
    for path in ("/", "/health", "/openapi.json"):
        assert request(make()[0], path).status_code == 200
        assert request(make()[0], path, content=b"x").status_code == 413


def test_bodies_together_are_bounded_and_given_back() -> None:
    guard, _ = make()

    async def ask() -> list[int]:
        async def slow() -> AsyncIterator[bytes]:
            yield b"x" * 900
            await asyncio.sleep(0.1)

        async with open_client(guard) as client:
            answers = await asyncio.gather(*(client.post("/v1/x", content=slow()) for _ in range(3)))
            later = await client.post("/v1/x", content=b"x" * 900)
        return [*(one.status_code for one in answers), later.status_code]

    *together, later = asyncio.run(ask())
    assert sorted(together) == [200, 429, 429] and later == 200


def test_a_fault_says_nothing_of_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="anymol.serve"):
        failed = request(make()[0], content=b"fail")
    assert failed.status_code == 500 and failed.json()["error"]["kind"] == "internal"
    assert SECRET not in failed.text + caplog.text and "RuntimeError" in caplog.text


def test_inputs_are_logged_where_that_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    for wanted in (False, True):
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="anymol.serve"):
            request(make(ServerConfig(limits=LIMITS, log_inputs=wanted))[0], content=b"caffeine")
        assert ("caffeine" in caplog.text) is wanted


def test_keys(tmp_path: Path) -> None:
    key = make_key(tmp_path / "keys.json", "eln", 2)
    guard, _ = make(keys=KeyRing(tmp_path / "keys.json"))
    assert request(guard).status_code == 401
    assert request(guard, headers={"authorization": f"Basic {key}"}).status_code == 401
    assert request(guard, "/health").status_code == 200, "health needs no key"
    assert request(guard, headers={"authorization": f"Bearer {key}"}).text == "eln 0"
    assert request(guard, headers={"x-api-key": key}).text == "eln 0"
    busy = request(guard, headers={"x-api-key": key})
    assert busy.status_code == 429 and 1 <= int(busy.headers["retry-after"]) <= 30


def test_whoever_guesses_keys_is_slowed_down(tmp_path: Path) -> None:
    make_key(tmp_path / "keys.json", "eln")
    guard, _ = make(keys=KeyRing(tmp_path / "keys.json"))
    statuses = [request(guard, headers={"x-api-key": f"am-{number}"}).status_code for number in range(7)]
    assert statuses == [401] * 5 + [429] * 2


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1"])
def test_another_host_s_name_is_refused(host: str) -> None:
    guard, _ = make()
    assert request(guard, headers={"host": host}).status_code == 421
    beyond = ServerConfig(host="10.0.0.1", is_open=True, limits=LIMITS)
    assert request(make(beyond)[0], headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1.evil.example:8000", "null", "http://[x"])
def test_a_page_of_another_site_is_refused(origin: str) -> None:
    """A browser lets any page send to this machine; where nobody needs a key, the origin alone tells it apart."""
    guard, _ = make()
    refused = request(guard, headers={"origin": origin})
    assert (refused.status_code, refused.json()["error"]["kind"]) == (403, "foreign_page")
    for own in ("http://127.0.0.1:8000", "http://localhost", "http://[::1]:9"):
        assert request(guard, headers={"origin": own}).status_code == 200


def test_behind_a_proxy_keys_tell_who_asks(tmp_path: Path) -> None:
    """A proxy on the same machine hands on its own name; no page elsewhere has a key."""
    key = make_key(tmp_path / "keys.json", "eln")
    guard, _ = make(keys=KeyRing(tmp_path / "keys.json"))
    named = {"host": "chem.example.org", "origin": "https://chem.example.org"}
    assert request(guard, headers=named).status_code == 401
    assert request(guard, headers={**named, "authorization": f"Bearer {key}"}).status_code == 200


def test_tools_are_counted_by_their_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="anymol.serve"):
        request(make()[0], "/mcp")
        request(make()[0], "/mcp/secret")
    assert "POST /mcp 200" in caplog.text and "secret" not in caplog.text


def test_requests_are_told_apart_by_their_id() -> None:
    guard, _ = make()
    first, second = request(guard), request(guard, headers={"x-request-id": "a" * 65})
    assert len(first.headers["x-request-id"]) == 32 and first.headers["x-request-id"] != second.headers["x-request-id"]
    assert request(guard, headers={"x-request-id": "run-7"}).headers["x-request-id"] == "run-7"
