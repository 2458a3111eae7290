"""The official client of OpenAI works with the server as it is."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from tests.serving import Served

QUESTION = [{"role": "user", "content": "What is the molecular formula of caffeine?"}]


@pytest.fixture
def client(server: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", timeout=240, max_retries=0) as opened:
        yield opened


def test_models(client: openai.OpenAI) -> None:
    assert {one.id for one in client.models.list()} == {"nano", "anymol"}
    assert client.models.retrieve("nano").owned_by == "anymol"


def test_a_completion(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(model="anymol", messages=QUESTION, temperature=0.0, top_p=1.0)
    (choice,) = found.choices
    assert "C8H10N4O2" in choice.message.content
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens
    assert choice.message.anymol["answers"][0]["method"] == "computed"


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="anymol", messages=QUESTION).choices[0].message.content
    pieces, usage, ended = [], None, None
    with client.chat.completions.create(
        model="anymol", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    ) as stream:
        for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                pieces.append(choice.delta.content or "")
                ended = choice.finish_reason or ended
    assert "".join(pieces) == whole and len(pieces) > 3
    assert ended == "stop"
    assert usage is not None and usage.completion_tokens > 0


def test_errors_are_the_client_s_own(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4", messages=QUESTION)
    assert missing.value.body["code"] == "not_found"
    with pytest.raises(openai.UnprocessableEntityError) as wrong:
        client.chat.completions.create(
            model="anymol", messages=[{"role": "user", "content": "What is the formula of C1CC?"}]
        )
    assert wrong.value.body["message"]
    with pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(
            model="anymol", messages=[{"role": "user", "content": "How can CC(C)OP(C)(=O)F be made?"}]
        )
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="anymol", messages=QUESTION, tools=[{"type": "function"}])
