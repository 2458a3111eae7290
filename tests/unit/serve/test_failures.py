"""Errors as answers: the user's are 4xx, and the body is the house's form with what OpenAI's clients read."""

from __future__ import annotations

import json

import pytest

from anymol import errors
from anymol.errors import AnyMolError, UserError
from anymol.serve import calls, failures
from anymol.serve.calls import BusyError, InternalError, SlowError, StoppingError
from anymol.serve.failures import dump_body, explain_validation, find_status, write_failure


def list_kinds(*modules: object) -> list[type[AnyMolError]]:
    found = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    return [one for one in found if issubclass(one, AnyMolError)]


@pytest.mark.parametrize("kind", [one for one in list_kinds(errors, calls, failures) if issubclass(one, UserError)])
def test_what_the_user_did_is_never_a_fault_of_ours(kind: type[UserError]) -> None:
    error = kind("wrong", after=1.0) if issubclass(kind, BusyError) else kind("wrong")
    status = find_status(error)
    assert 400 <= status < 500 or (status == 501 and kind is errors.MissingDependencyError)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidSmilesError("x"), 422),
        (errors.RefusedError("x"), 403),
        (errors.UnreadableAnswerError("x"), 422),
        (BusyError("x", after=1), 429),
        (SlowError("x"), 422),
        (StoppingError("x"), 503),
        (InternalError("x"), 500),
    ],
)
def test_statuses(error: AnyMolError, status: int) -> None:
    assert find_status(error) == status


def test_the_form_of_an_error() -> None:
    error = errors.InvalidSmilesError(
        "ring 1 is open", value="C1CC", hint="close it", position=1, cause="unclosed_ring"
    )
    status, headers, body = write_failure(error)
    assert (status, headers) == (422, {})
    assert body["error"] == {
        "kind": "invalid_smiles",
        "input": "C1CC",
        "message": "ring 1 is open",
        "hint": "close it",
        "position": 1,
        "cause": "unclosed_ring",
        "type": "invalid_request_error",
        "code": "invalid_smiles",
        "param": None,
    }


def test_when_to_ask_again() -> None:
    assert write_failure(BusyError("x", after=3.4))[1] == {"retry-after": "4"}, "not before it may"
    assert write_failure(BusyError("x", after=0.0))[1] == {"retry-after": "1"}
    assert "retry-after" in write_failure(StoppingError("x"))[1]


def test_validation_names_the_field() -> None:
    status, error = explain_validation(
        [{"loc": ("body", "top_k"), "msg": "Input should be less than or equal to 50", "input": 51, "type": "x"}]
    )
    assert (status, error.message, error.input) == (422, "top_k: Input should be less than or equal to 50", "51")
    assert explain_validation([{"loc": ("body",), "msg": "x", "type": "json_invalid"}])[0] == 400


def test_a_body_that_is_not_sent_as_json_is_not_repeated() -> None:
    """Without its content type the framework hands on the bytes, and calls them no dictionary."""
    status, error = explain_validation(
        [{"loc": ("body",), "msg": "x", "type": "model_attributes_type", "input": b"CCO"}]
    )
    assert status == 400 and "CCO" not in str(error) and "content-type" in (error.hint or "")


def test_bodies_hold_any_text() -> None:
    assert json.loads(dump_body({"a": "π \ud800"})) == {"a": "π \ud800"}
    assert dump_body({"a": "π"}) == '{"a":"π"}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        dump_body({"a": float("nan")})
