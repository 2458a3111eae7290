"""Any server that speaks the OpenAI chat protocol: vLLM, llama.cpp, a company's own gateway.

Nothing is sent anywhere unless a user names the address. The key, where one is needed, is read from an environment
variable, sent to that address alone, and written nowhere.
"""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from anymol.errors import AnyMolError, ConfigError
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.reading import read_texts
from anymol.evaluation.subjects.subject import Answered, AskedRow
from anymol.evaluation.subjects.writing import describe_form, write_message, write_plain
from anymol.modalities.content import Speaker
from anymol.tasks.task import Task

KEY_VARIABLE: Final = "ANYMOL_ENDPOINT_KEY"
"""Environment variable of the key, unless another one is named."""

_MAX_REPLY: Final = 4 << 20
"""Longest reply in bytes."""
_BUSY: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
_FOR_ALL: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405})
"""Statuses that say that address, key or model are wrong: no other row would fare better."""
_LONGEST_WAIT: Final = 60.0
"""Most seconds that a server may make us wait before a further try."""


class EndpointError(AnyMolError):
    """An endpoint that cannot be reached, refuses, or replies something else than an answer."""

    kind = "endpoint"


class _EveryRowError(EndpointError):
    """A refusal that every row would meet."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: the key belongs to the address that the user named."""

    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass(frozen=True)
class EndpointPlan:
    """Where and how an endpoint is asked.

    Attributes:
        url: Base address, with its version: ``http://localhost:8000/v1``.
        model: Name of the model there.
        key_variable: Environment variable that holds the key; none is sent where it is not set.
        timeout: Seconds that one request may take.
        tries: Requests per row, the first included.
        parallel: Requests at the same time.
        max_tokens: Most tokens of an answer.
        temperature: Sampling temperature; 0 is greedy.
    """

    url: str
    model: str
    key_variable: str = KEY_VARIABLE
    timeout: float = 120.0
    tries: int = 4
    parallel: int = 4
    max_tokens: int = 512
    temperature: float = 0.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError("an endpoint is an address", value=self.url, hint="for example http://localhost:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ConfigError(
                "the address of an endpoint holds neither key nor query", hint=f"put the key into {self.key_variable}"
            )
        if not self.model.strip():
            raise ConfigError("an endpoint is asked for a model by its name", hint="give --endpoint-model NAME")
        if min(self.timeout, self.tries, self.parallel, self.max_tokens) <= 0:
            raise ConfigError("timeout, tries, parallel and max_tokens of an endpoint are positive")


class EndpointSubject:
    """A chat model behind an address, asked each row in the row's own phrasing, with a word on the form of the answer.

    Args:
        plan: Where and how.
        wait: Sleeps some seconds between two tries.
    """

    def __init__(self, plan: EndpointPlan, wait: Callable[[float], None] = time.sleep) -> None:
        self._plan = plan
        self._wait = wait
        self._opener = urllib.request.build_opener(_NoRedirects)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._plan.model

    @property
    def settings(self) -> Mapping[str, Any]:
        """Address and decoding; never the key."""
        return {
            "subject": "endpoint",
            "endpoint": self._plan.url,
            "template": "the phrasing of each row, after a system message on the form of the answer",
            "temperature": self._plan.temperature,
            "max_tokens": self._plan.max_tokens,
        }

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        """Ask the endpoint each row.

        Raises:
            EndpointError: It refuses address, key or model, or not one of several rows could be sent to it.
        """
        with ThreadPoolExecutor(min(self._plan.parallel, max(1, len(rows)))) as pool:
            found = list(pool.map(lambda row: self._answer(task, row, seed), rows))
        wrong = [one for one in found if isinstance(one, EndpointError)]
        if refused := next((one for one in wrong if isinstance(one, _EveryRowError)), None):
            raise refused
        if len(wrong) == len(found) > 1:
            raise wrong[0]
        return found

    def write_question(self, row: AskedRow) -> str:
        """Return the question in plain text."""
        return write_plain(row)

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        """Return what is not known of a model elsewhere."""
        return (
            "what the model behind the endpoint was trained on is not known here: it may have seen these rows, and "
            "the same name may stand for another model tomorrow",
        )

    def _answer(self, task: Task, row: AskedRow, seed: int) -> Answered:
        try:
            return read_texts(task, [(self._ask(task, row, seed), None)])
        except AnyMolError as error:
            return error

    def _ask(self, task: Task, row: AskedRow, seed: int) -> str:
        messages = [{"role": Speaker.SYSTEM.value, "content": describe_form(task)}]
        messages += [
            {"role": message.speaker.value, "content": write_message(task, message)} for message in row.example.messages
        ]
        asked = {
            "model": self._plan.model,
            "messages": messages,
            "temperature": self._plan.temperature,
            "max_tokens": self._plan.max_tokens,
            "seed": seed,
        }
        return _read_reply(self._send(json.dumps(asked).encode()))

    def _send(self, body: bytes) -> bytes:
        """Return the reply to a request, after as many tries as the plan has."""
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self._plan.key_variable):
            headers["Authorization"] = f"Bearer {key}"
        address = self._plan.url.rstrip("/") + "/chat/completions"
        for attempt in range(1, self._plan.tries + 1):
            request = urllib.request.Request(address, body, headers, method="POST")
            pause = float(2 ** (attempt - 1))
            try:
                with self._opener.open(request, timeout=self._plan.timeout) as reply:
                    found: bytes = reply.read(_MAX_REPLY + 1)
            except urllib.error.HTTPError as error:
                with error:
                    wrong = _describe_status(error, address)
                    pause = _read_pause(error.headers.get("Retry-After"), pause)
                if error.code not in _BUSY:
                    raise wrong from error
            except (OSError, http.client.HTTPException) as error:  # refused, timed out, broken off
                wrong = EndpointError(f"the endpoint cannot be reached: {error}", value=address)
            else:
                if len(found) > _MAX_REPLY:
                    raise EndpointError(f"the endpoint's reply is longer than {_MAX_REPLY:,} bytes", value=address)
                return found
            if attempt < self._plan.tries:
                self._wait(pause)
        raise wrong


def _describe_status(error: urllib.error.HTTPError, address: str) -> EndpointError:
    said = error.read(500).decode(errors="replace").strip()
    kind = _EveryRowError if error.code in _FOR_ALL else EndpointError
    return kind(
        f"the endpoint replied {error.code} {error.reason}{f': {said}' if said else ''}",
        value=address,
        hint="check address, key and model" if error.code in _FOR_ALL else None,
    )


def _read_pause(stated: str | None, otherwise: float) -> float:
    """Return the seconds to wait: those that the server states, where it states seconds, within bounds."""
    seconds = float(stated) if stated is not None and stated.strip().isdecimal() else otherwise
    return min(seconds, _LONGEST_WAIT)


def _read_reply(reply: bytes) -> str:
    """Return the text of a chat completion.

    Raises:
        EndpointError: It is not one.
    """
    try:
        text = json.loads(reply)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        shown = reply[:200].decode(errors="replace")
        raise EndpointError("the endpoint's reply is not a chat completion", value=shown) from error
    if not isinstance(text, str):
        raise EndpointError("the endpoint's reply holds no text", value=text)
    return text
