"""An endpoint of the chat protocol, against a server of our own that replies, refuses, breaks off and dawdles."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from anymol.data.example import InstructionExample
from anymol.errors import ConfigError, InvalidTaskInputError
from anymol.evaluation.subjects.endpoint import EndpointError, EndpointPlan, EndpointSubject
from anymol.evaluation.subjects.subject import AskedRow
from anymol.inference.scored import AnsweredRow
from anymol.modalities.content import Message, TextPart
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput


def say(text: str | None) -> tuple[int, bytes]:
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


class Stub(ThreadingHTTPServer):
    """Replies what its script says, one entry per request; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, bytes]] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **json.loads(body)})
        self.server.headers.append(dict(self.headers))
        status, reply = self.server.script.pop(0)
        if status == 0:  # broken off before anything is said
            self.close_connection = True
            return
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "7")
        if status == 307:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def make_rows(task: str, *inputs: TaskInput, **how: Any) -> list[AskedRow]:
    return [
        AskedRow(
            InstructionExample(
                str(place), task, render_prompt(TASKS[task], asked, **how), (TextPart("?"),), "hand", "CC0", "val"
            ),
            asked,
        )
        for place, asked in enumerate(inputs)
    ]


def make_subject(stub: Stub, **how: Any) -> tuple[EndpointSubject, list[float]]:
    waited: list[float] = []
    return EndpointSubject(EndpointPlan(stub.url, "toy", parallel=1, **how), waited.append), waited


ETHANOL = TaskInput(molecule="CCO")


def test_a_question_and_its_answer(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", "secret")
    stub.script = [say("-0.31")]
    subject, _ = make_subject(stub, key_variable="TOY_KEY")
    (found,) = subject.answer(TASKS["logp"], make_rows("logp", ETHANOL), seed=3)
    assert isinstance(found, AnsweredRow) and [one.value for one in found.answers] == [-0.31]
    (asked,) = stub.asked
    assert asked["path"] == "/v1/chat/completions" and asked["model"] == "toy" and asked["seed"] == 3
    assert asked["temperature"] == 0.0
    system, question = asked["messages"]
    assert system["role"] == "system" and "one number" in system["content"]
    assert question["role"] == "user" and "CCO" in question["content"]
    assert stub.headers[0]["Authorization"] == "Bearer secret"
    assert "secret" not in json.dumps(dict(subject.settings))


def test_without_a_key_none_is_sent(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMOL_ENDPOINT_KEY", raising=False)
    stub.script = [say("1")]
    make_subject(stub)[0].answer(TASKS["logp"], make_rows("logp", ETHANOL), seed=0)
    assert "Authorization" not in stub.headers[0]


def test_a_busy_server_is_asked_again(stub: Stub) -> None:
    stub.script = [(503, b"busy"), (429, b"slower"), (0, b""), say("1.5")]
    subject, waited = make_subject(stub, tries=4)
    (found,) = subject.answer(TASKS["logp"], make_rows("logp", ETHANOL), seed=0)
    assert isinstance(found, AnsweredRow) and found.answers[0].value == 1.5
    assert waited == [1.0, 7.0, 4.0]  # the second one as the server asks


def test_what_is_wrong_with_one_row_is_its_result(stub: Stub) -> None:
    stub.script = [(400, b"too long"), (200, b"not json"), say(None), say("I cannot tell"), say("2")]
    subject, waited = make_subject(stub)
    found = subject.answer(TASKS["logp"], make_rows("logp", *[ETHANOL] * 5), seed=0)
    assert [type(one) for one in found] == [EndpointError] * 3 + [AnsweredRow] * 2
    assert "400" in str(found[0]) and "too long" in str(found[0])
    assert isinstance(found[3], AnsweredRow) and found[3].unreadable == 1 and not found[3].answers
    assert not waited


@pytest.mark.parametrize("status", [401, 404, 307])
def test_what_is_wrong_with_every_row_stops_the_run(stub: Stub, status: int) -> None:
    stub.script = [(status, b"no"), say("1")]
    subject, waited = make_subject(stub)
    with pytest.raises(EndpointError, match=str(status)):
        subject.answer(TASKS["logp"], make_rows("logp", ETHANOL, ETHANOL), seed=0)
    assert not waited


def test_nobody_is_there(stub: Stub) -> None:
    subject = EndpointSubject(EndpointPlan("http://127.0.0.1:9/v1", "toy", tries=2), lambda _: None)
    with pytest.raises(EndpointError, match="cannot be reached"):
        subject.answer(TASKS["logp"], make_rows("logp", ETHANOL, ETHANOL), seed=0)


def test_a_graph_is_written_a_picture_is_not_asked(stub: Stub) -> None:
    stub.script = [say("1")]
    subject, _ = make_subject(stub)
    alone = make_rows("logp", TaskInput(molecule="CCO.Cl"), as_graph=[Slot.MOLECULE], beside_text=False)
    subject.answer(TASKS["logp"], alone, seed=0)
    assert "CCO.Cl" in stub.asked[0]["messages"][1]["content"]
    # Where the notation is the answer, a graph must not be written as one.
    message = alone[0].example.messages[0]
    hidden = InstructionExample("0", "molecule_recognition", (Message(message.speaker, message.parts),), (), "", "", "")
    (found,) = subject.answer(TASKS["molecule_recognition"], [AskedRow(hidden, TaskInput())], seed=0)
    assert isinstance(found, InvalidTaskInputError) and len(stub.asked) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "localhost:8000", "http://", "http://user:key@host/v1"])
def test_what_is_not_an_address(url: str) -> None:
    with pytest.raises(ConfigError):
        EndpointPlan(url, "toy")
