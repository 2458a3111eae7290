"""A short storm of 64 clients, some of them malformed, oversized, slow or gone; benchmarks/serving.py has the long one.

``ANYMOL_STORM_SECONDS`` says how long it lasts.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from tests.serving import Served, wait_for

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("ANYMOL_STORM_SECONDS", "15"))
CLIENTS = 64


@pytest.fixture(scope="module")
def storms() -> ModuleType:
    """The module of the benchmark."""
    place = Path(__file__).parents[2] / "benchmarks" / "storm.py"
    spec = importlib.util.spec_from_file_location("storm", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["storm"] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module


def test_a_storm_passes(server: Served, storms: ModuleType) -> None:
    asyncio.run(storms.warm(server.url))
    before = storms.measure(server.process.pid)
    weather: Any = asyncio.run(storms.storm(server.url, clients=CLIENTS, seconds=SECONDS))
    assert not weather.unexpected, weather.unexpected
    assert not [status for status in weather.statuses if status >= 500], weather.statuses
    assert weather.seconds and set(weather.kinds) == {"answerable", "malformed", "oversized", "slow", "aborted"}

    def is_calm() -> bool:
        text = httpx.get(f"{server.url}/metrics", timeout=60).text
        return "anymol_running 0.0" in text and "anymol_waiting 0.0" in text

    wait_for(is_calm, "the work of those who left to end", 90)
    wait_for(lambda: storms.measure(server.process.pid).handles <= before.handles + 12, "connections to be closed", 90)
    after = storms.measure(server.process.pid)
    assert after.processes <= before.processes + 2
    assert after.memory_mib < before.memory_mib * 1.25 + 100, (before, after)
    found = httpx.post(f"{server.url}/v1/compute", json={"names": ["formula"], "molecules": ["CCO"]}, timeout=60)
    assert found.json()["results"][0]["value"] == "C2H6O"
