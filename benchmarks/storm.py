"""A storm of clients: most ask what can be answered, some send what is malformed, too large, too slow, or leave."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

QUESTIONS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("/v1/predict/logp", {"input": "CC(=O)Oc1ccccc1C(=O)O"}),
    ("/v1/predict/molecular_weight", {"inputs": ["caffeine", "CCO", "C1CC"]}),
    ("/v1/compute", {"names": ["formula", "tpsa", "stereocentres"], "molecules": ["C[C@H](N)C(=O)O"]}),
    ("/v1/render", {"structure": "Cn1cnc2c1c(=O)n(C)c(=O)n2C"}),
    (
        "/v1/chat/completions",
        {"model": "anymol", "messages": [{"role": "user", "content": "What is the formula of caffeine?"}]},
    ),
    ("/v1/predict/molecule_to_name", {"input": "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "source": "tool"}),
)
"""What is answered within a second by programs; a model's answers are in the benchmark of inference."""
MISTAKES: Final[tuple[tuple[str, bytes], ...]] = (
    ("/v1/predict/logp", b'{"input": "C1CC"}'),
    ("/v1/predict/logp", b'{"input": '),
    ("/v1/predict/logp", b'{"input": "\\ud800"}'),
    ("/v1/predict/nonsense", b'{"input": "CCO"}'),
    ("/v1/compute", b'{"names": ["formula"], "molecules": ["' + b"C(" * 9_000 + b'"]}'),
    ("/v1/chat/completions", b'{"model": "anymol", "messages": []}'),
    ("/v1/chat/completions", b"[" * 100_000),
    ("/v1/predict/retrosynthesis", b'{"input": "CC(C)OP(C)(=O)F"}'),
)
OVERSIZED: Final = 9 << 20
"""Bytes, above the 8 MiB that a server takes."""
TIMEOUT: Final = 120.0


