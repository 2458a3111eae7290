"""Errors as answers of a server: which status, and the form that the house gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from anymol.errors import AnyMolError, UserError, shorten
from anymol.serve.calls import BusyError

_STATUS: Final = {
    "refused": 403,
    "busy": 429,
    "too_large": 413,
    "not_found": 404,
    "unauthorized": 401,
    "too_slow": 408,
    "wrong_host": 421,
    "foreign_page": 403,
    "stopping": 503,
    "missing_dependency": 501,
    "unreadable_answer": 422,
}
"""Kind of an error -> status; others are 422 where the user's input is wrong, and 500 where the fault is ours."""
_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
"""What OpenAI's clients call errors of a status; other 4xx are ``invalid_request_error``."""


class TooLargeError(UserError):
    """More in one request than is taken."""

    kind = "too_large"


class NotFoundError(UserError):
    """Something of a name that there is not."""

    kind = "not_found"


class UnauthorizedError(UserError):
    """A request without a key that is known."""

    kind = "unauthorized"


class TooSlowError(UserError):
    """A body that does not come."""

    kind = "too_slow"


class ForeignPageError(UserError):
    """A request that a page of another site sends."""

    kind = "foreign_page"


class WrongHostError(UserError):
    """A request that took another name for this machine's."""

    kind = "wrong_host"


def find_status(error: AnyMolError) -> int:
    """Return the HTTP status of an error."""
    return _STATUS.get(error.kind, 422 if isinstance(error, UserError) else 500)


def write_failure(error: AnyMolError, status: int | None = None) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and body of an error: ``{"error": {...}}`` with the fields that OpenAI's clients read.

    Args:
        error: The error.
        status: Its status, where the place of the request gives it another than its kind.
    """
    code = status or find_status(error)
    headers: dict[str, str] = {}
    match error:
        case BusyError(after=after):
            headers["retry-after"] = str(max(1, math.ceil(after)))
        case AnyMolError(kind="stopping"):
            headers["retry-after"] = "30"
        case AnyMolError(kind="unauthorized"):
            headers["www-authenticate"] = "Bearer"
    kind = _TYPES.get(code, "invalid_request_error" if code < 500 else "server_error")
    return code, headers, {"error": {**error.to_json(), "type": kind, "code": error.kind, "param": None}}


def explain_validation(
    errors: Sequence[Mapping[str, Any]], *, schema: str = "/openapi.json"
) -> tuple[int, AnyMolError]:
    """Return status and error of a request that does not fit its form.

    Args:
        errors: What pydantic says.
        schema: Where the form is described.
    """
    first = errors[0] if errors else {"loc": (), "msg": "the request does not fit", "type": ""}
    if first.get("type") == "json_invalid" or (first.get("loc") == ("body",) and isinstance(first.get("input"), bytes)):
        return 400, UserError("the body is not JSON", hint="send one JSON object with content-type application/json")
    # Where the types of a union were tried, the one that got furthest says most.
    best = max(errors, key=lambda one: len(one.get("loc", ()))) if errors else first
    place = ".".join(str(one) for one in best.get("loc", ()) if one != "body")
    said = str(best.get("msg", "")).removeprefix("Value error, ")
    value = best.get("input")
    shown = None if value is None or isinstance(value, dict | list) else shorten(_escape(value))
    return 422, UserError(f"{place}: {said}" if place else said, value=shown, hint=f"see {schema}")


def dump_body(value: Any) -> bytes:
    """Return a body as JSON: UTF-8, or escaped where a text holds what UTF-8 does not."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def _escape(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")
