"""What a server is told when it starts: only this machine, unless told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anymol.errors import ConfigError
from anymol.serve.config import Limits, ServerConfig


def test_it_listens_on_this_machine() -> None:
    assert ServerConfig().is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_loopback_is_this_machine(host: str) -> None:
    assert ServerConfig(host=host).is_local


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "chem.example", "127.0.0.1.example"])
def test_strangers_need_keys(host: str) -> None:
    with pytest.raises(ConfigError, match="no keys are asked for"):
        ServerConfig(host=host)
    assert not ServerConfig(host=host, keys=Path("keys.json")).is_local
    assert not ServerConfig(host=host, is_open=True).is_local


@pytest.mark.parametrize("values", [{"port": 70_000}, {"workers": 0}, {"workers": 65}])
def test_values_out_of_range(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ServerConfig(**values)


@pytest.mark.parametrize("values", [{"body": 0}, {"seconds": float("inf")}, {"waiting": -1}, {"seconds": float("nan")}])
def test_limits_are_above_zero_and_finite(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="must be above zero"):
        Limits(**values)
