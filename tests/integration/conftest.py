"""What several integration tests run on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A Ray cluster of one head with one core; a test adds nodes to it."""
    ray = pytest.importorskip("ray", reason="Ray is not installed (extra ray)")
    utils = pytest.importorskip("ray.cluster_utils", reason="this Ray has no local clusters")
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    made = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        yield made
    finally:
        ray.shutdown()
        made.shutdown()