@dataclass
class Weather:
    """What a storm saw.

    Attributes:
        statuses: Status -> answers; -1 counts connections that broke.
        kinds: What was sent -> requests.
        seconds: Time of each answer to a question that could be answered.
        unexpected: The first answers that should not have been.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Return the time below which so many of the answers came, seconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def note(self, status: int, expected: range, said: str) -> None:
        """Count an answer."""
        self.statuses[status] += 1
        if status not in expected and len(self.unexpected) < 20:
            self.unexpected.append(f"{status}: {said[:300]}")

    def to_json(self) -> dict[str, Any]:
        """Return counts and times."""
        return {
            "requests": sum(self.kinds.values()),
            "kinds": dict(sorted(self.kinds.items())),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "answered": len(self.seconds),
            "p50_seconds": round(self.percentile(0.5), 3),
            "p95_seconds": round(self.percentile(0.95), 3),
            "unexpected": self.unexpected,
        }


async def warm(url: str, workers: int = 1) -> None:
    """Have every worker answer every question and mistake: programs are started and tables loaded by the first.

    Args:
        url: Address of the server.
        workers: Its workers; so many ask the same at once, a few times.
    """
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as client:

        async def ask(path: str, body: bytes) -> None:
            await client.post(path, content=body, headers={"content-type": "application/json"})

        plan = json.dumps({"molecule": "CC(=O)Nc1ccc(O)cc1", "seconds": 1.0, "steps": 2}).encode()
        asked = [*((path, json.dumps(body).encode()) for path, body in QUESTIONS), *MISTAKES, ("/v1/plan", plan)]
        for path, body in asked:
            await asyncio.gather(*(ask(path, body) for _ in range(4 * workers)))


async def storm(url: str, *, clients: int, seconds: float, bad: float = 0.05, seed: int = 0) -> Weather:
    """Let clients ask for a while.

    Args:
        url: Address of the server.
        clients: How many ask at once.
        seconds: How long.
        bad: Share of requests of each bad kind: malformed, oversized, slow, aborted.
        seed: Of who asks what.
    """
    weather = Weather()
    ends = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT, limits=limits) as client:

        async def live(number: int) -> None:
            choose = random.Random(f"{seed}/{number}")
            while time.monotonic() < ends:
                await _ask_once(client, url, weather, choose, bad)

        await asyncio.gather(*(live(number) for number in range(clients)))
    return weather


async def _ask_once(client: httpx.AsyncClient, url: str, weather: Weather, choose: random.Random, bad: float) -> None:
    kinds: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("malformed", lambda: _ask_wrongly(client, weather, choose)),
        ("oversized", lambda: _send_too_much(client, weather)),
        ("slow", lambda: _send_slowly(url, weather, choose)),
        ("aborted", lambda: _leave(url, weather, choose)),
    ]
    place = int(choose.random() / bad)
    name, ask = kinds[place] if place < len(kinds) else ("answerable", lambda: _ask(client, weather, choose))
    weather.kinds[name] += 1
    try:
        await ask()
    except (httpx.TransportError, OSError):
        weather.statuses[-1] += 1


async def _ask(client: httpx.AsyncClient, weather: Weather, choose: random.Random) -> None:
    path, body = choose.choice(QUESTIONS)
    began = time.perf_counter()
    answered = await client.post(path, json=body)
    if answered.status_code == 200:
        weather.seconds.append(time.perf_counter() - began)
    weather.note(
        answered.status_code, range(200, 201) if answered.status_code != 429 else range(429, 430), answered.text
    )
    if answered.status_code == 429:
        await asyncio.sleep(float(answered.headers["retry-after"]) * choose.random())


async def _ask_wrongly(client: httpx.AsyncClient, weather: Weather, choose: random.Random) -> None:
    path, body = choose.choice(MISTAKES)
    answered = await client.post(path, content=body, headers={"content-type": "application/json"})
    weather.note(answered.status_code, range(400, 500), answered.text)


async def _send_too_much(client: httpx.AsyncClient, weather: Weather) -> None:
    """Send more than is taken, without saying so before; the server may close while it is sent."""

    async def pieces() -> Any:
        for _ in range(OVERSIZED >> 20):
            yield b"x" * (1 << 20)

    answered = await client.post("/v1/compute", content=pieces())
    weather.note(answered.status_code, range(400, 500), answered.text)


async def _send_slowly(url: str, weather: Weather, choose: random.Random) -> None:
    """Send a request byte by byte for a few seconds, and end it, or not."""
    body = json.dumps(QUESTIONS[0][1]).encode()
    head = _write_head(QUESTIONS[0][0], url, len(body))
    reader, writer = await _open(url)
    try:
        for one in head + body[: choose.choice((0, 5, len(body)))]:
            writer.write(bytes([one]))
            await writer.drain()
            await asyncio.sleep(0.01)
        line = await asyncio.wait_for(reader.readline(), 30)
        if line:
            weather.note(int(line.split()[1]), range(200, 500), line.decode("latin-1"))
    except TimeoutError:
        weather.note(-2, range(0), "no answer to a slow request")
    finally:
        writer.close()


async def _leave(url: str, weather: Weather, choose: random.Random) -> None:
    """Ask for something long and leave before the answer, or in the middle of the question."""
    body = json.dumps({"molecule": "CC(=O)Nc1ccc(O)cc1CCOC(=O)C", "seconds": 20.0, "steps": 10}).encode()
    _, writer = await _open(url)
    sent = _write_head("/v1/plan", url, len(body)) + body
    writer.write(sent[: choose.choice((10, len(sent) - 5, len(sent)))])
    await writer.drain()
    await asyncio.sleep(choose.uniform(0.0, 0.5))
    writer.transport.abort()


async def _open(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    place = urlsplit(url)
    return await asyncio.open_connection(place.hostname, place.port)


def _write_head(path: str, url: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


@dataclass(frozen=True)
class Footprint:
    """What processes hold.

    Attributes:
        processes: How many there are.
        memory_mib: Resident memory of all, MiB; pages that they share count each time.
        handles: Open files and sockets of all.
    """

    processes: int
    memory_mib: float
    handles: int


def measure(pid: int) -> Footprint:
    """Return what a process and those below it hold (Linux)."""
    pids = [pid, *_list_below(pid)]
    pages = handles = 0
    for one in pids:
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
            handles += sum(1 for _ in Path(f"/proc/{one}/fd").iterdir())
        except OSError:
            continue
    return Footprint(len(pids), round(pages * 4096 / 2**20, 1), handles)


def _list_below(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents.setdefault(int((folder / "stat").read_text().rpartition(")")[2].split()[1]), []).append(
                int(folder.name)
            )
        except OSError:
            continue
    found, left = [], [pid]
    while left:
        below = parents.get(left.pop(), [])
        found += below
        left += below
    return found
