"""The door of the server: who may come in, how much they may bring, and what is written of it.

It stands before all routes, so that what is refused costs no more than its head.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import time
import traceback
import uuid
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anymol.errors import AnyMolError
from anymol.serve.admission import RateLimiter
from anymol.serve.api_keys import KeyRing
from anymol.serve.calls import BusyError, InternalError
from anymol.serve.config import MCP_PATH, ServerConfig
from anymol.serve.failures import (
    ForeignPageError,
    TooLargeError,
    TooSlowError,
    UnauthorizedError,
    WrongHostError,
    dump_body,
    write_failure,
)
from anymol.serve.state import CALLER, Caller
from anymol.serve.telemetry import Telemetry

_GUARDED: Final = ("/v1/", MCP_PATH, "/metrics")
"""How the paths begin that need a key, where there are keys."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LEFT: Final = 499
"""Status in logs and metrics of a client that left before its answer."""
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        b"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
)
"""What every answer carries: nothing is loaded from elsewhere, and no other page frames ours."""
_log = logging.getLogger("anymol.serve")


class Guard:
    """Lets requests in, one by one.

    Args:
        app: The routes.
        config: How the server is wanted.
        keys: The keys; None where none are asked for.
        telemetry: Counts requests.
    """

    def __init__(self, app: ASGIApp, config: ServerConfig, keys: KeyRing | None, telemetry: Telemetry) -> None:
        self._app, self._config, self._keys, self._telemetry = app, config, keys, telemetry
        self._limiter = RateLimiter(config.limits.per_minute, config.limits.burst)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, send)
        body = b""
        try:
            self._admit(scope, visit)
            body = await self._read_body(visit, receive, self._config.limits.body if _is_guarded(scope) else 0)
            await self._app(scope, _replay(body, receive), visit.send)
        except AnyMolError as error:
            if not visit.has_begun:
                self._telemetry.count_refusal(error.kind)
            await visit.refuse(error, is_read=bool(body))
        except _LeftError:
            visit.status = _LEFT
        except Exception as error:  # the last door: a fault is written without what was asked  # noqa: BLE001
            trace = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s: a fault: %s\n%s", visit.id, type(error).__name__, trace)
            await visit.refuse(InternalError(f"a fault in anymol: {type(error).__name__}"))
        finally:
            self._held -= len(body)
            self._write(scope, visit, body)

    # ------------------------------------------------------------------------------------------------------ coming in

    def _admit(self, scope: Scope, visit: _Visit) -> None:
        """Find out who asks, and count it.

        Raises:
            UserError: Another page asks, the key is not known, or the caller asks too often.
        """
        if self._keys is None and self._config.is_local:
            _require_own_page(visit.headers)
        if not _is_guarded(scope):
            return
        client = scope.get("client")
        address = str(client[0]) if client else "local"
        caller = Caller(address)
        if self._keys is not None:
            key = self._keys.find(_find_key(visit.headers))
            if key is None:
                self._limiter.admit(f"no key {address}")
                raise UnauthorizedError("this server needs a key", hint="send 'Authorization: Bearer KEY'")
            caller = Caller(key.name, key)
        visit.caller = caller.name
        scope[CALLER] = caller
        self._limiter.admit(caller.name, None if caller.key is None else caller.key.per_minute)

    async def _read_body(self, visit: _Visit, receive: Receive, most: int) -> bytes:
        """Return the whole body, which counts as held until the answer has gone.

        Args:
            visit: The request.
            receive: Gives the body.
            most: Bytes that are taken: none where no key is needed, so that those without one fill nothing.

        Raises:
            TooLargeError: It is larger than a body may be.
            TooSlowError: It does not come in time.
            BusyError: Too much is held already.
            _LeftError: The client left.
        """
        limits = self._config.limits
        hint = f"at most {most:,} bytes are taken" if most else "addresses that take one begin with /v1/"
        stated = visit.headers.get(b"content-length", b"0")
        if stated.isdigit() and int(stated) > most:
            raise TooLargeError(f"the body has {int(stated):,} bytes", hint=hint)
        body = bytearray()
        is_whole = False
        try:
            async with asyncio.timeout(limits.arrival):
                while not is_whole:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _LeftError
                    piece = message.get("body", b"")
                    if len(body) + len(piece) > most:
                        raise TooLargeError("the body is too large", hint=hint)
                    if self._held + len(piece) > limits.bodies:
                        raise BusyError("too much is sent at once", after=2.0)
                    body += piece
                    self._held += len(piece)
                    is_whole = not message.get("more_body", False)
        except TimeoutError:
            raise TooSlowError(f"the body did not come within {limits.arrival:g} s", hint="send it faster") from None
        finally:
            if not is_whole:
                self._held -= len(body)
        return bytes(body)

    # ------------------------------------------------------------------------------------------------------ going out

    def _write(self, scope: Scope, visit: _Visit, body: bytes) -> None:
        """Log and count a request; what was asked is not written unless the server was told so."""
        seconds = time.perf_counter() - visit.began
        path = _name_route(scope)
        self._telemetry.count_request(path, visit.status, seconds)
        _log.info(
            "%s %s %s %s %d %.0f ms, %d bytes in, %d out%s",
            visit.id, visit.caller, scope["method"], path, visit.status, 1000 * seconds, len(body), visit.sent,
            f": {body[:2000]!r}" if self._config.log_inputs and body else "",
        )  # fmt: skip


