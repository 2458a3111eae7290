"""How routes describe what they answer, errors included."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel
from starlette.responses import Response

from anymol.serve.failures import dump_body
from anymol.serve.replies import ErrorReply

_ERRORS: Final = {
    400: "The body is not JSON.",
    401: "No key, or one that is not known.",
    403: "Declined: a scheduled chemical weapon or a precursor of one.",
    404: "There is no such task, model or job.",
    408: "The body did not come in time.",
    413: "The body, or the number of inputs, is too large.",
    422: "The input is wrong, or has no answer; the message says why, the hint what would be right.",
    429: "Too much is asked; 'Retry-After' says when to ask again.",
    500: "A fault of ours.",
    501: "A part that this needs is not installed on the server.",
    503: "The server is about to stop.",
}


def describe(model: type[BaseModel], *, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return the documented responses of a route.

    Args:
        model: What is answered where all is well.
        status: The status of that.
    """
    errors: dict[int | str, dict[str, Any]] = {
        code: {"model": ErrorReply, "description": said} for code, said in _ERRORS.items()
    }
    return {status: {"model": model}, **errors}


class Json(Response):
    """A body of JSON, also where a text holds what UTF-8 does not."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of a body."""
        return dump_body(content)
