"""A server under a storm: 64 clients for two minutes, a twentieth each malformed, oversized, slow and aborted.

Written are statuses, times of what could be answered, and memory and handles of all processes before and after.

    python benchmarks/serving.py [--seconds 120] [--clients 64] [--workers 2]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from machine import describe_machine
from storm import measure, storm, warm

RESULTS = Path(__file__).parent / "results" / "serving.json"
SETTLE_SECONDS = 20.0
"""After the storm: connections that were left are closed, workers that were killed are replaced."""


def run(clients: int, seconds: float, workers: int, output: Path) -> int:
    """Start a server, let the storm pass over it, and write what came of it; return how many answers were 5xx."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "anymol", "serve", "--port", "0", "--json", "--workers", str(workers),
             "--rate", "10000000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            wait_until_ready(url)
            asyncio.run(warm(url, workers))
            time.sleep(SETTLE_SECONDS)
            before = measure(server.pid)
            weather = asyncio.run(storm(url, clients=clients, seconds=seconds))
            time.sleep(SETTLE_SECONDS)
            after = measure(server.pid)
            with urllib.request.urlopen(f"{url}/metrics") as found:
                counts = [
                    line
                    for line in found.read().decode().splitlines()
                    if line.startswith(("anymol_workers", "anymol_calls"))
                ]
        finally:
            server.terminate()
            server.wait()
    faults = sum(count for status, count in weather.statuses.items() if status >= 500)
    record = {
        "clients": clients,
        "seconds": seconds,
        "workers": workers,
        "machine": describe_machine(),
        "before": asdict(before),
        "after": asdict(after),
        "answers_of_5xx": faults,
        "requests_per_second": round(sum(weather.kinds.values()) / seconds, 1),
        **weather.to_json(),
        "metrics": counts,
    }
    output.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))
    return faults


def wait_until_ready(url: str) -> None:
    """Wait until a worker can answer."""
    for _ in range(600):
        with suppress(OSError), urllib.request.urlopen(f"{url}/ready") as found:
            if found.status == 200:
                return
        time.sleep(0.5)
    raise TimeoutError("the server was not ready within five minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    sys.exit(1 if run(given.clients, given.seconds, given.workers, given.output) else 0)
