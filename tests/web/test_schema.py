"""Requests that the schema allows, and some that it does not: none is a fault of ours, and answers are as described."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from tests.serving import Served

EXAMPLES = int(os.environ.get("ANYMOL_SCHEMA_EXAMPLES", "4"))
"""Requests of a route; a hundred take some minutes."""
_SLOW = {"/v1/plan", "/v1/synthesize"}
"""Routes where a random request that is right by chance takes a minute; their bodies are tested by hand."""
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_requests_by_the_schema(server: Served, mode: schemathesis.GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in CHECKS]
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in _SLOW or (mode.is_negative and operation.method != "post"):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def ask(case: schemathesis.Case) -> None:
            case.validate_response(case.call(timeout=120), checks=checks)

        ask()
        tried.add(operation.path)
    assert {"/v1/predict/{task}", "/v1/chat/completions", "/v1/jobs", "/v1/compute", "/v1/render"} <= tried
