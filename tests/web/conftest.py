"""One server for all tests that ask one over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.serving import Served, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the embedded model and one worker, on a free port."""
    for package in ("fastapi", "uvicorn", "mcp", "prometheus_client"):
        pytest.importorskip(package, reason=f"the server needs {package}: pip install 'anymol[serve]'")
    with serving(tmp_path_factory.mktemp("serve") / "cwd", "--workers", "1", "--rate", "100000") as served:
        served.wait_until_ready()
        yield served