class _LeftError(Exception):
    """The client left while it was sending."""


class _Visit:
    """One request, from the door in to the door out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.headers = {name.lower(): value for name, value in scope["headers"]}
        given = self.headers.get(b"x-request-id", b"").decode("latin-1")
        self.id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self.caller = "-"
        self.status = 0
        self.sent = 0
        self.has_begun = False
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass on a piece of the answer, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.has_begun = True
            self.status = message["status"]
            own = {name.lower() for name, _ in message.get("headers", ())}
            added = [one for one in (*_HEADERS, (b"cache-control", b"no-store")) if one[0] not in own]
            message = {
                **message,
                "headers": [*message.get("headers", ()), *added, (b"x-request-id", self.id.encode())],
            }
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, error: AnyMolError, *, is_read: bool = False) -> None:
        """Answer with an error, unless an answer has begun.

        Args:
            error: The error.
            is_read: Whether the whole body has come; of one that has not, the rest is not waited for.
        """
        if self.has_begun:
            return
        status, more, content = write_failure(error)
        body = dump_body(content)
        headers = {"content-type": "application/json", "content-length": str(len(body)), **more}
        has_body = self.headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in self.headers
        if has_body and not is_read:
            headers["connection"] = "close"
        await self.send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            }
        )
        await self.send({"type": "http.response.body", "body": body})


def _is_guarded(scope: Scope) -> bool:
    return str(scope["path"]).startswith(_GUARDED)


def _name_route(scope: Scope) -> str:
    """Return the route of a request for logs and metrics: one of few names, whatever path was asked for."""
    if scope["path"] == MCP_PATH:  # its route is no route of the framework, and leaves no name
        return MCP_PATH
    return getattr(scope.get("route"), "path", None) or "other"


def _require_own_page(headers: Mapping[bytes, bytes]) -> None:
    """Refuse pages of other sites, for a server that knows its user by being on the same machine.

    A browser there lets any page send it requests: under this machine's name (then `Origin` says whose page it is), or
    under the page's own name that was made to point here (DNS rebinding).

    Raises:
        WrongHostError: The request names another host than this machine.
        ForeignPageError: A page of another site sends it.
    """
    named = headers.get(b"host", b"").decode("latin-1")
    host = named.rsplit(":", 1)[0] if not named.endswith("]") else named
    if host and not _is_here(host):
        raise WrongHostError("this server answers on this machine only", value=named, hint="use 127.0.0.1 or localhost")
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin and not _is_here(_find_host(origin)):
        raise ForeignPageError(
            "a page of another site asks", value=origin, hint="serve others with keys: 'anymol serve --keys FILE'"
        )


def _find_host(origin: str) -> str:
    """Return the host of an address; empty where it has none."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _is_here(host: str) -> bool:
    """Whether a host is this machine by name or address."""
    bare = host.strip("[]").lower()
    return bare == "localhost" or _is_loopback(bare)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body once and then whatever comes: that the client has left."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _find_key(headers: Mapping[bytes, bytes]) -> str:
    written = headers.get(b"authorization", b"").decode("latin-1")
    scheme, _, key = written.partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    return headers.get(b"x-api-key", b"").decode("latin-1").strip()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
