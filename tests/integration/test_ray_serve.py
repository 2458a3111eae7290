"""Replicas on Ray: one is killed while clients ask, and only what it was answering is lost."""

from __future__ import annotations

import importlib
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

pytestmark = [
    pytest.mark.slow,
    # Ray's own, of its imports and of processes that it leaves to end by themselves.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CLIENTS = 4
PAUSE = 1.0
"""Seconds between two questions of a client: all together stay below the rate of one address."""
QUESTION = {"names": ["formula"], "molecules": ["caffeine"]}


def find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def ray() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pytest.importorskip("ray", reason="replicas need Ray: pip install 'anymol[ray-serve]'")
        reason = "replicas need Ray Serve: pip install 'anymol[ray-serve]'"
        pytest.importorskip("ray.serve", reason=reason, exc_type=ImportError)
    return found


@pytest.fixture(scope="module")
def url(ray: Any) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        deployed = importlib.import_module("deploy.ray_serve")  # by its name, as the processes of Ray import it
        port = find_port()
        ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False)
        try:
            ray.serve.start(http_options={"host": "127.0.0.1", "port": port})
            ray.serve.run(deployed.make(deployed.Wanted(replicas=2)), name="anymol")
            yield f"http://127.0.0.1:{port}"
        finally:
            ray.serve.shutdown()
            ray.shutdown()


def ask_until_ready(url: str) -> httpx.Response:
    """Return the first answer; a replica whose workers still start asks to be asked again."""
    until = time.monotonic() + 240
    while (answer := httpx.post(f"{url}/v1/compute", json=QUESTION, timeout=240)).status_code == 429:
        assert time.monotonic() < until, answer.text
        time.sleep(float(answer.headers["Retry-After"]))
    assert answer.status_code == 200, answer.text
    return answer


def list_replicas(ray: Any) -> list[Any]:
    found = ray.util.list_named_actors(all_namespaces=True)
    return [one for one in found if one["name"].startswith("SERVE_REPLICA::anymol")]


def test_a_killed_replica_costs_what_it_was_answering(ray: Any, url: str) -> None:
    ends = threading.Event()
    seen: list[int] = []

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=240) as client:
            while not ends.is_set():
                status = client.post("/v1/compute", json=QUESTION).status_code
                seen.append(status)
                time.sleep(PAUSE)

    def wait_for_answers(count: int) -> None:
        wanted, until = len(seen) + count, time.monotonic() + 240
        while len(seen) < wanted and time.monotonic() < until:
            time.sleep(0.05)
        assert len(seen) >= wanted

    assert ask_until_ready(url).json()["results"][0]["value"] == "C8H10N4O2"
    with ThreadPoolExecutor(CLIENTS) as threads:
        asking = [threads.submit(ask) for _ in range(CLIENTS)]
        try:
            wait_for_answers(40)
            first, second = list_replicas(ray)
            ray.kill(ray.get_actor(first["name"], namespace=first["namespace"]))
            wait_for_answers(200)
            until = time.monotonic() + 240
            while len(alive := list_replicas(ray)) < 2 and time.monotonic() < until:
                time.sleep(0.2)
        finally:
            ends.set()
        for one in asking:
            one.result()
    assert second["name"] in {one["name"] for one in alive} and len(alive) == 2, "another takes its place"
    lost = [status for status in seen if status != 200]
    assert len(lost) <= CLIENTS, lost
    assert seen[-40:] == [200] * 40


def test_replicas_take_no_jobs(url: str) -> None:
    refused = httpx.post(f"{url}/v1/jobs", json={"kind": "predict", "task": "logp", "inputs": ["C"]}, timeout=240)
    assert refused.status_code == 404 and "takes no jobs" in refused.json()["error"]["message"]
