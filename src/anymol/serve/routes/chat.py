"""Chat completions in OpenAI's form, and the models that answer them."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from anymol.serve.calls import Call, Operation
from anymol.serve.failures import NotFoundError, TooLargeError
from anymol.serve.replies import ChatReply, ListReply, Reply
from anymol.serve.requests import ChatRequest
from anymol.serve.routes.documented import Json, describe
from anymol.serve.state import ServerState, answer, get_caller, get_state

ALIAS: Final = "anymol"
"""Name by which whatever model the server has can be asked."""
_PIECE: Final = re.compile(r"\S+\s*|\s+")
router = APIRouter(tags=["chat"], prefix="/v1")


@router.get("/models", responses=describe(ListReply), response_model=None)
async def list_models(request: Request) -> Json:
    """The model of this server, by its name and by the name ``anymol``."""
    return Json({"object": "list", "data": [_describe_model(name) for name in _list_names(get_state(request))]})


@router.get("/models/{model}", responses=describe(Reply), response_model=None)
async def show_model(model: str, request: Request) -> Json:
    """Who a name of a model stands for."""
    return Json(_describe_model(_require_model(model, get_state(request))))


@router.post(
    "/chat/completions",
    responses={
        **describe(ChatReply),
        200: {"model": ChatReply, "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
    response_model=None,
)
async def complete(body: ChatRequest, request: Request) -> Response:
    """Answer the last message; 'it' and 'the product' point to molecules of those before.

    Messages hold text, or typed parts: text, molecule, graph, conformer, image_url (a data URL), ms2, ir, file. The
    answer comes whole, since it is checked before it is given; `stream` sends it in pieces.
    """
    state, caller = get_state(request), get_caller(request)
    _require_model(body.model, state)
    if len(body.messages) > state.config.limits.messages:
        raise TooLargeError(
            f"there are {len(body.messages)} messages", hint=f"at most {state.config.limits.messages} are read"
        )
    memory = state.memories.recall(caller.name, body.messages[:-1]) if len(body.messages) > 1 else None
    found = await answer(request, Call(Operation.CHAT, body, context=memory))
    state.memories.keep(caller.name, body.messages, found["content"], found["memory"])
    usage = found["usage"]
    state.telemetry.count_tokens(usage["prompt_tokens"], usage["completion_tokens"])
    head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": state.pool.model or ALIAS}
    if not body.stream:
        return Json(_write_whole(head, found))
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    return StreamingResponse(_stream(head, found, with_usage=with_usage), media_type="text/event-stream")


def _write_whole(head: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": found["content"], "refusal": None, "anymol": found["prediction"]}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": found["finish_reason"]}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": found["usage"]}


async def _stream(head: dict[str, Any], found: dict[str, Any], *, with_usage: bool) -> AsyncIterator[bytes]:
    for piece in _list_pieces(head, found, with_usage=with_usage):
        yield f"data: {json.dumps(piece)}\n\n".encode()
    yield b"data: [DONE]\n\n"


def _list_pieces(head: dict[str, Any], found: dict[str, Any], *, with_usage: bool) -> Iterator[dict[str, Any]]:
    """Yield the pieces of an answer; the prediction comes with the last of them."""
    shared = {**head, "object": "chat.completion.chunk"} | ({"usage": None} if with_usage else {})

    def write(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**shared, "choices": [choice]}

    yield write({"role": "assistant", "content": ""})
    for piece in _PIECE.findall(found["content"]):
        yield write({"content": piece})
    yield write({"anymol": found["prediction"]}, found["finish_reason"])
    if with_usage:
        yield {**shared, "choices": [], "usage": found["usage"]}


def _list_names(state: ServerState) -> list[str]:
    return list(dict.fromkeys(name for name in (state.pool.model, ALIAS) if name))


def _require_model(name: str, state: ServerState) -> str:
    if name not in _list_names(state):
        raise NotFoundError(f"there is no model '{name}'", value=name, hint=f"known: {', '.join(_list_names(state))}")
    return name


def _describe_model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "anymol"}
