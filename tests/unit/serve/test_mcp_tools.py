"""Tools in this process: what they are called with, and what an assistant reads of their results."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from mcp.client.client import Client

from anymol.errors import InvalidSmilesError
from anymol.serve.calls import Call, Operation, Priority, Tell
from anymol.serve.config import ServerConfig
from anymol.serve.mcp_tools import make_mcp_server

SECRET = "OCC(O)CN"
ANSWER = {
    "value": "CCO",
    "text": "CCO",
    "method": "model",
    "probability": 0.5,
    "calibrated": False,
    "checks": [{"name": "atoms", "passed": False, "detail": "one is missing"}],
    "evidence": [
        {"kind": "reaction", "reaction": "A>B>C", "id": "US1", "similarity": 0.7, "source": "patents"},
        {"kind": "precedent", "value": "1.2", "id": "X", "similarity": 1.0, "source": "AqSolDB"},
        {"kind": "program", "program": "RDKit", "version": None, "method": None},
    ],
    "doubts": ["another may be meant"],
}
PREDICTION = {"task": "x", "input": "C", "answers": [ANSWER], "model": "nano", "seconds": 0.1, "notes": ["read as C"]}


class Answerer:
    """Answers every call with one prediction, or with an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[Call] = []
        self.error = error

    async def run(
        self, call: Call, *, seconds: float, priority: Priority = Priority.NOW, tell: Tell | None = None
    ) -> Any:
        self.calls.append(call)
        if self.error is not None:
            raise self.error
        return PREDICTION


def call_tool(answerer: Answerer, name: str, **arguments: Any) -> Any:
    async def ask() -> Any:
        async with Client(make_mcp_server(answerer, ServerConfig())) as client:
            return await client.call_tool(name, arguments)

    return asyncio.run(ask())


def test_method_certainty_checks_evidence_and_doubts_are_read() -> None:
    result = call_tool(Answerer(), "predict_products", reactants="CCO.CC(=O)O")
    assert result.structured_content == PREDICTION
    assert result.content[0].text.splitlines() == [
        "1. CCO (model; probability 0.50 (not calibrated))",
        "   check atoms: FAILED, one is missing",
        "   precedent: A>B>C (US1, similarity 0.70)",
        "   precedent: 1.2 (AqSolDB, X, similarity 1.00)",
        "   doubt: another may be meant",
        "note: read as C",
    ]


@pytest.mark.parametrize(
    ("tool", "arguments", "operation", "task"),
    [
        ("ask", {"question": "What is it?", "molecules": ["C"]}, Operation.ASK, ""),
        ("name_molecule", {"molecule": "C"}, Operation.NAME, ""),
        ("propose_precursors", {"product": "C"}, Operation.PREDICT, "retrosynthesis"),
        ("predict", {"task": "logp", "input": "C"}, Operation.PREDICT, "logp"),
        ("predict", {"task": "name_to_molecule", "text": "methane"}, Operation.PREDICT, "name_to_molecule"),
        ("read_record", {"record": {"type": "graph", "smiles": "C"}}, Operation.PREDICT, "molecule_recognition"),
        (
            "read_record",
            {"record": {"type": "image_url", "image_url": {"url": "data:,"}}, "is_scheme": True},
            Operation.PREDICT,
            "reaction_recognition",
        ),
    ],
)
def test_what_a_tool_asks(tool: str, arguments: dict[str, Any], operation: Operation, task: str) -> None:
    answerer = Answerer()
    assert not call_tool(answerer, tool, **arguments).is_error
    (call,) = answerer.calls
    assert (call.operation, call.task) == (operation, task)


def test_an_error_says_what_would_be_right() -> None:
    error = InvalidSmilesError("ring 1 is open", value="C1CC", hint="close it", position=1)
    result = call_tool(Answerer(error), "name_molecule", molecule="C1CC")
    assert result.is_error
    assert result.content[0].text == "invalid_smiles: ring 1 is open (in 'C1CC'); close it"
    assert result.structured_content["error"]["position"] == 1


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("predict", {"task": "logp"}),
        ("predict", {"task": "logp", "input": "C", "records": [{"type": "graph", "smiles": "C"}]}),
        ("predict", {"task": "logq", "input": "C"}),
        ("plan_routes", {"molecule": "C", "seconds": 1e9}),
        ("plan_routes", {"molecule": "C", "seconds": 31.0}),
        ("read_record", {"record": "/etc/passwd"}),
        ("read_record", {"record": {"type": "file", "path": "/etc/passwd"}}),
        ("calculate", {"names": [], "molecules": []}),
    ],
)
def test_wrong_arguments_are_errors_that_ask_nobody(tool: str, arguments: dict[str, Any]) -> None:
    answerer = Answerer()
    assert call_tool(answerer, tool, **arguments).is_error
    assert not answerer.calls


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("ask", {"question": "What is it?", "formula": SECRET * 100}, "formula"),
        ("calculate", {"names": [SECRET * 50], "molecules": []}, "names.0"),
        ("predict", {"task": "logp"}, "give 'input', 'inputs' or 'records'"),
    ],
)
def test_what_the_request_behind_a_tool_refuses_is_said_and_stands_in_no_log(
    caplog: pytest.LogCaptureFixture, tool: str, arguments: dict[str, Any], field: str
) -> None:
    answerer = Answerer()
    with caplog.at_level(logging.INFO):
        result = call_tool(answerer, tool, **arguments)
    assert result.is_error and result.structured_content["error"]["kind"] == "invalid_input"
    assert field in result.content[0].text and "schema of the tool" in result.content[0].text
    assert not answerer.calls and SECRET not in caplog.text


def test_a_fault_says_nothing_of_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        result = call_tool(Answerer(RuntimeError(SECRET)), "name_molecule", molecule=SECRET)
    assert result.is_error and result.structured_content["error"]["kind"] == "internal"
    assert SECRET not in caplog.text + result.content[0].text and "RuntimeError" in caplog.text
