"""The life of a server: keys, crowds, clients that leave, an end that finishes what was begun, a kill, a new start."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import Served, serving, wait_for

pytestmark = pytest.mark.slow
SLOW = {"molecule": "CC(=O)Oc1ccccc1C(=O)OCCN1CCCC1", "seconds": 30.0, "steps": 20}
"""A search that takes as long as it may."""


def make_key(folder: Path, name: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "anymol", "serve", "--keys", folder / "keys.json", "--make-key", name, *words],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.strip()


def count_metric(url: str, name: str, headers: dict[str, str] | None = None) -> float:
    lines = httpx.get(f"{url}/metrics", headers=headers, timeout=60).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_a_client_that_leaves_stops_its_work(server: Served) -> None:
    stopped = count_metric(server.url, "anymol_calls_stopped_total")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/v1/plan", json=SLOW, timeout=3)
    wait_for(
        lambda: count_metric(server.url, "anymol_calls_stopped_total") == stopped + 1, "the work to be stopped", 60
    )
    wait_for(lambda: count_metric(server.url, "anymol_running") == 0, "the worker to be free", 60)
    found = httpx.post(f"{server.url}/v1/compute", json={"names": ["formula"], "molecules": ["CCO"]}, timeout=60)
    assert found.json()["results"][0]["value"] == "C2H6O"


def test_slow_heads_and_bodies_are_not_waited_for(server: Served) -> None:
    """A head that never ends is closed, a body that never comes is answered with 408; others are answered meanwhile."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as head, socket.create_connection((host, int(port))) as body:
        head.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        body.sendall(
            b"POST /v1/compute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert httpx.get(f"{server.url}/health", timeout=60).status_code == 200
        for one in (head, body):
            one.settimeout(60)
        assert head.recv(100) == b""
        assert b" 408 " in body.recv(1000)


def test_keys_rates_and_a_full_queue(tmp_path: Path) -> None:
    first, second = make_key(tmp_path, "first"), make_key(tmp_path, "second", "--key-rate", "3")
    formula = {"names": ["formula"], "molecules": ["CCO"]}
    with serving(
        tmp_path / "cwd", "--workers", "1", "--lazy", "--keys", str(tmp_path / "keys.json"), "--queue", "2"
    ) as server:
        server.wait_until_ready()
        url = server.url

        def compute(key: str | None, path: str = "/v1/compute") -> httpx.Response:
            headers = {} if key is None else {"authorization": f"Bearer {key}"}
            return httpx.post(url + path, json=formula, headers=headers, timeout=120)

        for wrong in (None, "am-wrong", first + "x"):
            assert compute(wrong).status_code == 401
        assert httpx.get(f"{url}/metrics", timeout=60).status_code == 401
        assert httpx.post(f"{url}/mcp", json={}, timeout=60).status_code == 401
        assert httpx.get(f"{url}/health", timeout=60).status_code == 200
        assert compute(first).status_code == 200
        assert (
            httpx.post(f"{url}/v1/compute", json=formula, headers={"x-api-key": first}, timeout=60).status_code == 200
        )

        statuses = [compute(second).status_code for _ in range(5)]
        assert statuses[:3] == [200, 200, 200] and set(statuses[3:]) <= {200, 429} and 429 in statuses
        refused = compute(second)
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
        assert compute(first).status_code == 200, "another's rate is another's"

        head = {"authorization": f"Bearer {first}"}
        begun = httpx.post(f"{url}/v1/jobs", json={"kind": "predict", "task": "logp", "inputs": ["C"]}, headers=head)
        place = f"{url}/v1/jobs/{begun.json()['id']}"
        other = make_key(tmp_path, "third")
        time.sleep(2.5)
        assert httpx.get(place, headers={"authorization": f"Bearer {other}"}, timeout=60).status_code == 404
        assert httpx.get(place, headers=head, timeout=60).status_code == 200

        with ThreadPoolExecutor(6) as threads:
            slow = [threads.submit(httpx.post, f"{url}/v1/plan", json=SLOW, headers=head, timeout=20) for _ in range(6)]
            answers = []
            for one in slow:
                try:
                    answers.append(one.result())
                except httpx.TimeoutException:
                    continue
        busy = [one for one in answers if one.status_code == 429]
        assert len(busy) >= 3, [one.status_code for one in answers]
        assert all(int(one.headers["retry-after"]) >= 1 for one in busy)
        assert not {first, second} & set(server.log.read_text().split()), "keys do not stand in the log"


def test_it_ends_when_told_and_finishes_what_was_begun(tmp_path: Path) -> None:
    with serving(tmp_path / "cwd", "--workers", "1", "--lazy") as server:
        server.wait_until_ready()
        children = server.list_children()
        assert children
        found: dict[str, Any] = {}

        def ask(name: str, seconds: float) -> None:
            try:
                found[name] = httpx.post(f"{server.url}/v1/plan", json={**SLOW, "seconds": seconds}, timeout=120)
            except httpx.TransportError as error:
                found[name] = error

        begun = threading.Thread(target=ask, args=("begun", 5.0))
        begun.start()
        wait_for(lambda: count_metric(server.url, "anymol_running") == 1, "the search to begin", 60)
        waits = threading.Thread(target=ask, args=("waits", 5.0))
        waits.start()
        wait_for(lambda: count_metric(server.url, "anymol_waiting") == 1, "the second to wait", 60)
        server.process.send_signal(signal.SIGTERM)
        begun.join(60)
        waits.join(60)
        assert found["begun"].status_code == 200 and found["begun"].json()["target"]
        assert found["waits"].status_code == 503 and found["waits"].headers["retry-after"]
        assert server.process.wait(60) in (143, -signal.SIGTERM)
        wait_for(lambda: not any(map(_lives, children)), "all processes to end", 30)


def test_killed_under_load_and_started_again(tmp_path: Path) -> None:
    """Whoever asks meanwhile gets an answer or a broken connection; nothing is left behind, and it starts again."""
    port = _find_port()
    ends = threading.Event()
    seen: list[int] = []

    def ask() -> None:
        while not ends.is_set():
            try:
                body = {"names": ["formula", "logp"], "molecules": ["caffeine"]}
                seen.append(httpx.post(f"http://127.0.0.1:{port}/v1/compute", json=body, timeout=20).status_code)
            except httpx.TransportError:
                time.sleep(0.2)

    with ThreadPoolExecutor(8) as threads:
        try:
            with serving(tmp_path / "first", "--workers", "1", "--lazy", "--port", str(port)) as server:
                server.wait_until_ready()
                asking = [threads.submit(ask) for _ in range(8)]
                wait_for(lambda: 200 in seen, "the first answer", 60)
                children = server.list_children()
                server.process.kill()
                server.process.wait()
            wait_for(lambda: not any(map(_lives, children)), "the workers to end with the server", 30)
            answered = seen.count(200)
            with serving(tmp_path / "second", "--workers", "1", "--lazy", "--port", str(port)) as server:
                server.wait_until_ready()
                wait_for(lambda: seen.count(200) > answered + 20, "answers of the new one", 60)
                ends.set()
                for one in asking:
                    one.result()
        finally:
            ends.set()
    assert set(seen) <= {200, 429}


def test_a_taken_port_and_a_missing_model_are_the_user_s(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for words, said in (
            (["--port", port], "choose another with --port"),
            (["--model", str(tmp_path)], "model"),
            (["--host", "0.0.0.0"], "--keys"),
            (["--keys", str(tmp_path / "none.json")], "--make-key"),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "anymol", "serve", "--json", *words],
                capture_output=True,
                encoding="utf-8",
                timeout=240,
                check=False,
            )
            assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert said in done.stderr
            assert json.loads(done.stdout)["error"]["message"]


def _lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]
    except OSError:
        return False


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
