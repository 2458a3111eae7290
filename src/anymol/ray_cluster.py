"""A Ray cluster to work on: found, or started on this machine."""

from __future__ import annotations

import os
from typing import Any

from anymol.errors import ConfigError, MissingDependencyError


def connect_cluster(address: str | None) -> Any:
    """Connect this process to a cluster, and return the module of Ray.

    Args:
        address: The cluster, as ``ray.init`` takes it (``auto`` for the one that this machine belongs to); None starts
            one on this machine.

    Raises:
        MissingDependencyError: Ray is not installed.
        ConfigError: There is no cluster at the address.
    """
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no surprise network
    try:
        import ray
    except ImportError:
        raise MissingDependencyError("--engine ray needs Ray", hint="pip install 'anymol[ray]'") from None
    try:
        ray.init(address=address, log_to_driver=False, ignore_reinit_error=True, include_dashboard=False)
    except (ConnectionError, ValueError) as error:
        raise ConfigError(
            f"no Ray cluster answers: {error}", value=address, hint="start one with 'ray start'"
        ) from None
    return ray


def count_cores(ray: Any) -> int:
    """Return the cores of a cluster."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)))
